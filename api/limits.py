"""This file is limits: how often somebody may fail to log in before they must wait.

Only failures count: a ward behind one address logs in as often as it likes. Each server process counts for itself, so
that a server of two lets through twice as many, still far too few to guess a password.
"""

from __future__ import annotations

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from spd.core import clock

PERSON_FROM_ONE_PLACE = parse("10 per 5 minutes")
PERSON_FROM_ANYWHERE = parse("50 per hour")
PLACE = parse("100 per 5 minutes")


def install(app: Flask) -> None:
    """Count from nothing."""
    app.extensions["spd.limits"] = MovingWindowRateLimiter(MemoryStorage())


def refuse_too_many(code: str) -> None:
    """Refuse somebody who failed too often; the answer says when to try again. Raises: TooManyRequests."""
    for limit, key in _counted(code):
        if not _limiter().test(limit, *key):
            again = _limiter().get_window_stats(limit, *key).reset_time
            raise TooManyRequests(retry_after=max(1, int(again - clock.now().timestamp())))


def count_failure(code: str) -> None:
    """Count one failure."""
    for limit, key in _counted(code):
        _limiter().hit(limit, *key)


def _limiter() -> MovingWindowRateLimiter:
    limiter: MovingWindowRateLimiter = current_app.extensions["spd.limits"]
    return limiter


def _counted(code: str) -> tuple[tuple[RateLimitItem, tuple[str, ...]], ...]:
    place, person = request.remote_addr or "", code.casefold()[:80]
    return (
        (PERSON_FROM_ONE_PLACE, (place, person)),
        (PERSON_FROM_ANYWHERE, (person,)),
        (PLACE, (place,)),
    )
