"""This file is what could not be scanned: told by a tap, listed for who puts it right; the scan rate of each ward."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from marshmallow import ValidationError
from sqlalchemy import Select, select
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from api import access, unable
from api.fields import Write
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, frame, office
from api.pages import safety_words as words
from api.pages.listing import Choice, Column, Listing, listed
from api.pages.safety import day_filters, days, percent, tabs
from api.pages.scanned import named, named_column
from spd import unscanned
from spd.ledger import Item
from spd.places import Department
from spd.staff import Role, Staff
from spd.unscanned import FIXER, UnableReason, UnknownUnscanned, Unscanned


class FixForm(Write):
    """It is put right."""


@bp.post("/unable")
def unable_to_scan() -> Response:
    """One tap: it cannot be scanned, and why."""
    try:
        said: dict[str, Any] = unable.UnableIn().load(request.get_json())
    except ValidationError as wrong:
        error = BadRequest()
        error.data = {"messages": wrong.messages}  # type: ignore[attr-defined]
        raise error from None
    return jsonify({"id": unable.reported(said).id})


@bp.get("/safety/unscanned")
def safety_unscanned() -> str | Response:
    """What could not be scanned, the newest first; each leads to who puts it right."""
    one = Unscanned
    roles = {role.value: frame.role_name(role) for role in dict.fromkeys(FIXER.values())}
    columns = (
        Column("occurred_at", _("When"), one.occurred_at, kind="instant", href=_to_one),
        Column("reason", _("Reason"), one.reason, show=words.unable_names(), href=_to_one),
        Column("department", _("Department"), named_column(Department)),
        Column("item", _("Item"), Item.code, kind="code"),
        Column("page", _("Page"), one.page),
        Column("role", _("Whose task"), one.role, show=roles),
        Column("staff", _("Person"), Staff.code, kind="code"),
        Column("fixed_at", _("Put right"), one.fixed_at, kind="instant"),
    )
    states = [("open", _("to be put right")), ("fixed", _("put right"))]
    listing = Listing(
        name="unscanned",
        base=_rows(),
        columns=columns,
        filters=(
            Choice("state", _("State"), states, lambda value: _is_open() if value == "open" else ~_is_open()),
            Choice("reason", _("Reason"), list(words.unable_names().items()), lambda value: one.reason == value),
            Choice("role", _("Whose task"), list(roles.items()), lambda value: one.role == value),
        ),
        order="-occurred_at",
        tie=one.id,
    )
    return listed(
        listing, title=_("Could not be scanned"), tabs=tabs("unscanned"), empty=_("Everything could be scanned")
    )


def _is_open() -> Any:
    return Unscanned.fixed_at.is_(None)


def _rows() -> Select[Any]:
    return (
        select(Unscanned.id.label("id"))
        .join(Staff, Staff.id == Unscanned.staff_id)
        .outerjoin(Department, Department.id == Unscanned.department_id)
        .outerjoin(Item, Item.id == Unscanned.item_id)
        .where(unscanned.is_for(access.departments()))
    )


def _to_one(row: Any) -> str:
    return url_for("pages.safety_unscanned_one", number=row.id)


@bp.get("/safety/unscanned/<int:number>")
def safety_unscanned_one(number: int) -> str:
    """One of them, for who puts it right."""
    return _one(number, office.blank())


@bp.post("/safety/unscanned/<int:number>")
def safety_fix(number: int) -> str | Response:
    """It is put right: a new label, a repaired device, a code bound."""
    form = office.filled(FixForm)
    if form.sent:
        with form.attempt():
            when, roles, mine = form.occasion, person().roles, access.departments()
            write(when, lambda session: unscanned.fix(session, when, number, roles=roles, departments=mine))
            office.tell(_("Put right."))
            return redirect(url_for("pages.safety_unscanned", state="open"))
    return _one(number, form)


def _one(number: int, form: office.Form) -> str:
    query = _rows().where(Unscanned.id == number).add_columns(
        Unscanned.reason, Unscanned.role, Unscanned.occurred_at, Unscanned.fixed_at, Unscanned.device,
        named_column(Department).label("department"), Item.code.label("item"), Staff.code.label("staff"),
    )  # fmt: skip
    row = read(lambda session: session.execute(query).one_or_none())
    if row is None:
        raise UnknownUnscanned(number=number)
    me = person()
    return render_template(
        "safety_unscanned_one.html", one=row, form=form, reason=words.unable_names()[UnableReason(row.reason)],
        role=frame.role_name(Role(row.role)), may_label=access.may_open("pages.packing_labels", me),
        may_fix=access.may_open("pages.safety_fix", me) and row.role in {role.value for role in me.roles},
    )  # fmt: skip


@bp.get("/safety/rates")
def safety_rates() -> str | Response:
    """How much is scanned, by ward and week, and how often somebody could not, by reason."""
    first, last = days()
    found = read(lambda session: unscanned.rates(session, first, last, access.departments()))
    rows = [_rate(one) for one in found]
    reasons = [Column(key, text, kind="quantity", total=True) for key, text in words.unable_names().items()]
    columns = (
        Column("week_on", _("Week from"), kind="day"),
        Column("department", _("Department"), kind="code"),
        Column("name", _("Name")),
        Column("uses", _("Uses"), kind="quantity", total=True),
        Column("keyed", _("Typed"), kind="quantity", total=True),
        Column("share", _("Scanned"), show=lambda share: "–" if share is None else percent(share)),
        Column("reports", _("Could not be scanned"), kind="quantity", total=True),
        *reasons,
    )
    listing = Listing(name="scan-rate", base=rows, columns=columns, filters=day_filters(), order="-week_on")
    return listed(listing, title=_("Scan rate"), tabs=tabs("rates"), empty=_("Nothing was used"))


class _Rate:
    """A row of the scan rate, by the keys of its columns."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__ |= values


def _rate(one: unscanned.ScanRate) -> _Rate:
    told = asdict(one) | {reason.value: one.by_reason.get(reason.value, 0) for reason in UnableReason}
    told["name"] = named(one.name, one.name_en)
    return _Rate(told | {"share": one.permille, "reports": sum(one.by_reason.values())})
