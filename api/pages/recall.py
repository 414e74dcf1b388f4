"""This file is the page of one recall: what it means, where it is, its patients, its tie-out, what happened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import jsonify, render_template, request, url_for
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.here import read
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.listing import Choice, Column, Listing, Table, Words, exported, table
from api.pages.recall_words import COLOURS, STEP_COLOURS, class_names, event_names, state_names, step_names
from api.pages.recalls import address, departments, may
from api.pages.scanned import named, named_column
from spd import recalls
from spd.catalog import Lot, Product
from spd.core import clock
from spd.core.tasks import Task
from spd.encounters import Encounter
from spd.jobs import previewing, recalling
from spd.ledger import Item, Movement
from spd.places import Department
from spd.recalls import Recall, RecallPatient
from spd.staff import Staff

_TABS = ("places", "patients", "closing", "timeline")


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """One promise of a recall: until when, when it was kept, and how it looks now."""

    label: str
    until: Any
    reached: Any
    took: Any
    late: bool


@bp.get("/recalls/<code>", endpoint="recalls_one")
def one(code: str) -> str | Response:
    """One recall; `tab` says which part."""
    tab = _tab()
    if tab in ("places", "patients") and request.args.get("as"):
        listing = read(lambda session: _listing(recalls.get_recall(session, code), tab, session))
        if answer := exported(listing, title=f"{code} {tab}"):
            return answer
    return read(lambda session: page(session, code, office.blank()))


@bp.get("/recalls/<code>/progress", endpoint="recalls_progress")
def progress(code: str) -> Response:
    """How far the work on a recall is, for a script, whoever began it; without an outcome while it goes on."""

    def ask(session: Session) -> dict[str, Any]:
        recall = recalls.get_recall(session, code)
        work = previewing.look_for_work(session, recall) or _work(session, recall)
        return {"done": work.done, "total": work.total, "outcome": ""} if work else {"outcome": "over"}

    return jsonify(read(ask))


def _tab() -> str:
    asked = request.args.get("tab", "")
    known = [tab for tab in _TABS if tab != "patients" or may("pages.recalls_patient")]
    return asked if asked in known else "places"


def page(session: Session, code: str, form: office.Form, *, about: str = "") -> str:
    """One recall, with a form as it was filled in; `about` says which form."""
    recall = recalls.get_recall(session, code)
    tab = _tab()
    begun = recall.opened_at is not None
    balances = recalls.tie_out(session, recall) if begun else []
    preview = previewing.look(session, recall, at=clock.now())
    return render_template(
        "recall.html",
        recall=recall,
        form=form,
        about=about,
        key=office.blank().key,
        tab=tab,
        tabs=_tabs(recall, tab) if begun else [],
        matches=preview.matches,
        preview=preview,
        balances=balances,
        whole=recalls.total(balances) if begun else None,
        totes=recalls.totes(session, recall) if begun and tab == "places" else [],
        list=_table(session, recall, tab) if begun else None,
        standing=recalls.standing(session, recall),
        events=recalls.timeline(session, recall),
        deadlines=_deadlines(recall),
        work=preview.work or _work(session, recall),
        classes=class_names(),
        states=state_names(),
        steps=step_names(),
        step_colours=STEP_COLOURS,
        event_names=event_names(),
        colours=COLOURS,
        may_act=may("pages.recalls_act"),
        may_decide=may("pages.recalls_decide"),
        may_care=may("pages.recalls_contacted"),
        sees_patients=may("pages.recalls_patient"),
        opener=session.get(Staff, recall.opened_by_id) if recall.opened_by_id else None,
    )


def _tabs(recall: Recall, current: str) -> list[dict[str, Any]]:
    names = {
        "places": _("Where it is"),
        "patients": _("Patients"),
        "closing": _("Tie-out and closing"),
        "timeline": _("Timeline"),
    }
    return [
        {"text": names[tab], "href": address(recall.code, tab=tab), "current": tab == current}
        for tab in _TABS
        if tab != "patients" or may("pages.recalls_patient")
    ]


def _work(session: Session, recall: Recall) -> Task | None:
    """The work on it that is under way."""
    kinds = (recalling.HOLD, recalling.RELEASE)
    query = select(Task).where(Task.kind.in_(kinds), Task.title == recall.code, Task.finished_at.is_(None))
    return session.scalars(query.order_by(Task.id.desc()).limit(1)).one_or_none()


def _deadlines(recall: Recall) -> list[Deadline]:
    if recall.opened_at is None:
        return []
    now = clock.now()
    rows = [
        (_("Everything held"), recall.hold_by_at, recall.held_at, recall.holding_took),
        (_("Patients listed"), recall.patients_by_at, recall.listed_at, recall.listing_took),
        (_("Patients resolved"), None, recall.resolved_at, None),
    ]
    return [
        Deadline(
            label=label,
            until=until,
            reached=reached,
            took=None if took is None else max(1, round(took.total_seconds())),
            late=until is not None and (reached or now) > until,
        )
        for label, until, reached, took in rows
    ]


def _table(session: Session, recall: Recall, tab: str) -> Table | None:
    return table(session, _listing(recall, tab, session)) if tab in ("places", "patients") else None


def _listing(recall: Recall, tab: str, session: Session) -> Listing:
    return places(session, recall) if tab == "places" else patients(recall)


def places(session: Session, recall: Recall) -> Listing:
    """What is where."""
    return Listing(
        name=f"{recall.code}-places",
        base=[
            replace(
                one,
                name=named(one.name, one.name_en),
                product_name=named(one.product_name, one.product_name_en),
            )
            for one in recalls.places(session, recall)
        ],
        columns=(
            Column("name", _("Place")),
            Column("location", _("Place code"), kind="code"),
            Column("held", _("Held"), kind="quantity", unit=_unit, total=True),
            Column("free", _("Not held"), kind="quantity", unit=_unit, total=True),
            Column("product_name", _("Product")),
            Column("product", _("Product code"), kind="code"),
            Column("lot", _("Lot"), kind="code"),
            Column("items", _("Items"), kind="quantity", total=True),
            Column("quantity", _("Quantity"), kind="quantity", unit=_unit, total=True),
            Column("held_at", _("Held at"), kind="instant"),
        ),
        filters=(
            Words("q", _("Search"), text=lambda row: (
                f"{row.location} {row.name} {row.product} {row.product_name} {row.lot}"
            )),
            Choice("free", _("Not held"), [("yes", _("yes")), ("no", _("no"))], of=lambda row: _yes_no(row.free)),
        ),
        order="location",
    )  # fmt: skip


def _unit(row: Any) -> str:
    return str(row.base_unit)


def _yes_no(number: int) -> str:
    return "yes" if number else "no"


def patients(recall: Recall) -> Listing:
    """Who had it, when, by whom; of the departments this reader sees."""
    steps = step_names()
    return Listing(
        name=f"{recall.code}-patients",
        base=recalls.uses(recall, seen=departments(), only_seen=True).add_columns(
            RecallPatient.id.label("number"), Product.base_unit
        ),
        columns=(
            Column("patient_name", _("Patient"), Encounter.patient_name, href=_patient_address),
            Column("step", _("State"), RecallPatient.state, kind="pill", show=steps, colour=STEP_COLOURS.get),
            Column("used_at", _("Used"), Movement.occurred_at, kind="instant"),
            Column("encounter", _("Encounter"), Encounter.code, kind="code"),
            Column("department", _("Department"), named_column(Department)),
            Column("staff", _("Used by"), Staff.name),
            Column("product", _("Product"), named_column(Product)),
            Column("lot", _("Lot"), Lot.code, kind="code"),
            Column("item", _("Item"), Item.code, kind="code"),
            Column("quantity", _("Quantity"), Movement.quantity, kind="quantity", unit=_unit, total=True),
        ),
        filters=(
            Words("q", _("Search"), _words),
            Choice("step", _("State"), list(steps.items()), lambda value: RecallPatient.state == value),
        ),
        order="used_at",
        tie=Movement.id,
    )


def _words(words: str) -> ColumnElement[bool]:
    columns = (Encounter.patient_name, Encounter.code, Item.code, Lot.code, Department.name, Department.code)
    found: ColumnElement[bool] = columns[0].icontains(words, autoescape=True)
    for column in columns[1:]:
        found |= column.icontains(words, autoescape=True)
    return found


def _patient_address(row: Any) -> str | None:
    return url_for("pages.recalls_patient", number=row.number) if row.number else None
