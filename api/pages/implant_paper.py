"""This file is implants on paper: a card for the patient's wallet, one implant a page, and a sheet for the chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.i18n import day, quantity, until
from api.i18n import gettext as _
from api.pages.on_paper import HEADINGS, Paper
from api.pages.scanned import named

CARD = (53.98, 85.6)  # ISO/IEC 7810 ID-1, in millimetres
_WIDTHS = (20, 50, 34, 44, 22, 34, 40, 33)  # of the sheet's columns: 277 in all


def cards(rows: Sequence[Any], hospital: str, doctor: str) -> bytes:
    """A card for each implant. Raises: NoFont."""
    paper = Paper(orientation="landscape", format=CARD)
    paper.set_margins(4, 3)
    paper.set_auto_page_break(False)
    for row in rows:
        paper.add_page()
        paper.set_font("page", size=9)
        title = _("Implant card")
        paper.cell(0, 4.5, f"{title} · {hospital}", new_x="LMARGIN", new_y="NEXT")
        paper.set_font("page", size=6.5)
        for label, value in _facts(row, doctor):
            paper.cell(20, 3.4, label)
            paper.multi_cell(57, 3.4, value, new_x="LMARGIN", new_y="NEXT")
    return bytes(paper.output())


def _facts(row: Any, doctor: str) -> tuple[tuple[str, str], ...]:
    """What a card says. Source: IMDRF/UDI WG/N53, the content of a patient card."""
    return (
        (_("Patient"), f"{row.patient_name} · {row.encounter}"),
        (_("Implanted on"), day(row.day_on)),
        (_("Product"), f"{named(row.name, row.name_en)} {row.specification}".strip()),
        (_("Maker"), named(row.maker, row.maker_en) or "–"),
        ("UDI-DI", row.di or "–"),
        (_("Lot"), row.lot),
        (_("Serial"), row.serial or "–"),
        (_("Expires"), until(row) or "–"),
        (_("Registration"), row.registration_number or "–"),
        (_("Quantity"), f"{quantity(row.quantity)} {row.base_unit}"),
        (_("Doctor"), doctor or row.surgeon or "______________"),
    )


def sheet(rows: Sequence[Any], hospital: str, doctor: str) -> bytes:
    """All implants of a patient, for the chart. Raises: NoFont."""
    paper = Paper(numbered=True, orientation="landscape", format="A4")
    paper.set_margins(10, 10)
    paper.add_page()
    paper.set_font("page", size=18)
    paper.cell(0, 10, f"{_('Implants')} · {hospital}", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("page", size=10)
    paper.cell(0, 7, f"{_('Patient')} {rows[-1].patient_name} · {rows[-1].encounter}", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("page", size=8)
    with paper.table(headings_style=HEADINGS, col_widths=_WIDTHS, line_height=5, text_align="LEFT") as table:
        table.row(
            (_("Day"), _("Product"), _("Maker"), "UDI-DI", _("Lot"), _("Serial"), _("Registration"), _("Department"))
        )
        for row in rows:
            table.row(
                (
                    day(row.day_on), f"{named(row.name, row.name_en)} {row.specification} × {quantity(row.quantity)}",
                    named(row.maker, row.maker_en), row.di or "–", f"{row.lot} {until(row)}",
                    row.serial or "–", row.registration_number,
                    named(row.department_name, row.department_name_en),
                )
            )  # fmt: skip
    paper.set_font("page", size=10)
    paper.ln(12)
    named_on = doctor or "、".join(dict.fromkeys(row.surgeon for row in rows if row.surgeon))
    for who in (f"{_('Doctor')} {named_on}".strip(), _("Circulating nurse"), _("Patient")):
        paper.cell(90, 8, f"{who}: ______________")
    return bytes(paper.output())
