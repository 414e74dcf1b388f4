"""Whatever is used, undone and settled in whatever order: statements together are what is owed, each line once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd import settlement
from spd.catalog import Price
from spd.core.database import Database
from spd.core.errors import Conflict, Refused
from spd.settlement import Statement, StatementLine
from spd.staff import Staff
from tests import build

STEPS = ("use", "undo", "draft", "redraw", "withdraw", "approve", "send", "dispute", "confirm", "invoice", "pay")
STORY = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5)), min_size=5, max_size=30)
PRICES = st.sampled_from(["8600", "0.3333", "0.005", "12.3456"]).map(Decimal)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORY, price=PRICES)
def test_statements_and_what_is_left_are_what_is_owed(
    kept_database: Callable[[str], Database], story: list[tuple[str, int]], price: Decimal
) -> None:
    session = kept_database("sqlite").session()
    try:
        _told(session, story, price)
    finally:
        session.rollback()
        session.close()


def _told(session: Session, story: list[tuple[str, int]], price: Decimal) -> None:
    h = build.hospital(session)
    session.execute(update(Price).where(Price.product_id == 1).values(unit_price=price))
    people = [Staff(code=name, name=name, badge=name) for name in ("clerk", "chief", "cashier")]
    session.add_all(people)
    session.flush()  # occasions name their numbers
    shelf, used = build.stents(session, h, 6), []
    for step, number in story:
        with suppress(Refused, Conflict), session.begin_nested():
            if step == "use":
                used.append(build.use(session, h, shelf[number]).movement_id)
            elif step == "undo" and used:
                build.reverse(session, h, used[number % len(used)])
            elif step == "draft":
                settlement.draft(session, build.occasion(people[0]), period="2026-03")
            elif step != "undo":
                _take(session, people, step, number)
    settled = list(session.scalars(select(Statement)))
    with suppress(settlement.NothingToSettle):
        for left in (one for one in settled if one.state == "draft"):
            settlement.redraw(session, build.occasion(people[0]), left)
        settlement.draft(session, build.occasion(people[0]), period="2026-03")
    whole = list(session.scalars(select(Statement)))
    assert sum((one.exact for one in whole), Decimal(0)) == -build.balance(session, "2302.01")
    lines = list(session.scalars(select(StatementLine.posting_id)))
    assert len(lines) == len(set(lines))
    assert build.problems(session) == []


def _take(session: Session, people: list[Staff], step: str, number: int) -> None:
    found = list(session.scalars(select(Statement).order_by(Statement.id)))
    fitting = [one for one in found if settlement.may(one.state, step)]
    if not fitting:
        return
    one = fitting[number % len(fitting)]
    if step == "redraw":
        settlement.redraw(session, build.occasion(people[0]), one)
    else:
        who = people[0] if step == "withdraw" else people[2] if step == "pay" else people[1]
        settlement.decide(session, build.occasion(who), one, step, reason="R-1")
