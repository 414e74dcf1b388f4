"""This file is the rows of a note's form: one for each lot, as texts, as lines and cases of a note."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from api.i18n import gettext as _
from api.pages import office
from spd import receiving
from spd.ordering import LineProgress, Order
from spd.receiving import Announced, AnnouncedLine, AnnouncedPackage, Delivery

FIELDS = ("line", "lot", "produced_on", "expires_on", "quantity", "cases", "serials")
SPARE = 3  # rows beyond what is known, for a second lot of a line
_BETWEEN = re.compile(r"[\s,;，；]+")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row as texts. `line` is the order and product it fulfils: `PO…:product`."""

    line: str = ""
    lot: str = ""
    produced_on: str = ""
    expires_on: str = ""
    quantity: str = ""
    cases: str = ""
    serials: str = ""


def texts_of_order(order: Order, lines: Sequence[LineProgress]) -> dict[str, Any]:
    """What stands in the form of a note made from an order: all that is still open."""
    known: dict[str, Any] = {name: [""] * len(lines) for name in FIELDS}
    known["line"] = [f"{order.code}:{line.product}" for line in lines]
    known["quantity"] = [
        str(min(line.open(order.over_percent), max(0, line.quantity - line.announced)) or line.open(order.over_percent))
        for line in lines
    ]
    return known


def texts_of_note(session: Session, note: Delivery, orders: Mapping[int, tuple[str, int]]) -> dict[str, Any]:
    """What stands in the form of a note that is amended: what it says now."""
    texts: dict[str, Any] = {name: [] for name in FIELDS}
    invoices = note.invoices
    texts |= {
        "code": note.code,
        "slip_number": note.slip_number,
        "maker_invoice": invoices[0] if len(invoices) > 1 else "",
        "between_invoices": ", ".join(invoices[1:-1]),
        "own_invoice": invoices[-1] if invoices else "",
    }
    packages = receiving.packages_of(session, note)
    for line in receiving.lines_received(session, note):
        mine = [package for package in packages if package.delivery_line_id == line.id]
        order = orders.get(line.order_line_id or 0, ("", 0))[0]
        texts["line"].append(f"{order}:{line.product}")
        texts["lot"].append(line.lot)
        texts["produced_on"].append(line.produced_on.isoformat() if line.produced_on else "")
        texts["expires_on"].append(line.expires_on.isoformat() if line.expires_on else "")
        texts["quantity"].append(str(line.quantity))
        texts["cases"].append(str(len(mine)) if mine else "")
        texts["serials"].append("\n".join(serial for package in mine for serial in package.serial_list))
    return texts


def rows_of(form: office.Form) -> list[Row]:
    """The rows to show: those written in, and some spare ones."""
    columns = [form.value(name, []) for name in FIELDS]
    height = max((len(column) for column in columns), default=0)
    rows = [
        Row(**{name: column[at] if at < len(column) else "" for name, column in zip(FIELDS, columns, strict=True)})
        for at in range(height)
    ]
    filled = [row for row in rows if row.quantity or row.lot or row.serials]
    return [*filled, *[Row()] * SPARE]


def read_rows(form: office.Form) -> list[Row]:
    """The rows somebody wrote in; what is wrong with one is told on the form, and none are given."""
    rows = [row for row in rows_of(form) if row.line and (row.quantity or row.serials)]
    for number, row in enumerate(rows, 1):
        if wrong := _wrong(row):
            form.errors["line"] = _("Row %(row)s: %(wrong)s") % {"row": number, "wrong": wrong}
            return []
    if not rows:
        form.errors["line"] = _("Fill in one row at least.")
    return rows


def _wrong(row: Row) -> str:
    """What cannot be read in a row."""
    if not _is_whole(row.quantity):
        return _("the quantity is a whole number.")
    if row.cases and not (_is_whole(row.cases) and int(row.cases) <= int(row.quantity)):
        return _("the number of cases is a whole number, and no more than the quantity.")
    if any(text and _day(text) is None for text in (row.produced_on, row.expires_on)):
        return _("a day is written as 2028-09-30.")
    if row.serials and len(_serials(row)) != int(row.quantity):
        return _("there are %(count)s serials for %(quantity)s pieces.") % {
            "count": len(_serials(row)),
            "quantity": row.quantity,
        }
    return ""


def announced(form: office.Form, rows: Sequence[Row], supplier: str) -> Announced:
    """The note that the form says."""
    said = form.said
    invoices = [said["maker_invoice"], *_BETWEEN.split(said["between_invoices"]), said["own_invoice"]]
    return Announced(
        occasion=form.occasion,
        code=said["code"],
        supplier=supplier,
        lines=[_line(row) for row in rows],
        packages=[package for number, row in enumerate(rows, 1) for package in _packages(number, row)],
        slip_number=said["slip_number"],
        invoices=[number for number in invoices if number],
    )


def _line(row: Row) -> AnnouncedLine:
    order, _colon, product = row.line.partition(":")
    return AnnouncedLine(
        product=product,
        quantity=int(row.quantity),
        lot=row.lot,
        expires_on=_day(row.expires_on),
        produced_on=_day(row.produced_on),
        order=order,
    )


def _packages(number: int, row: Row) -> list[AnnouncedPackage]:
    """The cases of a row, filled evenly, its serials in their order; serials without cases are one case."""
    serials = _serials(row)
    count = int(row.cases) if row.cases else (1 if serials else 0)
    return receiving.evenly(number, int(row.quantity), count, serials)


def _serials(row: Row) -> list[str]:
    return [serial for serial in _BETWEEN.split(row.serials) if serial]


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) <= 10_000_000


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
