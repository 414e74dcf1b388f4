"""This file is the page of the stock book: what departments held, what came, what went, and that it adds up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from api.here import read
from api.i18n import gettext as _
from api.pages import bp
from api.pages.report import as_of, chosen, frame, linked
from api.pages.report_bar import bar
from api.pages.scanned import named
from spd import costing
from spd.ledger import CHANGES, Part
from spd.places import get_department

ENDPOINT = "pages.finance_stock"


@bp.get("/finance/stock")
def finance_stock() -> str:
    """The stock book by department, or of one department by product."""
    said = chosen()
    return read(lambda session: _book(session, said))


def _book(session: Session, said: costing.Filter) -> str:
    lines = costing.department_book(session, said) if said.department else costing.stock_book(session, said)
    parts = shown_parts(lines)
    above = None
    if said.department:
        above = sum((one.amount(Part.CLOSING) for one in costing.stock_book(session, said)), Decimal(0))
    department = get_department(session, said.department) if said.department else None
    names = part_names()
    return render_template(
        "finance_stock.html",
        lines=lines,
        parts=[(part.value, names[part]) for part in parts],
        changes=[part.value for part in parts if part in CHANGES],
        sums={part.value: sum((one.amount(part) for one in lines), Decimal(0)) for part in Part},
        left=sum((abs(one.left_over) for one in lines), Decimal(0)),
        above=above,
        department=department,
        crumbs=_crumbs(said, named(department.name, department.name_en) if department else None),
        as_of=as_of(session),
        **(bar(said, here="", endpoint=ENDPOINT) | {"comparisons": None}),
        **frame("finance_stock", said),
    )


def shown_parts(lines: list[costing.BookLine]) -> list[Part]:
    """The parts there are columns for: packing changes nothing of worth, and is shown only where it does."""
    return [part for part in Part if part is not Part.PACKED or any(one.amount(part) for one in lines)]


def part_names() -> dict[Part, str]:
    """What the parts are called."""
    return {
        Part.OPENING: _("Opening"),
        Part.RECEIVED: _("Received"),
        Part.MOVED_IN: _("Moved in"),
        Part.PACKED: _("Packed"),
        Part.USED: _("Used"),
        Part.MOVED_OUT: _("Moved out"),
        Part.RETURNED: _("Returned"),
        Part.ADJUSTED: _("Adjusted"),
        Part.CLOSING: _("Closing"),
    }


def _crumbs(said: costing.Filter, department: str | None) -> list[Any]:
    if department is None:
        return [(_("Hospital"), None)]
    return [(_("Hospital"), linked(said, ENDPOINT, department=None, by=None)), (department, None)]
