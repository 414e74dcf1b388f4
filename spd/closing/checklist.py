"""This file is the list of a month: what is open, what stops the lock, what a person has waved through and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import policies
from spd.closing.counted import Counted, Month, count
from spd.closing.month_models import Check, Rule, Waiver
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.ledger import KeyReused, steps_of
from spd.ledger.books import Step


class NothingToWave(Refused):
    """The line is settled, or the hospital's policy does not let anybody wave it through."""

    code = "nothing-to-wave"
    say = {
        "zh": "此项已完成, 或按政策不可放行。",
        "en": "There is nothing open there, or the hospital does not let it be waved through.",
    }


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the list. `reason`, by whom and when: where it was waved through as far as it goes now."""

    check: Check
    rule: Rule
    count: int
    amount: Decimal
    known_at: datetime | None = None
    reason: str = ""
    waived_by_id: int | None = None
    waived_at: datetime | None = None

    @property
    def stops(self) -> bool:
        """Whether the month cannot be locked because of it."""
        return self.count > 0 and (self.rule is Rule.BLOCK or (self.rule is Rule.WAVE and not self.reason))

    @property
    def state(self) -> str:
        """done, open, waived or told."""
        if not self.count:
            return "done"
        return "told" if self.rule is Rule.TELL else "waived" if self.reason else "open"


def checklist(session: Session, month: Month) -> list[Line]:
    """All lines, in their order."""
    rules = policies.several(session, *(f"closing.{check.value}" for check in Check))
    waived = _waivers(session, month.period)
    return [
        _line(check, Rule(rules[f"closing.{check.value}"]), count(session, check, month), waived.get(check.value))
        for check in Check
    ]


def _line(check: Check, rule: Rule, found: Counted, waiver: Waiver | None) -> Line:
    line = Line(check=check, rule=rule, count=found.count, amount=found.amount, known_at=found.known_at)
    if waiver is None or rule is not Rule.WAVE or not _covers(waiver, found):
        return line
    return Line(
        **vars(line) | {"reason": waiver.reason, "waived_by_id": waiver.waived_by_id, "waived_at": waiver.waived_at}
    )


def _covers(waiver: Waiver, found: Counted) -> bool:
    """Whether no more is open than was waved through."""
    return 0 < found.count <= waiver.count and abs(found.amount) <= abs(waiver.amount)


def _waivers(session: Session, period: str) -> dict[str, Waiver]:
    """The last waiver of each line since the month was opened, or opened again."""
    opened = [step.done_at for step in steps_of(session, period) if step.step == Step.REOPENED]
    query = select(Waiver).where(Waiver.period == period).order_by(Waiver.id)
    if opened:
        query = query.where(Waiver.waived_at >= opened[-1])
    return {row.check: row for row in session.scalars(query)}


def wave_through(session: Session, occasion: Occasion, month: Month, check: Check, *, reason: str) -> Waiver:
    """The line waved through as it stands, with the reason; asked again with its key, the same.

    Raises: KeyReused, NothingToWave.
    """
    done = session.scalars(select(Waiver).where(Waiver.request_key == occasion.request_key)).one_or_none()
    if done is not None:
        if done.content != occasion.content:
            raise KeyReused(key=occasion.request_key)
        return done
    rule = Rule(policies.get(session, f"closing.{check.value}"))
    found = count(session, check, month)
    if rule is not Rule.WAVE or not found.count:
        raise NothingToWave()
    row = Waiver(
        period=month.period, check=check.value, count=found.count, amount=found.amount, reason=reason,
        waived_at=occasion.recorded_at, waived_by_id=occasion.staff_id, request_key=occasion.request_key,
        content=occasion.content,
    )  # fmt: skip
    session.add(row)
    session.flush()  # the list is drawn next
    return row


def stopping(lines: Sequence[Line]) -> list[Line]:
    """Of these lines those that stop the lock."""
    return [line for line in lines if line.stops]
