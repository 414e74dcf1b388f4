"""What the tests of reconciliation say: charge lines, and what cases came of them."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import reconciliation
from spd.reconciliation import ChargeCase, Charged
from tests import build
from tests.build import NOW, TODAY, Hospital

LATER = NOW + timedelta(hours=1)
_numbers = itertools.count(1)


def line(h: Hospital, **said: Any) -> Charged:
    """A charge of one stent on the first stay, unless said otherwise."""
    at: datetime = said.pop("at", NOW)
    quantity, price = said.get("quantity", 1), Decimal(said.pop("unit_price", "8600"))
    values = {
        "number": f"C-{next(_numbers)}", "encounter": h.stay.code, "department_id": h.cardiology.id,
        "charge_code": "HIS-STENT", "quantity": quantity, "unit_price": price, "amount": quantity * price,
        "charged_at": at, "day": (at + timedelta(hours=8)).date(),
    }  # fmt: skip
    return Charged(**(values | said))


def refund(first: Charged, **said: Any) -> Charged:
    """The whole of a charge taken back."""
    values = vars(first) | {
        "number": f"R-{first.number}",
        "refund_of": first.number,
        "quantity": -first.quantity,
        "amount": -first.amount,
    }
    return Charged(**(values | said))


def keep(session: Session, h: Hospital, *lines: Charged, **said: Any) -> reconciliation.Kept:
    """The lines as HIS sends them."""
    return reconciliation.keep_charges(session, build.occasion(h.keeper), list(lines), **said)


def run(session: Session, at: datetime = LATER, **said: Any) -> reconciliation.Ran:
    """A reconciliation, after which the proof holds."""
    ran = reconciliation.reconcile(session, at=at, **said)
    assert reconciliation.problems(session) == []
    return ran


def cases(session: Session) -> list[ChargeCase]:
    """The cases as they stand."""
    standing = (ChargeCase.ended_at.is_(None), ChargeCase.encounter != "E-0")
    query = select(ChargeCase).where(*standing).order_by(ChargeCase.verdict, ChargeCase.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def verdicts(session: Session) -> list[str]:
    """What they are."""
    return [case.verdict for case in cases(session)]


def begin(session: Session, h: Hospital) -> None:
    """A charge of another stay, taken back: from its day on, uses are reconciled."""
    first = line(h, encounter="E-0", day=TODAY - timedelta(days=30))
    keep(session, h, first, refund(first))
