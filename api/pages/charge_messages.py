"""This file is the pages of charges on their way to HIS: what was not taken, sent again or given up."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.fields import Text
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.charge_words import STATE_COLOURS, act_names, state_names, tabs, topic_names
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, listed
from api.pages.scanned import named_column
from api.pages.stock_columns import Names
from spd import charging
from spd.charging import MessageAct, UnknownMessage
from spd.staff import Staff


class MessageForm(Schema):
    """What is decided about a message."""

    act = fields.String(required=True, validate=validate.OneOf(["resend", "give_up"]))
    reason = Text(load_default="", shortest=0)


@bp.get("/finance/unsent")
def finance_unsent() -> str | Response:
    """Charges that HIS has not taken, the oldest first: why, how often tried, when again."""
    rows = charging.select_messages().subquery()
    columns = (
        Column("topic", _("Message"), rows.c.topic, show=topic_names(), href=_one_of),
        Column("state", _("State"), rows.c.state, kind="pill", show=state_names(), colour=STATE_COLOURS.get),
        Column("created_at", _("Used at"), rows.c.created_at, kind="instant"),
        Column("encounter", _("Encounter"), rows.c.encounter, kind="code"),
        Column("department_shown", _("Department"),
               named_column(Names(rows.c.department_name, rows.c.department_name_en))),
        Column("item", _("Item"), rows.c.item, kind="code"),
        Column("amount", _("Amount"), rows.c.amount, kind="money", total=True),
        Column("attempts", _("Tries"), rows.c.attempts, kind="quantity"),
        Column("due_at", _("Next try"), rows.c.due_at, kind="instant"),
        Column("trouble", _("What HIS said"), rows.c.trouble),
    )  # fmt: skip
    unsent = ("dead", "waiting")
    listing = Listing(
        name="unsent",
        base=select(rows.c.id),
        columns=columns,
        filters=(
            Choice("state", _("State"), [("unsent", _("not sent")), *state_names().items()],
                   lambda value: rows.c.state.in_(unsent if value == "unsent" else (value,)), default="unsent"),
            DayFrom("until", _("Until"), lambda day: rows.c.day_on <= day),
            Words("q", _("Encounter"), lambda words: rows.c.encounter.icontains(words, autoescape=True)),
        ),
        order="created_at",
        tie=rows.c.id,
    )  # fmt: skip
    configured = bool(settings().charge_url or settings().charge_folder)
    hint = _("HIS has taken every charge.") if configured else _("No way to HIS is set up: charges wait.")
    return listed(
        listing, title=_("Charges not sent"), tabs=tabs("finance_unsent"), empty=_("Nothing waits to be sent"),
        hint=hint, crumbs=[(_("HIS charges"), url_for("pages.finance_charges")), (_("Not sent"), None)],
    )  # fmt: skip


def _one_of(row: Any) -> str:
    return url_for("pages.finance_unsent_one", number=row.id)


@bp.get("/finance/unsent/<int:number>")
def finance_unsent_one(number: int) -> str:
    """One message, every try of it, and what to decide."""
    return _page(number, office.blank())


@bp.post("/finance/unsent/<int:number>")
def finance_unsent_decide(number: int) -> str | Response:
    """It is sent again, or given up."""
    form = office.filled(MessageForm)
    if form.sent:
        with form.attempt():
            act = MessageAct(occasion=form.occasion, message=number, reason=form.said["reason"])
            do = {"resend": charging.resend, "give_up": charging.give_up}[form.said["act"]]
            write(act.occasion, lambda session: do(session, act).id)
            again = form.said["act"] == "resend"
            office.tell(_("It is sent again within seconds.") if again else _("It is not sent; the use stays."))
            return redirect(url_for("pages.finance_unsent_one", number=number))
    return _page(number, form)


def _page(number: int, form: office.Form) -> str:
    def ask(session: Session) -> str:
        rows = charging.select_messages().subquery()
        row = session.execute(select(rows).where(rows.c.id == number)).one_or_none()
        if row is None:
            raise UnknownMessage(message=number)
        return render_template(
            "finance_unsent_one.html", message=row, form=form, events=charging.events_of(session, number),
            states=state_names(), colours=STATE_COLOURS, topics=topic_names(), act_names=act_names(),
            people={one.id: one.name for one in session.scalars(select(Staff))},
            may_decide=row.state in ("dead", "waiting") and access.may_open("pages.finance_unsent_decide", person()),
        )  # fmt: skip

    return read(ask)
