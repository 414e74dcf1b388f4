"""This file is cost reports as files: xlsx and CSV with codes as text, and the same figures as the page."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api import access
from api.here import person, read, settings
from api.i18n import gettext as _
from api.pages import bp
from api.pages.frame import place_name
from api.pages.report import AsOf, as_of, chosen, class_names
from api.pages.scanned import named
from spd import costing
from spd.core import clock
from spd.core.errors import NotAllowed
from spd.exchange.spreadsheet import csv_text, write_sheet

PAGE = 5_000  # rows read at a time
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Sheet:
    """A report as columns and rows; `apart` are the columns that have no total."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    apart: Sequence[str] = ()


@bp.get("/finance/export/<report>.<any(xlsx, csv):kind>")
def finance_export(report: str, kind: str) -> Response:
    """A report of what is chosen, as a file."""
    makers: dict[str, tuple[str, Callable[[Session, costing.Filter], Sheet]]] = {
        "departments": ("pages.finance", _departments),
        "products": ("pages.finance", _products),
        "movements": ("pages.finance", _movements),
        "encounters": ("pages.finance_encounters", _encounters),
        "drgs": ("pages.finance_drgs", _drgs),
    }
    if report not in makers:
        raise NotFound
    page, make = makers[report]
    row = access.TABLE[page]
    if not row.roles & person().roles:
        raise NotAllowed()
    said = replace(chosen(), departments=person().departments(*row.roles))
    sheet, when = read(lambda session: (make(session, said), as_of(session)))
    return _file(sheet, kind, said, when)


def _file(sheet: Sheet, kind: str, said: costing.Filter, when: AsOf) -> Response:
    zone = settings().zone
    body: str | bytes
    if kind == "csv":
        body, media_type = csv_text(sheet.columns, sheet.rows, zone=zone), "text/csv; charset=utf-8"
    else:
        out = io.BytesIO()
        more = [
            ("ledger", f"#{when.sequence}"),
            ("exported by", person().name),
            ("chosen", request.query_string.decode()),
        ]
        write_sheet(
            out, title=sheet.title, month=said.period, as_of=when.at, columns=sheet.columns, rows=sheet.rows,
            zone=zone, untotalled=sheet.apart, more=more,
        )  # fmt: skip
        body, media_type = out.getvalue(), XLSX
    response = Response(body, content_type=media_type)
    stamp = when.at.astimezone(zone).strftime("%Y%m%d%H%M")
    response.headers.set("Content-Disposition", "attachment", filename=f"{sheet.name}_{said.period}_asof{stamp}.{kind}")
    return response


def _departments(session: Session, said: costing.Filter) -> Sheet:
    columns = [
        _("Code"), _("Department"), _("Cost class"), _("Campus"), _("high-value"), _("low-value"), _("reagent"),
        _("chargeable"), _("not chargeable"), _("Total"),
    ]  # fmt: skip
    rows = [
        (
            row.department, named(row.name, row.name_en), row.cost_class, row.campus, row.high_value, row.low_value,
            row.reagent, row.chargeable, row.not_chargeable, row.total,
        )
        for row in costing.by_department(session, said)
    ]  # fmt: skip
    return Sheet("department-cost", _("Department cost"), columns, rows)


def _products(session: Session, said: costing.Filter) -> Sheet:
    columns = [
        _("Code"), _("Product"), _("Specification"), _("Class"), _("chargeable"), _("Quantity"), _("Unit"), _("Cost"),
    ]  # fmt: skip
    rows = [
        (
            row.product, named(row.name, row.name_en), row.specification, class_names()[row.product_class],
            _("yes") if row.chargeable else _("no"), row.quantity, row.base_unit, row.amount,
        )
        for row in costing.by_product(session, said)
    ]  # fmt: skip
    return Sheet("product-cost", _("Product cost"), columns, rows)


def _movements(session: Session, said: costing.Filter) -> Sheet:
    columns = [
        _("Movement"), _("When"), _("Department"), _("Item"), _("Code"), _("Product"), _("Specification"), _("Class"),
        _("Lot"), _("Quantity"), _("Unit"), _("Unit price"), _("Cost"), _("Encounter"), _("Who"), _("Month"),
    ]  # fmt: skip
    rows = []
    after = 0
    while found := costing.uses(session, said, after=after, limit=PAGE):
        after = found[-1].posting_id
        rows += [
            (
                str(one.movement_id), one.occurred_at, one.department, one.item, one.product,
                named(one.name, one.name_en), one.specification, class_names()[one.product_class], one.lot,
                one.quantity if one.amount >= 0 else -one.quantity, one.base_unit, one.unit_price, one.amount,
                one.encounter or "", one.staff, one.period,
            )
            for one in found
        ]  # fmt: skip
    return Sheet("movements", _("Movements"), columns, rows, apart=(_("Unit price"),))


def _encounters(session: Session, said: costing.Filter) -> Sheet:
    columns = [_("Encounter"), _("Department"), _("DRG"), _("Admitted"), _("Discharged"), _("chargeable"), _("Cost")]
    rows = []
    after = 0
    while found := costing.by_encounter(session, said.period, after=after, limit=PAGE, departments=said.departments):
        after = found[-1].id
        rows += [
            (
                one.encounter, place_name(one.department_name, one.department), one.drg_code or "",
                one.admitted_at, one.discharged_at,
                one.chargeable, one.total,
            )
            for one in found
        ]  # fmt: skip
    return Sheet("encounter-cost", _("Encounter cost"), columns, rows)


def _drgs(session: Session, said: costing.Filter) -> Sheet:
    columns = [
        _("DRG"), _("Name"), _("Cases"), _("Cost"), _("Mean"), _("Weight"), _("Rate"), _("Payment"), _("Margin"),
    ]  # fmt: skip
    since, until = clock.month_bounds(said.period, settings().zone)
    cases = costing.Discharges(since=since, until=until, year=int(said.period[:4]))
    rows = [
        (
            row.drg_code or _("without DRG"), row.name, row.cases, row.total, row.mean, row.weight, row.rate,
            row.payment, row.margin,
        )
        for row in costing.by_drg(session, cases)
    ]  # fmt: skip
    return Sheet("drg-cost", _("DRG cost"), columns, rows, apart=(_("Mean"), _("Weight"), _("Rate")))
