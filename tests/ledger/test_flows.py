"""What a department held, and how it changed: every part by its name, and nothing left over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from spd import ledger
from spd.catalog.changes import change_product
from spd.ledger import ClosedCell, ClosedStock, Part, Span, flows
from spd.ledger.verify.kept import kept_months
from tests import build
from tests.build import Hospital

MARCH = Span(first="2026-03", last="2026-03")
APRIL = Span(first="2026-04", last="2026-04")
STENT, PACK = Decimal(8600), 10 * Decimal("3.5")


def on(month: int, day: int) -> datetime:
    """Ten in the morning of a day in Shanghai."""
    return datetime(2026, month, day, 2, tzinfo=UTC)


def parts(session: Session, span: Span, department: int) -> dict[str, Decimal]:
    """A department's stock by part, whatever the class."""
    found: dict[str, Decimal] = {}
    for one in flows.stock(session, span):
        if one.department_id == department:
            found[one.part] = found.get(one.part, Decimal(0)) + one.amount
    return {part: amount for part, amount in found.items() if amount}


def left_over(session: Session, span: Span) -> Decimal:
    """Opening and changes less closing, over all departments, each by itself."""
    sums: dict[tuple[int, str], Decimal] = {}
    for one in flows.stock(session, span):
        key = (one.department_id, one.product_class)
        sums[key] = sums.get(key, Decimal(0)) + (-one.amount if one.part == Part.CLOSING else one.amount)
    return sum((abs(amount) for amount in sums.values()), Decimal(0))


def a_march(session: Session, h: Hospital) -> list[str]:
    """Three stents and two packs came to the ward; a stent and a pack were used, another stent's use was undone."""
    stents = build.stents(session, h, 3)
    packs = build.packs(session, h, 2, 10)
    build.use(session, h, stents[0])
    build.use(session, h, packs[0], encounter=None)
    undone = build.use(session, h, stents[1])
    build.reverse(session, h, undone.movement_id)
    return stents


def close(session: Session, h: Hospital, period: str, *, at: datetime) -> None:
    ledger.close_period(session, build.occasion(h.keeper, at=at), period)
    session.flush()  # what follows asks which months are closed


def test_every_change_has_its_part_and_nothing_is_left_over(session: Session, h: Hospital) -> None:
    a_march(session, h)
    found = parts(session, MARCH, h.cardiology.id)
    assert found == {"moved_in": 3 * STENT + 2 * PACK, "used": -STENT - PACK, "closing": 2 * STENT + PACK}
    assert left_over(session, MARCH) == 0


def test_a_closed_month_answers_from_what_was_kept(session: Session, h: Hospital) -> None:
    a_march(session, h)
    before = flows.stock(session, MARCH)
    close(session, h, "2026-03", at=on(4, 2))
    assert session.query(ClosedStock).count() == len(before)
    assert flows.stock(session, MARCH) == before
    assert list(kept_months(session)) == []
    assert session.query(ClosedCell).count() > 0


def test_what_comes_late_is_the_open_months_and_the_closed_one_stays(session: Session, h: Hospital) -> None:
    stents = a_march(session, h)
    before = flows.stock(session, MARCH)
    close(session, h, "2026-03", at=on(4, 2))
    build.use(session, h, stents[1], occasion=build.occasion(h.nurse, at=on(3, 31)))
    assert flows.stock(session, MARCH) == before
    april = parts(session, APRIL, h.cardiology.id)
    assert april == {"opening": 2 * STENT + PACK, "used": -STENT, "closing": STENT + PACK}
    assert left_over(session, APRIL) == 0
    both = parts(session, Span(first="2026-03", last="2026-04"), h.cardiology.id)
    assert both["used"] == -2 * STENT - PACK


def classed(session: Session, h: Hospital, product_class: str, at: datetime) -> None:
    said = {"product_class": product_class}
    change_product(session, build.occasion(h.keeper, at=at), "STENT", said, moved=True)


def by_class(session: Session, span: Span) -> dict[str, tuple[Decimal, Decimal]]:
    """What stock of a class began and ended with, over all departments."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for one in flows.stock(session, span):
        first, last = found.get(one.product_class, (Decimal(0), Decimal(0)))
        first, last = (
            (first + one.amount, last) if one.part == Part.OPENING
            else (first, last + one.amount) if one.part == Part.CLOSING else (first, last)
        )  # fmt: skip
        found[one.product_class] = (first, last)
    return {name: ends for name, ends in found.items() if any(ends)}


def test_a_product_of_another_class_leaves_nothing_over_and_closed_months_as_they_were(
    session: Session, h: Hospital
) -> None:
    """In March of one class, in April of another, in May of a third: each month ends as it was closed, and begins in
    the class it ends with."""
    stents, may = a_march(session, h), Span(first="2026-05", last="2026-05")
    close(session, h, "2026-03", at=on(4, 2))
    march, as_of_march = flows.stock(session, MARCH), replace(APRIL, at=on(4, 3))
    april = flows.stock(session, as_of_march)
    classed(session, h, "low_value", on(4, 4))
    build.use(session, h, stents[1], occasion=build.occasion(h.nurse, at=on(4, 5)))
    open_april = flows.stock(session, APRIL)
    assert by_class(session, APRIL) == {"low_value": (3 * STENT - STENT + PACK, STENT + PACK)}
    close(session, h, "2026-04", at=on(5, 2))
    classed(session, h, "reagent", on(5, 3))
    assert by_class(session, may) == {"reagent": (STENT, STENT), "low_value": (PACK, PACK)}
    assert (flows.stock(session, MARCH), flows.stock(session, as_of_march)) == (march, april)
    assert flows.stock(session, APRIL) == open_april
    for span in (MARCH, as_of_march, APRIL, may, replace(may, first="2026-03"), replace(APRIL, first="2026-03")):
        assert left_over(session, span) == 0, span
    assert list(kept_months(session)) == []


def test_a_planted_difference_does_not_tie_out(session: Session, h: Hospital) -> None:
    a_march(session, h)
    close(session, h, "2026-03", at=on(4, 2))
    close(session, h, "2026-04", at=on(5, 2))
    assert list(kept_months(session)) == []
    last = session.execute(text("SELECT max(version) FROM kept_closings")).scalar_one()
    session.execute(
        text(
            "INSERT INTO closed_stock (period, version, department_id, product_class, part, quantity, amount) "
            "VALUES ('2026-04', :version, :department, 'reagent', 'used', -1, -10000)"
        ),
        {"version": last, "department": h.surgery.id},
    )
    assert [problem.table for problem in kept_months(session)] == ["closed_stock"]


@settings(
    max_examples=6, deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(acts=st.lists(st.sampled_from(["use", "undo", "loose", "close"]), min_size=2, max_size=7))
def test_whatever_happens_nothing_is_left_over(session: Session, acts: list[str]) -> None:
    with session.begin_nested() as story:
        h = build.hospital(session)
        stents, pack = build.stents(session, h, 4), build.packs(session, h, 1, 10)[0]
        closed = False
        for act in acts:
            when = {"occasion": build.occasion(h.nurse, at=on(3, 30))}
            if act == "close" and not closed:
                close(session, h, "2026-03", at=on(4, 2))
                closed = True
            elif act in ("use", "undo") and stents:
                used = build.use(session, h, stents.pop(), **when)
                if act == "undo" and not closed:
                    build.reverse(session, h, used.movement_id)
            elif act == "loose":
                build.use(session, h, pack, encounter=None, quantity=1, **when)
        for span in (MARCH, APRIL, Span(first="2026-03", last="2026-04")):
            assert left_over(session, span) == 0
        assert list(kept_months(session)) == []
        story.rollback()
