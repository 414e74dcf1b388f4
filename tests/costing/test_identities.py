"""Parts are the whole: DRG and other stays and departments alone, departments, and postings, to the last decimal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import costing
from spd.costing import Discharges, Filter
from spd.ledger import Movement, Posting
from tests import build

MONTH = "2026-03"


def posted(session: Session, month: str = MONTH) -> Decimal:
    """The month's cost, straight from the postings."""
    query = select(func.sum(Posting.amount)).where(Posting.account.in_(("5001.01", "5101.01")), Posting.period == month)
    return session.scalar(query) or Decimal(0)


def assert_identities(session: Session) -> None:
    """Every level adds up to the one above and to the postings."""
    whole = posted(session)
    departments = costing.by_department(session, Filter(period=MONTH))
    assert sum((row.total for row in departments), Decimal(0)) == whole
    for row in departments:
        assert row.high_value + row.low_value + row.reagent == row.total == row.chargeable + row.not_chargeable
        chosen = Filter(period=MONTH, department=row.department)
        assert sum((p.amount for p in costing.by_product(session, chosen)), Decimal(0)) == row.total
        assert sum((u.amount for u in costing.uses(session, chosen, limit=1000)), Decimal(0)) == row.total
    parts = costing.partition(session, MONTH)
    assert parts.with_drg + parts.without_drg + parts.department_only == parts.total == whole
    stays = costing.by_encounter(session, MONTH, limit=1000)
    assert sum((stay.total for stay in stays), Decimal(0)) == parts.with_drg + parts.without_drg


def a_busy_month(session: Session) -> build.Hospital:
    """Uses on a DRG stay, another stay, by departments, in all classes; one undone."""
    h = build.hospital(session)
    stents = build.stents(session, h, 4)
    build.use(session, h, stents[0])
    build.use(session, h, stents[1], encounter=h.other_stay.code)
    undone = build.use(session, h, stents[2])
    build.reverse(session, h, undone.movement_id)
    for pack in build.packs(session, h, 3)[:2]:
        build.use(session, h, pack, encounter=None)
    return h


def test_parts_are_the_whole(session: Session) -> None:
    a_busy_month(session)
    assert_identities(session)
    assert posted(session) == Decimal("17200") + 2 * 20 * Decimal("3.5")


def test_prices_with_four_decimals_leave_nothing_behind(session: Session) -> None:
    h = build.hospital(session)
    note = build.note(session, h, h.gauzes, ("REAGENT", 100))
    code = build.receive(session, h, note, build.scan(build.REAGENT_DI, lot="R1"))[0]
    build.move_to(session, h, [code], h.ward)
    for _ in range(3):
        build.use(session, h, code, quantity=33)
    build.use(session, h, code, quantity=1)
    assert posted(session) == 100 * Decimal("0.3333")
    assert_identities(session)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(["drg", "stay", "alone", "undo"]), st.integers(1, 7)), min_size=1, max_size=8
    )
)
def test_parts_are_the_whole_whatever_is_used(session: Session, acts: list[tuple[str, int]]) -> None:
    with session.begin_nested() as story:
        h = build.hospital(session)
        pack = build.packs(session, h, 2, quantity=50)[0]
        for kind, quantity in acts:
            stay = {"drg": h.stay.code, "stay": h.other_stay.code}.get(kind)
            if pack_left(session, pack) < quantity:
                break
            used = build.use(session, h, pack, encounter=stay, quantity=quantity)
            if kind == "undo":
                build.reverse(session, h, used.movement_id)
        assert_identities(session)
        story.rollback()


def pack_left(session: Session, code: str) -> int:
    """What a pack still holds."""
    from spd.ledger import get_item_state

    return get_item_state(session, code).quantity


def test_a_drg_is_weighed_and_paid(session: Session) -> None:
    h = a_busy_month(session)
    h.stay.discharged_at = build.NOW + timedelta(days=2)
    session.flush()
    march = Discharges(since=datetime(2026, 3, 1, tzinfo=UTC), until=datetime(2026, 4, 1, tzinfo=UTC), year=2026)
    (group,) = costing.by_drg(session, march)
    assert (group.drg_code, group.cases, group.total) == ("FM19", 1, Decimal(8600))
    assert group.payment == Decimal("27730.00")  # 2.35 × 11,800
    assert group.margin == Decimal("19130.00")


def test_a_case_without_a_weight_has_a_cost_and_no_margin(session: Session) -> None:
    h = a_busy_month(session)
    h.other_stay.discharged_at = build.NOW + timedelta(days=1)
    session.flush()
    march = Discharges(since=datetime(2026, 3, 1, tzinfo=UTC), until=datetime(2026, 4, 1, tzinfo=UTC), year=2026)
    (group,) = costing.by_drg(session, march)
    assert (group.drg_code, group.total, group.payment, group.margin) == ("", Decimal(8600), None, None)


def test_every_figure_opens_down_to_its_movement(session: Session) -> None:
    a_busy_month(session)
    for use in costing.uses(session, Filter(period=MONTH)):
        movement = session.get_one(Movement, use.movement_id)
        sign = -1 if movement.kind == "reverse" else 1
        assert use.amount == sign * movement.quantity * use.unit_price


def test_a_reader_sees_only_their_departments(session: Session) -> None:
    h = a_busy_month(session)
    only = Filter(period=MONTH, departments=frozenset({h.surgery.id}))
    assert costing.by_department(session, only) == []
    assert costing.uses(session, only) == []


@pytest.mark.parametrize("page", [1, 2, 3])
def test_pages_of_uses_join_without_gap_or_repeat(session: Session, page: int) -> None:
    a_busy_month(session)
    whole = [use.posting_id for use in costing.uses(session, Filter(period=MONTH))]
    assert [use.posting_id for use in costing.every_use(session, Filter(period=MONTH))] == whole
    seen: list[int] = []
    while rows := costing.uses(session, Filter(period=MONTH), after=seen[-1] if seen else 0, limit=page):
        seen += [row.posting_id for row in rows]
    assert seen == whole


def test_cost_of_stays_and_groups_is_as_it_was_recorded_at_an_instant(session: Session, h: build.Hospital) -> None:
    codes = build.stents(session, h, 2)
    build.use(session, h, codes[0])
    h.stay.discharged_at = build.NOW + timedelta(hours=3)
    session.flush()
    later = build.NOW + timedelta(hours=1)
    build.use(session, h, codes[1], occasion=build.occasion(h.nurse, at=later))
    costing.stays.roll(session, at=later)  # sums of the night are not asked of an instant before them

    def told(at: datetime | None) -> tuple[Decimal, int, Decimal, Decimal, int]:
        (stay,) = costing.by_encounter(session, MONTH, at=at)
        cases = Discharges(
            since=datetime(2026, 3, 1, tzinfo=UTC), until=datetime(2026, 4, 1, tzinfo=UTC), year=2026, at=at
        )
        (group,) = costing.by_drg(session, cases)
        whole = costing.partition(session, MONTH, at=at).total
        lines = costing.of_encounter(session, h.stay, at=at)
        assert sum((one.amount for one in lines), Decimal(0)) == stay.total == whole
        return stay.total, costing.count_encounters(session, MONTH, at=at), group.total, whole, len(lines)

    assert told(build.NOW) == (8600, 1, 8600, 8600, 1)
    assert told(later) == told(None) == (17200, 1, 17200, 17200, 2)
