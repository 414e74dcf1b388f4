"""This file is what is done with trace codes: each act moves a piece on, and one that cannot be raises an alarm."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from spd.core.errors import NotFound
from spd.core.occasion import Occasion
from spd.ledger import KeyReused
from spd.trace_codes.models import Act, Standing, TraceAlarm, TraceCode, TraceEvent

# From which standings an act may be done, to which it leads, and what it means where it may not.
_RULES: dict[Act, tuple[tuple[Standing, ...], Standing]] = {
    Act.ARRIVE: ((Standing.ANNOUNCED,), Standing.IN_STOCK),
    Act.SELL: ((Standing.IN_STOCK,), Standing.SOLD),
    Act.RETURN: ((Standing.SOLD,), Standing.IN_STOCK),
    Act.SEND_BACK: ((Standing.IN_STOCK,), Standing.ANNOUNCED),
}
_REASONS: dict[tuple[Act, Standing | None], str] = {
    (Act.ARRIVE, Standing.IN_STOCK): "came-in-twice",
    (Act.ARRIVE, Standing.SOLD): "came-in-after-sale",
    (Act.SELL, Standing.SOLD): "sold-twice",
    (Act.RETURN, Standing.IN_STOCK): "returned-unsold",
}
LOOKS_SO = re.compile("[0-9]{20}")
NEVER_CAME = "never-came-in"
REASONS = {
    "came-in-twice": ("同一追溯码重复入库", "The same code came in twice"),
    "came-in-after-sale": ("已售出的追溯码再次入库", "A code that was sold came in again"),
    "sold-twice": ("同一追溯码重复售出", "The same code was sold twice"),
    "returned-unsold": ("未售出的追溯码被退回", "A code was returned that was not sold"),
    NEVER_CAME: ("追溯码没有入库记录", "The code never came in"),
}
_DEEPEST = 6
_AT_ONCE = 500


class UnknownAlarm(NotFound):
    """No open alarm has this number."""

    code = "unknown-alarm"
    say = {
        "zh": "没有待处理的追溯码报警 {alarm}。刷新列表。",
        "en": "There is no open trace code alarm {alarm}. Reload the list.",
    }


@dataclass(frozen=True, kw_only=True)
class Done:
    """What is said to have been done with these codes, and so with all that is packed in them.

    in_parts: a package that is sold bit by bit, so that selling more of it under the same reference is no second sale.
    """

    codes: tuple[str, ...]
    act: Act
    reference: str = ""
    in_parts: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How many pieces it concerned, and the alarms it raised: code and reason."""

    pieces: int
    alarms: tuple[tuple[str, str], ...]
    repeated: bool = False


def act(session: Session, occasion: Occasion, done: Done) -> Answer:
    """Note what was done with codes and with everything packed in them. What cannot be raises an alarm, and is kept.

    Asked again under the same key, the first answer is given. Raises: KeyReused.
    """
    before = session.execute(
        select(TraceEvent.code, TraceEvent.act, TraceAlarm.reason)
        .outerjoin(TraceAlarm, TraceAlarm.event_id == TraceEvent.id)
        .where(TraceEvent.request_key == occasion.request_key)
        .order_by(TraceEvent.id)
    )
    if known := before.all():
        if known[0].act != done.act.value or not {row.code for row in known}.issuperset(done.codes):
            raise KeyReused(key=occasion.request_key)
        alarms = tuple((code, reason) for code, _, reason in known if reason)
        return Answer(pieces=len(known), alarms=alarms, repeated=True)
    return note(session, occasion, done)


def note(session: Session, occasion: Occasion, done: Done) -> Answer:
    """The same within an activity that knows its request to be new."""
    codes = list(dict.fromkeys(code for one in done.codes for code in (one, *what_holds(session, one))))
    if done.in_parts:
        begun = _sold_from(session, codes, done.reference)
        codes = [code for code in codes if code not in begun]
    if done.act is Act.ARRIVE:
        _learn(session, done.codes)
    allowed, leads_to = _RULES[done.act]
    moved = _move(session, codes, allowed, leads_to)
    alarms = tuple(
        (code, _reason(done.act, standing)) for code, standing in _standings(session, codes) if code not in moved
    )
    _note(session, occasion, done, codes, dict(alarms))
    return Answer(pieces=len(codes), alarms=alarms)


def what_holds(session: Session, code: str) -> list[str]:
    """Every code packed in this one, at any depth."""
    found: dict[str, None] = {}
    layer = [code]
    for _ in range(_DEEPEST):
        inner: list[str] = []
        for start in range(0, len(layer), _AT_ONCE):
            part = layer[start : start + _AT_ONCE]
            query = select(TraceCode.code).where(TraceCode.parent_code.in_(part)).order_by(TraceCode.code)
            inner += [one for one in session.scalars(query) if one not in found and one != code]
        if not inner:
            break
        found |= dict.fromkeys(inner)
        layer = inner
    return list(found)


def sold_under(session: Session, key: UUID) -> tuple[str, ...]:
    """The codes that were sold by the act of this request."""
    query = select(TraceEvent.code).where(
        TraceEvent.request_key == key, TraceEvent.act == Act.SELL.value, ~TraceEvent.refused
    )
    return tuple(session.scalars(query.order_by(TraceEvent.id)))


def _sold_from(session: Session, codes: Sequence[str], reference: str) -> set[str]:
    """Of the codes those that were sold under this reference, and have not come back."""
    query = (
        select(TraceCode.code)
        .join(TraceEvent, TraceEvent.code == TraceCode.code)
        .where(TraceCode.code.in_(codes), TraceCode.standing == Standing.SOLD.value)
        .where(TraceEvent.act == Act.SELL.value, TraceEvent.reference == reference, ~TraceEvent.refused)
    )
    return set(session.scalars(query))


def _learn(session: Session, codes: Sequence[str]) -> None:
    """Codes of no supplier's table are known from their first arrival on."""
    known = {code for code, standing in _standings(session, codes) if standing is not None}
    if fresh := [{"code": code, "standing": Standing.ANNOUNCED.value} for code in codes if code not in known]:
        session.execute(insert(TraceCode), fresh)


def _move(session: Session, codes: Sequence[str], allowed: tuple[Standing, ...], leads_to: Standing) -> set[str]:
    """The codes that could go on, moved in the database itself, so that of two who sell one piece one is told."""
    moved: set[str] = set()
    for start in range(0, len(codes), _AT_ONCE):
        moved |= set(
            session.scalars(
                update(TraceCode)
                .where(TraceCode.code.in_(codes[start : start + _AT_ONCE]), TraceCode.standing.in_(allowed))
                .values(standing=leads_to.value)
                .returning(TraceCode.code)
            )
        )
    return moved


def _standings(session: Session, codes: Sequence[str]) -> list[tuple[str, Standing | None]]:
    found: dict[str, str] = {}
    for start in range(0, len(codes), _AT_ONCE):
        part = codes[start : start + _AT_ONCE]
        found |= dict(session.execute(select(TraceCode.code, TraceCode.standing).where(TraceCode.code.in_(part))).all())
    return [(code, Standing(found[code]) if code in found else None) for code in codes]


def _reason(done: Act, standing: Standing | None) -> str:
    return _REASONS.get((done, standing), NEVER_CAME)


def _note(session: Session, occasion: Occasion, done: Done, codes: Sequence[str], alarms: dict[str, str]) -> None:
    for code in codes:
        event = TraceEvent(
            request_key=occasion.request_key,
            code=code,
            act=done.act.value,
            refused=code in alarms,
            occurred_at=occasion.occurred_at,
            staff_id=occasion.staff_id,
            reference=done.reference,
        )
        session.add(event)
        if code in alarms:
            session.flush()  # the alarm names the event by number
            session.add(TraceAlarm(event_id=event.id, code=code, reason=alarms[code], raised_at=occasion.recorded_at))
    session.flush()  # a key used twice at once is refused here


def open_alarms(session: Session, *, after: int = 0, limit: int = 100) -> list[tuple[TraceAlarm, TraceEvent]]:
    """The worklist, in the order raised."""
    query = (
        select(TraceAlarm, TraceEvent)
        .join(TraceEvent, TraceEvent.id == TraceAlarm.event_id)
        .where(TraceAlarm.resolved_at.is_(None), TraceAlarm.id > after)
        .order_by(TraceAlarm.id)
        .limit(limit)
    )
    return [(alarm, event) for alarm, event in session.execute(query)]


def resolve(session: Session, occasion: Occasion, alarm: int, *, note: str) -> TraceAlarm:
    """An alarm that somebody has looked into. Raises: UnknownAlarm."""
    found = session.get(TraceAlarm, alarm)
    if found is None or found.resolved_at is not None:
        raise UnknownAlarm(alarm=alarm)
    found.resolved_at, found.resolved_by_id, found.note = occasion.recorded_at, occasion.staff_id, note
    return found
