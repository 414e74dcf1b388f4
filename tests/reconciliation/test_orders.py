"""A thousand stays with one story, each in its own order: late charges, refunds, reversals come to the same."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from spd import reconciliation
from spd.catalog import Product
from spd.encounters import Encounter
from spd.ledger import Draft, ItemState, ItemStateName, Movement, MovementKind, Step, get_item_state
from spd.parties import HOSPITAL_ID
from spd.places import End
from spd.reconciliation import ChargeCase, Charged, ChargeFact, ChargeLine
from tests import build
from tests.build import NOW, Hospital
from tests.reconciliation.given import LATER

STAYS = {"sqlite": 1000, "postgresql": 40}
MOMENTS = 4
DAY = timedelta(days=1)
# What happens on each stay: a use of two and a use of one that is undone; a charge of each, one a day late; the second
# charge refunded, the first one in part; a charge of what was never used; one refunded by a line that names none.
EVENTS = (
    "use 2", "use 1", "undo 1", "charge 2", "charge 1 late", "refund 1 late", "refund 1 of 2", "charge other",
    "charge 7", "refund 7 unnamed",
)  # fmt: skip


def orders(stays: int) -> Iterator[list[list[str]]]:
    """For each stay an order in which nothing is undone before it is done, all else in any; cut at random into what is
    told between one reconciliation and the next, which may be nothing."""
    chance = random.Random(20260302)
    for _ in range(stays):
        order = list(EVENTS)
        chance.shuffle(order)
        done, undone = order.index("use 1"), order.index("undo 1")
        if undone < done:
            order[done], order[undone] = order[undone], order[done]
        cuts = sorted(chance.randint(0, len(order)) for _ in range(MOMENTS - 1))
        yield [order[since:until] for since, until in pairwise([0, *cuts, len(order)])]


class Told:
    """The stays, and what has happened on them so far."""

    def __init__(self, session: Session, h: Hospital, stays: int) -> None:
        self.session, self.h = session, h
        session.execute(update(Product).where(Product.code == "GAUZE").values(chargeable=True))
        row = {
            "patient": "P", "patient_name": "张*三", "encounter_class": "inpatient", "department_id": h.cardiology.id,
            "admitted_at": NOW - DAY, "bed": "", "drg_code": None, "discharged_at": None, "wristband": None,
        }  # fmt: skip
        session.execute(insert(Encounter), [row | {"code": f"S{number:04}"} for number in range(stays)])
        query = select(Encounter.code, Encounter.id).where(Encounter.code.like("S%"))
        self.stays: dict[str, int] = {code: number for code, number in session.execute(query)}  # noqa: C416
        self.bulk = build.move_to(session, h, [build.gauze(session, h, cases=stays // 10)], h.ward)[0]
        self.used: dict[str, int] = {}

    def tell(self, happening: Iterable[tuple[str, str]]) -> None:
        """What happens at one moment: pairs of stay and event."""
        lines: list[Charged] = []
        draft, item = Draft(self.session, build.occasion(self.h.nurse)), get_item_state(self.session, self.bulk)
        for stay, event in happening:
            if event.startswith(("use", "undo")):
                item = draft.move(item, self._step(item, stay, event))
                if event == "use 1":
                    self.used[stay] = draft.movements[-1]["id"]
            else:
                lines.append(self._line(stay, event))
        if draft.movements:
            draft.write()
        reconciliation.keep_charges(self.session, build.occasion(self.h.keeper), lines)

    def _step(self, item: ItemState, stay: str, event: str) -> Step:
        ends = (item.location_id, int(End.PATIENT))
        back = event == "undo 1"
        return Step(
            kind=MovementKind.REVERSE if back else MovementKind.CONSUME, quantity=int(event[-1]),
            from_location_id=ends[back], to_location_id=ends[not back], from_owner_id=HOSPITAL_ID,
            to_owner_id=HOSPITAL_ID, state_after=ItemStateName.AVAILABLE, department_id=self.h.cardiology.id,
            encounter_id=self.stays[stay], reverses_id=self.used[stay] if back else None,
        )  # fmt: skip

    def _line(self, stay: str, event: str) -> Charged:
        late, refunds = event.endswith("late"), event.startswith("refund")
        charge = {"refund 1 late": "charge 1 late", "refund 1 of 2": "charge 2"}.get(event, "")
        quantity = 5 if event == "charge other" else int(event.split()[1]) * (-1 if refunds else 1)
        at = NOW + (DAY if late else timedelta()) + (DAY if refunds else timedelta())
        return Charged(
            number=f"{stay} {event}", encounter=stay, department_id=self.h.cardiology.id,
            charge_code="HIS-OTHER" if event == "charge other" else "HIS-GAUZE", quantity=quantity,
            unit_price=Decimal("3.5"), amount=quantity * Decimal("3.5"), charged_at=at,
            day=(at + timedelta(hours=8)).date(), refund_of=f"{stay} {charge}" if charge else "",
        )  # fmt: skip


def outcome(session: Session, stays: dict[str, int]) -> dict[str, list[Any]]:
    """What each stay came to: every case with its facts, told without their numbers."""
    query = (
        select(
            ChargeCase.encounter, ChargeCase.id, ChargeCase.verdict, ChargeCase.rule, ChargeCase.charged_quantity,
            ChargeCase.used_quantity, ChargeCase.charged, ChargeCase.used, ChargeCase.day_on, ChargeLine.number,
            Movement.kind, ChargeFact.quantity,
        )
        .join(ChargeFact, ChargeFact.case_id == ChargeCase.id)
        .outerjoin(ChargeLine, ChargeLine.id == ChargeFact.charge_line_id)
        .outerjoin(Movement, Movement.id == ChargeFact.movement_id)
        .where(ChargeCase.ended_at.is_(None))
    )  # fmt: skip
    found: dict[str, dict[int, Any]] = {stay: {} for stay in stays}
    for stay, number, *case, line, kind, quantity in session.execute(query):
        _, facts = found[stay].setdefault(number, (case, []))
        facts.append((line.removeprefix(stay) if line else "", kind or "", quantity))
    return {stay: sorted((case, sorted(facts)) for case, facts in cases.values()) for stay, cases in found.items()}


def test_all_orders_come_to_one_reconciliation(session: Session, h: Hospital) -> None:
    count = STAYS[session.get_bind().dialect.name]
    told = Told(session, h, count)
    plans = {f"S{number:04}": order for number, order in enumerate(orders(count))}
    assert len({str(order) for order in plans.values()}) > count * 0.95
    for number in range(MOMENTS):
        told.tell((stay, event) for stay, order in plans.items() for event in order[number])
        reconciliation.reconcile(session, at=LATER + number * timedelta(hours=1))
    assert reconciliation.problems(session) == []
    outcomes = outcome(session, told.stays)
    first = outcomes["S0000"]
    assert [(case[0], case[2], case[3]) for case, _ in first] == [
        ("charged_not_used", 5, 0),
        ("late", 0, 0),
        ("late", 0, 0),
        ("matched", 0, 0),
        ("quantity", 1, 2),
    ]
    assert [stay for stay, cases in outcomes.items() if cases != first] == []
