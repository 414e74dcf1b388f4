"""This file is letting goods pass although a licence does not hold: asked for on a page, decided by a second person."""

from __future__ import annotations

import json
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import case, select
from sqlalchemy.orm import Session, aliased
from werkzeug.wrappers import Response

from api.access import may_open
from api.fields import Text
from api.here import person, read, write
from api.i18n import gettext as _
from api.i18n import short
from api.pages import bp, office
from api.pages.licences import crumbs, tabs, today
from api.pages.listing import Choice, Column, Listing, Words, anywhere, listed
from api.pages.scanned import named, named_column
from spd import licensing
from spd.catalog import Product, get_product
from spd.licensing import LicenceDecision, LicenceOverride, Wanted
from spd.licensing.override import UnknownOverride
from spd.parties import Party, PartyKind, get_supplier
from spd.staff import Staff


class OverrideForm(Schema):
    """Goods that are to pass today, and why."""

    act = fields.String(required=True, validate=validate.OneOf(["order", "receive"]))
    supplier = Text(required=True, longest=80)
    products = Text(required=True, longest=10_000)
    produced_on = fields.Date()
    reason = Text(required=True)


class DecisionForm(Schema):
    """What is decided."""

    allowed = fields.Boolean(required=True)
    reason = Text(required=True)


_ASKER = aliased(Staff)
_DECIDER = aliased(Staff)


@bp.get("/licences/overrides")
def licences_overrides() -> str | Response:
    """Every request to let goods pass, the newest first."""
    state = case((LicenceDecision.allowed, "allowed"), (LicenceDecision.id.is_not(None), "refused"), else_="waiting")
    listing = Listing(
        name="licence_overrides",
        base=select(LicenceOverride.id.label("id"))
        .join(Party, Party.id == LicenceOverride.supplier_id)
        .join(_ASKER, _ASKER.id == LicenceOverride.asked_by_id)
        .outerjoin(LicenceDecision, LicenceDecision.override_id == LicenceOverride.id)
        .outerjoin(_DECIDER, _DECIDER.id == LicenceDecision.decided_by_id),
        columns=(
            Column("day_on", _("Day"), LicenceOverride.day_on, kind="day"),
            Column("number", _("Request"), LicenceOverride.id, kind="code", href=_page),
            Column("act", _("For"), LicenceOverride.act, show=_acts()),
            Column("supplier", _("Supplier"), named_column(Party)),
            Column("reason", _("Reason"), LicenceOverride.reason),
            Column("asker", _("Asked by"), _ASKER.name),
            Column("state", _("State"), state, kind="pill", show=_states(), colour=_COLOURS.get),
            Column("decider", _("Decided by"), _DECIDER.name),
        ),
        filters=(
            Words("q", _("Search"), anywhere(Party.name, Party.name_en, Party.code, LicenceOverride.reason)),
            Choice("state", _("State"), list(_states().items()), lambda value: state == value),
            Choice("act", _("For"), list(_acts().items()), lambda value: LicenceOverride.act == value),
        ),
        order="-number",
        tie=LicenceOverride.id,
    )
    actions = []
    if may_open("pages.licences_ask", person()):
        actions.append({"text": _("Ask to let goods pass"), "href": url_for("pages.licences_ask"), "kind": "primary"})
    return listed(
        listing, title=_("Let pass"), tabs=tabs("overrides"), actions=actions, crumbs=crumbs(_("Let pass")),
        empty=_("Nobody has asked for anything"),
        hint=_("Where a licence does not hold, a second person may let goods pass for the day."),
    )  # fmt: skip


@bp.route("/licences/overrides/new", methods=["GET", "POST"])
def licences_ask() -> str | Response:
    """Somebody asks that goods may pass today."""
    blank = {name: request.args.get(name, "")[:200] for name in ("act", "supplier", "products", "produced_on")}
    form = office.filled(OverrideForm) if request.method == "POST" else office.blank(blank)
    if form.sent:
        with form.attempt():
            number = write(form.occasion, lambda session: _ask(session, form))
            office.tell(_("It is asked. Another person decides."))
            return redirect(url_for("pages.licences_override", number=number))
    return render_template(
        "licence_ask.html", form=form, acts=list(_acts().items()), suppliers=read(_suppliers),
        crumbs=crumbs(_("Ask to let goods pass")),
    )  # fmt: skip


@bp.get("/licences/overrides/<int:number>")
def licences_override(number: int) -> str:
    """One request: what stood against the goods, who asked, what was decided."""
    return _shown(number, office.blank())


@bp.post("/licences/overrides/<int:number>")
def licences_decide(number: int) -> str | Response:
    """A second person decides."""
    form = office.filled(DecisionForm)
    if form.sent:
        with form.attempt():
            said = form.said
            write(form.occasion, lambda session: licensing.decide(session, form.occasion, number, **said).id)
            office.tell(_("The goods may pass today.") if said["allowed"] else _("The goods do not pass."))
            return redirect(url_for("pages.licences_override", number=number))
    return _shown(number, form)


def _ask(session: Session, form: office.Form) -> int:
    said = form.said
    supplier = get_supplier(session, said["supplier"])
    codes = said["products"].replace(",", " ").replace("，", " ").split()
    wanted = [
        Wanted(
            supplier_id=supplier.id, product_id=get_product(session, code).id, produced_on=said.get("produced_on")
        )
        for code in codes
    ]  # fmt: skip
    asked = licensing.ask_override(session, form.occasion, wanted, act=said["act"], reason=said["reason"])
    return asked.id


def _shown(number: int, form: office.Form) -> str:
    def ask(session: Session) -> str:
        asked = session.get(LicenceOverride, number)
        if asked is None:
            raise UnknownOverride(override=number)
        query = select(LicenceDecision).where(LicenceDecision.override_id == number)
        decision = session.scalars(query).one_or_none()
        people = [asked.asked_by_id, decision.decided_by_id if decision else 0]
        goods = json.loads(asked.wanted)
        products = select(Product.id, Product).where(Product.id.in_([one["product_id"] for one in goods]))
        may = may_open("pages.licences_decide", person()) and decision is None
        return render_template(
            "licence_override.html", asked=asked, decision=decision, form=form, goods=goods, act=_acts()[asked.act],
            findings=[one["en" if short() == "en" else "zh"] for one in json.loads(asked.findings)],
            products=dict(session.execute(products).all()), supplier=session.get_one(Party, asked.supplier_id),
            people=dict(session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(people))).all()),
            may_decide=may and asked.day_on == today() and asked.asked_by_id != person().id,
            state=_states()[_state(decision)], colour=_COLOURS[_state(decision)], mine=asked.asked_by_id == person().id,
            crumbs=[*crumbs("")[:1], (_("Let pass"), url_for("pages.licences_overrides")), (str(number), None)],
        )  # fmt: skip

    return read(ask)


_COLOURS = {"allowed": "ok", "refused": "stop", "waiting": "caution"}


def _state(decision: LicenceDecision | None) -> str:
    return "waiting" if decision is None else "allowed" if decision.allowed else "refused"


def _states() -> dict[str, str]:
    return {"waiting": _("waiting"), "allowed": _("let pass"), "refused": _("refused")}


def _acts() -> dict[str, str]:
    return {"order": _("ordering"), "receive": _("receiving")}


def _page(row: Any) -> str:
    return url_for("pages.licences_override", number=row.id)


def _suppliers(session: Session) -> list[tuple[str, str]]:
    query = select(Party).where(~Party.retired, Party.kind == PartyKind.SUPPLIER).order_by(Party.name)
    return [(party.code, f"{named(party.name, party.name_en)} · {party.code}") for party in session.scalars(query)]
