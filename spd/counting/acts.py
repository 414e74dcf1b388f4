"""This file is the steps of a count: each done once, kept with who did it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd import ledger
from spd.core.occasion import Occasion
from spd.counting.models import Count, CountAct, CountState
from spd.counting.refusals import UnknownCount, WrongStep


def get_count(session: Session, code: str) -> Count:
    """The count with this code. Raises: UnknownCount."""
    found = session.scalars(select(Count).where(Count.code == code)).one_or_none()
    if found is None:
        raise UnknownCount(count=code)
    return found


def find_act(session: Session, occasion: Occasion) -> CountAct | None:
    """The step taken before under this key; None where it is new. Raises: KeyReused."""
    done = session.scalars(select(CountAct).where(CountAct.request_key == occasion.request_key)).one_or_none()
    if done is not None and done.content != occasion.content:
        raise ledger.KeyReused(key=str(occasion.request_key))
    return done


def keep_act(session: Session, occasion: Occasion, count: Count, act: str) -> CountAct:
    """The step on record. Raises: Racing."""
    row = CountAct(
        count_id=count.id, request_key=occasion.request_key, content=occasion.content, act=act,
        staff_id=occasion.staff_id, at=occasion.recorded_at,
    )  # fmt: skip
    session.add(row)
    flush(session)
    return row


def flush(session: Session) -> None:
    """Write what is new; the same asked twice at once is told so. Raises: Racing."""
    try:
        session.flush()
    except IntegrityError as error:
        if "request_key" in str(error.orig):
            raise ledger.Racing from error
        raise


def step(session: Session, count: Count, since: Sequence[CountState], to: CountState, **values: Any) -> None:
    """The count at its next step; of several who take it at once one does. Raises: WrongStep."""
    taken = session.execute(
        update(Count)
        .where(Count.id == count.id, Count.state.in_(since))
        .values(state=to, **values)
        .execution_options(synchronize_session=False)
    )
    session.refresh(count)
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise WrongStep(count=count.code, state=count.state)
