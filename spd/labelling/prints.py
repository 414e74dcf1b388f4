"""This file is which print of its code a label is: the first, or a reprint that says so and why it was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanners.labels import Label
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.labelling.models import LabelPrint
from spd.labelling.subjects import Subject
from spd.ledger import KeyReused

_AT_ONCE = 500


class ReasonMissing(Refused):
    """A label is printed again without a reason."""

    code = "reprint-reason-missing"
    say = {
        "zh": "{label} 已打印过。补打须填写原因, 标签上将注明“补打”。",
        "en": "{label} was printed before. Say why it is printed again; the label will say that it is a reprint.",
    }


def count_prints(
    session: Session, occasion: Occasion, labels: Sequence[Label], *, medium: str, reason: str = ""
) -> list[Label]:
    """The labels as they are to be printed now, each noted: the code stays, and a reprint says which one it is.

    Asked again with its key, the same prints. Raises: KeyReused, ReasonMissing.
    """
    if done := _done(session, occasion):
        return [replace(label, reprint=done[label.code].pop(0)) for label in labels]
    before = _last_prints(session, [label.code for label in labels])
    made: list[Label] = []
    for label in labels:
        number = before.get(label.code, -1) + 1
        if number and not reason:
            raise ReasonMissing(label=label.code)
        before[label.code] = number
        made.append(replace(label, reprint=number))
        session.add(
            LabelPrint(
                code=label.code,
                number=number,
                staff_id=occasion.staff_id,
                printed_at=occasion.recorded_at,
                reason=reason if number else "",
                medium=medium,
                request_key=occasion.request_key,
                content=occasion.content,
            )
        )
    session.flush()  # two who print one code at once: the database lets one of them be that print
    return made


def print_subjects(
    session: Session, occasion: Occasion, subjects: Sequence[Subject], *, medium: str, reason: str = ""
) -> list[Label]:
    """The labels of these, each noted where it sticks on a thing: what only proves a scanner is printed at will.

    Raises: KeyReused, ReasonMissing.
    """
    counted = [one.label for one in subjects if one.counted]
    made = iter(count_prints(session, occasion, counted, medium=medium, reason=reason))
    return [next(made) if one.counted else one.label for one in subjects]


def _done(session: Session, occasion: Occasion) -> dict[str, list[int]]:
    """Which prints this very act made before, by code. Raises: KeyReused."""
    query = select(LabelPrint).where(LabelPrint.request_key == occasion.request_key).order_by(LabelPrint.number)
    done: dict[str, list[int]] = {}
    for one in session.scalars(query):
        if one.content != occasion.content:
            raise KeyReused(key=occasion.request_key)
        done.setdefault(one.code, []).append(one.number)
    return done


def _last_prints(session: Session, codes: Sequence[str]) -> dict[str, int]:
    before: dict[str, int] = {}
    for start in range(0, len(codes), _AT_ONCE):
        part = codes[start : start + _AT_ONCE]
        query = select(LabelPrint.code, func.max(LabelPrint.number)).where(LabelPrint.code.in_(part))
        before |= dict(session.execute(query.group_by(LabelPrint.code)).all())
    return before


def any_printed(session: Session, codes: Sequence[str]) -> bool:
    """Whether a label of one of these was printed before, so that printing it now is a reprint."""
    return bool(_last_prints(session, codes))


def prints_of(session: Session, code: str) -> list[LabelPrint]:
    """Every print of a code, the first one first."""
    return list(session.scalars(select(LabelPrint).where(LabelPrint.code == code).order_by(LabelPrint.number)))
