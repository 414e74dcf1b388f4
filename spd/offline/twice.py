"""This file is costly things entered from paper by two, each from the sheet: what both say is booked, and only that."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from spd import policies
from spd.core.errors import Conflict, Refused
from spd.offline.models import EntryOutcome, ReEntry
from spd.offline.paper import PaperLine


class EnteredByYou(Refused):
    """The same person entered the line already."""

    code = "entered-by-you"
    error = "E03"
    verdict = "caution"
    say = {
        "zh": "此行已由您录入。高值耗材须由另一位同事照纸单再录一遍。",
        "en": "You entered this line already. Another person enters it from the sheet, since it is costly.",
    }


class EntriesDiffer(Conflict):
    """The first entry of the line says something else."""

    code = "entries-differ"
    error = "E03"
    verdict = "caution"
    say = {
        "zh": "与第一次录入不符: {what_zh}。对照纸单核对后重录; 确认您录入的正确, 请选择以此为准, 再由另一人录入。",
        "en": "The first entry says otherwise: {what}. Check the sheet. If yours is right say so; another enters it.",
    }


_WORDS = {
    "encounter_id": ("患者", "patient"), "used_by_id": ("使用人", "used by"), "occurred_at": ("时间", "time"),
    "quantity": ("数量", "quantity"),
}  # fmt: skip


def wants_two(session: Session, product_class: str) -> bool:
    """Whether what is of this class is entered by two, by the hospital's policy."""
    policy = policies.get(session, "reentry.double")
    return bool(policy == "all" or (policy == "high_value" and product_class == "high_value"))


_LATER = aliased(ReEntry)


def is_waiting() -> ColumnElement[bool]:
    """Of entries: a first one that nobody has confirmed or been right against."""
    answered = select(_LATER.id).where(_LATER.first_id == ReEntry.id).correlate(ReEntry).exists()
    return (ReEntry.outcome == EntryOutcome.FIRST.value) & ~answered


def waiting_for_another(session: Session, departments: frozenset[int] | None) -> int:
    """How many lines wait for a second person."""
    query = select(func.count()).select_from(ReEntry).where(is_waiting())
    if departments is not None:
        query = query.where(ReEntry.department_id.in_(departments))
    return session.scalar(query) or 0


def answered_by(session: Session, line: PaperLine, *, single: bool, mine: bool) -> tuple[ReEntry | None, bool]:
    """The first entry that this one answers, and whether both say the same; none where this one is the first.

    single: the thing is one of a kind and stands on a sheet once; mine: this one is right against the first.

    Raises: EnteredByYou, EntriesDiffer.
    """
    query = select(ReEntry).where(
        is_waiting(), ReEntry.sheet == line.sheet, ReEntry.item_id == line.item_id,
        ReEntry.department_id == line.department_id,
    )  # fmt: skip
    there = list(session.scalars(query.order_by(ReEntry.id)))
    same = next((one for one in there if not _differing(one, line)), None)
    if same is not None:
        if same.staff_id == line.entered_by_id:
            raise EnteredByYou()
        return same, True
    if not there or not single:
        return None, False
    if not mine:
        names = _differing(there[0], line)
        raise EntriesDiffer(
            what_zh="、".join(_WORDS[name][0] for name in names), what=", ".join(_WORDS[name][1] for name in names)
        )
    return there[0], False


def _differing(first: ReEntry, line: PaperLine) -> list[str]:
    return [name for name in _WORDS if getattr(first, name) != getattr(line, name)]
