"""This file is lists: a query shown as a table that filters, sorts and pages, and goes out as xlsx or CSV.

A list is declared once, in the request (its words are in the language of the reader), and serves the page and the file:

    listing = Listing(
        name="orders",                                   # of the file
        base=select(Order.id.label("id")).join(Party, Party.id == Order.supplier_id),
        columns=(Column("code", _("Order"), Order.code, kind="code"), Column("amount", _("Amount"), Order.amount)),
        filters=(Choice("state", _("State"), options, lambda value: Order.state == value),),
    )
    return listed(listing, title=_("Orders"), empty=_("No orders yet"))

`base` may also be a sequence of rows with attributes of the columns' keys; its filters then say what of a row they look
at (`Words(…, text=)`, `Choice(…, of=)`). In a template of your own, include
"parts/listing.html" with `list=table(session, listing)`; answer `?as=xlsx` first with `if answer := exported(listing)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.access import opened
from api.here import read
from api.pages.list_files import XLSX, exported
from api.pages.list_filters import Choice, DayFrom, Filter, Words, anywhere, condition, holds, is_sound

__all__ = [
    "PRINTED", "SHOWN", "XLSX", "Choice", "Column", "DayFrom", "Listing", "Table", "Words", "anywhere", "exported",
    "for_paper", "lines_shown", "listed", "table",
    "with_ties",
]  # fmt: skip

SHOWN = 50
PRINTED = 2000
"""As many lines as go on paper together; more are a file."""


@dataclass(frozen=True)
class Column:
    """One column. kind: text, code, money, quantity, day, instant, pill. `expression` is sorted by, if it may be."""

    key: str
    title: str
    expression: Any = None
    kind: str = "text"
    href: Callable[[Any], str | None] | None = None
    show: Mapping[Any, str] | Callable[[Any], str] | None = None
    """The words for a value; values that have none are shown as they are."""
    colour: Callable[[Any], str | None] | None = None
    """The kind of a pill: ok, caution, stop, info, queued, quiet."""
    unit: Callable[[Any], str] | None = None
    total: bool = False
    sortable: bool = True
    page_only: bool = False
    """It leads somewhere and says nothing: not in files."""
    numeral: bool = False
    """Words that are a number, as 94.2 %: they stand at the right, as amounts do."""

    def words(self, value: Any) -> Any:
        """The value as it is read."""
        if self.show is None or value is None:
            return value
        return self.show(value) if callable(self.show) else self.show.get(value, value)

    def filed(self, value: Any) -> Any:
        """The value as it stands in a file: a number as a number, whatever it looks like on the page."""
        return value if isinstance(value, Decimal) and callable(self.show) else self.words(value)


@dataclass(frozen=True)
class Listing:
    """A list: where from, which columns, which filters. `order` is the key first sorted by, with - for downwards."""

    name: str
    base: Any
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    order: str = ""
    tie: Any = None
    """What tells equal rows apart; the first column where nothing is said."""
    ties: Sequence[tuple[str, Decimal]] = ()
    """What must be zero, and what it is, for the second sheet of the file."""
    facts: Sequence[tuple[str, str]] = ()
    """More of what the rows are of, by name, for the same."""

    @cached_property
    def chosen(self) -> dict[str, str]:
        """What this request asks of the filters."""
        asked = {one.name: request.args.get(one.name, "").strip()[:200] for one in self.filters}
        return {name: value for name, value in asked.items() if value and is_sound(self._filter(name), value)}

    @cached_property
    def holding(self) -> dict[str, str]:
        """What holds of the filters: what is asked, and where nothing is, what a filter begins with."""
        return {one.name: one.default for one in self.filters if one.default} | self.chosen

    @cached_property
    def sorted_by(self) -> tuple[Column | None, bool]:
        """The column sorted by, and whether downwards."""
        asked = request.args.get("sort", "")
        known = {column.key: column for column in self.columns if column.sortable}
        key = asked if asked.lstrip("-") in known else self.order
        return known.get(key.lstrip("-")), key.startswith("-")

    def statement(self) -> Select[Any]:
        """The query with the columns, filtered; not yet sorted."""
        assert isinstance(self.base, Select)
        query = self.base.add_columns(
            *(column.expression.label(column.key) for column in self.columns if column.expression is not None)
        )
        for name, value in self.holding.items():
            asked = condition(self._filter(name), value)
            if asked is not None:
                query = query.where(asked)
        return query

    @cached_property
    def rows(self) -> list[Any]:
        """The rows of a list that is no query, filtered; not yet sorted."""
        asked = [(self._filter(name), value) for name, value in self.holding.items()]
        return [row for row in self.base if all(holds(one, row, value) for one, value in asked)]

    def sorted_statement(self) -> Select[Any]:
        """The query in the order asked for."""
        column, down = self.sorted_by
        query = self.statement()
        if column is not None and column.expression is not None:
            expression = column.expression
            query = query.order_by(expression.is_(None), expression.desc() if down else expression.asc())
        tie = self.tie if self.tie is not None else self.columns[0].expression
        return query.order_by(tie)

    def sorted_rows(self) -> list[Any]:
        """The rows of a list that is no query in the order asked for; those without a value last."""
        column, down = self.sorted_by
        if column is None:
            return self.rows
        key = column.key
        there = [row for row in self.rows if getattr(row, key) is not None]
        ordered = sorted(there, key=lambda row: getattr(row, key), reverse=down)
        return ordered + [row for row in self.rows if getattr(row, key) is None]

    def said(self) -> dict[str, str]:
        """What is chosen, by the words of its filters."""
        words: dict[str, str] = {}
        for name, value in self.holding.items():
            one = self._filter(name)
            words[one.label] = dict(one.options).get(value, value) if isinstance(one, Choice) else value
        return words

    def _filter(self, name: str) -> Filter:
        return next(one for one in self.filters if one.name == name)


@dataclass(frozen=True)
class Table:
    """A page of a list, for its template."""

    listing: Listing
    rows: Sequence[Any]
    count: int
    page: int
    totals: Mapping[str, Decimal | int] = field(default_factory=dict)
    printed: bool = False
    """Whether it is for paper: all lines, as far as paper goes."""

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return 1 if self.printed else max(1, -(-self.count // SHOWN))

    @property
    def part(self) -> bool:
        """Whether there are more lines than stand here."""
        return len(self.rows) < self.count

    @property
    def said(self) -> str:
        """What is chosen, for paper, where the filters are not."""
        return " · ".join(f"{name}: {words}" for name, words in self.listing.said().items())

    def value(self, row: Any, column: Column) -> Any:
        """One cell."""
        return getattr(row, column.key)

    def link(self, row: Any, column: Column) -> str | None:
        """Where a cell leads whoever reads it."""
        return opened(column.href(row)) if column.href else None

    def address(self, **more: Any) -> str:
        """This list's address with something else asked; None takes it away."""
        asked: dict[str, Any] = request.args.to_dict()
        asked.pop("as", None)  # of the page that is shown: a file or paper is asked for anew
        kept = {name: value for name, value in (asked | more).items() if value not in (None, "")}
        return url_for(str(request.endpoint), **(request.view_args or {}), **kept)

    def unfiltered_address(self) -> str:
        """This list's address with nothing chosen."""
        return self.address(**dict.fromkeys(self.listing.chosen), page=None)

    def file_address(self, kind: str) -> str:
        """The address of the whole list as a file."""
        return self.address(**{"as": kind, "page": None})

    def sort_address(self, column: Column) -> str:
        """The address that sorts by a column, or the other way round."""
        by, down = self.listing.sorted_by
        mine = by is not None and by.key == column.key
        return self.address(sort=f"-{column.key}" if mine and not down else column.key, page=None)


def for_paper() -> bool:
    """Whether this request asks for all lines, to be printed."""
    return request.args.get("as") == "print"


def lines_shown(usual: int) -> int:
    """How many lines a page has: as many as usual, or on paper all of them as far as it goes."""
    return PRINTED if for_paper() else usual


def table(session: Session, listing: Listing) -> Table:
    """The page of the list that this request asks for."""
    printed, size = for_paper(), lines_shown(SHOWN)
    page = 1 if printed else max(1, request.args.get("page", 1, type=int))
    if not isinstance(listing.base, Select):
        rows = listing.sorted_rows()
        page = min(page, max(1, -(-len(rows) // size)))
        shown_rows, totals = rows[(page - 1) * size : page * size], _totals_of(listing, rows)
        return Table(listing, shown_rows, len(rows), page, totals, printed)
    counted = listing.statement().order_by(None).subquery()
    summed = [func.sum(counted.c[column.key]) for column in listing.columns if column.total]
    count, *sums = session.execute(select(func.count(), *summed).select_from(counted)).one()
    page = min(page, max(1, -(-count // size)))
    shown = session.execute(listing.sorted_statement().limit(size).offset((page - 1) * size)).all()
    names = [column.key for column in listing.columns if column.total]
    return Table(listing, shown, count, page, dict(zip(names, (one or 0 for one in sums), strict=True)), printed)


def listed(listing: Listing, *, title: str, template: str = "listing.html", **context: Any) -> str | Response:
    """The list as a page of its own, or as the file asked for. Context: empty, hint, actions, crumbs, tabs, and ties
    (what must be equal: label and amount, twice), which the file says too."""
    listing = with_ties(listing, context.get("ties", ()))
    if answer := exported(listing, title=title):
        return answer
    return read(lambda session: render_template(template, list=table(session, listing), title=title, **context))


def with_ties(listing: Listing, ties: Sequence[tuple[str, Decimal, str, Decimal]]) -> Listing:
    """The list whose file says what its page says must be equal."""
    return replace(listing, ties=[*listing.ties, *((f"{one} − {other}", a - b) for one, a, other, b in ties)])


def _totals_of(listing: Listing, rows: Sequence[Any]) -> dict[str, Any]:
    return {
        column.key: sum((getattr(row, column.key) or 0 for row in rows), Decimal(0) if column.kind == "money" else 0)
        for column in listing.columns
        if column.total
    }
