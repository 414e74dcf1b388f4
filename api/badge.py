"""This file is proving who a badge belongs to: by the password of its person, counted like any log-in."""

from __future__ import annotations

from api import identity, limits
from api.here import database, person, read
from spd.core.transaction import glance
from spd.staff import get_staff


def proved(badge: str, pin: str) -> bool:
    """Whether the password of the badge's person was given, of the asker's own where no badge was scanned.

    Raises: UnknownStaff, TooManyRequests, WrongPassword.
    """
    if not pin:
        return False
    code = read(lambda session: get_staff(session, badge).code) if badge else person().code
    limits.refuse_too_many(code)
    with glance(database()) as db:
        try:
            identity.check_password(db, code, pin)
        except identity.WrongPassword:
            limits.count_failure(code)
            raise
    return True
