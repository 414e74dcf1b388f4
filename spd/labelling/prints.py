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

    Raises: ReasonMissing.
    """
    codes = [label.code for label in labels]
    before: dict[str, int] = {}
    for start in range(0, len(codes), _AT_ONCE):
        part = codes[start : start + _AT_ONCE]
        query = select(LabelPrint.code, func.max(LabelPrint.number)).where(LabelPrint.code.in_(part))
        before |= dict(session.execute(query.group_by(LabelPrint.code)).all())
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
            )
        )
    session.flush()  # two who print one code at once: the database lets one of them be that print
    return made


def prints_of(session: Session, code: str) -> list[LabelPrint]:
    """Every print of a code, the first one first."""
    return list(session.scalars(select(LabelPrint).where(LabelPrint.code == code).order_by(LabelPrint.number)))
