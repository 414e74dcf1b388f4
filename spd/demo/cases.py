"""This file is the demo's cases as finance sees them: what payers pay, bills, physicians, costs of cases, reviews."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from spd import costing, ledger, reviewing
from spd.core.occasion import digest_of
from spd.costing import (
    CaseMethod,
    CaseRevenue,
    CaseService,
    GroupStandard,
    Month,
    NewVersion,
    OutlierBand,
    Payer,
    PaymentGroup,
    PaymentTerms,
    RevenueKind,
    ServiceUnitCost,
    TableKind,
    case_run,
    groups,
)
from spd.costing.groups import GroupsAsked
from spd.demo.patients import RATE, REGION
from spd.demo.samples import rows
from spd.demo.world import World
from spd.encounters import Encounter
from spd.places import Department
from spd.reviewing import CasePhysician, LookedAt, UsageReview, Verdict

_POINT = Decimal("11.6")  # yuan that a point of DIP pays
_SERVICE, _LABORATORY, _DRUGS = 5200, 1400, 1900  # yuan of a bill for each unit of weight
_PHYSICIANS = 3  # of a department
_UNIT_COSTS = {"BED": "186.40", "NURSING": "92.15", "OPERATION": "3215.80"}


def cost_cases(world: World, months: Sequence[str]) -> None:
    """The cases of these months: billed, grouped, paid for, costed by every method; the last month looked at."""
    if not months:
        return
    laboratory = world.session.scalars(select(Department.id).where(Department.code == "LABM")).one()
    for period in months:
        _bill(world, period, laboratory)
    years = sorted({int(period[:4]) for period in months})
    for year in years:
        _payer(world, year)
    _version(world, TableKind.UNIT_COSTS, "unit-costs", ServiceUnitCost, [
        {"service": service, "unit_cost": Decimal(cost)} for service, cost in _UNIT_COSTS.items()
    ], valid_from=months[0])  # fmt: skip
    world.session.flush()  # what follows reads it
    for year in years:
        _standards(world, Payer(region=REGION, year=year), months)
    for period in months:
        for method in CaseMethod:
            said = case_run.CaseAsked(month=_month(world, period), method=method)
            with suppress(case_run.NoCaseCost, case_run.NoUnitCosts):  # of a story's first days there may be nothing
                case_run.run(world.session, world.occasion(world.staff["finance"], world.now, "office-1"), said)
    _review(world, months)


def _month(world: World, period: str) -> Month:
    since, until = ledger.instants_of(world.session, period, world.zone)
    return Month(period=period, since=since, until=until, zone=world.zone)


def _bill(world: World, period: str, laboratory: int) -> None:
    """What the month's discharged cases were billed, what was done for them, and whose cases they were."""
    month, chance = _month(world, period), world.chance
    weights = {row["code"]: Decimal(row["weight"]) for row in rows("drgs")}
    query = select(Encounter).where(
        Encounter.encounter_class == "inpatient", Encounter.discharged_at >= month.since,
        Encounter.discharged_at < month.until, Encounter.merged_into_id.is_(None),
    )  # fmt: skip
    bills: list[dict[str, Any]] = []
    done: list[dict[str, Any]] = []
    whose: list[dict[str, Any]] = []
    for stay in world.session.scalars(query.order_by(Encounter.code)):
        weight = weights.get(stay.drg_code or "", Decimal(1))
        swing = Decimal(chance.between(70, 135)) / 100 * (4 if chance.happens(1) else 1)  # now and then a very dear one
        days = max(1, (stay.discharged_at - stay.admitted_at).days) if stay.discharged_at else 1
        parts = (
            (stay.department_id, RevenueKind.SERVICE, _SERVICE), (stay.department_id, RevenueKind.DRUG, _DRUGS),
            (laboratory, RevenueKind.LABORATORY, _LABORATORY),
        )  # fmt: skip
        bills += [
            {"encounter_id": stay.id, "period": period, "department_id": who, "kind": kind.value,
             "amount": round(weight * yuan * swing, 2)}
            for who, kind, yuan in parts
        ]  # fmt: skip
        operated = 1 if (stay.drg_code or "")[1:2] == "X" else 0
        done += [
            {"encounter_id": stay.id, "period": period, "service": service, "quantity": count}
            for service, count in (("BED", days), ("NURSING", days), ("OPERATION", operated)) if count
        ]  # fmt: skip
        whose.append(
            {"encounter_id": stay.id, "physician": f"D{stay.department_id:03d}{chance.between(1, _PHYSICIANS)}"}
        )
    for kind, found in ((CaseRevenue, bills), (CaseService, done), (CasePhysician, whose)):
        if found:
            world.session.execute(insert(kind), found)


def _payer(world: World, year: int) -> None:
    """One payer that pays by DRG, and the same groups by points (DIP); what each does with outliers."""
    for method, units, rate, low, high, pays in (
        ("drg", 1, RATE, "0.4", "3", ("fee", "excess")), ("dip", 1000, _POINT, "0.5", "2", ("ratio", "ratio_excess")),
    ):  # fmt: skip
        scope = Payer(region=REGION, year=year, method=method).scope
        groups_of = [
            {"code": row["code"], "name": row["name"], "weight": Decimal(row["weight"]) * units,
             "mean_fee": Decimal(row["weight"]) * (_SERVICE + _LABORATORY + _DRUGS)}
            for row in rows("drgs")
        ]  # fmt: skip
        _version(world, TableKind.GROUPS, scope, PaymentGroup, groups_of)
        _version(world, TableKind.TERMS, scope, PaymentTerms, [{"rate": rate, "coefficient": Decimal("1.02")}])
        _version(world, TableKind.OUTLIERS, scope, OutlierBand, [
            {"weight_from": Decimal(0), "low_below": Decimal(low), "high_above": Decimal(high), "low_pays": pays[0],
             "high_pays": pays[1]},
        ])  # fmt: skip


def _standards(world: World, payer: Payer, months: Sequence[str]) -> None:
    """What a case should cost: a little below what cases of the group cost on average."""
    since, until = ledger.instants_of(world.session, months[0], world.zone, until=months[-1])
    found = groups.report(world.session, GroupsAsked(since=since, until=until, zone=world.zone, payer=payer))
    kept = [
        {"code": row.code, "standard": (row.mean * 95 / 100).quantize(Decimal(10))} for row in found.rows if row.code
    ]
    _version(world, TableKind.STANDARDS, payer.scope, GroupStandard, kept)


def _version(
    world: World, kind: TableKind, scope: str, row: Any, found: Sequence[dict[str, Any]], *, valid_from: str = ""
) -> None:
    new = NewVersion(
        kind=kind, scope=scope, digest=digest_of([kind.value, scope]), rows=len(found), valid_from=valid_from
    )
    table = costing.add_version(world.session, world.occasion(world.staff["finance"], world.now, "office-1"), new)
    if found:
        world.session.execute(insert(row), [{"table_id": table.id} | one for one in found])


def _review(world: World, months: Sequence[str]) -> None:
    """The last month looked at; of what stood out some is judged, the rest waits."""
    month = _month(world, months[-1])
    at = LookedAt(
        period=month.period, payer=Payer(region=REGION, year=int(month.period[:4])), since=month.since,
        until=month.until, zone=world.zone, peers_since=_month(world, months[0]).since,
    )  # fmt: skip
    quality = world.staff["quality"]
    reviewing.look(world.session, world.occasion(quality, world.now, "pc"), at)
    query = select(UsageReview).where(UsageReview.subject == "case").order_by(UsageReview.score.desc(), UsageReview.of)
    said = ((Verdict.REASONABLE, "抢救病例, 用量有记录"), (Verdict.UNREASONABLE, "超出临床路径用量, 已约谈"))
    for review, (verdict, note) in zip(world.session.scalars(query).all()[:-1], said, strict=False):
        reviewing.decide(world.session, world.occasion(quality, world.now, "pc"), review.id, verdict, note)
