"""This file is the demo's month ends: statements on their way, invoices, payments, months locked by their list.

The month before this one is over and not locked: its statements are on their way, one confirmed, one disputed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import insert, select

from spd import closing, ledger, settlement
from spd.catalog import Product
from spd.core.job_runs import JobRun
from spd.core.occasion import Occasion, digest_of
from spd.demo.world import World
from spd.parties import Party
from spd.payment_terms import TermSaid, agree_term
from spd.settlement import Statement, invoices
from spd.settlement.invoices import InvoiceLineSaid, InvoiceSaid, matching

_DAY = 5
"""Of each month: then the one before is locked."""
_REASONS = {
    "charges": "演示: HIS 收费接口尚未接通", "step_down": "演示: 其他成本未导入", "days": "演示: 日清尚未启用",
    "statements": "演示: 余额为零或尾差", "differences": "演示: 与科室核对中", "disputes": "演示: 已登记, 处理中",
    "invoices": "演示: 发票在途",
}  # fmt: skip
_STEPS = {
    "confirmed": ("approve", "send", "confirm"), "disputed": ("approve", "send", "dispute"),
    "sent": ("approve", "send"),
}  # fmt: skip
_TERMS = {"S01": 60, "S02": 30, "S04": 120}
"""Days until invoices of these suppliers fall due."""
_LAST = {"S01": "sent", "S02": "disputed", "S03": "confirmed", "S04": "confirmed", "S05": "sent"}
"""How far the statements of the month before this one are; the others wait to be approved."""


class Books:
    """Finance's part of the story."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._numbers: Iterator[int] = count(1)
        self._agreed = False

    def day(self, day: date) -> None:
        """What finance does on a day: the month before is locked, while there is a later one to leave open."""
        if day.day != _DAY:
            return
        if not self._agreed:
            self._agree(day)
        month = ledger.shifted(f"{day:%Y-%m}", -1)
        if month < ledger.shifted(f"{self.world.today:%Y-%m}", -1):
            self._settle(month, day)
            self._lock(month, day)
        else:
            self._on_their_way(month, day)

    def _agree(self, day: date) -> None:
        """Some suppliers wait another time for their money than the hospital's policy says."""
        for code, days in _TERMS.items():
            supplier = self.world.session.scalars(select(Party).where(Party.code == code)).one_or_none()
            if supplier is not None:
                term = TermSaid(from_on=day, days=days, number=f"DEMO-{code}", reason="演示: 框架合同")
                agree_term(self.world.session, self._says("finance", day, 8), supplier, term)
        self._agreed = True

    def _says(self, who: str, day: date, hour: int) -> Occasion:
        number = next(self._numbers)
        at = self.world.at(day, hour, number % 60)
        key = uuid5(NAMESPACE_OID, f"spd:demo:books:{number}:{at.isoformat()}")
        return Occasion(
            request_key=key, staff_id=self.world.staff[who], occurred_at=at, recorded_at=at, day=day, device="office-3",
            content=digest_of(str(key)),
        )  # fmt: skip

    def _drafted(self, month: str, day: date) -> list[Statement]:
        session = self.world.session
        if not settlement.owed(session, month):
            return []
        return settlement.draft(session, self._says("finance", day, 9), period=month)

    def _take(self, statement: Statement, step: str, day: date, *, reason: str = "") -> None:
        who = {"send": "finance", "confirm": "supplier", "dispute": "supplier"}.get(step, "finance2")
        settlement.decide(self.world.session, self._says(who, day, 10), statement, step, reason=reason)

    def _settle(self, month: str, day: date) -> None:
        """Every statement of a month goes all its way; the first of them is paid."""
        for number, statement in enumerate(self._drafted(month, day), 1):
            for step in _STEPS["confirmed"]:
                self._take(statement, step, day)
            self._take(statement, "invoice", day, reason=f"{month[:4]}{month[5:]}{number:04d}")
            if number % 2:
                occasion = self._says("finance", day, 15)
                settlement.decide(self.world.session, occasion, statement, "pay", reason=f"DEMO-PAY-{month}-{number}")

    def _on_their_way(self, month: str, day: date) -> None:
        by_id = {party.id: party.code for party in self.world.session.scalars(select(Party))}
        for statement in self._drafted(month, day):
            how = _LAST.get(by_id[statement.supplier_id], "")
            for step in _STEPS.get(how, ()):
                self._take(statement, step, day, reason="两行单价与合同不符" if step == "dispute" else "")
            if how == "confirmed":
                self._billed(statement, by_id[statement.supplier_id], day)

    def _billed(self, statement: Statement, supplier: str, day: date) -> None:
        """An invoice over a few lines of a confirmed statement, one of them dearer; matched, to be booked."""
        session = self.world.session
        open_ = [one for one in matching.open_postings(session, statement.supplier_id) if one.left > 0][:3]
        if not open_:
            return
        codes = dict(session.execute(select(Product.id, Product.code)).all())
        lines = [
            InvoiceLineSaid(
                product=codes[one.product_id], lot=one.lot, quantity=one.left,
                unit_price=(one.amount / one.quantity).quantize(Decimal("0.0001")) + (Decimal("0.5") if not n else 0),
            )
            for n, one in enumerate(open_)
        ]  # fmt: skip
        said = InvoiceSaid(
            occasion=self._says("finance", day + timedelta(days=1), 9), supplier=supplier,
            number=f"25{day:%m%d}{supplier}", issued_on=day - timedelta(days=2), lines=lines,
        )  # fmt: skip
        invoice = invoices.enter_invoice(session, said)
        invoices.match_invoice(session, self._says("finance", day + timedelta(days=1), 10), invoice)

    def _lock(self, month: str, day: date) -> None:
        """The month locked by its list: proved that night, and what is open let through with a reason."""
        session, at = self.world.session, self.world.at(day, 16)
        night = self.world.at(day, 2, 30)
        row = {"job": "verify", "period": day.isoformat(), "started_at": night, "finished_at": night}
        session.execute(insert(JobRun).values(outcome="clean", detail="", **row))
        this = closing.month_of(session, month, at=at, zone=self.world.zone)
        for line in closing.checklist(session, this):
            if line.stops:
                reason = _REASONS[line.check.value]
                closing.wave_through(session, self._says("finance", day, 14), this, line.check, reason=reason)
        closing.lock(session, self._says("finance", day, 16), this)
