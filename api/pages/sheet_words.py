"""This file is what the second sheet of a file says of itself, in the language of whoever asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.access import opened
from api.here import person
from api.i18n import english, language
from api.i18n import gettext as _
from spd.exchange.sheets import About, Head
from spd.exchange.xlsx_rows import Linked
from spd.ledger import Movement


def sheet_words() -> dict[str, str]:
    """What the second sheet of a file says of itself."""
    return {
        "about": _("about"), "report": _("report"), "as of": _("as of"), "chosen": _("chosen"), "rows": _("rows"),
        "exported by": _("exported by"), "sha256 of rows": _("sha256 of rows"), "sheets": _("sheets"),
        "total": _("Total"),
    }  # fmt: skip


def headed(heads: Iterable[Head]) -> list[Head]:
    """Headings of a file, with their English below them where they are in another language."""
    return [replace(head, english=english(head.title)) for head in heads]


def file_name(code: str, title: str, *parts: str, kind: str) -> str:
    """What a file is called: by its title in the language of whoever asked, or by its code in English."""
    name = code if language() == "en" else "".join(sign if sign.isalnum() else "-" for sign in title)[:60].strip("-")
    return "_".join(part for part in (name or code, *parts) if part) + f".{kind}"


def linked(cell: Any, root: str, address: str | None) -> Any:
    """A cell that leads where it may lead whoever asks; where there is nothing to see or to open, the cell itself."""
    if cell in (None, "") or (led := opened(address)) is None:
        return cell
    return Linked(cell, root + led)


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
