"""This file is the pages of recalls: the list of them, one with all about it, the mock recalls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api import access
from api.here import person, read, settings
from api.i18n import gettext as _
from api.pages import bp
from api.pages.listing import Choice, Column, Listing, Words, exported, listed, table
from api.pages.recall_words import COLOURS, class_names, state_names
from api.pages.scanned import named
from spd import recalls
from spd.catalog import Product
from spd.core import clock
from spd.places import Location
from spd.recalls import Recall, RecallDrill, RecallPatient, RecallState
from spd.staff import Role
from spd.stock.deny_list import RecallTarget

SEES_PATIENTS = (Role.QUALITY, Role.HEAD_NURSE, Role.AUDITOR)


def may(endpoint: str) -> bool:
    """Whether this person may go there."""
    return bool(person().roles & access.TABLE[endpoint].roles)


def departments() -> frozenset[int] | None:
    """The departments whose patients this reader is told of; None is all."""
    return person().departments(*SEES_PATIENTS)


def tabs(current: str) -> list[dict[str, Any]]:
    """The lists of recalls, one beside the other."""
    today = clock.day_of(clock.now(), settings().zone)
    found = [{"text": _("Recalls"), "href": url_for("pages.recalls"), "current": current == "recalls"}]
    if may("pages.recalls_worklist"):
        due = read(lambda session: recalls.due(session, on=today, departments=departments()))
        worklist = {"text": _("Patients to see"), "href": url_for("pages.recalls_worklist"), "count": due}
        found.append(worklist | {"current": current == "worklist"})
    drills = {"text": _("Mock recalls"), "href": url_for("pages.recalls", tab="drills"), "current": current == "drills"}
    return [*found, drills]


@bp.get("/recalls", endpoint="recalls")
def every() -> str | Response:
    """Every notice; or the mock recalls."""
    if request.args.get("tab") == "drills":
        return _drills()
    states, classes = state_names(), class_names()
    left = (
        select(func.count())
        .where(RecallPatient.recall_id == Recall.id, RecallPatient.state != "resolved")
        .scalar_subquery()
    )
    listing = Listing(
        name="recalls",
        base=select(Recall.id.label("id")).where(Recall.state != RecallState.DISCARDED),
        columns=(
            Column("code", _("Recall"), Recall.code, kind="code", href=lambda row: address(row.code)),
            Column("state", _("State"), Recall.state, kind="pill", show=states, colour=COLOURS.get),
            Column("recall_class", _("Class"), Recall.recall_class, show=classes),
            Column("number", _("Notice"), Recall.number),
            Column("issuer", _("Issued by"), Recall.issuer),
            Column("drafted_at", _("Notice received"), Recall.drafted_at, kind="instant"),
            Column("held_at", _("All held"), Recall.held_at, kind="instant"),
            Column("left", _("Patients open"), left, kind="quantity"),
        ),
        filters=(
            Words("q", _("Search"), lambda words: (
                Recall.code.icontains(words, autoescape=True) | Recall.number.icontains(words, autoescape=True)
                | Recall.issuer.icontains(words, autoescape=True) | _names(words)
            )),
            Choice("state", _("State"), list(states.items()), lambda value: Recall.state == value),
            Choice("recall_class", _("Class"), list(classes.items()), lambda value: Recall.recall_class == value),
        ),
        order="-drafted_at",
        tie=Recall.id,
    )  # fmt: skip
    actions = []
    if may("pages.recalls_new"):
        new = {"text": _("New notice"), "href": url_for("pages.recalls_new"), "kind": "primary", "icon": "plus"}
        actions.append(new)
    return listed(
        listing,
        title=_("Recalls"),
        actions=actions,
        tabs=tabs("recalls"),
        empty=_("No recalls"),
        hint=_("Write down the notice when one comes: what it means is shown before anything is held."),
    )


def address(code: str, **more: Any) -> str:
    """The page of one recall."""
    return url_for("pages.recalls_one", code=code, **more)


def _names(words: str) -> Any:
    """Whether a recall means a product or lot with these words."""
    meant = (
        select(RecallTarget.reference)
        .join(Product, Product.id == RecallTarget.product_id)
        .where(
            Product.name.icontains(words, autoescape=True)
            | Product.name_en.icontains(words, autoescape=True)
            | Product.code.icontains(words, autoescape=True)
            | RecallTarget.lots.icontains(words, autoescape=True)
        )
    )
    return Recall.code.in_(meant)


@dataclass(frozen=True, kw_only=True)
class Drill:
    """A mock recall as a row of their list. Shares in thousandths, times in milliseconds."""

    month: str
    passed: str
    product: str
    code: str
    lot: str
    accounted: int
    traced: int
    patients: int
    took: int
    made_at: datetime


def _drills() -> str | Response:
    outcomes = {"yes": _("all accounted for"), "no": _("not all accounted for")}
    listing = Listing(
        name="mock-recalls",
        base=read(lambda session: [_drill(kept) for kept in session.scalars(select(RecallDrill))]),
        columns=(
            Column("month", _("Month"), kind="code", href=_drill_address),
            Column("passed", _("Outcome"), kind="pill", show=outcomes, colour={"yes": "ok", "no": "stop"}.get),
            Column("product", _("Product")),
            Column("lot", _("Lot"), kind="code"),
            Column("accounted", _("Units accounted for"), show=_share),
            Column("traced", _("Uses traced"), show=_share),
            Column("patients", _("Patients"), kind="quantity"),
            Column("took", _("Time, ms"), kind="quantity"),
            Column("made_at", _("Run"), kind="instant"),
        ),
        filters=(
            Words("q", _("Search"), text=lambda row: f"{row.month} {row.product} {row.code} {row.lot}"),
            Choice("passed", _("Outcome"), list(outcomes.items()), of=lambda row: row.passed),
        ),
        order="-month",
    )
    hint = _("On the first of every month one used lot is matched as if it were recalled; nothing is held.")
    return listed(listing, title=_("Mock recalls"), tabs=tabs("drills"), empty=_("None run yet"), hint=hint)


def _drill(kept: RecallDrill) -> Drill:
    report = recalls.report_of(kept)
    return Drill(
        month=report.month,
        passed="yes" if report.passed else "no",
        product=named(report.name, report.name_en),
        code=report.product,
        lot=report.lot,
        accounted=report.accounted_permille,
        traced=report.traced_permille,
        patients=report.patients,
        took=report.match_ms + report.places_ms + report.patients_ms,
        made_at=kept.made_at,
    )


def _share(permille: int) -> str:
    return f"{permille // 10}.{permille % 10} %"


def _drill_address(row: Any) -> str:
    return url_for("pages.recalls_drill", month=row.month)


@bp.get("/recalls/drills/<month>")
def recalls_drill(month: str) -> str | Response:
    """One mock recall."""

    def ask(session: Session) -> tuple[Any, Any]:
        kept = session.scalars(select(RecallDrill).where(RecallDrill.month == month)).one_or_none()
        if kept is None:
            raise NotFound
        report = recalls.report_of(kept)
        at = [spot.location for spot in report.places]
        names = {one.code: one for one in session.scalars(select(Location).where(Location.code.in_(at)))}
        spots = [
            replace(spot, name=named(names[spot.location].name, names[spot.location].name_en)) for spot in report.places
        ]
        return kept.made_at, replace(report, places=tuple(spots))

    made_at, report = read(ask)
    places = Listing(
        name=f"mock-recall-{month}",
        base=report.places,
        columns=(
            Column("location", _("Place"), kind="code"),
            Column("name", _("Name")),
            Column("quantity", _("Quantity"), kind="quantity", total=True),
        ),
        filters=(Words("q", _("Search"), text=lambda row: f"{row.location} {row.name}"),),
        order="location",
    )
    if answer := exported(places, title=_("Mock recall %(month)s") % {"month": month}):
        return answer
    return read(
        lambda session: render_template(
            "recall_drill.html", report=report, made_at=made_at, list=table(session, places)
        )
    )
