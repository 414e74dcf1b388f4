"""This file is the few live figures of home, by what the person works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from api import closing
from api.i18n import day as day_of
from api.i18n import gettext as _
from api.i18n import instant, money, quantity
from api.pages import charge_figures, print_jobs, totes
from api.v1 import loaner_sets
from spd import consumption, offline, unscanned
from spd.catalog import Lot
from spd.core import clock
from spd.core.job_runs import JobRun
from spd.core.money import to_cent
from spd.core.occasion import Moment
from spd.costing.expense import is_cost
from spd.encounters import Encounter, EncounterEventTrouble, here
from spd.ledger import EntryRow, Item, ItemStateName, Movement, Posting, accounting_month
from spd.licensing import worklist
from spd.places import INSIDE, Location
from spd.receiving import Delivery
from spd.reviewing import UsageReview
from spd.staff import Person, Role
from spd.stock import expiry
from spd.stock.expiry import Nearness
from spd.theatre import overdue


@dataclass(frozen=True)
class Figure:
    """One figure, where it leads, and whether it wants attention."""

    label: str
    value: str
    note: str = ""
    href: str = ""
    attention: bool = False


def for_person(
    session: Session, me: Person, *, access_of: Callable[[str, Person], bool], now: datetime, zone: ZoneInfo
) -> list[Figure]:
    """The figures of this person's work, at most four or five."""
    today = clock.day_of(now, zone)
    mine = me.departments()
    shown: list[Figure] = []
    if access_of("pages.receive", me):
        shown.append(_open_notes(session))
    shown += _jams(session) if access_of("pages.print_jobs", me) else []
    if access_of("pages.bedside", me):
        shown.append(_patients(session, mine, now))
    shown += _of_patients(session, me, mine, now=now, access_of=access_of)
    if access_of("pages.theatre", me):
        shown += _theatre(session, mine, now, operations=access_of("pages.theatre_operations_late", me))
    if access_of("pages.deliver", me):
        count = len(totes.on_their_way(session, mine))
        shown.append(Figure(_("Totes on their way"), quantity(count), href=url_for("pages.deliver")))
    if access_of("pages.stock", me):
        shown += _expiring(session, mine, Moment(today, now), held=access_of("pages.stock_held", me))
    if access_of("pages.safety_fix", me):
        shown += _unscanned(session, me, mine)
    if access_of("pages.dispute_resolve", me):
        shown += _disputes(session, mine)
    if access_of("pages.finance", me):
        shown += [_cost_of_day(session, mine, today - timedelta(days=1)), _cost_of_month(session, mine, today)]
    if access_of("pages.finance_differences", me):
        shown += _charges(session, mine, unsent=access_of("pages.finance_unsent", me))
    if access_of("pages.finance_review_decide", me):
        shown += _reviews(session)
    shown += _licences(session, today) if access_of("pages.licences", me) else []
    shown += _months(session, me, access_of)
    if me.roles & {Role.FINANCE, Role.AUDITOR, Role.QUALITY, Role.SYSTEM_ADMIN}:
        shown.append(_verified(session))
    return shown


def _open_notes(session: Session) -> Figure:
    count = session.scalar(select(func.count()).where(Delivery.closed_at.is_(None))) or 0
    return Figure(_("Notes that wait"), quantity(count), href=url_for("pages.receive"))


def _jams(session: Session) -> list[Figure]:
    """Printers that stopped; nothing where none did."""
    count = print_jobs.jammed(session)
    page = url_for("pages.print_jobs", state="jammed")
    return [Figure(_("Printers jammed: labels wait"), quantity(count), href=page, attention=True)] if count else []


def _patients(session: Session, mine: frozenset[int] | None, now: datetime) -> Figure:
    query = select(func.count()).where(here(now), Encounter.encounter_class != "outpatient")
    if mine is not None:
        query = query.where(Encounter.department_id.in_(mine))
    return Figure(_("Patients here"), quantity(session.scalar(query) or 0), href=url_for("pages.patients"))


def _of_patients(
    session: Session, me: Person, mine: frozenset[int] | None, *, now: datetime,
    access_of: Callable[[str, Person], bool],
) -> list[Figure]:  # fmt: skip
    """What waits for a patient, or for a stay."""
    shown = _emergencies(session, mine, now) if access_of("pages.emergency_list", me) else []
    return shown + ([_untold(session)] if access_of("encounter-events.set_aside", me) else [])


def _emergencies(session: Session, mine: frozenset[int] | None, now: datetime) -> list[Figure]:
    """Uses whose patient is open; nothing where none is."""
    count, late = consumption.waiting_in_emergency(session, mine, at=now)
    note = _("%(late)s open too long") % {"late": late} if late else ""
    href = url_for("pages.emergency_list", state="late" if late else "open")
    return [Figure(_("Emergency uses to assign"), quantity(count), note, href, attention=True)] if count else []


def _untold(session: Session) -> Figure:
    """Events of stays that could not be applied, and that nobody has set aside."""
    query = select(func.count()).where(
        EncounterEventTrouble.ended_at.is_(None), EncounterEventTrouble.set_aside_at.is_(None)
    )
    count = session.scalar(query) or 0
    return Figure(
        _("Events of stays that wait"), quantity(count), href=url_for("pages.stays", state="waits"), attention=count > 0
    )  # fmt: skip


def _theatre(session: Session, mine: frozenset[int] | None, now: datetime, *, operations: bool) -> list[Figure]:
    """What theatre has to settle; nothing where nothing waits."""
    shown = []
    if count := loaner_sets.unsettled(session, mine):
        page = url_for("pages.theatre", open="left")
        shown.append(Figure(_("Loaner sets to settle"), quantity(count), href=page, attention=True))
    if operations and (count := overdue.waiting(session, mine, now)):
        page = url_for("pages.theatre_operations_late")
        shown.append(Figure(_("Operations not finished in time"), quantity(count), href=page, attention=True))
    return shown


def _expiring(session: Session, mine: frozenset[int] | None, when: Moment, *, held: bool) -> list[Figure]:
    """What has expired, what is at the red level, what is on hold: one reading of what is on hand."""
    levels = expiry.levels(session)
    near = expiry.nearness_of(when, levels=levels)
    on_hold = Item.state == ItemStateName.HELD
    query = (
        select(
            func.sum(case((near == Nearness.EXPIRED, 1), else_=0)),
            func.sum(case((near == Nearness.RED, 1), else_=0)),
            func.sum(case((on_hold, 1), else_=0)),
        )
        .select_from(Item)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .where(Item.quantity > 0, Location.kind.in_(INSIDE))
        .where(or_(on_hold, Lot.expires_on <= when.day + timedelta(days=levels[-1])))
    )
    if mine is not None:
        query = query.where(Location.department_id.in_(mine))
    expired, red, stopped = (count or 0 for count in session.execute(query).one())
    page = url_for("pages.stock_expiry", nearness=Nearness.RED)
    note = _("items with less than %(days)s days") % {"days": levels[-1]}
    shown = [Figure(_("Near expiry"), quantity(red), note, page, attention=red > 0)]
    if expired:
        page = url_for("pages.stock_expiry", nearness=Nearness.EXPIRED)
        shown.append(Figure(_("Expired"), quantity(expired), href=page, attention=True))
    if stopped and held:
        shown.append(Figure(_("On hold"), quantity(stopped), href=url_for("pages.stock_held"), attention=True))
    return shown


def _unscanned(session: Session, me: Person, mine: frozenset[int] | None) -> list[Figure]:
    """What could not be scanned and waits for this person; nothing where nothing waits."""
    count = unscanned.waiting(session, me.roles, mine)
    href = url_for("pages.safety_unscanned", state="open")
    return [Figure(_("Could not be scanned"), quantity(count), href=href, attention=True)] if count else []


def _reviews(session: Session) -> list[Figure]:
    """Usage that stands out and waits for a verdict; nothing where nothing waits."""
    count = session.scalar(select(func.count()).where(UsageReview.verdict == "")) or 0
    return [Figure(_("Usage to judge"), quantity(count), href=url_for("pages.finance_reviews"))] if count else []


def _licences(session: Session, today: date) -> list[Figure]:
    """Licences that have ended or end soon; nothing where none does."""
    seen = worklist.windows(session, on=today)
    window = seen.window().label("window")
    ends = worklist.ending(seen).with_only_columns(window, maintain_column_froms=True).subquery()
    ended = func.coalesce(func.sum(case((ends.c.window == 0, 1), else_=0)), 0)
    count, past = session.execute(select(func.count(), ended).where(ends.c.window >= 0)).one()
    note = _("%(past)s have ended") % {"past": past} if past else _("within %(days)s days") % {"days": max(seen.days)}
    shown = Figure(_("Licences that end"), quantity(count), note, url_for("pages.licences"), bool(past))
    return [shown] if count else []


def _disputes(session: Session, mine: frozenset[int] | None) -> list[Figure]:
    """What devices brought and the rules refused; nothing where nothing waits."""
    count = offline.waiting(session, mine)
    href = url_for("pages.disputes", state="open")
    return [Figure(_("Disputes"), quantity(count), href=href, attention=True)] if count else []


def _cost_of_day(session: Session, mine: frozenset[int] | None, on: date) -> Figure:
    query = (
        select(func.coalesce(func.sum(Posting.amount), 0))
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == EntryRow.movement_id)
        .where(is_cost(session), Movement.day_on == on)
    )
    if mine is not None:
        query = query.where(Posting.department_id.in_(mine))
    href = url_for("pages.finance", month=f"{on:%Y-%m}")
    return Figure(_("Cost of yesterday"), money(to_cent(session.scalar(query) or Decimal(0))), day_of(on), href)


def _cost_of_month(session: Session, mine: frozenset[int] | None, today: date) -> Figure:
    period = accounting_month(session, today)
    query = select(func.coalesce(func.sum(Posting.amount), 0)).where(is_cost(session), Posting.period == period)
    if mine is not None:
        query = query.where(Posting.department_id.in_(mine))
    cost = session.scalar(query) or Decimal(0)
    return Figure(_("Cost of this month"), money(to_cent(cost)), period, url_for("pages.finance", month=period))


def _charges(session: Session, mine: frozenset[int] | None, *, unsent: bool) -> list[Figure]:
    """Shown only where there is something to do."""
    count, page = charge_figures.differences(session, mine)
    shown = [Figure(_("Charge differences"), quantity(count), href=page, attention=True)] if count else []
    if unsent:
        count, page = charge_figures.unsent(session)
        shown += [Figure(_("Charges not sent"), quantity(count), href=page, attention=True)] if count else []
    return shown


def _months(session: Session, me: Person, access_of: Callable[[str, Person], bool]) -> list[Figure]:
    """The month that waits to be locked, and one that somebody asks to open again; nothing where none does."""
    told = (
        (_("Month to lock"), closing.due(session) if access_of("pages.closing_lock", me) else None),
        (
            _("Opening of a month asked for"),
            closing.asked_for(session) if access_of("pages.closing_ask", me) else None,
        ),
    )
    return [
        Figure(label, month, href=url_for("pages.closing_month", period=month), attention=True)
        for label, month in told
        if month
    ]


def _verified(session: Session) -> Figure:
    last = session.scalars(select(JobRun).where(JobRun.job == "verify").order_by(JobRun.id.desc()).limit(1)).first()
    if last is None:
        return Figure(_("Ledger verified"), "–", _("not yet run"))
    words = {"clean": _("clean"), "problems": _("problems found"), "failed": _("failed")}
    said = words.get(last.outcome, _("running"))
    note = instant(last.finished_at or last.started_at)
    return Figure(_("Ledger verified"), said, note, attention=last.outcome in ("problems", "failed"))
