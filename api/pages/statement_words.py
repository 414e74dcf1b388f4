"""This file is the words of statements: states, steps, what a line is, and the columns of their lists."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import String, case, cast, func, select

from api.i18n import gettext as _
from api.pages.listing import Column
from api.pages.scanned import named_column
from api.pages.supplier import product_columns
from api.pages.supplier_goods import event_name
from spd.catalog import Lot
from spd.ledger import EntryRow, Item, Movement
from spd.settlement import LinesSeen, Statement, StatementsSeen

STATE_COLOURS = {
    "draft": "quiet", "approved": "info", "sent": "queued", "disputed": "stop", "confirmed": "ok",
    "invoiced": "ok", "paid": "ok", "withdrawn": "quiet",
}  # fmt: skip
TREATMENT_COLOURS = {
    "new": "quiet", "netted": "info", "red_line": "caution", "red_invoice": "caution", "offset": "caution",
}  # fmt: skip


def state_names() -> dict[str, str]:
    """What a statement is shown as."""
    return {
        "draft": _("draft"),
        "approved": _("approved"),
        "sent": _("sent"),
        "disputed": _("disputed"),
        "confirmed": _("confirmed"),
        "invoiced": _("invoiced"),
        "paid": _("paid"),
        "withdrawn": _("withdrawn"),
    }


def step_names() -> dict[str, str]:
    """What was done with it."""
    return {
        "draft": _("drafted"),
        "redraw": _("drawn again"),
        "withdraw": _("withdrawn"),
        "approve": _("approved"),
        "send": _("sent"),
        "confirm": _("confirmed"),
        "dispute": _("disputed"),
        "invoice": _("invoiced"),
        "pay": _("paid"),
        "uninvoice": _("not invoiced any more"),
        "unpay": _("payment reversed"),
    }


def treatment_names() -> dict[str, str]:
    """What a line is."""
    return {
        "new": _("new"),
        "netted": _("netted here"),
        "red_line": _("red line"),
        "red_invoice": _("red invoice due"),
        "offset": _("offset against payment"),
    }


def _span() -> Any:
    """Of what statements are: their month, or their days."""
    since = func.coalesce(cast(Statement.since_on, String), "")
    days = since.concat(" – ").concat(cast(Statement.until_on, String))
    return case((Statement.until_on.is_(None), Statement.period), else_=days)


def statement_columns(page: str, seen: StatementsSeen, stamp: str | None = None) -> tuple[Column, ...]:
    """The columns of a list of statements; `page` shows one, as of the instant that `stamp` names."""
    opened: Any = lambda row: url_for(page, code=row.code, as_of=stamp)  # noqa: E731
    return (
        Column("code", _("Statement"), Statement.code, kind="code", href=opened),
        Column("supplier", _("Supplier"), named_column(seen.party)),
        Column("period", _("Period"), _span(), kind="code"),
        Column("state", _("State"), seen.state, kind="pill", show=state_names(), colour=STATE_COLOURS.get),
        Column("lines", _("Lines"), seen.lines, kind="quantity", href=opened),
        Column("total", _("Amount"), seen.total, kind="money", total=True, href=opened),
        Column("drafted_at", _("Drafted"), Statement.drafted_at, kind="instant"),
    )


def line_columns(seen: LinesSeen, *, ours: bool, stamp: str | None = None) -> tuple[Column, ...]:
    """The columns of the lines of a statement, each of which leads to its movement: the hospital to the life of the
    thing, its supplier to what it may know of that; and to the statement that it corrects, as of the instant that
    `stamp` names."""
    line, product = seen.line, seen.product
    trace, hop = (_trace, _hop) if ours else (_life, _life)
    corrected = select(Statement.code).where(Statement.id == line.corrects_id).scalar_subquery()
    return (
        Column("line", "#", line.line, kind="quantity"),
        Column("day_on", _("Day"), Movement.day_on, kind="day"),
        Column("event", _("What"), EntryRow.event, show=event_name),
        *product_columns(named_column(product), product.code, product.specification),
        Column("lot", _("Lot"), Lot.code, kind="code"),
        Column("quantity", _("Quantity"), line.quantity, kind="quantity"),
        Column("unit_price", _("Unit price"), line.unit_price, kind="money"),
        Column(
            "billed", _("Amount"), line.billed, kind="money", total=True, href=trace
        ),
        Column(
            "treatment", _("Kind"), line.treatment, kind="pill", show=treatment_names(),
            colour=TREATMENT_COLOURS.get,
        ),
        Column("item", _("Item"), Item.code, kind="code", href=trace),
        Column(
            "movement", _("Movement"), line.movement_id, kind="code", href=hop
        ),
        Column("corrects", _("Corrects"), corrected, kind="code", href=_first(stamp) if ours else _first_of_theirs),
    )  # fmt: skip


def _first(stamp: str | None) -> Any:
    """The statement that a line corrects."""
    return lambda row: url_for("pages.finance_statement", code=row.corrects, as_of=stamp) if row.corrects else None


def _first_of_theirs(row: Any) -> str | None:
    return url_for("pages.supplier_statement", code=row.corrects) if row.corrects else None


def _life(row: Any) -> str:
    return url_for("pages.supplier_movement", movement=row.movement)


def _trace(row: Any) -> str:
    return url_for("pages.trace", code=row.item)


def _hop(row: Any) -> str:
    """The movement itself, in the life of its thing."""
    return f"{_trace(row)}#m{row.movement}"
