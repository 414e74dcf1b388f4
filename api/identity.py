"""This file is who asks: a session cookie of a person, or a bearer token of a system."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask import Flask, abort, g, request, session
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Connection, select

from api.here import database, settings
from spd.core import clock
from spd.core.errors import NotAllowed
from spd.core.transaction import glance
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


def log_in(person: Person) -> None:
    """Begin a session of this person; whatever session there was is gone."""
    language = session.get("language")
    session.clear()
    session.permanent = False
    session.update(staff=person.id, stamp=person.stamp, seen=clock.now().timestamp())
    if language:
        session["language"] = language


def log_out() -> None:
    """End the session, keeping only the language chosen."""
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language


def install(app: Flask) -> None:
    """Find out who asks before anything else looks at a request."""
    csrf.init_app(app)
    app.before_request(identify)

    @app.context_processor
    def names() -> dict[str, Any]:
        return {"person": g.get("person")}


def identify() -> None:
    """Set `g.person`; None is anonymous. A cookie's writes need the CSRF token, a bearer token's do not.

    The interface answers who is nobody with 401; pages that are open to nobody (logging in) need the token too.
    """
    g.person = None
    if request.endpoint in (None, "static", "health.healthz", "health.readyz"):
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        g.person = _by_token(token)
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
    if staff is None:
        return None
    idle = clock.now().timestamp() - session.get("seen", 0)
    if idle > timedelta(minutes=int(settings().lock_minutes)).total_seconds():
        log_out()
        return None
    with glance(database()) as db:
        person = find_person(db, staff)
    if person is None or person.stamp != session.get("stamp"):
        log_out()
        return None
    if idle > 60:  # the cookie is written anew at most once a minute
        session["seen"] = clock.now().timestamp()
    return person
