"""This file is the shared device that a request comes from: a browser that keeps the secret of its enrolment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, g, request, session
from werkzeug.wrappers import Response

from api import reading
from api.here import database, write_plain
from spd import signing_on
from spd.core import clock
from spd.core.transaction import glance
from spd.signing_on import DeviceState

COOKIE = "enrolled"
_YEARS = 10 * 365 * 24 * 3600
_SEEN = timedelta(minutes=1)  # being seen is kept at most so often
_OPEN_TO_REVOKED = frozenset(
    (
        "pages.revoked", "pages.enrol", "pages.offline_shell", "pages.service_worker", "pages.manifest",
        "pages.language", "enrolled-devices.claim", "api-docs.openapi_json", "documentation.page",
        "documentation.asset",
    )
)  # fmt: skip
"""What a revoked device may still ask: how to become one again, and what it needs to hand in what it holds."""


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """The device of this request."""

    id: int
    code: str
    name: str
    state: str
    queue: str
    seen_at: datetime | None

    @property
    def takes_pins(self) -> bool:
        """Whether people come on at it by badge and PIN."""
        return self.state == DeviceState.ENROLLED


def find() -> Enrolled | None:
    """The device whose secret this browser keeps; asked once in a request, and not at all where it keeps none."""
    if "enrolled" not in g:
        secret = request.cookies.get(COOKIE, "")
        g.enrolled = _look_up(secret) if secret else None
    found: Enrolled | None = g.enrolled
    return found


def takes_pins() -> bool:
    """Whether people come on at this request's browser by badge and PIN."""
    device = find()
    return device is not None and device.takes_pins


def entry() -> str:
    """The endpoint of the page on which somebody comes on."""
    return "pages.sign_on" if takes_pins() else "pages.login"


def _look_up(secret: str) -> Enrolled | None:
    with glance(database()) as db:
        row = signing_on.find_by_secret(db, secret)
    if row is None:
        return None
    names = ("id", "code", "name", "state", "queue", "seen_at")
    return Enrolled(**{name: getattr(row, name) for name in names})


def refuse_revoked() -> None:
    """Refuse what a revoked device asks, but how to hand in what it holds. Raises: DeviceRevoked."""
    device = find()
    if device is None or device.state != DeviceState.REVOKED:
        return
    session.clear()  # who was on is off, whatever becomes of the device
    if request.endpoint not in _OPEN_TO_REVOKED:
        raise signing_on.DeviceRevoked(device=device.code)


def keep(response: Response, claimed: signing_on.Claimed) -> Response:
    """Let this browser be the device from now on; nobody is on at it yet."""
    session.clear()
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    for name, value in ((COOKIE, claimed.secret), (reading.COOKIE, claimed.device)):
        response.set_cookie(name, value, max_age=_YEARS, httponly=True, samesite="Lax", secure=secure)
    return response


def touch(*, queue: str = "") -> None:
    """Keep that the device is in use, and what its queue calls itself; at most once a minute."""
    device = find()
    if device is None or not device.takes_pins:
        return
    now = clock.now()
    fresh = device.seen_at is not None and now - device.seen_at < _SEEN
    if fresh and queue in ("", device.queue):
        return
    write_plain(lambda session: signing_on.seen(session, device.id, at=now, queue=queue))
