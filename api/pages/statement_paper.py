"""This file is a statement on paper: A4 across, its lines, its total, places to sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.i18n import day, instant, money, quantity
from api.i18n import gettext as _
from api.pages.on_paper import HEADINGS, Paper
from api.pages.scanned import named
from api.pages.statement_words import state_names, treatment_names
from api.pages.supplier_goods import event_name
from spd.settlement import Statement, Stood

_WIDTHS = (10, 22, 24, 58, 50, 20, 24, 28, 41)  # of the columns, in millimetres: 277 in all


@dataclass(frozen=True, kw_only=True)
class Head:
    """What stands above and below the lines; `at`: it is as of that instant."""

    statement: Statement
    stood: Stood
    supplier: Any
    at: datetime | None = None


def pdf(head: Head, lines: Sequence[Any]) -> bytes:
    """The statement as a PDF. Raises: NoFont."""
    paper = Paper(numbered=True, orientation="landscape", format="A4")
    paper.set_margins(10, 10)
    paper.add_page()
    _head(paper, head)
    _lines(paper, lines)
    _foot(paper, head.stood)
    return bytes(paper.output())


def _head(paper: Any, head: Head) -> None:
    statement, supplier = head.statement, head.supplier
    paper.set_font("page", size=18)
    paper.cell(0, 10, f"{_('Statement')} {statement.code}", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("page", size=10)
    told = (
        (_("Supplier"), f"{named(supplier.name, supplier.name_en)} ({supplier.code})"),
        (_("Period"), statement.span),
        (_("State"), state_names()[head.stood.state]),
        *([(_("As of"), instant(head.at))] if head.at else []),
    )
    for label, value in told:
        paper.cell(40, 6, label)
        paper.cell(0, 6, value, new_x="LMARGIN", new_y="NEXT")
    paper.ln(4)


def _lines(paper: Any, lines: Sequence[Any]) -> None:
    kinds = treatment_names()
    paper.set_font("page", size=8)
    aligned = ("L", "L", "L", "L", "L", "R", "R", "R", "L")
    with paper.table(headings_style=HEADINGS, col_widths=_WIDTHS, line_height=5, text_align=aligned) as table:
        table.row(
            (
                "#",
                _("Day"),
                _("What"),
                _("Product"),
                _("Lot, item, movement"),
                _("Quantity"),
                _("Unit price"),
                _("Amount"),
                _("Kind"),
            )
        )
        for line in lines:
            kind = kinds[line.treatment] + (f" {line.corrects}" if line.corrects else "")
            table.row(
                (
                    str(line.line), day(line.day_on), event_name(line.event),
                    f"{line.product} {line.name} {line.specification}",
                    f"{line.lot} {line.item} #{line.movement}", quantity(line.quantity), money(line.unit_price),
                    money(line.billed), kind,
                )
            )  # fmt: skip


def _foot(paper: Any, stood: Stood) -> None:
    paper.ln(4)
    paper.set_font("page", size=12)
    paper.cell(0, 8, f"{_('Total')} {money(stood.total)}", align="R", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("page", size=9)
    if stood.exact is not None and stood.rounding is not None:
        rounded = f"{_('In the journal')} {money(stood.exact)} · {_('Rounding')} {money(stood.rounding)}"
        paper.cell(0, 6, rounded, align="R", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("page", size=10)
    paper.ln(12)
    for who in (_("Prepared by"), _("Checked by"), _("Finance"), _("Supplier")):
        paper.cell(69, 8, f"{who}: ______________")
