"""This file is what an operation used, on paper: A4, its things with lot and serial, boxes to sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.i18n import day, instant, quantity
from api.i18n import gettext as _
from api.pages.on_paper import HEADINGS, Paper
from api.pages.operation_words import part_names, procedures_in_words, standings
from api.pages.scanned import named

_WIDTHS = (8, 62, 40, 16, 16, 16, 16, 16)  # of the columns, in millimetres: 190 in all
_BOX = (92, 24)


def pdf(operation: Mapping[str, Any], hospital: str) -> bytes:
    """The record as a PDF. Raises: NoFont."""
    paper = Paper(numbered=True, format="A4")
    paper.set_margins(10, 10)
    paper.add_page()
    _head(paper, operation, hospital)
    _lines(paper, operation)
    _sum(paper, operation)
    _boxes(paper, operation)
    return bytes(paper.output())


def _head(paper: Any, operation: Mapping[str, Any], hospital: str) -> None:
    paper.set_font("page", size=16)
    paper.cell(0, 9, f"{_('Consumables of an operation')} · {hospital}", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("page", size=10)
    told = (
        (_("Operation"), f"{operation['code']} · {standings()[operation['standing']]}"),
        (_("Patient"), f"{operation['patient_name']} · {operation['encounter']}"),
        (_("Procedure"), procedures_in_words(operation["procedures"])),
        (_("Room"), named(operation["room_name"], operation["room_name_en"])),
        (_("Surgeon"), operation["surgeon_name"]),
        (_("Circulating nurse"), operation["nurse_name"]),
        (_("Opened at"), instant(operation["opened_at"]) if operation["opened_at"] else "–"),
        (_("Ended at"), instant(operation["ended_at"]) if operation["ended_at"] else "–"),
    )
    for label, value in told:
        paper.cell(38, 5.5, label)
        paper.multi_cell(150, 5.5, value, new_x="LMARGIN", new_y="NEXT")
    paper.ln(3)


def _lines(paper: Any, operation: Mapping[str, Any]) -> None:
    heads = (
        "#", _("Product"), f"{_('Lot')} · {_('Serial')}", _("Drawn"), _("Used"), _("From the room"), _("Brought back"),
        _("Wasted"),
    )  # fmt: skip
    paper.set_font("page", size=8)
    aligned = ("L", "L", "L", "R", "R", "R", "R", "R")
    with paper.table(headings_style=HEADINGS, col_widths=_WIDTHS, line_height=4.6, text_align=aligned) as table:
        table.row(heads)
        for number, line in enumerate(operation["lines"], 1):
            expires = f" {day(line['expires_on'])}" if line["expires_on"] else ""
            kept = (line["drawn"], line["used"], line["direct"], line["returned"], line["wasted"] + line["asked"])
            table.row(
                (
                    str(number), f"{_name(line)} ({line['base_unit']})",
                    f"{line['lot']}{expires}\n{line['serial'] or line['item']}", *(quantity(one) for one in kept),
                )
            )  # fmt: skip


def _name(line: Mapping[str, Any]) -> str:
    return f"{named(line['name'], line['name_en'])} {line['specification']}".strip()


def _sum(paper: Any, operation: Mapping[str, Any]) -> None:
    figures = operation["figures"]
    paper.ln(3)
    paper.set_font("page", size=10)
    said = _("Drawn %(drawn)s = used %(used)s + returned %(returned)s + wasted %(wasted)s + still out %(out)s") % {
        "drawn": quantity(figures["drawn"]), "used": quantity(figures["used"]),
        "returned": quantity(figures["returned"]), "wasted": quantity(figures["wasted"] + figures["asked"]),
        "out": quantity(figures["out"]),
    }  # fmt: skip
    paper.multi_cell(0, 6, said, new_x="LMARGIN", new_y="NEXT")


def _boxes(paper: Any, operation: Mapping[str, Any]) -> None:
    """A box for each who signs, with the signature where it is given."""
    width, height = _BOX
    if paper.get_y() + height + 8 > paper.h - 15:
        paper.add_page()
    paper.ln(4)
    top = paper.get_y()
    signed = {one["part"]: one for one in operation["signatures"] if one["valid"]}
    for number, (part, name) in enumerate(part_names().items()):
        left = 10 + number * (width + 6)
        paper.rect(left, top, width, height)
        one = signed.get(part)
        said = f"{one['by_name']} · {instant(one['signed_at'])}" if one else ""
        paper.set_xy(left + 2, top + 2)
        paper.cell(width - 4, 6, f"{name}: {operation[f'{part}_name']}", new_x="LEFT", new_y="NEXT")
        paper.cell(width - 4, 6, said)
