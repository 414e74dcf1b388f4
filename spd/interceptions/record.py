"""This file is keeping what was caught: with the use where it went on, by itself where it was refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import uuid5

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.interceptions.models import Interception

_ABOUT = ("item_id", "product_id", "location_id", "department_id", "encounter_id")


class Passed(Protocol):
    """A finding that let the use go on."""

    @property
    def rule(self) -> str:
        """Which rule."""
        ...

    @property
    def outcome(self) -> str:
        """What followed: warn, or override."""
        ...

    @property
    def severity(self) -> int:
        """0 to 4."""
        ...

    @property
    def approved_by_id(self) -> int | None:
        """The second person."""
        ...

    @property
    def reason(self) -> str:
        """Why they let it pass."""
        ...


@dataclass(frozen=True, kw_only=True)
class Caught:
    """A scan that was stopped: by which rule, and what it was about, by number."""

    rule: str
    outcome: str
    severity: int
    about: Mapping[str, Any]


def keep(session: Session, occasion: Occasion, caught: Caught) -> bool:
    """The stopped scan on record; False where it is already, the same request having been sent again."""
    before = select(Interception.id).where(
        Interception.request_key == occasion.request_key, Interception.rule == caught.rule
    )
    if session.scalar(before) is not None:
        return False
    said = {"rule": caught.rule, "outcome": caught.outcome, "severity": caught.severity}
    session.execute(insert(Interception), [_row(occasion, caught.about) | said])
    return True


def note(
    session: Session, occasion: Occasion, passed: Sequence[Passed], about: Mapping[str, Any], *, movement_id: int
) -> None:
    """What was found at a use that went on, in the use's transaction: one statement, and none where it was clean."""
    if not passed:
        return
    session.execute(
        insert(Interception),
        [
            _row(occasion, about)
            | {
                "rule": one.rule,
                "outcome": one.outcome,
                "severity": one.severity,
                "movement_id": movement_id,
                "approved_by_id": one.approved_by_id,
                "reason": one.reason,
            }
            for one in passed
        ],
    )


def note_each(
    session: Session, occasion: Occasion, uses: Iterable[tuple[int, Sequence[Passed], Mapping[str, Any]]]
) -> None:  # fmt: skip
    """What was found at uses of one act (movement, findings, about), each under a key of its own: the same rule may
    have found several of them."""
    for number, (movement_id, passed, about) in enumerate(uses):
        when = occasion if number == 0 else replace(occasion, request_key=uuid5(occasion.request_key, str(number)))
        note(session, when, passed, about, movement_id=movement_id)


def _row(occasion: Occasion, about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "request_key": occasion.request_key,
        "staff_id": occasion.staff_id,
        "device": occasion.device,
        **{name: about.get(name) for name in _ABOUT},
        "movement_id": None,
        "approved_by_id": None,
        "reason": "",
        "occurred_at": occasion.occurred_at,
        "recorded_at": occasion.recorded_at,
        "day_on": occasion.day,
    }
