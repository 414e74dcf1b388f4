"""This file is coming on at a device by badge and PIN: every try is counted before it is judged, and on record.

A person who errs HERE times in a row at one device waits there; after FAR times in a row, wherever, the PIN ends until
a new one is set with the password. A device at which anybody errs CROWD times within the wait takes no PIN for so long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from spd.signing_on.models import Pin, SignOn, SignOnAct
from spd.signing_on.refusals import NoPin, PinEnded, PinWaits

HERE, FAR, CROWD = 5, 10, 30
WAIT = timedelta(minutes=15)
_RIGHT = (SignOnAct.ON.value, SignOnAct.UNLOCKED.value, SignOnAct.SECOND.value)
_PROVED = (*_RIGHT, SignOnAct.PIN.value)


@dataclass(frozen=True, kw_only=True)
class Trying:
    """A try that is counted: whose PIN is to be held against which hash."""

    staff_id: int
    hash: str


def try_pin(session: Session, staff_id: int, enrolled_id: int, *, at: datetime) -> Trying:
    """Count a try: unless it is noted that they came on by it, it stands as a wrong one.

    Raises: NoPin, PinEnded, PinWaits.
    """
    pin = session.scalars(select(Pin).where(Pin.staff_id == staff_id).with_for_update()).one_or_none()
    if pin is None:
        raise NoPin()
    proved = select(func.max(SignOn.id)).where(SignOn.staff_id == staff_id, SignOn.act.in_(_PROVED)).scalar_subquery()
    wrong = (SignOn.act == SignOnAct.TRIED.value, SignOn.id > func.coalesce(proved, 0))
    mine = select(func.count()).where(SignOn.staff_id == staff_id, *wrong)
    if (session.scalar(mine) or 0) >= FAR:
        raise PinEnded()
    recent = (SignOn.enrolled_id == enrolled_id, SignOn.at > at - WAIT)
    here = select(func.count(), func.max(SignOn.at)).where(SignOn.staff_id == staff_id, *wrong, *recent)
    _refuse_waiting(session, here, HERE, at)
    came = select(func.count()).where(*recent, SignOn.act.in_(_RIGHT))
    crowd = select(func.count(), func.max(SignOn.at)).where(*recent, SignOn.act == SignOnAct.TRIED.value)
    _refuse_waiting(session, crowd, CROWD + (session.scalar(came) or 0), at)
    note(session, staff_id, enrolled_id, SignOnAct.TRIED, at=at)
    return Trying(staff_id=staff_id, hash=pin.hash)


def _refuse_waiting(session: Session, query: Select[int, datetime], most: int, at: datetime) -> None:
    count, last = session.execute(query).one()
    if count >= most:
        raise PinWaits(minutes=max(1, -(-int((last + WAIT - at).total_seconds()) // 60)))


def note(session: Session, staff_id: int, enrolled_id: int, act: SignOnAct, *, at: datetime) -> None:
    """Keep what somebody did at a device."""
    session.execute(insert(SignOn).values(staff_id=staff_id, enrolled_id=enrolled_id, act=act.value, at=at))
