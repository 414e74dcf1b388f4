"""This file is who asks: a session cookie of a person, or a bearer token of a system.

On a shared device a session is locked, not ended: it remembers who was on, and nobody is until a badge and PIN come.
"""

from __future__ import annotations

import hashlib
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask import Flask, abort, g, request, session
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Connection, select

from api import enrolled
from api.here import database, settings, write_plain
from spd import signing_on
from spd.core import clock
from spd.core.errors import NotAllowed
from spd.core.transaction import glance
from spd.signing_on import SignOnAct
from spd.staff import Person, Staff, find_person, find_person_by_token

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody")  # checked for unknown names too, so that time does not tell who exists
csrf = CSRFProtect()


class WrongPassword(NotAllowed):
    """Name and password do not belong together."""

    code = "wrong-password"
    say = {
        "zh": "账号或密码不正确。核对后重试; 忘记密码请找管理员。",
        "en": "The name or the password is wrong. Try again; the administrator can set a new password.",
    }


def check_password(db: Connection, code: str, password: str) -> Person:
    """The person who logs in. Raises: WrongPassword."""
    known_as = Staff.code == code.replace("\x00", "\ufffd")  # PostgreSQL takes no NUL
    row = db.execute(select(Staff.id, Staff.password_hash, Staff.disabled).where(known_as)).one_or_none()
    known = row.password_hash if row is not None and row.password_hash else _NOBODY
    try:
        _hasher.verify(known, password)
    except (VerifyMismatchError, InvalidHashError):
        raise WrongPassword() from None
    person = None if row is None or row.disabled else find_person(db, row.id)
    if person is None or known is _NOBODY:
        raise WrongPassword()
    return person


def hash_of(secret: str) -> str:
    """What is kept of a password or PIN."""
    return _hasher.hash(secret)


def check_pin(badge: str, pin: str, *, second: bool = False) -> Person:
    """The person of a badge, by their PIN, at this request's enrolled device. Every try is on record before it is
    judged. `second`: they let something pass, and do not come on.

    Raises: NotEnrolled, WrongPin, NoPin, PinEnded, PinWaits.
    """
    device, at = enrolled.find(), clock.now()
    if device is None or not device.takes_pins:
        raise signing_on.NotEnrolled()
    known_by = badge.replace("\x00", "\ufffd")  # PostgreSQL takes no NUL
    query = select(Staff.id, Staff.disabled).where((Staff.badge == known_by) | (Staff.code == known_by))
    with glance(database()) as db:
        row = db.execute(query.order_by(Staff.code == known_by)).first()
    if row is None or row.disabled:
        _matches(_NOBODY, pin)
        raise signing_on.WrongPin()
    trying = write_plain(lambda db: signing_on.try_pin(db, row.id, device.id, at=at))
    if not _matches(trying.hash, pin):
        raise signing_on.WrongPin()
    with glance(database()) as db:
        person = find_person(db, row.id)
    if person is None:
        raise signing_on.WrongPin()
    act = SignOnAct.UNLOCKED if was_on() == person.id else SignOnAct.ON
    act = SignOnAct.SECOND if second else act
    write_plain(lambda db: signing_on.note(db, person.id, device.id, act, at=at))
    return person


def _matches(known: str, said: str) -> bool:
    try:
        return _hasher.verify(known, said)
    except (VerifyMismatchError, InvalidHashError):
        return False


def log_in(person: Person) -> None:
    """Begin a session of this person; whatever session there was is gone. A language is its chooser's own."""
    before = session.get("staff")
    language = session.get("language") if before in (None, person.id) else None
    session.clear()
    session.permanent = False
    session.update(staff=person.id, stamp=person.stamp, seen=clock.now().timestamp(), speaks=person.language)
    if (device := enrolled.find()) is not None:
        session["device"] = device.id
    if language:
        session["language"] = language


def log_out() -> None:
    """End the session, keeping only the language chosen."""
    _note(SignOnAct.OFF)
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language


def lock() -> bool:
    """Lock the session: nobody is on until a badge and PIN come; who was, may go on where they were.

    Whether it could be: where no PIN is taken, or there is no session, it ends instead.
    """
    device = enrolled.find()
    if device is None or not device.takes_pins or session.get("staff") is None:
        log_out()
        return False
    _note(SignOnAct.LOCKED)
    kept = {name: session[name] for name in ("staff", "stamp", "device", "language", "speaks") if name in session}
    session.clear()
    session.update(kept, locked=True)
    return True


def was_on() -> int | None:
    """The number of the person who has locked this browser's session; None where it is not locked."""
    staff = session.get("staff")
    return staff if session.get("locked") and isinstance(staff, int) else None


def _note(act: SignOnAct) -> None:
    """Keep what somebody did at a shared device."""
    device, staff = enrolled.find(), session.get("staff")
    if device is not None and isinstance(staff, int) and not session.get("locked"):
        at = clock.now()
        write_plain(lambda db: signing_on.note(db, staff, device.id, act, at=at))


def install(app: Flask) -> None:
    """Find out who asks before anything else looks at a request."""
    csrf.init_app(app)
    app.before_request(identify)

    @app.context_processor
    def names() -> dict[str, Any]:
        return {"person": g.get("person"), "shared_device": g.get("enrolled"), "idle_minutes": idle_minutes()}


def identify() -> None:
    """Set `g.person`; None is anonymous. A cookie's writes need the CSRF token, a bearer token's do not.

    The interface answers who is nobody with 401; pages that are open to nobody (logging in) need the token too.
    """
    g.person = None
    if request.endpoint in (None, "static", "health.healthz", "health.readyz"):
        return
    enrolled.refuse_revoked()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        g.person, g.by_token = _by_token(token), True
        if g.person is None:
            abort(401)
        return
    g.person = _by_session()
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if g.person is not None or not request.path.startswith("/api/"):
        csrf.protect()


def _by_token(token: str) -> Person | None:
    digest = hashlib.sha256(token.encode()).digest()
    with glance(database()) as db:
        return find_person_by_token(db, digest, at=clock.now())


def _by_session() -> Person | None:
    staff = session.get("staff")
    if staff is None or session.get("locked"):
        return None
    idle = clock.now().timestamp() - session.get("seen", 0)
    if idle > idle_minutes() * 60:
        lock()
        return None
    device = enrolled.find()
    if session.get("device") != (None if device is None else device.id):  # its secret was taken out, or put in
        log_out()
        return None
    with glance(database()) as db:
        person = find_person(db, staff)
    if person is None or person.stamp != session.get("stamp"):
        log_out()
        return None
    if idle > 60:  # the cookie is written anew at most once a minute
        session["seen"] = clock.now().timestamp()
        enrolled.touch()
    return person


def idle_minutes() -> int:
    """After how long a screen left alone is nobody's: a shared device sooner than one's own."""
    minutes = int(settings().lock_minutes)
    device = enrolled.find()
    return minutes if device is None else min(minutes, int(settings().shared_lock_minutes))
