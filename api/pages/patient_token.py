"""This file is the patient a bedside page stands on: browsers keep only a signed number that grows old."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask import session as web_session
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from api.here import person
from spd.encounters import Encounter, StayNumber

IDLE = timedelta(minutes=3)  # a patient nobody has scanned anything for is no longer the patient


def _tokens() -> URLSafeSerializer:
    """Browsers keep no patient: only a signed number that says nothing to others, and grows old."""
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="patient")


def patient_of(session: Session, state: dict[str, Any], at: datetime) -> Encounter | None:
    """The patient the page stood on when something was scanned.

    None after a while, for another person, and after logging out, which a screen left alone does by itself.
    """
    try:
        number, since, whose = _tokens().loads(str(state.get("patient") or ""))
    except (BadSignature, ValueError):
        return None
    old = at.timestamp() - since > IDLE.total_seconds()
    return None if old or whose != _whose() else session.get(Encounter, number)


def _whose() -> str:
    """The login that a patient was scanned in: a new one of the same person is another."""
    login = web_session.setdefault("login", secrets.token_hex(8)) if web_session.get("staff") else ""
    return f"{person().id}:{login}"


def encounter_of(session: Session, token: str, *, at: datetime, longest: timedelta) -> StayNumber | None:
    """The encounter of a token that a device kept while it was without network; None where it is none of ours.

    The device itself ends a patient after a while; what it did before that may be told much later.
    """
    try:
        number, since, *_whose_then = _tokens().loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    if abs(at.timestamp() - since) > longest.total_seconds():
        return None
    found = session.get(Encounter, number)
    return StayNumber(found.code) if found else None


_BY_NUMBER = "number"


def is_by_number(token: str) -> bool:
    """Whether a token of ours says that the number of the stay was scanned, which is to be kept as that."""
    try:
        return _BY_NUMBER in _tokens().loads(token)
    except (BadSignature, TypeError):
        return False


def token_of(patient: Encounter, at: datetime, *, by_number: bool = False) -> str:
    """What a page keeps of the patient from now on; `by_number`: without network, who scans the stay's number for its
    wristband."""
    token = _tokens().dumps([patient.id, at.timestamp(), _whose(), *([_BY_NUMBER] if by_number else [])])
    return token if isinstance(token, str) else token.decode()


def standing_on(patient: Encounter, at: datetime, alerts: str) -> dict[str, Any]:
    """What a page keeps of the patient it stands on, with what they must not get (blanks between): without network it
    judges by that."""
    return {"patient": token_of(patient, at)} | ({"alerts": alerts} if alerts else {})
