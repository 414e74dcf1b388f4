"""This file is cost as files by the movement and by the case: movements, one stay, encounters, DRGs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from api.i18n import gettext as _
from api.months import instants_of
from api.pages.frame import place_name
from api.pages.report import class_names
from api.pages.scanned import named
from api.pages.sheet_made import Sheet, coded, summed, tie_above, title_of, valued
from spd import costing
from spd.encounters import StayNumber, get_encounter
from spd.exchange.sheets import Head

PAGE = 5_000  # rows read at a time


def _use_heads() -> list[Head]:
    return [
        coded(_("Movement")), Head(_("When"), "instant"), Head(_("Department")), coded(_("Item")), coded(_("Code")),
        Head(_("Product")), Head(_("Specification")), Head(_("Class"), "pill"), coded(_("Lot")),
        Head(_("Quantity"), "quantity"), Head(_("Unit"), "pill"), valued(_("Unit price"), total=False),
        valued(_("Cost")), coded(_("Encounter")), Head(_("Who"), "pill"), Head(_("Month"), "day"),
        Head(_("Late"), "pill"),
    ]  # fmt: skip


def _movement(row: Sequence[Any]) -> str | None:
    """A movement in the life of its thing."""
    return f"{url_for('pages.trace', code=row[3])}#m{row[0]}" if row[3] else None


_USE = {0: _movement}


def movements(session: Session, said: costing.Filter) -> Sheet:
    """The movements behind cost."""
    above = summed(row.amount for row in costing.by_product(session, said))
    ties = [(_("these rows − level above"), costing.amount_of_uses(session, said) - above)]
    rows = _uses(costing.every_use(session, said))
    total = costing.count_uses(session, said)
    return Sheet("movements", title_of("movements"), _use_heads(), rows, ties, counted=total, lead=_USE)


def stay(session: Session, said: costing.Filter) -> Sheet:
    """All that was ever used on one encounter. Raises: UnknownEncounter."""
    of = get_encounter(session, StayNumber(said.encounter or ""))
    found = costing.of_encounter(session, of, departments=said.departments, at=said.at)
    above = costing.sum_of_encounter(session, of, departments=said.departments, at=said.at)
    ties = [(_("these rows − level above"), summed(one.amount for one in found) - above)]
    return Sheet(f"encounter-{of.code}", title_of("stay"), _use_heads(), list(_uses(found)), ties, lead=_USE)


def _uses(found: Iterable[costing.UseCost]) -> Iterator[Sequence[Any]]:
    classes, late = class_names(), _("late")
    for one in found:
        yield (
            str(one.movement_id or ""), one.occurred_at, one.department, one.item, one.product,
            named(one.name, one.name_en), one.specification, classes[one.product_class], one.lot,
            one.quantity if one.amount >= 0 else -one.quantity, one.base_unit, one.unit_price, one.amount,
            one.encounter or "", one.staff, one.period, late if one.late else "",
        )  # fmt: skip


def encounters(session: Session, said: costing.Filter) -> Sheet:
    """Cost by encounter."""
    heads = [
        coded(_("Encounter")), Head(_("Department")), coded(_("DRG")), Head(_("Admitted"), "instant"),
        Head(_("Discharged"), "instant"), valued(_("chargeable")), valued(_("Cost")),
    ]  # fmt: skip
    total = costing.count_encounters(session, said.periods, departments=said.departments, at=said.at)
    cost = costing.sum_of_encounters(session, said.periods, departments=said.departments, at=said.at)
    month = costing.Filter(period=said.period, since=said.since, departments=said.departments, at=said.at)
    alone = costing.amount_of_uses(session, replace(month, encounter=costing.DEPARTMENT_ALONE))
    tie = (_("encounters + departments alone − departments"), tie_above(session, month, cost + alone)[1])
    return Sheet(
        "encounter-cost",
        title_of("encounters"),
        heads,
        _stays(session, said),
        [tie],
        counted=total,
        lead={0: _stay_page},
    )


def _stay_page(row: Sequence[Any]) -> str:
    return url_for("pages.finance_encounter", code=row[0])


def _stays(session: Session, said: costing.Filter) -> Iterator[Sequence[Any]]:
    after = 0
    while found := costing.by_encounter(
        session, said.periods, after=after, limit=PAGE, departments=said.departments, at=said.at
    ):
        after = found[-1].id
        for one in found:
            yield (
                one.encounter, place_name(one.department_name, one.department), one.drg_code or "",
                one.admitted_at, one.discharged_at, one.chargeable, one.total,
            )  # fmt: skip


def drgs(session: Session, said: costing.Filter) -> Sheet:
    """Cost by DRG."""
    heads = [
        coded(_("DRG")), Head(_("Name")), Head(_("Cases"), "quantity"), valued(_("Cost")),
        valued(_("Mean"), total=False), valued(_("Weight"), total=False), valued(_("Rate"), total=False),
        valued(_("Payment")), valued(_("Margin")),
    ]  # fmt: skip
    since, until = instants_of(said.periods[0], said.period)
    cases = costing.Discharges(since=since, until=until, year=int(said.period[:4]), at=said.at)
    found = costing.by_drg(session, cases)
    tie = (_("groups − cases"), summed(row.total for row in found) - costing.cost_of_discharged(session, cases))
    rows = [
        (
            row.drg_code or _("without DRG"), row.name, row.cases, row.total, row.mean, row.weight, row.rate,
            row.payment, row.margin,
        )
        for row in found
    ]  # fmt: skip
    return Sheet("drg-cost", title_of("drgs"), heads, rows, [tie])
