"""This file is a ward's snapshot as its devices keep it: codes as keyed hashes, patients as tokens that say nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence, Set
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access, snapshot_work
from api.actor import actor_token
from api.here import person, settings
from api.pages.patient_token import token_of
from spd import offline, policies, recalls
from spd.core import clock
from spd.core.clock import first_instant
from spd.core.errors import NotAllowed
from spd.encounters import Encounter
from spd.offline import Lying
from spd.places import get_department
from spd.stock.until import Until

_RULES = ("fefo", "latex", "mri")
"""What a device judges by itself, as the hospital has it."""
KEY_BYTES = 12
"""Of a hash that stands for a code: too few to tell codes from, enough that no two of a hospital are the same."""


def snapshot_of(session: Session, ward: str) -> dict[str, Any]:
    """The ward's snapshot. Raises: UnknownDepartment, NotAllowed."""
    department, mine = get_department(session, ward), access.departments()
    if mine is not None and department.id not in mine:
        raise NotAllowed()
    now = clock.now()
    day = clock.day_of(now, settings().zone)
    taken = offline.snapshot(session, department, at=now, on=day)
    said = policies.several(session, *(f"use.{name}" for name in _RULES))
    salt = _secret(f"snapshot {department.code} {day}")[:16]
    as_band = policies.get(session, "use.number_as_wristband")
    numbers = _numbers(session, [*taken.stays, *taken.gone]) if as_band != "block" else frozenset[str]()
    dawn = datetime.combine(day, time(), UTC)  # tokens of one day are the same, so that the tag is
    told: dict[str, Any] = {
        "ward": department.code,
        "name": department.name,
        "name_en": department.name_en or department.name,
        "salt": salt.hex(),
        "actor": actor_token(person()),
        "clock": now.astimezone(settings().zone).isoformat()[-6:],
        "outcomes": {name: said[f"use.{name}"] for name in _RULES},
        "items": [_item(salt, one) for one in taken.items],
        "products": [
            {"product": product, "keys": [key_of(salt, code) for code in codes]}
            for product, codes in taken.packagings.items()
        ],
        "denied": [
            {"key": key_of(salt, one.code), "reason": one.denied} for one in taken.items if one.denied
        ],
        "patients": [
            {
                "keys": [key_of(salt, code)],
                "token": token_of(stay, dawn, by_number=as_band == "warn" and bool(stay.wristband) and code in numbers),
                "label": " · ".join(part for part in (stay.bed, stay.patient_name) if part),
                "alerts": sorted(taken.alerts.get(stay.patient, ())),
            }
            for stay, code in _known_by(taken.stays, numbers)
        ],
        "gone": [key_of(salt, code) for _, code in _known_by(taken.gone, numbers)],
        "recalls": _recalls(session, partial(key_of, salt)),
        **snapshot_work.work_of(session, department, partial(key_of, salt)),
    }  # fmt: skip
    tag = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]
    return told | {"tag": tag, "taken_at": now}


def _known_by(stays: Sequence[Encounter], numbers: Set[str]) -> list[tuple[Encounter, str]]:
    """The wristbands of these stays and, where it may be taken for that, their numbers."""
    by_band = [(stay, stay.wristband) for stay in stays if stay.wristband]
    return by_band + [(stay, stay.code) for stay in stays if stay.code in numbers]


def _numbers(session: Session, stays: Sequence[Encounter]) -> Set[str]:
    """The numbers that are nobody's wristband."""
    codes = {stay.code for stay in stays}
    return codes - set(session.scalars(select(Encounter.wristband).where(Encounter.wristband.in_(codes))))


def _recalls(session: Session, key: Callable[[str], str]) -> dict[str, Any]:
    """What recalls mean by what labels say, and the things they hold or let go whose labels say nothing."""
    found = recalls.deny_list(session, since=None)
    return {
        "targets": [
            {
                "dis": one.dis, "lots": one.lots, "serials": one.serials,
                "produced": [_day(one.produced_from_on), _day(one.produced_to_on)],
                "expires": [_day(one.expires_from_on), _day(one.expires_to_on)],
            }
            for one in found.targets
        ],
        "held": [key(code) for code in found.items],
        "spared": [key(code) for code in found.spared],
    }  # fmt: skip


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def key_of(salt: bytes, code: str) -> str:
    """What stands for a code in a snapshot, as `static/js/offline/rules.js` makes it."""
    return hashlib.sha256(salt + code.encode()).digest()[:KEY_BYTES].hex()


def storage_key(device: str) -> bytes:
    """The key of a device's own store: the same at every log-in, and nowhere written down."""
    return _secret(f"device store {device}")


def _secret(purpose: str) -> bytes:
    return hmac.new(str(current_app.config["SECRET_KEY"]).encode(), purpose.encode(), hashlib.sha256).digest()


def _last(until: Until) -> str | None:
    """The last instant at which it may be used, in UTC."""
    if until.day is None:
        return None
    last = until.at or first_instant(until.day + timedelta(days=1), settings().zone) - timedelta(milliseconds=1)
    return last.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _item(salt: bytes, one: Lying) -> dict[str, Any]:
    return {
        "key": key_of(salt, one.code), "kind": one.kind, "product": one.product_code, "name": one.name,
        "name_en": one.name_en or one.name, "lot": one.lot, "quantity": one.quantity, "base_unit": one.base_unit,
        "for_patient": one.for_patient, "serial": one.serial, "open": one.open, "until": _last(one.until),
        "conflicts": sorted(one.conflicts),
    }  # fmt: skip
