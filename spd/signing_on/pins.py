"""This file is what makes a PIN good enough, and keeping its hash."""

from __future__ import annotations

import re

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.signing_on.models import Pin, SignOn, SignOnAct
from spd.signing_on.refusals import WeakPin
from spd.staff import Person

_UP = "01234567890123456789"
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_FORM = re.compile(r"[0-9]{4,6}")


def is_pin(text: str) -> bool:
    """Whether it has the form of a PIN, and so is no password."""
    return text.isascii() and _FORM.fullmatch(text) is not None


def is_weak(pin: str, code: str = "") -> bool:
    """Whether it would be among the first that somebody tries: runs, repetitions, years, the person's own number."""
    if not (pin.isascii() and is_pin(pin)):
        return True
    digits = "".join(sign for sign in code if sign.isascii() and sign.isdigit())
    return (
        pin in _UP
        or pin in _UP[::-1]
        or len(set(pin)) < 3
        or any(pin == pin[:size] * (len(pin) // size) for size in (2, 3))
        or bool(_YEAR.fullmatch(pin))
        or (bool(digits) and (pin in digits or (len(digits) >= 4 and digits in pin)))
    )


def refuse_weak(pin: str, code: str = "") -> None:
    """Refuse a PIN that is guessed first. Raises: WeakPin."""
    if is_weak(pin, code):
        raise WeakPin()


def settle_pin(session: Session, occasion: Occasion, person: Person, hashed: str, *, enrolled_id: int | None) -> None:
    """The person's PIN from now on, by its hash; wrong tries before it count no more. The door has proved who it is."""
    known = session.scalars(select(Pin).where(Pin.staff_id == person.id).with_for_update()).one_or_none()
    if known is None:
        session.add(Pin(staff_id=person.id, hash=hashed, set_at=occasion.recorded_at))
    else:
        known.hash, known.set_at = hashed, occasion.recorded_at
    session.flush()  # before what is noted of it
    session.execute(
        insert(SignOn).values(
            staff_id=person.id, enrolled_id=enrolled_id, act=SignOnAct.PIN.value, at=occasion.recorded_at
        )
    )
