"""This file is the figures of home about charges: differences to resolve, charges that HIS did not take."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import charging
from spd.ledger import OutboxMessage
from spd.reconciliation import ChargeCase, wanting


def differences(session: Session, mine: frozenset[int] | None) -> tuple[int, str]:
    """How many differences nobody has resolved, and where they are."""
    query = select(func.count()).select_from(ChargeCase).where(wanting(), ChargeCase.resolved_at.is_(None))
    if mine is not None:
        query = query.where(ChargeCase.department_id.in_(mine))
    return session.scalar(query) or 0, url_for("pages.finance_differences")


def unsent(session: Session) -> tuple[int, str]:
    """How many charges wait for people, and where they are."""
    dead = (OutboxMessage.dead_at.is_not(None), charging.state_of() == "dead")
    count = session.scalar(select(func.count()).select_from(OutboxMessage).where(*dead)) or 0
    return count, url_for("pages.finance_unsent")
