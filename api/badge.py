"""This file is proving who a badge belongs to: by password, or by PIN at a shared device; counted like any log-in."""

from __future__ import annotations

from api import enrolled, identity, limits
from api.here import database, person, read, write_plain
from spd import signing_on
from spd.core.occasion import Occasion
from spd.core.transaction import glance
from spd.staff import get_staff


def proved(badge: str, pin: str) -> bool:
    """Whether the password or PIN of the badge's person was given, of the asker's own where no badge was scanned.

    Raises: UnknownStaff, NoPin, PinEnded, PinWaits, WrongPin, TooManyRequests, WrongPassword.
    """
    if not pin:
        return False
    code = read(lambda session: get_staff(session, badge).code) if badge else person().code
    device = enrolled.find()
    if device is not None and device.takes_pins and signing_on.is_pin(pin):
        identity.check_pin(code, pin, second=True)
        return True
    prove_password(code, pin)
    return True


def prove_password(code: str, password: str) -> None:
    """Prove who somebody is, counted like a log-in. Raises: TooManyRequests, WrongPassword."""
    limits.refuse_too_many(code)
    with glance(database()) as db:
        try:
            identity.check_password(db, code, password)
        except identity.WrongPassword:
            limits.count_failure(code)
            raise


def settle_pin(password: str, pin: str, when: Occasion) -> None:
    """The PIN of who asks from now on; the password proves it is theirs to set.

    Raises: TooManyRequests, WrongPassword, WeakPin.
    """
    me, device = person(), enrolled.find()
    prove_password(me.code, password)
    signing_on.refuse_weak(pin, me.code)
    hashed, at = identity.hash_of(pin), None if device is None else device.id
    write_plain(lambda session: signing_on.settle_pin(session, when, me, hashed, enrolled_id=at))
