"""This file is who was on at a device: a signed number that its queue keeps, so that another's session may bring it."""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from spd.staff import Person


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="actor")


def actor_token(person: Person) -> str:
    """What a device keeps of who is on."""
    token = _signer().dumps(person.id)
    return token if isinstance(token, str) else token.decode()


def actor_of(token: str) -> int | None:
    """The number of who was on; None where nobody of ours has signed it."""
    try:
        number = _signer().loads(token)
    except BadSignature:
        return None
    return number if isinstance(number, int) else None
