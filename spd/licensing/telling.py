"""This file is what newly came near its end, in words: for a message to those whom the hospital wants told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.licensing.findings import KIND_NAMES
from spd.licensing.models import Licence, LicenceKind, LicenceWarning
from spd.licensing.worklist import Giver, Grantee, Maker


@dataclass(frozen=True, kw_only=True)
class Ending:
    """One licence that came within `days` of its end on a day; 0 is that it has ended."""

    days: int
    kind: str
    number: str
    holder: str
    valid_to_on: date


def days_noted(session: Session, *, since: date) -> list[date]:
    """The days since one on which something came near its end."""
    query = select(LicenceWarning.entered_on).where(LicenceWarning.entered_on >= since).distinct()
    return list(session.scalars(query.order_by(LicenceWarning.entered_on)))


def noted_on(session: Session, day: date) -> list[Ending]:
    """What came near its end on a day and was not withdrawn since, the gravest first."""
    holder = func.coalesce(Giver.name, Maker.name, "")
    query = (
        select(LicenceWarning.days, Licence.kind, Licence.number, holder, Grantee.name, Licence.valid_to_on)
        .join(Licence, Licence.id == LicenceWarning.licence_id)
        .outerjoin(Giver, Giver.id == Licence.party_id)
        .outerjoin(Grantee, Grantee.id == Licence.grantee_id)
        .outerjoin(Maker, Maker.id == Licence.maker_id)
        .where(LicenceWarning.entered_on == day, Licence.withdrawn_at.is_(None))
        .order_by(LicenceWarning.days, Licence.valid_to_on, Licence.id)
    )
    return [
        Ending(days=days, kind=kind, number=number, holder=f"{name} → {to}" if to else name, valid_to_on=ends)
        for days, kind, number, name, to, ends in session.execute(query)
        if ends is not None
    ]


def told(endings: list[Ending], day: date) -> str:
    """The message, Chinese first: what ended, then what ends soonest."""
    zh, en = f"证照到期提醒 {day.isoformat()}", f"Licences near their end, {day.isoformat()}"
    return "\n".join([zh, *_lines(endings, chinese=True), "", en, *_lines(endings, chinese=False), ""])


def _lines(endings: list[Ending], *, chinese: bool) -> Iterator[str]:
    for days in sorted({one.days for one in endings}):
        some = [one for one in endings if one.days == days]
        yield ""
        if chinese:
            yield f"已到期 ({len(some)})" if days == 0 else f"{days} 天内到期 ({len(some)})"
        else:
            yield f"Ended ({len(some)})" if days == 0 else f"Within {days} days ({len(some)})"
        for one in some:
            kind = KIND_NAMES[LicenceKind(one.kind)][0 if chinese else 1]
            yield " · ".join(filter(None, (one.valid_to_on.isoformat(), kind, one.number, one.holder)))
