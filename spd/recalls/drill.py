"""This file is the mock recall of a month: one high-risk lot that was used, matched as if recalled, nothing held.

What it must show: that the match is quick, and that every unit received is accounted for and every unit used leads to
a patient or a department, a person and a delivery.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Subquery, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from spd.catalog import Lot, Product, ProductClass
from spd.core.errors import NotFound
from spd.encounters import Encounter
from spd.ledger import Item, ItemStateName, Movement, MovementKind
from spd.places import End, Location
from spd.recalls.balance import Balance, balances
from spd.recalls.matching import not_undone
from spd.recalls.models import RecallDrill
from spd.recalls.whereabouts import here

_NAMED = 100  # items named in the report; more than a few mean that the ledger is wrong


class NothingUsed(NotFound):
    """There is no lot with uses to try a recall on."""

    code = "nothing-to-drill"
    say = {"zh": "尚无已使用的批次, 无法演练。", "en": "No lot has been used yet: there is nothing to try a recall on."}


@dataclass(frozen=True, kw_only=True)
class Spot:
    """So much of the lot at one place."""

    location: str
    name: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class DrillReport:
    """What a mock recall found. Times in milliseconds; per-mille figures of 1000 are complete."""

    month: str
    product: str
    name: str
    name_en: str
    lot: str
    base_unit: str
    items: int
    received: int
    on_hand: int
    used: int
    returned: int
    destroyed: int
    missing: int
    unexplained: int
    accounted_permille: int
    uses: int
    traced_permille: int
    patients: int
    departments: int
    match_ms: int
    places_ms: int
    patients_ms: int
    places: tuple[Spot, ...]
    untraced: tuple[str, ...]
    """Items whose use leads to no patient, department or delivery."""

    @property
    def passed(self) -> bool:
        """Whether every unit was accounted for and every use traced."""
        return self.accounted_permille == 1000 and self.traced_permille == 1000


def run_drill(session: Session, month: str, *, now: Callable[[], datetime]) -> DrillReport:
    """The mock recall of a month, kept; the one there is where it was run before. Raises: NothingUsed."""
    kept = find_drill(session, month)
    if kept is not None:
        return report_of(kept)
    lot_id = choose(session, month)
    report = _try(session, month, lot_id, now)
    told = json.dumps(asdict(report), ensure_ascii=False)
    session.add(RecallDrill(month=month, lot_id=lot_id, made_at=now(), told=told))
    session.flush()  # of two workers one is refused here
    return report


def find_drill(session: Session, month: str) -> RecallDrill | None:
    """The mock recall of a month, where it was run."""
    return session.scalars(select(RecallDrill).where(RecallDrill.month == month)).one_or_none()


def report_of(drill: RecallDrill) -> DrillReport:
    """A report that was kept."""
    told = json.loads(drill.told)
    told["places"] = tuple(Spot(**spot) for spot in told["places"])
    return DrillReport(**told | {"untraced": tuple(told["untraced"])})


def choose(session: Session, month: str) -> int:
    """The lot to try: of a high-value product, used; drawn by the month. Raises: NothingUsed."""
    used = select(Item.lot_id).join(Product, Product.id == Item.product_id).where(Item.state == ItemStateName.CONSUMED)
    for narrowed in (used.where(Product.product_class == ProductClass.HIGH_VALUE, Product.implant), used):
        lots = session.scalars(narrowed.distinct().order_by(Item.lot_id)).all()
        if lots:
            drawn = int.from_bytes(hashlib.sha256(month.encode()).digest()[:8], "big")
            return lots[drawn % len(lots)]
    raise NothingUsed()


def _try(session: Session, month: str, lot_id: int, now: Callable[[], datetime]) -> DrillReport:
    lot = session.get_one(Lot, lot_id)
    product = session.get_one(Product, lot.product_id)
    chosen = select(Item.id.label("item_id"), literal(1).label("line")).where(Item.lot_id == lot_id).subquery()
    begun = now()
    items = session.scalar(select(func.count()).select_from(chosen)) or 0
    matched = now()
    spots = _spots(session, chosen)
    balance = balances(session, chosen, [1])[0]
    placed = now()
    uses, patients, departments, untraced = _uses(session, chosen)
    listed = now()
    return DrillReport(
        month=month,
        product=product.code,
        name=product.name,
        name_en=product.name_en,
        lot=lot.code,
        base_unit=product.base_unit,
        items=items,
        received=balance.received + balance.found,
        on_hand=balance.held + balance.free,
        used=balance.used,
        returned=balance.returned,
        destroyed=balance.destroyed,
        missing=balance.missing,
        unexplained=balance.unexplained,
        accounted_permille=_accounted(balance),
        uses=uses,
        traced_permille=1000 if not uses else (uses - len(untraced)) * 1000 // uses,
        patients=patients,
        departments=departments,
        match_ms=_ms(matched - begun),
        places_ms=_ms(placed - matched),
        patients_ms=_ms(listed - placed),
        places=tuple(spots),
        untraced=tuple(untraced[:_NAMED]),
    )


def _accounted(balance: Balance) -> int:
    came = balance.received + balance.found
    open_ = balance.missing + abs(balance.unexplained) + abs(balance.packed)
    return 1000 if not open_ else max(0, came - open_) * 1000 // max(came, 1)


def _ms(took: timedelta) -> int:
    return took // timedelta(milliseconds=1)


def _spots(session: Session, chosen: Subquery) -> list[Spot]:
    query = (
        select(Location.code, Location.name, func.sum(Item.quantity))
        .join(chosen, chosen.c.item_id == Item.id)
        .join(Location, Location.id == Item.location_id)
        .where(here())
        .group_by(Location.id)
        .order_by(Location.code)
    )
    return [Spot(location=code, name=name, quantity=int(quantity)) for code, name, quantity in session.execute(query)]


_CAME = aliased(Movement)
_ROOT = aliased(Item)


def _uses(session: Session, chosen: Subquery) -> tuple[int, int, int, list[str]]:
    """Uses, patients, departments, and the items whose use leads nowhere."""
    origin = func.coalesce(_ROOT.parent_id, _ROOT.id)  # a pack came with the bulk it was made of
    first = exists().where(
        _ROOT.id == Movement.item_id, _CAME.item_id == origin, _CAME.sequence == 1,
        _CAME.from_location_id.in_((End.SUPPLIER, End.FOUND)),
    )  # fmt: skip
    query = (
        select(Item.code, Encounter.patient, Movement.department_id, first.label("came"))
        .select_from(Movement)
        .join(chosen, chosen.c.item_id == Movement.item_id)
        .join(Item, Item.id == Movement.item_id)
        .outerjoin(Encounter, Encounter.id == Movement.encounter_id)
        .where(Movement.kind == MovementKind.CONSUME, not_undone())
        .order_by(Movement.id)
    )
    rows = session.execute(query).all()
    untraced = [code for code, patient, department, known in rows if not known or not (patient or department)]
    patients = {patient for _, patient, _, _ in rows if patient}
    return len(rows), len(patients), len({department for _, _, department, _ in rows if department}), untraced
