"""This file is what counts as cost: postings to expense accounts, each on a department."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from spd.ledger import Account, Posting

_ACCOUNTS = select(Account.code).where(Account.kind == "expense").order_by(Account.code)  # built once: all reports ask


def accounts(session: Session) -> list[str]:
    """The expense accounts of the chart."""
    return list(session.scalars(_ACCOUNTS))


def is_cost(session: Session) -> ColumnElement[bool]:
    """The condition a posting meets if it is cost."""
    return Posting.account.in_(accounts(session))
