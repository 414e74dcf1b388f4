"""This file is the pages of write-offs and returns: lists, one document with its lines, asking, deciding."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, reading, viewing
from api.fields import Text
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, disposal_words, office, places
from api.pages.listing import Choice, Column, Listing, Words, anywhere, listed
from api.pages.scanned import named_column
from api.pages.stock_columns import Names
from api.pages.stock_tabs import tabs
from api.v1 import returns, write_offs
from api.v1.disposals import one
from spd import disposal, stock
from spd.disposal import Asked, Decided, Decision, Kind, ToDispose, Why
from spd.stock.views import By

_PART = re.compile(r"\A(?P<code>\S.*?)\s+(?:×|x|\*)\s*(?P<quantity>[1-9][0-9]{0,8})\Z")


class AskForm(Schema):
    """What is to go, and why."""

    items = Text(required=True, longest=20_000)
    reason = fields.String(required=True, validate=validate.OneOf([str(reason) for reason in Why]))
    note = Text(load_default="")


class ApproveForm(Schema):
    """What is said with an approval, and who owes for it, where somebody does."""

    note = Text(load_default="")
    charged_to = Text(load_default="")


class NoteForm(Schema):
    """What must be said with a decision."""

    note = Text(required=True)


class FoundForm(NoteForm):
    """Which thing has turned up, and where it was."""

    item = Text(required=True)


def _listing(kind: Kind, name: str, title: str, page: str, new: str, words: tuple[str, str]) -> str | Response:
    rows = disposal.select_documents(kind, access.departments()).subquery()
    seen = read(places.may_see)
    standings, reasons = disposal_words.standings(kind), disposal_words.reasons()
    supplier = [Column("supplier_shown", _("Supplier"), named_column(Names(rows.c.supplier_name,
                                                                           rows.c.supplier_name_en)))]  # fmt: skip
    columns = (
        Column("code", _("Document"), rows.c.code, kind="code", href=lambda row: url_for(page, code=row.code)),
        Column("standing", _("State"), rows.c.standing, kind="pill", show=standings,
               colour=disposal_words.COLOURS.get),
        Column("reason", _("Reason"), rows.c.reason, show=reasons),
        Column("place", _("Place"), named_column(Names(rows.c.location_name, rows.c.location_name_en))),
        *(supplier if kind is Kind.RETURN else []),
        Column("lines", _("Lines"), rows.c["lines"], kind="quantity", total=True),
        Column("value", _("Value"), rows.c.value, kind="money", total=True),
        Column("asked_at", _("Asked"), rows.c.asked_at, kind="instant"),
        Column("asked_by", _("By"), rows.c.asked_by),
        Column("decided_at", _("Decided"), rows.c.decided_at, kind="instant"),
        Column("decided_by", _("Decided by"), rows.c.decided_by),
    )  # fmt: skip
    listing = Listing(
        name=name,
        base=select(rows.c.id),
        columns=columns,
        filters=(
            Words("q", _("Search"), anywhere(rows.c.code, rows.c.location_name, rows.c.location_name_en,
                                             rows.c.asked_by)),
            Choice("standing", _("State"), list(standings.items()), lambda value: rows.c.standing == value),
            Choice("reason", _("Reason"), list(reasons.items()), lambda value: rows.c.reason == value),
            Choice("location", _("Location"), [(place.code, places.named_place(place)) for place in seen],
                   lambda value: rows.c.location == value),
        ),
        order="-asked_at",
        tie=rows.c.id,
    )  # fmt: skip
    actions = []
    if access.may_open(new, person()):
        actions = [{"text": words[0], "href": url_for(new), "kind": "primary", "icon": "plus"}]
    return listed(listing, title=title, tabs=tabs(name), actions=actions, empty=words[1])


@bp.get("/stock/write-offs")
def stock_write_offs() -> str | Response:
    """Write-offs, the newest first."""
    words = (_("Ask for a write-off"), _("Nothing was written off yet"))
    return _listing(
        Kind.WRITE_OFF, "write_offs", _("Write-offs"), "pages.stock_write_off", "pages.stock_write_off_new", words
    )


@bp.get("/stock/returns")
def stock_returns() -> str | Response:
    """Returns to suppliers, the newest first."""
    words = (_("Prepare a return"), _("Nothing has gone back to a supplier yet"))
    return _listing(Kind.RETURN, "returns", _("Returns"), "pages.stock_return", "pages.stock_return_new", words)


@bp.route("/stock/write-offs/new", methods=["GET", "POST"])
def stock_write_off_new() -> str | Response:
    """A write-off asked for."""
    return _new(Kind.WRITE_OFF, write_offs.REASONS, disposal.ask, "pages.stock_write_off")


@bp.route("/stock/returns/new", methods=["GET", "POST"])
def stock_return_new() -> str | Response:
    """A return put aside."""
    return _new(Kind.RETURN, returns.REASONS, disposal.prepare, "pages.stock_return")


def _new(kind: Kind, reasons: tuple[Why, ...], act: Callable[..., tuple[Any, bool]], page: str) -> str | Response:
    form = office.filled(AskForm) if request.method == "POST" else office.blank(read(_chosen))
    if form.sent:
        with form.attempt():
            asked = ToDispose(
                occasion=form.occasion, kind=kind, lines=_lines(form.said["items"]), reason=Why(form.said["reason"]),
                note=form.said["note"], departments=access.departments(),
            )  # fmt: skip
            code = write(asked.occasion, lambda session: act(session, asked)[0].code)
            office.tell(_("Document %(code)s is made; its things are on hold.") % {"code": code})
            return redirect(url_for(page, code=code))
    names = disposal_words.reasons()
    return render_template(
        "stock_disposal_new.html", form=form, kind=kind, reasons=[(str(why), names[why]) for why in reasons],
        back=url_for(f"{page}s"), tabs=tabs("write_offs" if kind is Kind.WRITE_OFF else "returns"),
    )  # fmt: skip


def _chosen(session: Session) -> dict[str, str]:
    """What stands in the form: the things of the place, product and lot that a list led here with."""
    asked = {
        name: request.args.get(name, "").strip()[:80].replace("\x00", "") for name in ("location", "product", "lot")
    }
    if not all(asked.values()):
        return {"reason": request.args.get("reason", "")}
    rows = viewing.view(session, asked, access.departments()).table(By.ITEM)
    codes = session.scalars(select(rows.c.code).order_by(rows.c.code).limit(500))
    return {"items": "\n".join(codes), "reason": request.args.get("reason", "")}


def _lines(text: str) -> list[Asked]:
    """One thing a line, as scanned; with × and a number, so much of it. Raises: Unreadable."""
    lines = []
    for line in (line.strip() for line in text.split("\n")):
        part = _PART.match(line)
        if line:
            scan = reading.heard(part["code"] if part else line)
            lines.append(Asked(item=scan, quantity=int(part["quantity"]) if part else None))
    return lines


def _document(kind: Kind, code: str, form: office.Form) -> str:
    def ask(session: Session) -> str:
        found = one(session, kind, code)
        return render_template(
            "stock_disposal.html", kind=kind, document=found, form=form, reasons=disposal_words.reasons(),
            standings=disposal_words.standings(kind), colours=disposal_words.COLOURS,
            may=lambda endpoint: access.may_open(f"pages.{endpoint}", person()),
            tabs=tabs("write_offs" if kind is Kind.WRITE_OFF else "returns"),
        )  # fmt: skip

    return read(ask)


@bp.get("/stock/write-offs/<path:code>")
def stock_write_off(code: str) -> str:
    """One write-off, and deciding on it."""
    return _document(Kind.WRITE_OFF, code, office.blank())


@bp.get("/stock/returns/<path:code>")
def stock_return(code: str) -> str:
    """One return, and signing it out."""
    return _document(Kind.RETURN, code, office.blank())


def _decide(
    kind: Kind, code: str, schema: type[Schema], act: Callable[[Session, Decision], Decided], told: str
) -> str | Response:
    form = office.filled(schema)
    if form.sent:
        with form.attempt():
            decision = Decision(
                occasion=form.occasion, document=code, note=form.said["note"], departments=access.departments(),
                charged_to=form.said.get("charged_to", ""),
            )  # fmt: skip
            write(decision.occasion, lambda session: act(session, decision))
            office.tell(told)
            page = "pages.stock_write_off" if kind is Kind.WRITE_OFF else "pages.stock_return"
            return redirect(url_for(page, code=code))
    return _document(kind, code, form)


@bp.post("/stock/write-offs/<path:code>/approve")
def stock_write_off_approve(code: str) -> str | Response:
    """The things written off."""
    return _decide(Kind.WRITE_OFF, code, ApproveForm, disposal.approve, _("It is written off."))


@bp.post("/stock/write-offs/<path:code>/refuse")
def stock_write_off_refuse(code: str) -> str | Response:
    """The write-off turned down, or taken back."""
    return _decide(Kind.WRITE_OFF, code, NoteForm, write_offs.refuse_write_off, _("It is stock again."))


@bp.post("/stock/returns/<path:code>/sign-out")
def stock_return_sign_out(code: str) -> str | Response:
    """The goods gone."""
    return _decide(Kind.RETURN, code, NoteForm, disposal.sign_out, _("The goods are signed out."))


@bp.post("/stock/returns/<path:code>/cancel")
def stock_return_cancel(code: str) -> str | Response:
    """The return given up."""
    return _decide(Kind.RETURN, code, NoteForm, disposal.cancel, _("It is stock again."))


@bp.post("/stock/write-offs/<path:code>/found")
def stock_write_off_found(code: str) -> str | Response:
    """A thing of a write-off has turned up."""
    form = office.filled(FoundForm)
    if form.sent:
        with form.attempt():
            when, said = form.occasion, form.said
            write(
                when,
                lambda session: disposal.find_again(
                    session,
                    disposal.Found(
                        occasion=when, item=stock.item_code(session, said["item"]), note=said["note"],
                        departments=access.departments(),
                    ),
                ),
            )  # fmt: skip
            office.tell(_("It is stock again."))
            return redirect(url_for("pages.stock_write_off", code=code))
    return _document(Kind.WRITE_OFF, code, form)
