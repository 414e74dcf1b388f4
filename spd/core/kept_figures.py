"""This file is figures kept as they were: of reports that stand on what other systems tell, and may tell anew.

What the ledger knows is asked again as of any instant. What others told is not: a report on it is kept, in versions;
as of an instant it is the last version kept until then.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Text, UniqueConstraint, Uuid, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Digest, Id, Instant, Name, Word
from spd.core.errors import Conflict, Refused
from spd.core.occasion import Occasion


class KeptFigures(AppendOnly, Base):
    """One report as it was. `asked` says of what: the same words are the same question."""

    __tablename__ = "kept_figures"
    __table_args__ = (UniqueConstraint("report", "asked", "version"),)

    id: Mapped[Id]
    report: Mapped[Word]
    asked: Mapped[Name]
    version: Mapped[int]
    figures: Mapped[str] = mapped_column(Text())
    digest: Mapped[Digest]
    made_at: Mapped[Instant]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    request_key: Mapped[UUID] = mapped_column(Uuid())


class FiguresNotKept(Refused):
    """These figures were not kept until then."""

    code = "figures-not-kept"
    say = {
        "zh": "{at} 之前没有保存过这份报表 ({asked})。请用现在的数据, 或选已保存的版本。",
        "en": "These figures ({asked}) were not kept until {at}. Look at them as they are now, or at a version kept.",
    }


class KeptAtOnce(Conflict):
    """Somebody else keeps the same figures at this moment."""

    code = "figures-kept-at-once"
    say = {
        "zh": "他人正在保存同一份报表, 请稍后查看。",
        "en": "Somebody else keeps these figures just now. Look again.",
    }


def keep(session: Session, occasion: Occasion, report: str, asked: str, figures: Any) -> KeptFigures:
    """The figures kept; where they are those of the last version, that version. Raises: KeptAtOnce."""
    text = json.dumps(_plain(figures), ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(text.encode()).digest()
    last = find(session, report, asked)
    if last is not None and last.digest == digest:
        return last
    row = KeptFigures(
        report=report, asked=asked, version=last.version + 1 if last else 1, figures=text, digest=digest,
        made_at=occasion.recorded_at, made_by_id=occasion.staff_id, request_key=occasion.request_key,
    )  # fmt: skip
    session.add(row)
    try:
        session.flush()  # the same version at this moment is refused here
    except IntegrityError as error:
        raise KeptAtOnce() from error
    return row


def find(session: Session, report: str, asked: str, at: datetime | None = None) -> KeptFigures | None:
    """The last version of a report, or the last of an instant."""
    query = select(KeptFigures).where(KeptFigures.report == report, KeptFigures.asked == asked)
    if at is not None:
        query = query.where(KeptFigures.made_at <= at)
    return session.scalars(query.order_by(KeptFigures.version.desc()).limit(1)).one_or_none()


def get(session: Session, report: str, asked: str, at: datetime) -> KeptFigures:
    """The last version of an instant. Raises: FiguresNotKept."""
    found = find(session, report, asked, at)
    if found is None:
        raise FiguresNotKept(at=at.isoformat(), asked=asked)
    return found


def versions(session: Session, report: str, asked: str) -> list[tuple[int, datetime]]:
    """(version, when kept) of a report, the newest first."""
    query = select(KeptFigures.version, KeptFigures.made_at).where(
        KeptFigures.report == report, KeptFigures.asked == asked
    )
    return [(row.version, row.made_at) for row in session.execute(query.order_by(KeptFigures.version.desc()))]


def read(kept: KeptFigures) -> Any:
    """The figures as they were given."""
    return json.loads(kept.figures, object_hook=_typed)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, datetime):
        return {"instant": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _typed(said: dict[str, Any]) -> Any:
    if len(said) == 1:
        ((name, value),) = said.items()
        if isinstance(value, str) and name in _TYPES:
            return _TYPES[name](value)
    return said


_TYPES: dict[str, Any] = {"decimal": Decimal, "instant": datetime.fromisoformat, "day": date.fromisoformat}
