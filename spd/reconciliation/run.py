"""This file is one reconciliation: what is new is matched with all it hangs on, and only what differs is written.

Cases that come out as they were are left, with whoever works on them; the others are ended and new ones opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd import policies
from spd.catalog import Product
from spd.core.errors import Conflict
from spd.ledger import Item, Movement
from spd.reconciliation.facts import Fresh, Gathered, Since, find_fresh, parts
from spd.reconciliation.judging import wants_work
from spd.reconciliation.matching import Case, match
from spd.reconciliation.models import ChargeCase, ChargeFact, ChargeLine, ChargePastFact, ChargeRun
from spd.reconciliation.standing import COLUMNS
from spd.reconciliation.waived import waived

# Of the tables, not of the classes: a hundred thousand rows go in one stream.
_CASES = insert(ChargeCase.__table__)  # type: ignore[arg-type]
_FACTS = insert(ChargeFact.__table__)  # type: ignore[arg-type]
_NO_PATIENT = (
    select(ChargeFact.movement_id)
    .join(ChargeCase, ChargeCase.id == ChargeFact.case_id)
    .join(Movement, Movement.id == ChargeFact.movement_id)
    .join(Item, Item.id == Movement.item_id)
    .join(Product, Product.id == Item.product_id)
    .where(ChargeCase.encounter == "", ChargeCase.ended_at.is_(None), Product.chargeable)
)
"""Uses of what is charged that name no patient: whether each wants a charge hangs on a policy."""
LATELY = timedelta(days=1)  # what was recorded so long before the last run has been seen by it


class ReconcilingNow(Conflict):
    """Somebody else reconciles at this moment."""

    code = "reconciling-now"
    say = {
        "zh": "正在对账, 请稍后重试。",
        "en": "Reconciliation is under way. Try again in a moment.",
    }


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How many facts were new, and how many cases were opened and ended."""

    facts: int
    opened: int
    ended: int


def reconcile(session: Session, *, at: datetime, again: bool = False) -> Ran:
    """Put what is new into cases; `again` also matches every open case anew, as after a change of codes.

    Raises: ReconcilingNow.
    """
    since = _since(session)
    if since is None:
        return Ran(facts=0, opened=0, ended=0)
    fresh = find_fresh(session, since)
    if again:
        _also_open(session, fresh)
    gathered = Gathered(session, since.day, without_patient=policies.get(session, "charge.without_patient"))
    gathered.gather(fresh)
    window = timedelta(hours=policies.get(session, "charge.window_hours"))
    some = waived(session, gathered.stays)
    cases = {case.key: case for case in match(gathered.units(), window=window, waived=some)}
    try:
        return _write(session, since.day, cases, at=at, facts=fresh.count)
    except IntegrityError as error:
        raise ReconcilingNow() from error


def last_run(session: Session, at: datetime | None = None) -> ChargeRun | None:
    """The newest reconciliation that changed something; of an instant the newest until then."""
    query = select(ChargeRun).order_by(ChargeRun.id.desc()).limit(1)
    return session.scalars(query if at is None else query.where(ChargeRun.started_at <= at)).one_or_none()


def _since(session: Session) -> Since | None:
    """From the day of the first charge on; only what is recent, where an earlier run began on the same day."""
    day = session.scalar(select(func.min(ChargeLine.day_on)))
    if day is None:
        return None
    last = last_run(session)
    recent = last is not None and last.since_on <= day
    return Since(day=day, recorded=last.started_at - LATELY if last is not None and recent else None)


def _also_open(session: Session, fresh: Fresh) -> None:
    query = select(ChargeCase.encounter, ChargeCase.verdict, ChargeCase.charged_quantity)
    for encounter, verdict, charged in session.execute(query.where(ChargeCase.ended_at.is_(None))):
        if encounter and wants_work(verdict, charged=charged):
            fresh.encounters.add(encounter)
    fresh.movements |= set(session.scalars(_NO_PATIENT))


def _write(session: Session, since: date, cases: dict[bytes, Case], *, at: datetime, facts: int) -> Ran:
    standing = _standing(session, cases.values())
    ended = [number for key, number in standing.items() if key not in cases]
    opened = [case for key, case in cases.items() if key not in standing]
    for part in parts(ended):
        there = [ChargeFact.__table__.c[name] for name in COLUMNS]
        kept = select(*there).where(ChargeFact.case_id.in_(part)).order_by(ChargeFact.id)
        session.execute(insert(ChargePastFact).from_select(COLUMNS, kept))
        session.execute(delete(ChargeFact).where(ChargeFact.case_id.in_(part)))
        session.execute(update(ChargeCase).where(ChargeCase.id.in_(part)).values(ended_at=at))
    if opened:
        numbers = _open(session, opened, at)
        rows = [row for case in opened for row in _facts(case, numbers[case.key])]
        session.execute(_FACTS, rows)
    if facts or opened or ended:
        session.add(ChargeRun(since_on=since, started_at=at, facts=facts, opened=len(opened), ended=len(ended)))
        session.flush()  # so that the next run sees it
    return Ran(facts=facts, opened=len(opened), ended=len(ended))


def _open(session: Session, opened: Sequence[Case], at: datetime) -> dict[bytes, int]:
    """The numbers of new cases by their keys; asked for afterwards, which is quicker than with each."""
    before = session.scalar(select(func.max(ChargeCase.id))) or 0
    session.execute(_CASES, [_row(case, at) for case in opened])
    query = select(ChargeCase.key, ChargeCase.id).where(ChargeCase.id > before, ChargeCase.ended_at.is_(None))
    return {key: number for key, number in session.execute(query)}  # noqa: C416


def _standing(session: Session, cases: Iterable[Case]) -> dict[bytes, int]:
    """The cases that these facts are in now."""
    lines: set[int] = set()
    uses: set[int] = set()
    for case in cases:
        for fact in case.facts:
            (lines if fact.charge else uses).add(fact.row_id)
    found: dict[bytes, int] = {}
    for column, wanted in ((ChargeFact.charge_line_id, lines), (ChargeFact.movement_id, uses)):
        for part in parts(wanted):
            query = select(ChargeCase.key, ChargeCase.id).join(ChargeFact, ChargeFact.case_id == ChargeCase.id)
            found.update({key: number for key, number in session.execute(query.where(column.in_(part)))})  # noqa: C416
    return found


def _row(case: Case, at: datetime) -> dict[str, Any]:
    first = case.units[0]
    charged_quantity, charged = case.sums(charge=True)
    used_quantity, used = case.sums(charge=False)
    return {
        "key": case.key, "verdict": case.verdict, "rule": case.rule, "encounter": first.encounter,
        "charge_code": first.code, "department_id": _department(case), "day_on": first.day,
        "charged_quantity": charged_quantity, "used_quantity": used_quantity, "charged": charged, "used": used,
        "opened_at": at, "resolution": "",
    }  # fmt: skip


def _department(case: Case) -> int:
    """Who used it; who is said to have, where nobody did."""
    used = [fact.department_id for fact in case.facts if not fact.charge]
    return used[0] if used else case.facts[0].department_id


def _facts(case: Case, number: int) -> list[dict[str, Any]]:
    return [
        {
            "case_id": number, "charge_line_id": fact.row_id if fact.charge else None,
            "movement_id": None if fact.charge else fact.row_id, "department_id": fact.department_id,
            "day_on": fact.day, "quantity": fact.quantity, "amount": fact.amount,
        }
        for fact in case.facts
    ]  # fmt: skip
