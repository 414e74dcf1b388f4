"""This file is cost reports as files: xlsx and CSV with codes as text, and the same figures as the page.

Long ones are made in the background, their progress told. The second sheet says what was asked and that it agrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from flask import redirect, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api import access, background
from api.headers import name_file
from api.here import person, read, settings, site
from api.i18n import gettext as _
from api.pages import bp, compared, finance_sheets
from api.pages.listing import XLSX
from api.pages.report import as_of, chosen, class_names
from api.pages.sheet_made import Sheet, title_of
from api.pages.sheet_words import file_name, headed, linked, sheet_words
from spd import costing
from spd.core.errors import NotAllowed
from spd.exchange.sheets import About, csv_lines, stream_xlsx
from spd.exchange.xlsx_rows import MOST_LINKS


@bp.get("/finance/export/<report>.<any(xlsx, csv):kind>")
def finance_export(report: str, kind: str) -> Response:
    """A report of what is chosen, as a file."""
    if report not in finance_sheets.MAKERS:
        raise NotFound
    page, make = finance_sheets.MAKERS[report]
    row = access.TABLE[page]
    if not row.roles & person().roles:
        raise NotAllowed()
    said = _honoured(report, replace(chosen(), departments=person().departments(*row.roles)))
    answer = read(lambda session: _file(session, make, said, kind))
    return answer or redirect(background.export(title_of(report)))


def _honoured(report: str, said: costing.Filter) -> costing.Filter:
    """What is chosen, without what such a report does not choose by: its file says nothing of that."""
    if report not in ("encounters", "drgs", "stay"):
        return said
    since, encounter = (None, said.encounter) if report == "stay" else (said.since, None)
    return costing.Filter(
        period=said.period, since=since, departments=said.departments, encounter=encounter, at=said.at
    )


def _file(
    session: Session, make: Callable[[Session, costing.Filter], Sheet], said: costing.Filter, kind: str
) -> Response | None:
    """The file; None where it is so long that it is made in the background."""
    sheet = make(session, said)
    if background.is_long(session, sheet.count):
        return None
    when, zone, rows = as_of(session, said), settings().zone, background.told_of(sheet.rows, sheet.count)
    body: str | bytes
    if kind == "csv":
        body, media_type = csv_lines(sheet.heads, rows, zone=zone), "text/csv; charset=utf-8"
    else:
        about = About(
            title=sheet.title, at=when.at, by=person().name, said=request.query_string.decode(), rows=0,
            facts=[(_("ledger"), f"#{when.sequence}"), *_parameters(said)], ties=sheet.ties, words=sheet_words(),
        )  # fmt: skip
        body, media_type = stream_xlsx(headed(sheet.heads), _leading(sheet, rows), about, zone=zone), XLSX
    response = Response(body, content_type=media_type)
    stamp = when.at.astimezone(zone).strftime("%Y%m%d%H%M")
    span = said.period if said.since is None else f"{said.since}_{said.period}"
    name_file(response, file_name(sheet.name, sheet.title, span, f"asof{stamp}", kind=kind))
    return response


def _leading(sheet: Sheet, rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    """The rows, whose cells lead where the page's do, as far as a sheet has links."""
    root = site()
    if not root or not sheet.lead or sheet.count * len(sheet.lead) > MOST_LINKS:
        return rows
    return (
        [linked(cell, root, lead(row)) if (lead := sheet.lead.get(n)) else cell for n, cell in enumerate(row)]
        for row in rows
    )


def _parameters(said: costing.Filter) -> list[tuple[str, str]]:
    """What was chosen, by name; the month always."""
    flag = None if said.chargeable is None else _("yes") if said.chargeable else _("no")
    values = [
        (_("From month"), said.since), (_("Month"), said.period), (_("Campus"), said.campus),
        (_("Department"), said.department), (_("Class"), class_names().get(said.product_class or "")),
        (_("Chargeable or not"), flag), (_("Product"), said.product), (_("Lot"), said.lot),
        (_("Encounter"), said.encounter), (_("Week"), said.week.isoformat() if said.week else None),
        (_("As of"), said.at.isoformat() if said.at else None),
        (_("Compare with"), compared.titles().get(request.args.get("compare", ""))),
    ]  # fmt: skip
    return [(name, value) for name, value in values if value]
