"""This file is an order on paper: A4, with its code to scan, its lines, its total, places to sign."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

from api.i18n import day, instant, money, quantity
from api.i18n import gettext as _
from api.pages.on_paper import HEADINGS, Paper
from api.pages.order_words import mode_names
from api.pages.scanned import named
from scanners import labels
from spd.core.money import to_cent
from spd.ordering import LineProgress, Order
from spd.parties import Party
from spd.places import Location

_WIDTHS = (10, 26, 58, 24, 22, 24, 26)  # of the columns, in millimetres: 190 in all


def pdf(order: Order, lines: Sequence[LineProgress], supplier: Party, store: Location) -> bytes:
    """The order as a PDF. Raises: NoFont."""
    paper = Paper(numbered=True, format="A4")
    paper.set_margins(10, 10)
    paper.add_page()
    _head(paper, order, supplier, store)
    _lines(paper, lines)
    _foot(paper, lines)
    return bytes(paper.output())


def _head(paper: Any, order: Order, supplier: Party, store: Location) -> None:
    symbol = labels.png(labels.Label(code=order.label, name=order.code), labels.SIZES["50x30"], dpi=300)
    paper.image(BytesIO(symbol), x=150, y=10, w=50)
    paper.set_font("page", size=18)
    paper.cell(0, 10, f"{_('Order')} {order.code}", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("page", size=10)
    told = (
        (_("Supplier"), f"{named(supplier.name, supplier.name_en)} ({supplier.code})"),
        (_("Deliver to"), named(store.name, store.name_en)),
        (_("Placed"), f"{instant(order.placed_at)} · {_('Version')} {order.version}"),
        (_("Wanted on"), day(order.wanted_on) or "–"),
        (_("May be exceeded by"), f"{order.over_percent} %"),
        (_("Note"), order.note or "–"),
    )
    for label, value in told:
        paper.cell(40, 6, label)
        paper.cell(95, 6, value, new_x="LMARGIN", new_y="NEXT")
    paper.ln(4)


def _lines(paper: Any, lines: Sequence[LineProgress]) -> None:
    heads = ("#", _("Code"), _("Product"), _("Quantity"), _("Unit price"), _("Amount"), _("Wanted on"))
    modes = mode_names()
    paper.set_font("page", size=9)
    with paper.table(
        headings_style=HEADINGS, col_widths=_WIDTHS, line_height=5, text_align=("L", "L", "L", "R", "R", "R", "L")
    ) as table:
        table.row(heads)
        for line in lines:
            name = f"{named(line.name, line.name_en)} {line.specification}\n{modes[line.settlement_mode]}"
            counted = f"{quantity(line.quantity)} {line.base_unit}"
            table.row(
                (
                    str(line.line), line.product, name, counted, money(line.unit_price), money(to_cent(line.amount)),
                    day(line.wanted_on),
                )
            )  # fmt: skip


def _foot(paper: Any, lines: Sequence[LineProgress]) -> None:
    total = sum((to_cent(line.amount) for line in lines), Decimal(0))
    paper.ln(4)
    paper.set_font("page", size=12)
    paper.cell(0, 8, f"{_('Total')} {money(total)}", align="R", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("page", size=10)
    paper.ln(12)
    for who in (_("Ordered by"), _("Approved by"), _("Supplier")):
        paper.cell(63, 8, f"{who}: ______________")
