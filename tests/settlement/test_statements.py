"""A supplier's statement: every line once, frozen, by two people, and what is undone later settled by its stage."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spd import charging, consumption, ledger, settlement
from spd.catalog import Price
from spd.core.separation import SamePerson
from spd.disposal import Asked
from spd.jobs.charging import hold_settled
from spd.ledger import OutboxMessage
from spd.ledger.calendar import forget_calendars
from spd.settlement import Statement, StatementLine, StatementStep, invoices
from spd.staff import Staff
from tests import build
from tests.build import Hospital
from tests.disposal import test_going_back as going_back
from tests.settlement import bills

MONTH = "2026-03"
_KEPT = "statement_id, drawn_id, line, posting_id, movement_id, quantity, unit_price, amount, billed, treatment"
_MORE_LINES = (
    f"INSERT INTO statement_lines_before ({_KEPT}) SELECT {_KEPT} FROM statement_lines_before ORDER BY id LIMIT 1"
)


def staff(session: Session, name: str) -> Staff:
    found = session.scalars(select(Staff).where(Staff.code == name)).one_or_none()
    if found is None:
        found = Staff(code=name, name=name, badge=f"S-{name}")
        session.add(found)
        session.flush()  # an occasion names its number
    return found


def drawn(session: Session, *, supplier: str | None = "SUP-STENT", period: str = MONTH) -> Statement:
    (statement,) = settlement.draft(
        session, build.occasion(staff(session, "clerk")), period=period, supplier=supplier
    )  # fmt: skip
    return statement


def taken(session: Session, statement: Statement, *names: str, by: str = "chief") -> Statement:
    for name in names:
        who = {"pay": "cashier", "redraw": "clerk"}.get(name, by)
        settlement.decide(session, build.occasion(staff(session, who)), statement, name, reason="R-1")
    return statement


def lines_of(session: Session, statement: Statement) -> list[StatementLine]:
    query = select(StatementLine).where(StatementLine.statement_id == statement.id).order_by(StatementLine.line)
    return list(session.scalars(query))


def test_it_holds_every_use_of_the_month_at_the_price_it_came_in_at(session: Session, h: Hospital) -> None:
    used = [build.use(session, h, code) for code in build.stents(session, h, 2)]
    session.execute(update(Price).values(unit_price=Decimal(1)))
    statement = drawn(session)
    assert [line.movement_id for line in lines_of(session, statement)] == [use.movement_id for use in used]
    assert (statement.total, statement.lines, statement.state) == (17200, 2, "draft")
    assert build.problems(session) == []


def test_goods_not_used_yet_are_on_no_statement(session: Session, h: Hospital) -> None:
    build.stents(session, h, 2)
    with pytest.raises(settlement.NothingToSettle):
        drawn(session)


def test_one_is_drawn_for_each_supplier_that_is_owed_something(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    build.gauze(session, h)
    drawn_all = settlement.draft(session, build.occasion(h.keeper), period=MONTH)
    assert {(one.supplier_id, one.total) for one in drawn_all} == {(h.stents.id, 8600), (h.gauzes.id, 175)}
    owed = build.balance(session, "2302.01")
    assert sum(one.exact for one in drawn_all) == -owed


def test_a_use_undone_before_is_netted(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 2)
    use = build.use(session, h, codes[0])
    build.use(session, h, codes[1])
    build.reverse(session, h, use.movement_id)
    statement = drawn(session)
    assert [line.treatment for line in lines_of(session, statement)] == ["new", "new", "netted"]
    assert [line.quantity for line in lines_of(session, statement)] == [1, 1, -1]
    assert statement.total == 8600


@pytest.mark.parametrize(
    ("stage", "treatment"),
    [
        (("approve",), "red_line"),
        (("approve", "send"), "red_line"),
        (("approve", "send", "dispute"), "red_line"),
        (("approve", "send", "confirm"), "red_line"),
        (("approve", "send", "confirm", "invoice"), "red_invoice"),
        (("approve", "send", "confirm", "invoice", "pay"), "offset"),
    ],
)
def test_what_is_undone_afterwards_is_settled_by_the_stage_of_its_statement(
    session: Session, h: Hospital, stage: tuple[str, ...], treatment: str
) -> None:
    use = build.use(session, h, build.stents(session, h)[0])
    first = taken(session, drawn(session), *stage)
    build.reverse(session, h, use.movement_id)
    second = drawn(session)
    (line,) = lines_of(session, second)
    assert (line.treatment, line.corrects_id, line.billed) == (treatment, first.id, -8600)
    assert (first.total, second.total) == (8600, -8600)
    assert build.problems(session) == []


def test_a_draft_drawn_again_takes_what_came_since_and_keeps_what_it_was(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 2)
    use = build.use(session, h, codes[0])
    statement = drawn(session)
    build.reverse(session, h, use.movement_id)
    build.use(session, h, codes[1])
    settlement.redraw(session, build.occasion(staff(session, "clerk")), statement)
    assert [line.treatment for line in lines_of(session, statement)] == ["new", "netted", "new"]
    steps = session.scalars(select(StatementStep).order_by(StatementStep.id)).all()
    assert [(step.step, step.lines, step.total) for step in steps] == [("draft", 1, 8600), ("redraw", 3, 8600)]


def test_a_stale_draft_is_not_approved(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 2)
    build.use(session, h, codes[0])
    statement = drawn(session)
    build.use(session, h, codes[1])
    with pytest.raises(settlement.Stale):
        taken(session, statement, "approve")


def test_who_drew_it_does_not_approve_it_nor_who_approved_it_pay_it(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    statement = drawn(session)
    with pytest.raises(SamePerson):
        taken(session, statement, "approve", by="clerk")
    taken(session, statement, "approve", "send", "confirm", "invoice")
    with pytest.raises(SamePerson):
        settlement.decide(session, build.occasion(staff(session, "chief")), statement, "pay", reason="P-1")
    assert taken(session, statement, "pay").state == "paid"


def test_a_line_is_on_one_statement_ever(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    taken(session, drawn(session), "approve")
    with pytest.raises(settlement.NothingToSettle):
        drawn(session)


def test_a_withdrawn_draft_frees_its_lines(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    first = taken(session, drawn(session), "withdraw", by="clerk")
    assert (first.state, first.lines, first.total) == ("withdrawn", 0, 0)
    second = drawn(session)
    assert second.code != first.code
    assert second.total == 8600


def test_a_supplier_has_one_draft_at_a_time(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 2)
    build.use(session, h, codes[0])
    drawn(session)
    build.use(session, h, codes[1])
    with pytest.raises(settlement.NothingToSettle):
        drawn(session)


def test_what_an_earlier_month_left_over_comes_along_and_a_later_month_waits(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 2)
    build.use(session, h, codes[0])
    april = build.occasion(h.nurse, at=build.NOW + timedelta(days=31))
    build.use(session, h, codes[1], occasion=april)
    with pytest.raises(settlement.NothingToSettle):
        drawn(session, period="2026-02")
    assert drawn(session, period="2026-03").lines == 1
    assert taken(session, session.scalars(select(Statement)).one(), "withdraw").lines == 0
    assert drawn(session, period="2026-04").lines == 2


def test_each_line_is_rounded_to_the_cent_and_what_that_adds_is_shown(session: Session, h: Hospital) -> None:
    session.execute(update(Price).where(Price.product_id == 1).values(unit_price=Decimal("0.3333")))
    for code in build.stents(session, h, 2):
        build.use(session, h, code)
    statement = drawn(session)
    assert (statement.exact, statement.total) == (Decimal("0.6666"), Decimal("0.66"))
    assert statement.rounding == Decimal("-0.0066")


def test_a_dispute_says_why_and_is_answered_before_it_is_confirmed(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    statement = taken(session, drawn(session), "approve", "send")
    seller = build.occasion(staff(session, "seller"))
    with pytest.raises(settlement.ReasonForStep):
        settlement.decide(session, seller, statement, "dispute")
    settlement.decide(session, seller, statement, "dispute", reason="price")
    with pytest.raises(settlement.NotThatStatementStep):
        taken(session, statement, "confirm")
    with pytest.raises(settlement.ReasonForStep):
        settlement.decide(session, build.occasion(staff(session, "chief")), statement, "send")
    assert taken(session, statement, "send", "confirm").state == "confirmed"


def test_asked_twice_with_one_key_it_is_done_once(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    clerk, chief = build.occasion(staff(session, "clerk")), build.occasion(staff(session, "chief"))
    (first,) = settlement.draft(session, clerk, period=MONTH)
    assert settlement.draft(session, clerk, period=MONTH) == [first]
    for _ in range(2):
        assert settlement.decide(session, chief, first, "approve").state == "approved"
    assert len(session.scalars(select(StatementStep)).all()) == 2


def test_one_key_is_not_for_another_statement(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    build.gauze(session, h)
    one, other = settlement.draft(session, build.occasion(staff(session, "clerk")), period=MONTH)
    chief = build.occasion(staff(session, "chief"))
    settlement.decide(session, chief, one, "approve")
    with pytest.raises(ledger.KeyReused):
        settlement.decide(session, chief, other, "approve")


def test_a_supplier_sees_its_own_once_sent(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    statement = taken(session, drawn(session), "approve")
    mine, strangers = frozenset({h.stents.id}), frozenset({h.gauzes.id})
    with pytest.raises(settlement.UnknownStatement):
        settlement.get_statement(session, statement.code, suppliers=mine)
    taken(session, statement, "send")
    assert settlement.get_statement(session, statement.code, suppliers=mine) is statement
    with pytest.raises(settlement.UnknownStatement):
        settlement.get_statement(session, statement.code, suppliers=strangers)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE statement_lines SET billed = 1",
        "DELETE FROM statement_lines",
        "INSERT INTO statement_lines SELECT id + 1, statement_id, 2, posting_id + 1, movement_id, 1, 1, 1, 1, 'new', "
        "NULL FROM statement_lines",
        "UPDATE statement_steps SET reason = 'x'",
        "DELETE FROM statement_steps",
    ],
)
def test_the_database_keeps_an_approved_statement_as_it_is(session: Session, h: Hospital, change: str) -> None:
    build.use(session, h, build.stents(session, h)[0])
    taken(session, drawn(session), "approve")
    with pytest.raises(DBAPIError, match=r"frozen|append-only"), session.begin_nested():
        session.execute(text(change))


@pytest.mark.parametrize("planted", [{"total": Decimal(1)}, {"lines": 2}, {"exact": Decimal(2)}])
def test_the_proof_finds_a_statement_that_is_not_its_uses(
    session: Session, h: Hospital, planted: dict[str, Any]
) -> None:
    build.use(session, h, build.stents(session, h)[0])
    statement = drawn(session)
    assert build.problems(session) == []
    session.execute(update(Statement).values(**planted))
    assert [(problem.check, problem.row) for problem in build.problems(session)] == [("statements", statement.code)]


def test_the_proof_finds_a_line_that_is_not_its_posting(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    statement = drawn(session)
    (line,) = lines_of(session, statement)
    kept = {column.name: getattr(line, column.name) for column in StatementLine.__table__.columns}
    session.execute(delete(StatementLine))
    session.execute(StatementLine.__table__.insert(), kept | {"amount": Decimal(8601), "billed": Decimal(8601)})
    session.execute(update(Statement).values(exact=Decimal(8601), total=Decimal(8601)))
    assert [problem.table for problem in build.problems(session)] == ["statement_lines"]


@pytest.mark.parametrize(
    ("undoes", "settled", "treatment"),
    [
        (False, None, "new"),
        (True, None, "netted"),
        *((True, state, "red_line") for state in ("approved", "sent", "disputed", "confirmed")),
        (True, "invoiced", "red_invoice"),
        (True, "paid", "offset"),
    ],
)
def test_the_matrix_of_corrections(undoes: bool, settled: str | None, treatment: str) -> None:
    assert settlement.treatment_of(undoes=undoes, settled=settled) == treatment


def test_each_line_of_a_statement_is_corrected_by_how_far_its_own_invoice_is(session: Session, h: Hospital) -> None:
    """Of four uses on one confirmed statement one is paid, one booked, one on an invoice not booked, one on none."""
    uses = [build.use(session, h, code) for code in build.stents(session, h, 4)]
    first = taken(session, drawn(session), "approve", "send", "confirm")
    for number in ("F-1", "F-2", "F-3"):
        invoice = bills.entered(session, "SUP-STENT", bills.line("STENT", 1, "8600"), number=number)
        bills.matched(session, invoice)
        if number != "F-3":
            bills.booked(session, invoice)
        if number == "F-1":
            bills.paid(session, "SUP-STENT", invoice)
    for use in uses:
        build.reverse(session, h, use.movement_id)
    second = drawn(session)
    found = [(line.treatment, line.corrects_id) for line in lines_of(session, second)]
    assert found == [(one, first.id) for one in ("offset", "red_invoice", "red_invoice", "red_line")]
    assert (first.state, second.total) == ("confirmed", -34400)
    assert build.problems(session) == []


def test_a_statement_whose_invoice_was_paid_before_its_goods_came_is_paid(session: Session, h: Hospital) -> None:
    invoice = bills.entered(session, "SUP-STENT", bills.line("STENT", 1, "8600"))
    bills.paid(session, "SUP-STENT", bills.booked(session, invoice, reason="goods follow"))
    build.use(session, h, build.stents(session, h)[0])
    statement = taken(session, drawn(session), "approve", "send", "confirm")
    bills.matched(session, invoice)
    session.refresh(statement)
    assert statement.state == "paid"
    steps = session.scalars(select(StatementStep.step).order_by(StatementStep.id)).all()
    assert steps[-2:] == ["invoice", "pay"]
    assert build.problems(session) == []


def test_the_credit_of_a_settled_use_that_his_has_charged_waits_for_a_person(session: Session, h: Hospital) -> None:
    stents = build.stents(session, h, 2)
    settled, free = (build.use(session, h, code) for code in stents)
    session.execute(update(OutboxMessage).values(sent_at=build.NOW))  # HIS has both charges
    statement = taken(session, drawn(session), "approve", "send")
    assert {line.movement_id for line in lines_of(session, statement)} == {settled.movement_id, free.movement_id}
    session.execute(update(OutboxMessage).where(OutboxMessage.movement_id == free.movement_id).values(sent_at=None))
    build.reverse(session, h, settled.movement_id)
    build.reverse(session, h, free.movement_id)
    assert [hold_settled(session, at=build.NOW) for _ in range(2)] == [1, 0]
    credits_ = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "credit").order_by(OutboxMessage.id))
    (first, second) = credits_.all()
    assert (first.dead_at, second.dead_at) == (build.NOW, None)
    act = charging.MessageAct(occasion=build.occasion(staff(session, "clerk")), message=first.id, reason="HIS agrees")
    charging.resend(session, act)
    session.refresh(first)
    assert (first.dead_at, hold_settled(session, at=build.NOW)) == (None, 0)


def test_days_take_what_happened_on_them_and_a_month_the_rest(session: Session, h: Hospital) -> None:
    codes, day = build.stents(session, h, 3), build.TODAY
    for number, code in enumerate(codes):
        at = build.NOW + timedelta(days=number)
        build.use(session, h, code, occasion=build.occasion(h.nurse, at=at))
    clerk = staff(session, "clerk")

    def drawn_of(since: date | None, until: date | None, month: str | None = None) -> Statement:
        reach = settlement.reach_of(session, month, since, until)
        (one,) = settlement.draft(session, build.occasion(clerk), period=reach, supplier="SUP-STENT")
        return one

    second = drawn_of(day + timedelta(days=1), day + timedelta(days=1))
    assert (second.lines, second.period, second.span) == (
        1,
        MONTH,
        f"{day + timedelta(days=1)} – {day + timedelta(days=1)}",
    )
    taken(session, second, "approve")
    until = drawn_of(None, day + timedelta(days=1))
    assert (until.lines, until.since_on) == (1, None)  # the second day's use is on the other
    taken(session, until, "withdraw")
    rest = drawn_of(None, None, MONTH)
    assert (rest.lines, rest.span) == (2, MONTH)
    statements = [line.posting_id for one in (second, rest) for line in lines_of(session, one)]
    assert len(statements) == len(set(statements)) == 3
    assert build.problems(session) == []


def test_days_without_a_use_do_not_net_what_undoes_it(session: Session, h: Hospital) -> None:
    """The red line comes with its use, so that the two come to nothing together; alone it would be money off."""
    use = build.use(session, h, build.stents(session, h)[0])
    later = build.TODAY + timedelta(days=8)
    build.reverse(session, h, use.movement_id, occasion=build.occasion(h.nurse, at=build.NOW + timedelta(days=8)))
    clerk = staff(session, "clerk")
    for since in (build.TODAY + timedelta(days=1), later):
        alone = settlement.reach_of(session, None, since, later)
        with pytest.raises(settlement.NothingToSettle):
            settlement.draft(session, build.occasion(clerk), period=alone, supplier="SUP-STENT")
    both = settlement.reach_of(session, None, build.TODAY, later)
    (one,) = settlement.draft(session, build.occasion(clerk), period=both, supplier="SUP-STENT")
    assert [line.treatment for line in lines_of(session, one)] == ["new", "netted"]
    assert (one.total, build.problems(session)) == (0, [])


def test_what_an_invoice_leaves_of_a_receipt_comes_on_a_statement(session: Session, h: Hospital) -> None:
    build.gauze(session, h)  # 50 at 3.50
    bill = bills.matched(session, bills.entered(session, "SUP-GAUZE", bills.line("GAUZE", 20, "3.50")))
    (left,) = settlement.unstated(session, MONTH)
    assert (left.supplier, left.lines, left.amount) == ("SUP-GAUZE", 1, 105)
    statement = drawn(session, supplier="SUP-GAUZE")
    (line,) = lines_of(session, statement)
    assert (line.quantity, line.amount, statement.total, build.problems(session)) == (30, 105, 105, [])
    taken(session, statement, "approve", "send", "confirm", "invoice")
    assert (statement.state, build.balance(session, "2302.02")) == ("confirmed", -105)  # the first bill is not booked
    bills.booked(session, bill)
    session.refresh(statement)
    assert statement.state == "invoiced"
    taken(session, statement, "pay")
    assert [build.balance(session, account) for account in ("2302.01", "2302.02", "1002")] == [0, 0, -175]
    assert (statement.state, settlement.unstated(session, MONTH)) == ("paid", [])
    assert build.problems(session) == []


def test_a_draft_of_what_an_invoice_left_is_stale_once_that_is_given_up(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    bill = bills.matched(session, bills.entered(session, "SUP-GAUZE", bills.line("GAUZE", 20, "3.50")))
    statement = drawn(session, supplier="SUP-GAUZE")
    invoices.withdraw_invoice(session, build.occasion(staff(session, "clerk")), bill, reason="typed wrong")
    with pytest.raises(settlement.Stale), session.begin_nested():
        taken(session, statement, "approve")
    session.refresh(statement)
    settlement.redraw(session, build.occasion(staff(session, "clerk")), statement)
    taken(session, statement, "approve")
    assert (statement.total, build.problems(session)) == (175, [])


def test_statements_are_listed_as_they_stood_at_an_instant(session: Session, h: Hospital) -> None:
    codes, clerk = build.stents(session, h, 2), staff(session, "clerk")
    drawn, again, gone = (build.NOW + timedelta(hours=one) for one in (1, 2, 3))
    first = build.use(session, h, codes[0])
    (one,) = settlement.draft(session, build.occasion(clerk, at=drawn), period=MONTH)
    second = build.use(session, h, codes[1])
    settlement.redraw(session, build.occasion(clerk, at=again), one)
    settlement.decide(session, build.occasion(clerk, at=gone), one, "withdraw", reason="of another month")

    def listed(at: datetime | None) -> list[tuple[str, int, Decimal]]:
        seen = settlement.statements_seen(at=at)
        return [tuple(row) for row in session.execute(seen.query.add_columns(seen.state, seen.lines, seen.total))]

    assert listed(build.NOW) == []
    assert listed(drawn) == [("draft", 1, Decimal(8600))]
    assert listed(again) == [("draft", 2, Decimal(17200))]
    assert listed(gone) == listed(None) == [("withdrawn", 0, Decimal(0))]
    exact = settlement.statements_seen(at=drawn)
    assert session.scalar(exact.query.add_columns(exact.exact)) == Decimal(8600)

    def opened(at: datetime | None) -> tuple[str, Decimal, list[int]]:
        stood, seen = settlement.stood(session, one, at), settlement.lines_seen(session, one, at)
        assert (seen.kept, seen.billed, stood.rounding) == (True, stood.total, 0)
        rows = session.execute(seen.query.add_columns(seen.line.movement_id).order_by(seen.line.line))
        return stood.state, stood.total, [row.movement_id for row in rows]

    uses = [first.movement_id, second.movement_id]
    assert opened(drawn) == ("draft", Decimal(8600), uses[:1])
    assert opened(again) == ("draft", Decimal(17200), uses)
    assert opened(gone) == opened(None) == ("withdrawn", Decimal(0), [])
    with pytest.raises(settlement.UnknownStatement):
        settlement.stood(session, one, build.NOW)
    assert build.problems(session) == []
    session.execute(text(_MORE_LINES))  # as if a draft had been more than its step says
    assert [problem.table for problem in build.problems(session)] == ["statement_lines_before"]


def test_of_a_draft_drawn_again_before_its_lines_were_kept_the_sum_is_known(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    one, hour = drawn(session), timedelta(hours=1)
    first = session.scalars(select(StatementStep)).one()
    names = ("statement_id", "state_after", "lines", "exact", "total", "reason", "staff_id", "content")
    said = {name: getattr(first, name) for name in names}
    session.add(StatementStep(step="redraw", done_at=build.NOW + hour, request_key=uuid4(), **said))
    session.flush()  # the lines are asked by the steps
    for at, kept in ((build.NOW, False), (build.NOW + hour, True), (None, True)):
        assert settlement.lines_seen(session, one, at).kept is kept
        assert settlement.stood(session, one, at).total == 8600


def test_what_comes_later_for_the_days_of_a_draft_makes_it_stale(session: Session, h: Hospital) -> None:
    codes, day = build.stents(session, h, 3), build.TODAY
    build.use(session, h, codes[0])
    reach = settlement.reach_of(session, None, day, day)
    (one,) = settlement.draft(session, build.occasion(staff(session, "clerk")), period=reach)
    build.use(session, h, codes[1], occasion=build.occasion(h.nurse, at=build.NOW + timedelta(days=1)))
    settlement.redraw(session, build.occasion(staff(session, "clerk")), one)
    assert one.lines == 1
    build.use(session, h, codes[2])
    with pytest.raises(settlement.Stale), session.begin_nested():
        settlement.decide(session, build.occasion(staff(session, "chief")), one, "approve")


@pytest.mark.parametrize("days", [(None, None), (3, None), (3, 2)])
def test_days_end_after_they_begin(session: Session, h: Hospital, days: tuple[int | None, int | None]) -> None:
    since, until = (None if day is None else date(2026, 3, day) for day in days)
    with pytest.raises(settlement.StatementBackwards):
        settlement.reach_of(session, None, since, until)


def test_a_statement_reaches_through_a_month_of_the_closing_calendar(session: Session, h: Hospital) -> None:
    """From the 26th on a use is of the next month, where months close on the 25th: it is on the next statement."""
    session.add(
        ledger.ClosingCalendar(
            from_on=date(2026, 3, 1), last_day=25, reason="", set_at=build.NOW, set_by_id=h.keeper.id
        )
    )
    session.flush()
    forget_calendars()
    try:
        for code, days in zip(build.stents(session, h, 2), (22, 24), strict=True):
            at = datetime(2026, 3, 1 + days + 1, 2, tzinfo=UTC)  # the 24th, and the 26th
            build.use(session, h, code, occasion=build.occasion(h.nurse, at=at))
        march = drawn(session)
        assert march.lines == 1
        taken(session, march, "approve")
        assert drawn(session, period="2026-04").lines == 1
    finally:
        forget_calendars()


def test_by_a_tap_it_is_undone_until_its_statement_is_approved(session: Session, h: Hospital) -> None:
    first, second = (build.use(session, h, code).movement_id for code in build.stents(session, h, 2))
    build.reverse(session, h, first, at_once=True)
    taken(session, drawn(session), "approve")
    with pytest.raises(consumption.PostedOnward) as refused:
        build.reverse(session, h, second, at_once=True)
    assert "statement" in refused.value.sentence("en")
    assert build.reverse(session, h, second).reverses_id == second
    assert [line.treatment for line in lines_of(session, drawn(session))] == ["red_line"]


@pytest.mark.parametrize(
    ("how_far", "treatment"), [("entered", "red_invoice"), ("booked", "red_invoice"), ("paid", "offset")]
)
def test_what_was_billed_on_no_statement_is_corrected_by_how_far_its_invoice_is(
    session: Session, h: Hospital, how_far: str, treatment: str
) -> None:
    """An invoice matched straight to the use: undone, it does not come to nothing on the next statement."""
    use = build.use(session, h, build.stents(session, h)[0])
    invoice = bills.matched(session, bills.entered(session, "SUP-STENT", bills.line("STENT", 1, "8600")))
    if how_far != "entered":
        bills.booked(session, invoice)
    if how_far == "paid":
        bills.paid(session, "SUP-STENT", invoice)
    session.execute(update(OutboxMessage).values(sent_at=build.NOW))  # HIS has charged the use
    build.reverse(session, h, use.movement_id)
    (line,) = lines_of(session, drawn(session))
    assert (line.treatment, line.corrects_id, line.billed) == (treatment, None, -8600)
    assert hold_settled(session, at=build.NOW) == (how_far != "entered")
    assert {one.check for one in build.problems(session)} == {"outbox"}  # sent behind the sender's back


@pytest.mark.parametrize(
    ("stage", "treatment"),
    [
        ((), "new"),
        (("approve", "send"), "red_line"),
        (("approve", "send", "confirm", "invoice"), "red_invoice"),
        (("approve", "send", "confirm", "invoice", "pay"), "offset"),
        (("billed",), "red_invoice"),
    ],
)
def test_goods_sent_back_are_settled_by_how_far_their_receipt_was(
    session: Session, h: Hospital, stage: tuple[str, ...], treatment: str
) -> None:
    bulk = build.gauze(session, h)
    first = drawn(session, supplier="SUP-GAUZE") if stage and stage != ("billed",) else None
    if first is not None:
        taken(session, first, *stage)
    elif stage:
        bill = bills.entered(session, "SUP-GAUZE", bills.line("GAUZE", 50, "3.50"))
        bills.booked(session, bills.matched(session, bill))
    going_back.sign_out(session, h, going_back.prepare(session, h, Asked(item=bulk, quantity=10)))
    lines = lines_of(session, drawn(session, supplier="SUP-GAUZE"))
    assert (lines[-1].treatment, lines[-1].billed) == (treatment, -35)
    assert lines[-1].corrects_id == (first.id if first else None)
    assert build.problems(session) == []
