"""Whatever is used, undone, sent back, billed and matched in whatever order: in the end all is invoiced and paid."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import policies, settlement
from spd.core.database import Database
from spd.core.errors import Conflict, NotAllowed, NotFound, Refused
from spd.disposal import Asked
from spd.settlement import Statement, invoices
from spd.settlement.invoices import Invoice, Way
from tests import build
from tests.disposal import test_going_back as going_back
from tests.settlement import bills

MONTH = "2026-03"
STEPS = (
    "use", "use", "undo", "receive", "send back", "draft", "on", "on", "on", "bill", "bill", "red", "match", "book",
    "book", "unmatch", "withdraw", "pay",
)  # fmt: skip
STORY = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 11)), min_size=8, max_size=40)
POLICIES = st.sampled_from(["keep", "reverse", "first_day"])
GOODS = (("SUP-STENT", "STENT", "8600"), ("SUP-GAUZE", "GAUZE", "3.5"))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORY, policy=POLICIES)
def test_all_that_is_owed_is_invoiced_and_paid_in_the_end(
    kept_database: Callable[[str], Database], story: list[tuple[str, int]], policy: str
) -> None:
    session = kept_database("sqlite").session()
    try:
        _Told(session, policy).play(story)
    finally:
        session.rollback()
        session.close()


class _Told:
    """A story of two suppliers."""

    def __init__(self, session: Session, policy: str) -> None:
        self.session, self.h = session, build.hospital(session)
        policies.settle(session, build.occasion(self.h.keeper), "accrual.on_invoice", policy)
        self.shelf, self.used, self.bulks = build.stents(session, self.h, 8), [], [build.gauze(session, self.h)]

    def play(self, story: list[tuple[str, int]]) -> None:
        """Each step where it may be taken; then all that is left, and nothing is owed."""
        for step, number in story:
            with suppress(Refused, Conflict, NotFound, NotAllowed), self.session.begin_nested():
                getattr(self, "_" + step.replace(" ", "_"))(number)
            self.session.expire_all()  # what was refused is as it was
        assert build.problems(self.session) == []
        self._settle()
        accounts = ("2302.01", "2302.02", "1302.08")
        assert [build.balance(self.session, account) for account in accounts] == [0, 0, 0]
        assert {one.state for one in self._statements()} <= {"paid", "withdrawn"}
        assert build.problems(self.session) == []

    def _by(self, name: str) -> build.Occasion:
        return build.occasion(bills.staff(self.session, name))

    def _statements(self) -> list[Statement]:
        return list(self.session.scalars(select(Statement).order_by(Statement.id)))

    def _pick(self, number: int, *states: str) -> Invoice:
        query = select(Invoice).where(Invoice.state.in_(states)).order_by(Invoice.id)
        found = self.session.scalars(query).all()
        if not found:
            raise invoices.UnknownInvoice(invoice="-")
        return found[number % len(found)]

    def _use(self, number: int) -> None:
        self.used.append(build.use(self.session, self.h, self.shelf[number % len(self.shelf)]).movement_id)

    def _undo(self, number: int) -> None:
        if self.used:
            build.reverse(self.session, self.h, self.used[number % len(self.used)])

    def _receive(self, _number: int) -> None:
        self.bulks.append(build.gauze(self.session, self.h))

    def _send_back(self, number: int) -> None:
        asked = Asked(item=self.bulks[number % len(self.bulks)], quantity=5 + number)
        going_back.sign_out(self.session, self.h, going_back.prepare(self.session, self.h, asked))

    def _draft(self, _number: int) -> None:
        settlement.draft(self.session, self._by("clerk"), period=MONTH)

    def _on(self, number: int) -> None:
        """One statement goes one step on."""
        found = [one for one in self._statements() if one.state not in ("paid", "withdrawn")]
        if found:
            self._take(found[number % len(found)])

    def _take(self, one: Statement) -> None:
        after = {"draft": "approve", "approved": "send", "sent": "confirm", "confirmed": "invoice", "invoiced": "pay"}
        step, number = after[one.state], len(self.session.scalars(select(Invoice.id)).all())
        who = self._by("cashier" if step == "pay" else "chief")
        settlement.decide(self.session, who, one, step, reason=f"W-{number}")

    def _bill(self, number: int, sign: int = 1) -> None:
        """Two lines of one supplier's goods, as often as not at another price; matched to what is likeliest."""
        supplier, product, price = GOODS[number % 2]
        price = str(Decimal(price) + Decimal(number % 3) / 10)
        count = 1 + number // 4 if product == "STENT" else 7 * (number + 1)
        lines = [bills.line(product, sign * count, price), bills.line(product, sign, price)]
        code = f"F-{len(self.session.scalars(select(Invoice.id)).all())}"
        invoice = bills.entered(self.session, supplier, *lines, number=code)
        if number % 5:
            bills.matched(self.session, invoice)

    def _red(self, number: int) -> None:
        self._bill(number, -1)

    def _match(self, number: int) -> None:
        bills.matched(self.session, self._pick(number, "entered", "booked", "paid"))

    def _book(self, number: int) -> None:
        bills.booked(self.session, self._pick(number, "entered"), reason="as agreed")

    def _unmatch(self, number: int) -> None:
        invoices.unmatch(self.session, self._by("auditor"), self._pick(number, "entered", "booked"), reason="wrong")

    def _withdraw(self, number: int) -> None:
        invoices.withdraw_invoice(self.session, self._by("clerk"), self._pick(number, "entered"), reason="wrong")

    def _pay(self, number: int) -> None:
        invoice = self._pick(number, "booked")
        supplier = next(code for code, party in self._suppliers().items() if party == invoice.supplier_id)
        bills.paid(self.session, supplier, invoice, way=Way.BANK)

    def _suppliers(self) -> dict[str, int]:
        return {"SUP-STENT": self.h.stents.id, "SUP-GAUZE": self.h.gauzes.id}

    def _settle(self) -> None:
        """What is entered is booked, what is left drawn, and every statement goes to its end."""
        for invoice in self.session.scalars(select(Invoice).where(Invoice.state == "entered")).all():
            bills.booked(self.session, invoice, reason="as agreed")
        for one in self._statements():
            if one.state == "draft":
                settlement.redraw(self.session, self._by("clerk"), one)
        for _ in range(2):  # what came while a draft was there comes on the next
            with suppress(settlement.NothingToSettle):
                settlement.draft(self.session, self._by("clerk"), period=MONTH)
            for one in self._statements():
                while one.state not in ("confirmed", "invoiced", "paid", "withdrawn"):
                    self._take(one)
        assert settlement.unstated(self.session, MONTH) == []
        for one in self._statements():
            while one.state not in ("paid", "withdrawn"):
                self._take(one)
        for supplier, party in self._suppliers().items():
            query = select(Invoice).where(Invoice.state == "booked", Invoice.supplier_id == party)
            if left := self.session.scalars(query).all():
                bills.paid(self.session, supplier, *left)
