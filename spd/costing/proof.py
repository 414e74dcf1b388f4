"""This file is the proof of cost: no step-down loses a cent, cases are their totals, sums their postings, kept figures
what was kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.core.kept_figures import KeptFigures
from spd.core.money import ZERO
from spd.costing import kept_groups, stays
from spd.costing.case_models import CaseLine, CaseRest, CaseRun
from spd.costing.step_down import balances
from spd.costing.step_models import StepDown
from spd.costing.step_run import flows_of, yuan
from spd.ledger.verify import Problem


def problems(session: Session) -> list[Problem]:
    """Where a run lost or made a cent; an empty list is the proof."""
    return [
        *(problem for made in session.scalars(select(StepDown)) for problem in _run(session, made)),
        *_case_runs(session),
        *stays.problems(session),
        *_kept(session),
    ]


def _kept(session: Session) -> Iterator[Problem]:
    """What was kept of a report is what it was kept as, and its groups are their cases."""
    for made in session.scalars(select(KeptFigures).execution_options(yield_per=10)):
        row = f"{made.report} {made.asked} v{made.version}"
        if hashlib.sha256(made.figures.encode()).digest() != made.digest:
            yield Problem(check="kept-figures", table="kept_figures", row=row, says="is not what was kept")
        elif made.report == kept_groups.REPORT:
            for code, groups, cases in kept_groups.uneven(made):
                says = f"group {code or '–'} cost {groups}, its cases {cases}"
                yield Problem(check="kept-figures", table="kept_figures", row=row, says=says)


def _case_runs(session: Session) -> Iterator[Problem]:
    """The lines of costed cases are what was assigned; with what was not, they are the total."""
    lines = dict(session.execute(select(CaseLine.run_id, func.sum(CaseLine.amount)).group_by(CaseLine.run_id)).all())
    rests = dict(session.execute(select(CaseRest.run_id, func.sum(CaseRest.amount)).group_by(CaseRest.run_id)).all())
    for made in session.scalars(select(CaseRun)):
        there = (lines.get(made.id, ZERO), rests.get(made.id, ZERO))
        if there != (made.assigned, made.unassigned) or sum(there) != made.total:
            kept = f"says {made.total} = {made.assigned} + {made.unassigned}"
            says = f"{kept}; its lines are {there[0]}, the rest {there[1]}"
            row = f"{made.period} {made.method} v{made.version}"
            yield Problem(check="case-costs", table="case_runs", row=row, says=says)


def _run(session: Session, made: StepDown) -> Iterator[Problem]:
    flows = flows_of(session, made)
    own: dict[str, int] = {}
    for flow in flows:
        if flow.level == 0:
            own[flow.item] = own.get(flow.item, 0) + flow.cents
    if yuan(sum(own.values())) != made.total:
        yield _problem(made, f"says {made.total}; its departments had {yuan(sum(own.values()))}")
    held = balances(flows)
    for item, cents in own.items():
        left = sum(amount for (of, _who), amount in held.items() if of == item)
        if left != cents:
            yield _problem(made, f"{item}: {yuan(cents)} went in, {yuan(left)} lies at the end")
    passing = {flow.source for flow in flows if flow.level}
    for (item, who), cents in held.items():
        if who in passing and cents:
            yield _problem(made, f"{item}: department {who} passed on all but {yuan(cents)}")


def _problem(made: StepDown, says: str) -> Problem:
    return Problem(check="step-down", table="step_downs", row=f"{made.period} v{made.version}", says=says)
