"""This file is what the second sheet of a file says of itself, in the language of whoever asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.here import person
from api.i18n import gettext as _
from spd.exchange.sheets import About
from spd.ledger import Movement


def sheet_words() -> dict[str, str]:
    """What the second sheet of a file says of itself."""
    return {
        "about": _("about"), "report": _("report"), "as of": _("as of"), "chosen": _("chosen"), "rows": _("rows"),
        "exported by": _("exported by"), "sha256 of rows": _("sha256 of rows"), "sheets": _("sheets"),
        "total": _("Total"),
    }  # fmt: skip


class Told(Protocol):
    """What a list says of itself beside what was chosen."""

    @property
    def ties(self) -> Sequence[tuple[str, Decimal]]: ...

    @property
    def facts(self) -> Sequence[tuple[str, str]]: ...


def about_list(session: Session, title: str, at: datetime, chosen: Mapping[str, str], told: Told) -> About:
    """What the file of a list says of itself: what was chosen, the last movement there was, and what must be zero."""
    last = session.scalar(select(func.max(Movement.id)).where(Movement.recorded_at <= at)) or 0
    said = "; ".join(f"{name}={value}" for name, value in chosen.items())
    return About(
        title=title, at=at, by=person().name, said=said, rows=0, words=sheet_words(),
        facts=[(_("ledger"), f"#{last}"), *told.facts], ties=told.ties,
    )  # fmt: skip
