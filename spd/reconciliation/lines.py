"""This file is keeping what HIS charged: each line once, whatever file or call it comes in, and never another way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd.core.errors import Conflict, Refused
from spd.core.money import shown
from spd.core.occasion import Occasion
from spd.ledger import Racing
from spd.reconciliation.models import ChargeLine, ChargeWindow

_AT_ONCE = 500


class ChargeChanged(Conflict):
    """HIS has sent a line of this number before, saying something else."""

    code = "charge-changed"
    say = {
        "zh": "收费明细 {number} 之前已收到且内容不同。更正须以退费和新明细表示, 请与 HIS 核对。",
        "en": "Charge line {number} came before and said something else. A correction is a refund and a new line; "
        "ask those who run HIS.",
    }


class ChargeBackwards(Refused):
    """A refund is below zero; a charge is not, and names no line that it refunds."""

    code = "charge-backwards"
    say = {
        "zh": "收费明细 {number} 的数量、金额与退费关系不符: 退费数量为负, 收费数量为正且不引用原明细。",
        "en": "Charge line {number}: a refund is below zero in quantity and amount, a charge above zero and names no "
        "line it refunds.",
    }


class OutsideWindow(Refused):
    """A line was charged outside the span of time that was said."""

    code = "outside-window"
    say = {
        "zh": "收费明细 {number} 的时间 {at} 不在时间窗 [{since}, {until}) 内。",
        "en": "Charge line {number} of {at} is outside the window [{since}, {until}).",
    }


class WindowBackwards(Refused):
    """The window ends before it begins."""

    code = "window-backwards"
    say = {"zh": "时间窗 [{since}, {until}) 为空。", "en": "The window [{since}, {until}) is empty."}


@dataclass(frozen=True, kw_only=True)
class Charged:
    """A line as HIS says it; its department known, its day the hospital's. `charge_code` may be a product's code."""

    number: str
    encounter: str
    department_id: int
    charge_code: str
    quantity: int
    unit_price: Decimal
    amount: Decimal
    charged_at: datetime
    day: date
    refund_of: str = ""
    item: str = ""
    lot: str = ""

    @property
    def fingerprint(self) -> bytes:
        """Of all that HIS says."""
        said = [
            self.number, self.encounter, self.department_id, self.charge_code, self.quantity, shown(self.unit_price),
            shown(self.amount), self.charged_at.timestamp(), self.refund_of, self.item, self.lot,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).digest()


@dataclass(frozen=True, kw_only=True)
class Window:
    """A span of time: from its first instant, up to but without its last."""

    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Kept:
    """How many lines were new, and how many had come before."""

    new: int
    known: int


def refuse_backwards(line: Charged) -> None:
    """Raises: ChargeBackwards."""
    takes = line.quantity < 0
    if (line.refund_of and not takes) or line.amount * line.quantity < 0 or line.refund_of == line.number:
        raise ChargeBackwards(number=line.number)


def known(session: Session, numbers: Iterable[str]) -> dict[str, bytes]:
    """The fingerprints of those of these lines that came before."""
    wanted, found = sorted(set(numbers)), {}
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(ChargeLine.number, ChargeLine.fingerprint)
        rows = session.execute(query.where(ChargeLine.number.in_(wanted[start : start + _AT_ONCE])))
        found.update({number: fingerprint for number, fingerprint in rows})  # noqa: C416
    return found


def keep_charges(
    session: Session, occasion: Occasion, lines: Sequence[Charged], *, window: Window | None = None
) -> Kept:
    """Keep the lines that have not come before; a line that came before and says the same is left.

    Raises: WindowBackwards, ChargeBackwards, OutsideWindow, ChargeChanged, Racing.
    """
    if window is not None and window.until <= window.since:
        raise WindowBackwards(since=window.since.isoformat(), until=window.until.isoformat())
    there = known(session, (line.number for line in lines))
    before = dict(there)
    for line in lines:
        refuse_backwards(line)
        _refuse_outside(line, window)
        first = before.setdefault(line.number, line.fingerprint)
        if first != line.fingerprint:
            raise ChargeChanged(number=line.number)
    new = {line.number: line for line in lines if line.number not in there}
    try:
        if new:
            session.execute(insert(ChargeLine), [_row(occasion, line) for line in new.values()])
        if window is not None:
            note_window(session, occasion, window, len(lines))
    except IntegrityError as error:  # somebody else has just kept one of them
        raise Racing() from error
    return Kept(new=len(new), known=len(lines) - len(new))


def _refuse_outside(line: Charged, window: Window | None) -> None:
    if window is not None and not window.since <= line.charged_at < window.until:
        raise OutsideWindow(
            number=line.number, at=line.charged_at.isoformat(), since=window.since.isoformat(),
            until=window.until.isoformat(),
        )  # fmt: skip


def _row(occasion: Occasion, line: Charged) -> dict[str, object]:
    said = {name: value for name, value in vars(line).items() if name != "day"}
    return said | {
        "day_on": line.day, "fingerprint": line.fingerprint, "recorded_at": occasion.recorded_at,
        "recorded_by_id": occasion.staff_id,
    }  # fmt: skip


def note_window(session: Session, occasion: Occasion, window: Window, lines: int) -> None:
    """The span on record, once for each request."""
    if session.scalar(select(ChargeWindow.id).where(ChargeWindow.request_key == occasion.request_key)) is None:
        session.add(
            ChargeWindow(
                request_key=occasion.request_key, from_at=window.since, until_at=window.until, lines=lines,
                recorded_at=occasion.recorded_at,
            )
        )  # fmt: skip
        session.flush()  # so that a refusal by the database comes here


def reached(session: Session) -> datetime | None:
    """Until when somebody has sent charges; none where nobody has."""
    return session.scalar(select(ChargeWindow.until_at).order_by(ChargeWindow.until_at.desc()).limit(1))


def gaps(session: Session, *, until: datetime | None = None) -> list[Window]:
    """The spans between the first window and the last whose charges nobody has sent.

    Of an instant, those that begin before it; what was not sent until then is one too.
    """
    found: list[Window] = []
    sent: datetime | None = None
    query = select(ChargeWindow.from_at, ChargeWindow.until_at).order_by(ChargeWindow.from_at, ChargeWindow.until_at)
    for begins, ends in session.execute(query if until is None else query.where(ChargeWindow.from_at < until)):
        if sent is not None and begins > sent:
            found.append(Window(since=sent, until=begins))
        sent = ends if sent is None else max(sent, ends)
    if until is not None and sent is not None and sent < until:
        found.append(Window(since=sent, until=until))
    return found
