"""This file is what a product must not meet in a patient, by what its attributes say: latex, and magnets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased

from spd.catalog import Product
from spd.encounters import Alert, Encounter

_SAYS: Mapping[str, tuple[Alert, frozenset[str]]] = {
    name: (alert, said)
    for alert, names, said in (
        (Alert.LATEX, ("latex", "乳胶", "含乳胶"), frozenset({"yes", "true", "1", "是", "含", "含有", "有"})),
        (
            Alert.MRI, ("mri", "磁共振", "核磁共振"),
            frozenset({"unsafe", "no", "false", "0", "不安全", "不兼容", "禁用", "否"}),
        ),
    )
    for name in names
}  # fmt: skip
"""Of an attribute, by its name: which alert it stands against, and the values by which it does."""


def conflicts(attributes: Mapping[str, str]) -> frozenset[Alert]:
    """The alerts of a patient that speak against a product with these attributes."""
    found = {name.strip().casefold(): str(value).strip().casefold() for name, value in attributes.items()}
    return frozenset(_SAYS[name][0] for name, value in found.items() if name in _SAYS and value in _SAYS[name][1])


_THEIRS = aliased(Encounter)
ALERTS: Any = case(
    (
        Product.attributes != "{}",
        select(func.aggregate_strings(_THEIRS.alerts, " "))
        .where(_THEIRS.patient == Encounter.patient, _THEIRS.alerts != "")
        .correlate(Encounter)
        .scalar_subquery(),
    ),
).label("alerts")
"""What was told of the patient at any of their stays, with blanks between, to be read with a thing and an encounter;
nothing for a product that has no attributes to be held against it."""
