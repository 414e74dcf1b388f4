"""This file is the totes that were sent: each with what was in it, what was signed for, when and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, case, func, select
from sqlalchemy.orm import Session, aliased

from spd.catalog import Lot, Product
from spd.ledger import Item, Movement, MovementKind
from spd.places import End, Location
from spd.replenishment.levels import left_again
from spd.replenishment.models import Dispatch
from spd.staff import Staff

WAITS, PARTLY, SIGNED, BACK = "waits", "partly", "signed", "back"
STATES = (WAITS, PARTLY, SIGNED, BACK)

_From, _To, _Sender, _Signer = aliased(Location), aliased(Location), aliased(Staff), aliased(Staff)


def totes_statement() -> Select[Any]:
    """Totes: number, code, seal, sent_at, from and to with names, state, items (left in it), signed, waiting,
    sent_by, signed_at, signed_by. `state`: nothing signed for, a part, all, or all came back unsigned.
    """
    items, signed, waiting = _count(MovementKind.DISPATCH), _count(MovementKind.DELIVER), _waiting()
    state = case((waiting > 0, case((signed > 0, PARTLY), else_=WAITS)), (signed > 0, SIGNED), else_=BACK)
    return (
        select(
            Dispatch.id.label("number"),
            Dispatch.code,
            Dispatch.seal,
            Dispatch.dispatched_at.label("sent_at"),
            Dispatch.to_location_id,
            _From.name.label("from_name"),
            _From.name_en.label("from_name_en"),
            _To.name.label("to_name"),
            _To.name_en.label("to_name_en"),
            state.label("state"),
            items.label("items"),
            signed.label("signed"),
            waiting.label("waiting"),
            _who(MovementKind.DISPATCH, _Sender).label("sent_by"),
            _when().label("signed_at"),
            _who(MovementKind.DELIVER, _Signer).label("signed_by"),
        )
        .join(_From, _From.id == Dispatch.from_location_id)
        .join(_To, _To.id == Dispatch.to_location_id)
    )


@dataclass(frozen=True, kw_only=True)
class TotesAsked:
    """Which totes: of a state, sent before the one of a number, to the places of these departments (None is all)."""

    state: str | None = None
    before: int = 0
    limit: int = 100
    departments: frozenset[int] | None = None


def totes(session: Session, asked: TotesAsked) -> Sequence[Any]:
    """Totes as `totes_statement` tells them, with the codes of both places, the newest first."""
    shown = totes_statement().add_columns(_From.code.label("origin"), _To.code.label("to"), _To.department_id)
    rows = shown.subquery("shown")
    query = select(*rows.c).order_by(rows.c.number.desc()).limit(asked.limit)
    if asked.state is not None:
        query = query.where(rows.c.state == asked.state)
    if asked.before:
        query = query.where(rows.c.number < asked.before)
    if asked.departments is not None:
        query = query.where(rows.c.department_id.in_(asked.departments))
    return session.execute(query).all()


@dataclass(frozen=True, kw_only=True)
class SignedLine:
    """One thing that was signed for out of a tote."""

    code: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    lot: str
    expires_on: date | None
    quantity: int
    signed_at: datetime
    signed_by: str


def signed_lines(session: Session, tote: str) -> list[SignedLine]:
    """What was signed for out of a tote, in the order it was."""
    query = (
        select(
            Item.code,
            Product.name,
            Product.name_en,
            Product.specification,
            Product.base_unit,
            Lot.code.label("lot"),
            Lot.expires_on,
            Movement.quantity,
            Movement.occurred_at.label("signed_at"),
            Staff.name.label("signed_by"),
        )
        .select_from(Movement)
        .join(Item, Item.id == Movement.item_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Staff, Staff.id == Movement.staff_id)
        .where(Movement.document == tote, Movement.kind == MovementKind.DELIVER)
        .order_by(Movement.occurred_at, Movement.id)
    )
    return [SignedLine(**row._mapping) for row in session.execute(query)]


def _of(measure: Any, kind: MovementKind) -> Select[Any]:
    return select(measure).where(Movement.document == Dispatch.code, Movement.kind == kind).correlate(Dispatch)


def _count(kind: MovementKind) -> ScalarSelect[int]:
    return _of(func.count(), kind).select_from(Movement).scalar_subquery()


def _waiting() -> ScalarSelect[int]:
    query = _of(func.count(), MovementKind.DISPATCH).select_from(Movement).join(Item, Item.id == Movement.item_id)
    return query.where(Item.location_id == End.TRANSIT, ~left_again(Movement)).scalar_subquery()


def _when() -> ScalarSelect[Any]:
    return _of(func.max(Movement.occurred_at), MovementKind.DELIVER).scalar_subquery()


def _who(kind: MovementKind, staff: Any) -> ScalarSelect[str]:
    """Who was the last to do so."""
    query = _of(staff.name, kind).select_from(Movement).join(staff, staff.id == Movement.staff_id)
    return query.order_by(Movement.id.desc()).limit(1).scalar_subquery()
