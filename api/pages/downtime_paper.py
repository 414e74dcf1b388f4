"""This file is the blank sheet for times when nothing works: what lies on the ward with its codes, and empty lines."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from fpdf import FPDF
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.i18n import day
from api.i18n import gettext as _
from api.pages.on_paper import Paper
from api.pages.scanned import named
from scanners.labels import symbols
from spd.catalog import Lot, Product
from spd.ledger import Item, ItemStateName
from spd.places import WARD_KINDS, Department, Location

MOST = 200
"""Things on one sheet: more than a ward uses in a day without network."""
_EMPTY = 12
_ROW = 15.0
_WIDTHS = (18, 62, 32, 22, 24, 18, 20)  # 196 mm of A4 across


def sheet(session: Session, department: Department, *, at: datetime) -> bytes:
    """The sheet with a number of its own. Raises: NoFont."""
    paper = Paper(format="A4")
    paper.set_margins(7, 8)
    paper.set_auto_page_break(False)
    number = f"{department.code}-{at:%Y%m%d}-{secrets.token_hex(2).upper()}"
    _head(paper, number, named(department.name, department.name_en), at)
    for item in [*_things(session, department), *[None] * _EMPTY]:
        if paper.get_y() + _ROW > 285:
            _head(paper, number, named(department.name, department.name_en), at)
        _line(paper, item)
    return bytes(paper.output())


def _things(session: Session, department: Department) -> list[Any]:
    query = (
        select(Item.code, Product.name, Product.name_en, Lot.code.label("lot"), Lot.expires_on)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .where(Location.department_id == department.id, Location.kind.in_(WARD_KINDS), Item.quantity > 0)
        .where(Item.state.in_((ItemStateName.AVAILABLE.value, ItemStateName.OPEN.value)))
        .order_by(Product.name, Lot.expires_on, Item.id)
        .limit(MOST)
    )
    return list(session.execute(query))


def _head(paper: FPDF, number: str, ward: str, at: datetime) -> None:
    paper.add_page()
    paper.set_font("page", size=15)
    paper.cell(130, 8, f"{_('Uses on paper')} · {ward}")
    paper.set_font("page", size=11)
    paper.cell(0, 8, number, align="R", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("page", size=8)
    words = _("Printed %(at)s. Write each use at once; it is entered afterwards with this number.")
    paper.cell(0, 5, words % {"at": f"{at:%Y-%m-%d %H:%M}"}, new_x="LMARGIN", new_y="NEXT")
    heads = ("", _("Item"), _("Patient"), _("Date"), _("Time"), _("Quantity"), _("Used by"))
    for width, head in zip(_WIDTHS, heads, strict=True):
        paper.cell(width, 6, head, border=1)
    paper.ln(6)


def _line(paper: FPDF, item: Any) -> None:
    left, top = paper.get_x(), paper.get_y()
    for width in _WIDTHS:
        paper.cell(width, _ROW, "", border=1)
    if item is not None:
        if item.code.isascii():
            _symbol(paper, item.code, left + 2.5, top + 1.2)
        paper.set_xy(left + _WIDTHS[0] + 1, top + 1)
        paper.set_font("page", size=8)
        until = f" · {day(item.expires_on)}" if item.expires_on else ""
        paper.multi_cell(
            _WIDTHS[1] - 2, 4, f"{item.code}\n{named(item.name, item.name_en)[:34]}\n{item.lot}{until}"
        )  # fmt: skip
    paper.set_xy(left, top + _ROW)


def _symbol(paper: FPDF, code: str, left: float, top: float) -> None:
    made = symbols.symbol("datamatrix", code)
    side = 12.4 / (made.across + 2 * made.quiet)
    for y, row in enumerate(made.rows):
        for x, dark in enumerate(row):
            if dark:
                paper.rect(left + (x + made.quiet) * side, top + (y + made.quiet) * side, side, side, style="F")
