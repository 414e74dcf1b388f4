"""This file is what a product's page says of its codes: the certificate read and dated, the three codes as listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from api import access
from api.here import person
from api.i18n import gettext as _
from api.pages.licences import colour, state_names, today
from scanners.chinese_numbers import certificate
from spd.catalog import Packaging, Product
from spd.catalog.mapping import DeviceIdentifier
from spd.licensing import Licence, LicenceKind
from spd.licensing.authorities import authority_of
from spd.licensing.worklist import WITHDRAWN, windows

CLASSES = {1: "I", 2: "II", 3: "III"}


@dataclass(frozen=True, kw_only=True)
class Version:
    """One certificate under the number: from when to when goods may have been made."""

    number: int
    valid_from_on: Any
    valid_to_on: Any
    state: str
    colour: str
    may_open: bool


def facts_of(number: str) -> list[tuple[str, Any]]:
    """What the number itself says: who gave it, of which class and category, since when; nothing of other numbers."""
    said = certificate(number) if number else None
    if said is None:
        return []
    origins = {"准": _("made in China"), "进": _("imported"), "许": _("Hong Kong, Macao, Taiwan")}
    return [
        (_("Approved by the authority"), authority_of(said) or said.authority),
        (_("Class of device"), CLASSES.get(said.device_class, "–")),
        (_("Category"), said.category or "–"),
        (_("Origin"), origins.get(said.origin or "", "–")),
        (_("First registered"), said.year),
    ]


def versions_of(session: Session, number: str) -> list[Version]:
    """The certificates on record under a number, the newest first."""
    query = select(Licence).where(Licence.kind == LicenceKind.REGISTRATION, Licence.number == number)
    found = session.scalars(query.order_by(Licence.valid_from_on.desc(), Licence.id.desc())).all() if number else []
    seen = windows(session, on=today())
    names = state_names(seen) | {WITHDRAWN: _("withdrawn")}
    return [
        Version(
            number=one.id,
            valid_from_on=one.valid_from_on,
            valid_to_on=one.valid_to_on,
            state=names[seen.state_of(one)],
            colour=colour(seen, seen.state_of(one)),
            may_open=access.may_open("pages.licences_show", person()),
        )
        for one in found
    ]


def listed_codes(session: Session, packagings: Sequence[Packaging]) -> dict[str, DeviceIdentifier]:
    """What the authorities list for the identifiers of these packages, by identifier."""
    codes = [one.code for one in packagings]
    found = session.scalars(select(DeviceIdentifier).where(DeviceIdentifier.code.in_(codes)))
    return {one.code: one for one in found}


def level_names() -> dict[str, str]:
    """What the levels of packaging are called."""
    return {"unit": _("piece"), "box": _("box"), "case": _("case"), "pallet": _("pallet"), "sale": _("sale unit")}


def lacking_names() -> dict[str, str]:
    """The codes that a product may lack."""
    return {
        "identifier": _("device identifier"),
        "insurance": _("insurance code"),
        "charge": _("charge code"),
        "any": _("any of the three"),
    }


def lacks(code: str) -> ColumnElement[bool]:
    """Whether a product lacks a code; what is charged to nobody needs no charge code."""
    identifier = ~exists().where(Packaging.product_id == Product.id)
    insurance = Product.insurance_code == ""
    charge = (Product.charge_code == "") & Product.chargeable
    return {
        "identifier": identifier,
        "insurance": insurance,
        "charge": charge,
        "any": identifier | insurance | charge,
    }[code]


def attribute_name(attribute: str) -> str:
    """What a part of a product is called where its changes are told."""
    return {
        "name": _("Name"),
        "name_en": _("Name in English"),
        "specification": _("Specification"),
        "base_unit": _("Unit"),
        "product_class": _("Class"),
        "chargeable": _("Chargeable"),
        "implant": _("Implant"),
        "cold_chain": _("Cold chain"),
        "ved": _("Care depends on it"),
        "control_class": _("Control list"),
        "attributes": _("Attributes"),
        "charge_code": _("Charge code"),
        "insurance_code": _("Insurance code"),
        "registration_number": _("Registration"),
        "manufacturer_id": _("Manufacturer"),
        "retired": _("Retired"),
        "admission": _("Admission"),
        "admitted_until_on": _("Permission ends"),
    }.get(attribute, attribute)
