"""This file is lists as files: asked for with `?as=`, made at once or in the background, with what was asked beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from flask import redirect, request
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import background
from api.headers import name_file
from api.here import read, settings, site
from api.pages.report import asked_as_of
from api.pages.sheet_words import about_list, file_name, headed, linked
from spd.core import clock
from spd.exchange.sheets import Head, csv_lines, stream_xlsx
from spd.exchange.xlsx_rows import MOST_LINKS

if TYPE_CHECKING:
    from api.pages.listing import Column, Listing

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def exported(listing: Listing, *, title: str = "") -> Response | None:
    """The list as a file where `?as=` asks for one; a long one is made in the background. Raises: UnknownTask."""
    kind = request.args.get("as", "")
    if kind not in ("xlsx", "csv"):
        return None
    count, long = read(lambda session: (n := _count(session, listing), background.is_long(session, n)))
    if long:
        return redirect(background.export(title or listing.name))
    return read(lambda session: _file(session, listing, kind, title or listing.name, count))


def _count(session: Session, listing: Listing) -> int:
    if not isinstance(listing.base, Select):
        return len(listing.rows)
    return session.scalar(select(func.count()).select_from(listing.statement().order_by(None).subquery())) or 0


def _file(session: Session, listing: Listing, kind: str, title: str, count: int) -> Response:
    zone = settings().zone
    at = asked_as_of(request.args.get("as_of", "")) or clock.now()
    heads = [Head(column.title, column.kind, column.total) for column in _filed(listing)]
    lead = _leading(listing, count) if kind == "xlsx" else ()
    rows = background.told_of(_cells(listing, _rows(session, listing), lead), count)
    body: bytes | str
    if kind == "csv":
        body, media_type = csv_lines(heads, rows, zone=zone), "text/csv; charset=utf-8"
    else:
        asked = {name: value for name, value in request.args.items() if name not in (*_OF_THE_PAGE, *listing.holding)}
        about = about_list(session, title, at, listing.said() | asked, listing)
        body, media_type = stream_xlsx(headed(heads), rows, about, zone=zone), XLSX
    response = Response(body, content_type=media_type)
    stamp = at.astimezone(zone).strftime("%Y%m%d%H%M")
    name_file(response, file_name(listing.name, title, stamp, kind=kind))
    return response


_OF_THE_PAGE = ("as", "as_of", "sort", "page")


def _rows(session: Session, listing: Listing) -> Iterator[Any]:
    if isinstance(listing.base, Select):
        yield from session.execute(listing.sorted_statement().execution_options(yield_per=1000))
    else:
        yield from listing.sorted_rows()


Leading = tuple[int, Callable[[Any], str | None]]
"""The number of a column, and where its cell leads in a row."""


def _leading(listing: Listing, count: int) -> Sequence[Leading]:
    """The columns whose cells lead somewhere in the file, as on the page: as many as a sheet has links for."""
    if not site() or not count:
        return ()
    leading = [(number, column.href, column.kind) for number, column in enumerate(_filed(listing)) if column.href]
    codes_first = sorted(leading, key=lambda one: one[2] != "code")
    return [(number, href) for number, href, _kind in codes_first[: MOST_LINKS // count]]


def _cells(listing: Listing, rows: Iterator[Any], lead: Sequence[Leading] = ()) -> Iterator[list[Any]]:
    filed, root = _filed(listing), site()
    for row in rows:
        cells = [_cell(column, getattr(row, column.key)) for column in filed]
        for number, href in lead:
            cells[number] = linked(cells[number], root, href(row))
        yield cells


def _filed(listing: Listing) -> list[Column]:
    return [column for column in listing.columns if not column.page_only]


def _cell(column: Column, value: Any) -> Any:
    """A value as it stands in a file; a code is text, be it a number."""
    filed = column.filed(value)
    return str(filed) if column.kind == "code" and type(filed) is int else filed
