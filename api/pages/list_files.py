"""This file is lists as files: asked for with `?as=`, made at once or in the background, with what was asked beside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flask import redirect, request
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import background
from api.here import read, settings
from api.pages.report import asked_as_of
from api.pages.sheet_words import about_list
from spd.core import clock
from spd.exchange.sheets import Head, csv_lines, stream_xlsx

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
    rows = background.told_of(_cells(listing, _rows(session, listing)), count)
    body: bytes | str
    if kind == "csv":
        body, media_type = csv_lines(heads, rows, zone=zone), "text/csv; charset=utf-8"
    else:
        asked = {name: value for name, value in request.args.items() if name not in (*_OF_THE_PAGE, *listing.holding)}
        about = about_list(session, title, at, listing.said() | asked, listing)
        body, media_type = stream_xlsx(heads, rows, about, zone=zone), XLSX
    response = Response(body, content_type=media_type)
    stamp = at.astimezone(zone).strftime("%Y%m%d%H%M")
    response.headers.set("Content-Disposition", "attachment", filename=f"{listing.name}_{stamp}.{kind}")
    return response


_OF_THE_PAGE = ("as", "as_of", "sort", "page")


def _rows(session: Session, listing: Listing) -> Iterator[Any]:
    if isinstance(listing.base, Select):
        yield from session.execute(listing.sorted_statement().execution_options(yield_per=1000))
    else:
        yield from listing.sorted_rows()


def _cells(listing: Listing, rows: Iterator[Any]) -> Iterator[list[Any]]:
    for row in rows:
        yield [_cell(column, getattr(row, column.key)) for column in _filed(listing)]


def _filed(listing: Listing) -> list[Column]:
    return [column for column in listing.columns if not column.page_only]


def _cell(column: Column, value: Any) -> Any:
    """A value as it stands in a file; a code is text, be it a number."""
    filed = column.filed(value)
    return str(filed) if column.kind == "code" and type(filed) is int else filed
