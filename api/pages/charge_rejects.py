"""This file is the worklist of lines of HIS's view that cannot be kept: why, since when; set aside with a reason."""

from __future__ import annotations

import json
from typing import Any

from flask import redirect, render_template, url_for
from marshmallow import Schema
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.access import may_open
from api.fields import Text
from api.here import person, read, write
from api.i18n import gettext as _
from api.i18n import short
from api.pages import bp, office
from api.pages.charge_words import tabs
from api.pages.listing import Choice, Column, Listing, Words, listed
from spd import reconciliation
from spd.reconciliation import ChargeReject
from spd.staff import Staff


class AsideForm(Schema):
    """Why it is not to be kept."""

    reason = Text(required=True)


def open_rejects(session: Session) -> int:
    """How many are open."""
    return session.scalar(select(func.count()).where(ChargeReject.settled_at.is_(None))) or 0


def _states() -> dict[str, str]:
    return {"": _("to do"), "kept": _("kept since"), "aside": _("set aside")}


@bp.get("/finance/charge-rejects")
def finance_rejects() -> str | Response:
    """Lines that HIS's view showed and that are not kept, the oldest first."""
    why = ChargeReject.en if short() == "en" else ChargeReject.zh
    listing = Listing(
        name="charge_rejects",
        base=select(ChargeReject.id.label("id")),
        columns=(
            Column(
                "number", _("HIS line"), ChargeReject.number, kind="code",
                href=lambda row: url_for("pages.finance_reject", number=row.id),
            ),
            Column("why", _("Why it is not kept"), why, sortable=False),
            Column("first_at", _("First seen"), ChargeReject.first_at, kind="instant"),
            Column("last_at", _("Last seen"), ChargeReject.last_at, kind="instant"),
            Column("how", _("State"), ChargeReject.how, kind="pill", show=_states(),
                   colour={"": "stop", "kept": "ok", "aside": "quiet"}.get),
        ),
        filters=(
            Words("q", _("Search"), lambda words: ChargeReject.number.icontains(words, autoescape=True)),
            Choice(
                "state", _("State"), [("open", _("to do")), ("all", _("all"))],
                lambda value: ChargeReject.settled_at.is_(None) if value == "open" else ChargeReject.id > 0,
                default="open",
            ),
        ),
        order="first_at",
        tie=ChargeReject.id,
    )  # fmt: skip
    title = _("Lines of HIS not kept")
    return listed(
        listing, title=title, empty=_("Every line that HIS showed is kept"), tabs=tabs("finance_rejects"),
        sub=_("They are tried again whenever HIS shows them: a department that was missing, once it is there."),
    )  # fmt: skip


@bp.get("/finance/charge-rejects/<int:number>")
def finance_reject(number: int) -> str | Response:
    """One of them: the row as HIS showed it, why, and a form to set it aside."""
    return _page(number, office.blank())


@bp.post("/finance/charge-rejects/<int:number>")
def finance_reject_aside(number: int) -> str | Response:
    """Set aside."""
    form = office.filled(AsideForm)
    if form.sent:
        with form.attempt():
            reason = form.said["reason"]
            write(
                form.occasion,
                lambda session: reconciliation.set_aside(session, form.occasion, number, reason=reason).id,
            )
            office.tell(_("Set aside."))
            return redirect(url_for("pages.finance_rejects"))
    return _page(number, form)


def _page(number: int, form: office.Form) -> str:
    def ask(session: Session) -> tuple[ChargeReject, str]:
        found = session.get(ChargeReject, number)
        if found is None:
            raise reconciliation.UnknownReject()
        who = session.get(Staff, found.settled_by_id) if found.settled_by_id else None
        return found, who.name if who else ""

    found, who = read(ask)
    said: dict[str, Any] = json.loads(found.said)
    return render_template(
        "charge_reject.html", one=found, who=who, said=said, form=form, states=_states(),
        why=found.en if short() == "en" else found.zh, tabs=tabs("finance_rejects"),
        may=found.settled_at is None and may_open("pages.finance_reject_aside", person()),
    )  # fmt: skip
