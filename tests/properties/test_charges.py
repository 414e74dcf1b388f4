"""Whatever was used and charged: each fact in one case, the difference explained, in any order the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from spd.core.money import to_cent
from spd.reconciliation.matching import Fact, Unit, match
from spd.reconciliation.models import Verdict

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
WINDOW = timedelta(hours=24)


@st.composite
def facts(draw: st.DrawFn, name: str, charge: bool) -> tuple[Fact, ...]:
    """One charge or use, and what took it back, in whole, in part or more than there was."""
    quantity, price = draw(st.integers(1, 3)), draw(st.sampled_from([Decimal("3.5"), Decimal("0.3333")]))
    said = [quantity, *draw(st.lists(st.integers(-3, -1), max_size=2))] if charge else [quantity]
    if not charge and draw(st.booleans()):
        said.append(-quantity)
    day = draw(st.integers(0, 2))
    return tuple(
        Fact(
            name=f"{name}.{number}", charge=charge, row_id=number, department_id=draw(st.integers(1, 2)),
            day=date(2026, 3, 1 + day + number), quantity=one, amount=one * price,
        )
        for number, one in enumerate(said)
    )  # fmt: skip


@st.composite
def units(draw: st.DrawFn) -> list[Unit]:
    """Some charges and uses on two stays, of two products, of three pieces or none in particular."""
    return [
        Unit(
            facts=draw(facts(f"{number}", charge)),
            encounter=draw(st.sampled_from(["E1", "E2"] if charge else ["E1", "E2", ""])),
            code=draw(st.sampled_from("AB")), item=draw(st.sampled_from(["", "", "I1", "I2"])),
            lot=draw(st.sampled_from(["", "L1", "L2"])), at=START + timedelta(hours=draw(st.integers(0, 50))),
            chargeable=charge or draw(st.sampled_from([True, True, False])),
        )
        for number, charge in enumerate(draw(st.lists(st.booleans(), max_size=9)))
    ]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(units(), st.randoms(use_true_random=False))
def test_each_fact_is_in_one_case_whatever_the_order(story: list[Unit], chance: object) -> None:
    cases = match(story, window=WINDOW)
    placed = sorted(fact.name for case in cases for fact in case.facts)
    assert placed == sorted(fact.name for unit in story for fact in unit.facts)
    shuffled = list(story)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert {case.key for case in match(shuffled, window=WINDOW)} == {case.key for case in cases}


@settings(max_examples=300, deadline=None)
@given(units())
def test_charged_less_used_is_the_sum_of_the_verdicts_by_department_and_day(story: list[Unit]) -> None:
    said: dict[tuple[int, date], Decimal] = {}
    for fact in (fact for unit in story for fact in unit.facts):
        key = (fact.department_id, fact.day)
        said[key] = said.get(key, Decimal(0)) + (fact.amount if fact.charge else -fact.amount)
    explained: dict[tuple[int, date], Decimal] = dict.fromkeys(said, Decimal(0))
    for case in match(story, window=WINDOW):
        by: dict[tuple[int, date], Decimal] = {}
        for fact in case.facts:
            key = (fact.department_id, fact.day)
            by[key] = by.get(key, Decimal(0)) + (fact.amount if fact.charge else -fact.amount)
        for key, amount in by.items():
            explained[key] += amount
        if case.verdict is Verdict.MATCHED:
            assert all(abs(to_cent(amount)) <= Decimal("0.01") for amount in by.values())
        if case.verdict in (Verdict.MATCHED, Verdict.LATE) and any(fact.charge for fact in case.facts):
            (charged, _), (used, _) = case.sums(charge=True), case.sums(charge=False)
            assert charged == used
    assert explained == said
