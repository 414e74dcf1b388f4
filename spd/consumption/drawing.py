"""This file is drawing on what is open of a product on a ward: by order or charge, soonest to end first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from spd import ledger, stock
from spd.catalog import get_product
from spd.consumption.by_whom import NotYours
from spd.consumption.charging import Claim, tell_charge
from spd.consumption.judging import ALSO, Approval, Judged, Noted, mode_of
from spd.consumption.record import Bedside, UseScanned, entry_of, judged_use, note_operation, step_of
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.ledger import Draft, Item, Movement, MovementKind
from spd.places import get_department
from spd.stock import opened
from spd.stock.scanned_uses import DRAWN


class NothingOpen(Refused):
    """Not enough of the product is open on the ward."""

    code = "nothing-open"
    error = "E12"
    say = {
        "zh": "科室已开包的 {product} 不足: 需 {wanted} 有 {there}。先扫描开包。",
        "en": "Not enough of {product} is open: {wanted} wanted, {there} there. Open a pack by scanning it.",
    }


@dataclass(frozen=True, kw_only=True)
class DrawAsked:
    """So much of a product for a patient, or for the department. `charged`: HIS has charged it, and is not told to."""

    occasion: Occasion
    product: str
    department: str
    quantity: int
    encounter: str | None = None
    reference: str = ""
    """The order or charge it is drawn for."""
    charged: bool = False
    claim: Claim | None = None
    departments: frozenset[int] | None = None
    approval: Approval | None = None
    """Of a second person, for all of it."""


@dataclass(frozen=True, kw_only=True)
class DrawnPart:
    """What was drawn from one pack."""

    movement_id: int
    item: str
    quantity: int
    cost: Decimal
    noted: tuple[Noted, ...] = field(default=(), compare=False)
    """What the rules found and let pass, for whoever keeps it: told the first time."""
    about: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What was drawn, pack by pack."""

    parts: tuple[DrawnPart, ...]
    repeated: bool = False

    @property
    def noted(self) -> list[tuple[int, tuple[Noted, ...], Mapping[str, Any]]]:
        """By movement, what the rules found and let pass, and what that was about."""
        return [(one.movement_id, one.noted, one.about) for one in self.parts]


def draw(session: Session, asked: DrawAsked) -> Drawn:
    """So much of a product used from the ward's open packs, those soonest to end first: all of it, or nothing.

    Raises: KeyReused, UnknownProduct, UnknownDepartment, NotYours, NothingOpen, then what `record_use` raises.
    """
    if done := ledger.find_done(session, asked.occasion):
        return _told_again(session, [one for one in done if one.kind == MovementKind.CONSUME])
    product, department = get_product(session, asked.product), get_department(session, asked.department)
    if asked.departments is not None and department.id not in asked.departments:
        raise NotYours(department=department.code)
    packs = opened.open_packs(session, product.id, department.id, when=asked.occasion.moment)
    there = sum(pack.quantity for pack in packs)
    if there < asked.quantity:
        raise NothingOpen(product=product.code, wanted=asked.quantity, there=there)
    draft, left, taken_by = Draft(session, asked.occasion), asked.quantity, []
    for number, pack in enumerate(packs):
        if left == 0:
            break
        taken = min(left, pack.quantity)
        taken_by.append(_take(session, draft, asked, pack.item, taken, line=number))
        left -= taken
    rows = draft.write()
    note_operation(session, asked.occasion, rows, [one for one, _ in taken_by])
    return Drawn(
        parts=tuple(
            DrawnPart(
                movement_id=row["id"],
                item=one.goods.item.code,
                quantity=one.quantity,
                cost=one.quantity * one.goods.item.unit_price,
                noted=judged.noted(one.user.taking_over),
                about=judged.about,
            )
            for row, (one, judged) in zip(rows, taken_by, strict=True)
        )
    )


def _take(
    session: Session, draft: Draft, asked: DrawAsked, item: str, quantity: int, *, line: int
) -> tuple[Bedside, Judged]:
    """So much of one pack, held against every rule that a scan of it would meet."""
    use = UseScanned(
        occasion=asked.occasion, item=item, encounter=asked.encounter, department=asked.department,
        quantity=quantity, departments=asked.departments, claim=asked.claim, approval=asked.approval,
    )  # fmt: skip
    key, when = asked.occasion.request_key, asked.occasion.moment
    found = stock.get_for_use(session, item, asked.encounter, request_key=key, when=when, also=ALSO)
    bedside, judged = judged_use(session, use, found, quantity)
    step = step_of(bedside, found.goods.item, entry_of(session, bedside), document=asked.reference)
    draft.move(found.goods.item, replace(step, reason=DRAWN))
    if not asked.charged:
        tell_charge(session, draft, bedside, mode_of(found), line=line)
    return bedside, judged


def _told_again(session: Session, done: Sequence[Movement]) -> Drawn:
    items = {one.item_id: session.get_one(Item, one.item_id) for one in done}
    return Drawn(
        parts=tuple(
            DrawnPart(
                movement_id=one.id, item=items[one.item_id].code, quantity=one.quantity,
                cost=one.quantity * items[one.item_id].unit_price,
            )
            for one in done
        ),
        repeated=True,
    )  # fmt: skip
