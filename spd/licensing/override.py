"""This file is letting goods pass although a licence does not hold: asked for by one, allowed by another, for one day.

Both are kept as they were said: who asked and who allowed, why, what for, and what stood against it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd import policies
from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.licensing.findings import Finding, Severity
from spd.licensing.judging import Wanted
from spd.licensing.models import LicenceDecision, LicenceOverride


class UnknownOverride(NotFound):
    """There is no such request."""

    code = "unknown-override"
    say = {
        "zh": "没有放行申请 {override}。刷新列表。",
        "en": "There is no request {override} to let goods pass. Reload.",
    }


class NoOverride(Refused):
    """The hospital lets nothing pass whose licence does not hold."""

    code = "no-override"
    error = "E11"
    say = {
        "zh": "本院不允许证照问题放行。请补录或更新证照。",
        "en": "This hospital lets no goods pass whose licence does not hold. Record or renew the licence.",
    }


class NothingToOverride(Refused):
    """Nothing stands against the goods."""

    code = "nothing-to-override"
    say = {
        "zh": "当日没有需要放行的证照问题, 可直接办理。",
        "en": "Nothing stands against these goods today. Go on without it.",
    }


class OverrideDecided(Conflict):
    """Somebody has decided already."""

    code = "override-decided"
    verdict = "repeat"
    say = {"zh": "此放行申请已有决定。刷新列表。", "en": "This request has been decided already. Reload the list."}


class OverrideStale(Refused):
    """The day it was asked for is over."""

    code = "override-stale"
    say = {
        "zh": "放行申请只在当日 ({day}) 有效。请重新申请。",
        "en": "A request is good for its own day ({day}) only. Ask again.",
    }


def keep_request(
    session: Session, occasion: Occasion, act: str, wanted: Sequence[Wanted], found: Sequence[Finding], *, reason: str
) -> LicenceOverride:
    """The request, waiting for another person; asked again under its key, the same one.

    Raises: NoOverride, NothingToOverride.
    """
    before = select(LicenceOverride).where(LicenceOverride.request_key == occasion.request_key)
    if known := session.scalars(before).one_or_none():
        return known
    if policies.get(session, "licence.override") == "never":
        raise NoOverride()
    blocks = [finding for finding in found if finding.severity is Severity.BLOCK]
    if not blocks:
        raise NothingToOverride()
    goods = [
        {"product_id": one.product_id, "produced_on": one.produced_on and one.produced_on.isoformat()} for one in wanted
    ]
    row = LicenceOverride(
        request_key=occasion.request_key, act=act, day_on=occasion.day, supplier_id=wanted[0].supplier_id,
        wanted=json.dumps(goods), findings=json.dumps([one.as_json() for one in blocks], ensure_ascii=False),
        reason=reason, asked_by_id=occasion.staff_id, asked_at=occasion.recorded_at,
    )  # fmt: skip
    session.add(row)
    session.flush()  # its number is told
    return row


def decide(session: Session, occasion: Occasion, override_id: int, *, allowed: bool, reason: str) -> LicenceDecision:
    """What another person decides about a request, on its day; asked again under its key, the same.

    Raises: UnknownOverride, OverrideDecided, SamePerson, OverrideStale, NoOverride.
    """
    asked = session.get(LicenceOverride, override_id)
    if asked is None:
        raise UnknownOverride(override=override_id)
    known = session.scalars(select(LicenceDecision).where(LicenceDecision.override_id == override_id)).one_or_none()
    if known is not None:
        if known.request_key == occasion.request_key:
            return known
        raise OverrideDecided()
    refuse_same_person(asked.asked_by_id, occasion.staff_id)
    if asked.day_on != occasion.day:
        raise OverrideStale(day=asked.day_on.isoformat())
    if allowed and policies.get(session, "licence.override") == "never":
        raise NoOverride()
    row = LicenceDecision(
        request_key=occasion.request_key, override_id=override_id, allowed=allowed, reason=reason,
        decided_by_id=occasion.staff_id, decided_at=occasion.recorded_at,
    )  # fmt: skip
    session.add(row)
    try:
        session.flush()  # two who decide at once: one is refused here
    except IntegrityError as error:
        raise OverrideDecided() from error
    return row


def allowed_keys(session: Session, override_id: int, *, on: date, act: str) -> frozenset[str]:
    """The findings that a permission lets pass; none where it is for another day or act, or was not given."""
    query = (
        select(LicenceOverride.findings)
        .join(LicenceDecision, LicenceDecision.override_id == LicenceOverride.id)
        .where(
            LicenceOverride.id == override_id, LicenceOverride.day_on == on, LicenceOverride.act == act,
            LicenceDecision.allowed,
        )
    )  # fmt: skip
    kept = session.scalar(query)
    return frozenset(one["key"] for one in json.loads(kept)) if kept else frozenset()


def find_override(session: Session, supplier_id: int, *, on: date, act: str) -> int | None:
    """The newest permission for goods of a supplier on this day, or None."""
    return session.scalar(
        select(LicenceOverride.id)
        .join(LicenceDecision, LicenceDecision.override_id == LicenceOverride.id)
        .where(
            LicenceOverride.supplier_id == supplier_id, LicenceOverride.day_on == on, LicenceOverride.act == act,
            LicenceDecision.allowed,
        )
        .order_by(LicenceOverride.id.desc())
        .limit(1)
    )  # fmt: skip
