"""This file is lines of HIS's view that cannot be kept: each stands on a list until it can, or is set aside."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import Base
from spd.core.columns import Code, Digest, Id, Instant, Name, UtcDateTime, Word
from spd.core.errors import Conflict, NotFound
from spd.core.occasion import Occasion

SEEN_LATE = timedelta(days=3)  # a line may be seen so long after its time: spans are read once more every night


class UnknownReject(NotFound):
    """There is no such line."""

    code = "unknown-charge-reject"
    say = {"zh": "没有此条未接收的收费明细。", "en": "There is no such line that was not kept."}


class RejectSettled(Conflict):
    """It was kept, or set aside, meanwhile."""

    code = "charge-reject-settled"
    verdict = "repeat"
    say = {"zh": "此明细已接收或已搁置。", "en": "The line has been kept or set aside."}


class ChargeReject(Base):
    """A line as HIS showed it, and why it is not kept: it says something else than before, or cannot be read."""

    __tablename__ = "charge_rejects"
    __table_args__ = (Index("ix_charge_rejects_open", "settled_at", "first_at"),)

    id: Mapped[Id]
    number: Mapped[Code]
    """HIS's number of the line, as far as it says one."""
    digest: Mapped[Digest] = mapped_column(unique=True)
    """Of all it says: seen again it is the same one."""
    said: Mapped[str] = mapped_column(Text())
    """The row, as JSON."""
    code: Mapped[Code]
    zh: Mapped[str] = mapped_column(Text())
    en: Mapped[str] = mapped_column(Text())
    first_at: Mapped[Instant]
    last_at: Mapped[Instant]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    how: Mapped[Word]
    """kept (it could be kept later) or aside; empty while it is open."""
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[Name]


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """One row that cannot be kept now, and the refusal in both languages."""

    number: str
    row: Mapping[str, str]
    code: str
    zh: str
    en: str


def digest_of_row(row: Mapping[str, str]) -> bytes:
    """Of all that a row says."""
    return hashlib.sha256(json.dumps(dict(row), ensure_ascii=False, sort_keys=True).encode()).digest()


def note_rejects(session: Session, rejected: Sequence[Rejected], *, at: datetime) -> int:
    """How many of these rows are new on the list; those that were there are seen again, set aside ones stay so."""
    new = 0
    for one in rejected:
        digest = digest_of_row(one.row)
        there = session.scalars(select(ChargeReject).where(ChargeReject.digest == digest)).one_or_none()
        if there is not None:
            there.last_at, there.code, there.zh, there.en = at, one.code, one.zh, one.en
            continue
        session.add(
            ChargeReject(
                number=one.number[:80], digest=digest, said=json.dumps(dict(one.row), ensure_ascii=False),
                code=one.code, zh=one.zh, en=one.en, first_at=at, last_at=at, how="", reason="",
            )
        )  # fmt: skip
        new += 1
    session.flush()  # two who poll at once: one is refused here
    return new


def settle_kept(session: Session, rows: Sequence[Mapping[str, str]], *, at: datetime) -> int:
    """How many open ones of these rows were kept now: what was in the way is gone."""
    digests = [digest_of_row(row) for row in rows]
    done = 0
    for start in range(0, len(digests), 500):
        part = ChargeReject.digest.in_(digests[start : start + 500])
        kept = session.execute(
            update(ChargeReject).where(part, ChargeReject.settled_at.is_(None)).values(settled_at=at, how="kept")
        )
        done += int(kept.rowcount)  # type: ignore[attr-defined]
    return done


def set_aside(session: Session, occasion: Occasion, number: int, *, reason: str) -> ChargeReject:
    """The line set aside for good, with a reason. Raises: UnknownReject, RejectSettled."""
    found = session.get(ChargeReject, number)
    if found is None:
        raise UnknownReject()
    mine = session.execute(
        update(ChargeReject)
        .where(ChargeReject.id == number, ChargeReject.settled_at.is_(None))
        .values(settled_at=occasion.recorded_at, how="aside", settled_by_id=occasion.staff_id, reason=reason)
        .returning(ChargeReject.id)
    )
    if mine.first() is None:
        if (found.how, found.settled_by_id, found.reason) == ("aside", occasion.staff_id, reason):
            return found  # said again
        raise RejectSettled()
    session.refresh(found)
    return found
