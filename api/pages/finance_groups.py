"""This file is the page of cost told apart by campus, class, chargeable or not, lot or encounter."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from api.i18n import gettext as _
from api.pages import compared
from api.pages.listing import lines_shown
from api.pages.report import as_of, class_names, frame, linked
from api.pages.report_bar import bar
from api.pages.scanned import named
from spd import costing
from spd.costing import Dimension, Group

SHOWN = 200


def groups(session: Session, said: costing.Filter, dimension: Dimension, crumbs: Sequence[Any]) -> str:
    """The parts of what is chosen, the dearest first; what does not fit the page is one sum."""
    rows = costing.by(session, said, dimension)
    size = lines_shown(SHOWN)
    shown, rest = rows[:size], rows[size:]
    above = sum((row.total for row in costing.by_department(session, said)), Decimal(0))
    return render_template(
        "finance_parts.html",
        dimension=dimension,
        heading=headings()[dimension],
        rows=[(label(dimension, row), row, _down(said, dimension, row)) for row in shown],
        chosen_by=lambda row: chosen_by(dimension, row),
        keys=[compared.part_key(row) for row in shown],
        rest=sum((row.amount for row in rest), Decimal(0)) if rest else None,
        rest_count=len(rest),
        largest=max((row.amount for row in rows), default=Decimal(0)),
        total=sum((row.amount for row in rows), Decimal(0)),
        above=above,
        as_of=as_of(session, said),
        crumbs=crumbs,
        **compared.shown(session, said, compared.parts(dimension)),
        **bar(said, here=dimension),
        **frame("finance", said),
    )


def headings() -> dict[Dimension, str]:
    """What the parts are called."""
    return {
        Dimension.CAMPUS: _("Campus"),
        Dimension.PRODUCT_CLASS: _("Class"),
        Dimension.CHARGEABLE: _("Chargeable or not"),
        Dimension.LOT: _("Lot"),
        Dimension.ENCOUNTER: _("Encounter"),
    }


def label(dimension: Dimension, row: Group) -> str:
    """What one part is called."""
    if dimension is Dimension.PRODUCT_CLASS:
        return class_names().get(row.key, row.key)
    if dimension is Dimension.CHARGEABLE:
        return _("chargeable") if row.key == "1" else _("not chargeable")
    if dimension is Dimension.ENCOUNTER and row.key == costing.DEPARTMENT_ALONE:
        return _("departments alone")
    return row.key or _("no campus")


def below(dimension: Dimension, row: Group) -> str:
    """What stands under it: the product of a lot, the department of a stay."""
    return named(row.name, row.name_en) if dimension in (Dimension.LOT, Dimension.ENCOUNTER) else ""


def _down(said: costing.Filter, dimension: Dimension, row: Group) -> str:
    """Where the part opens to."""
    way = {Dimension.CAMPUS: "department", Dimension.LOT: "movement", Dimension.ENCOUNTER: "movement"}
    down: dict[str, Any] = chosen_by(dimension, row) | {"by": way.get(dimension, "product"), "after": None}
    return linked(said, **down)


def chosen_by(dimension: Dimension, row: Group) -> dict[str, str]:
    """What a filter says of one part alone; of a lot with its product."""
    mine = {dimension.value: row.key}
    return mine | {"product": row.product} if row.product else mine
