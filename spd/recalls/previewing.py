"""This file is what a notice would touch, before anything is held: lots, items, places, uses, patients of each target.

Items are read some thousands at a time, and their uses by their numbers: asked in one statement for a notice of many
lots, the database reads all movements there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.catalog import Product
from spd.encounters import Encounter
from spd.ledger import Item, Movement, MovementKind
from spd.places import OUTSIDE
from spd.recalls.matching import lots_meant
from spd.recalls.models import Recall
from spd.stock.deny_list import RecallTarget, Sure, means_serial, targets_of
from spd.stock.ranges import written

_LOTS_AT_ONCE = 400
_ROWS_AT_ONCE = 5000
_ALL = 1 << 62
WHOLE = 0
"""The line of all targets together, where each thing counts once, whoever means it."""

Tell = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Items and base units in the house, at so many places; base units used, on so many patients."""

    items: int
    quantity: int
    places: int
    used: int
    patients: int


@dataclass(frozen=True, kw_only=True)
class Previewed:
    """What one target means, and what it would match; `counts` is None where it was not counted."""

    target: RecallTarget
    product: str
    name: str
    name_en: str
    base_unit: str
    lots_said: str
    serials_said: str
    lots: tuple[str, ...]
    unsure_lots: tuple[str, ...]
    counts: Counts | None


@dataclass
class _Found:
    """What was found so far: for one target, or for all of them together."""

    items: int = 0
    quantity: int = 0
    used: int = 0
    places: set[int] = field(default_factory=set)
    encounters: set[int] = field(default_factory=set)

    def counts(self, patients: Mapping[int, str]) -> Counts:
        """How much it is; patients as encounters name them."""
        return Counts(
            items=self.items,
            quantity=self.quantity,
            places=len(self.places),
            used=self.used,
            patients=len({patients[number] for number in self.encounters}),
        )


Lots = dict[int, list[tuple[RecallTarget, _Found]]]
"""For each lot that is meant, or may be, the targets that mean it, with what is found for each."""


def preview(session: Session, recall: Recall, counts: dict[int, Counts] | None = None) -> list[Previewed]:
    """What each target of a recall means, in the order stated, with these counts by line; nothing is written."""
    return [_told(session, target, (counts or {}).get(target.line)) for target in targets_of(session, recall.code)]


def _told(session: Session, target: RecallTarget, counts: Counts | None) -> Previewed:
    product = session.get_one(Product, target.product_id)
    judged = lots_meant(session, target)
    return Previewed(
        target=target,
        product=product.code,
        name=product.name,
        name_en=product.name_en,
        base_unit=product.base_unit,
        lots_said=written(target.lot_ranges),
        serials_said=written(target.serial_ranges),
        lots=tuple(lot.code for lot, sure in judged if sure is Sure.YES),
        unsure_lots=tuple(lot.code for lot, sure in judged if sure is Sure.UNKNOWN),
        counts=counts,
    )


def meant(session: Session, recall: Recall, *, most: int) -> int:
    """How many items the counting has to look at, up to `most`: all that ever were of the lots its targets mean."""
    return _many(session, sorted(_lots(session, recall)), most)


def count_touched(session: Session, recall: Recall, *, tell: Tell = lambda _done, _total: None) -> dict[int, Counts]:
    """What each target (by line) would match, and all together. `tell` hears how many of so many items were seen."""
    lots, whole = _lots(session, recall), _Found()
    total, done = _many(session, sorted(lots), _ALL), 0
    for some in _some(sorted(lots), _LOTS_AT_ONCE):
        query = select(Item.id, Item.lot_id, Item.serial, Item.location_id, Item.quantity)
        rows = session.execute(query.where(Item.lot_id.in_(some)).execution_options(yield_per=_ROWS_AT_ONCE))
        for part in rows.partitions():
            _count_uses(session, _count_here(part, lots, whole))
            done += len(part)
            tell(done, total)
    patients = _patients(session, sorted(whole.encounters))
    found = {target.line: _Found() for target in targets_of(session, recall.code)}
    found |= {target.line: one for some in lots.values() for target, one in some}
    return {line: one.counts(patients) for line, one in (found | {WHOLE: whole}).items()}


def _lots(session: Session, recall: Recall) -> Lots:
    lots: Lots = {}
    for target in targets_of(session, recall.code):
        found = _Found()
        for lot, _ in lots_meant(session, target):
            lots.setdefault(lot.id, []).append((target, found))
    return lots


def _many(session: Session, lots: Sequence[int], most: int) -> int:
    found = 0
    for some in _some(lots, _LOTS_AT_ONCE):
        few = select(Item.id).where(Item.lot_id.in_(some)).limit(most - found).subquery()
        found += session.scalar(select(func.count()).select_from(few)) or 0
        if found >= most:
            break
    return found


def _some(ids: Sequence[int], at_once: int) -> Iterable[Sequence[int]]:
    return (ids[start : start + at_once] for start in range(0, len(ids), at_once))


def _count_here(rows: Iterable[Any], lots: Lots, whole: _Found) -> dict[int, list[_Found]]:
    """What is in the house is counted; for each item that is meant, whoever means it, and the whole."""
    who: dict[int, list[_Found]] = {}
    for number, lot, serial, place, quantity in rows:
        mine = [found for target, found in lots[lot] if means_serial(target, serial)]
        if not mine:
            continue
        who[number] = [*mine, whole]
        if quantity > 0 and place not in OUTSIDE:
            for one in who[number]:
                one.items += 1
                one.quantity += quantity
                one.places.add(place)
    return who


def _count_uses(session: Session, who: Mapping[int, list[_Found]]) -> None:
    """What of these items was used, and not undone; a movement that undoes another is of the same item."""
    kinds = (MovementKind.CONSUME, MovementKind.REVERSE)
    query = select(
        Movement.id, Movement.item_id, Movement.kind, Movement.quantity, Movement.encounter_id, Movement.reverses_id
    ).where(Movement.item_id.in_(list(who)), Movement.kind.in_(kinds))
    rows = session.execute(query).all()
    undone = {row.reverses_id for row in rows}
    for row in rows:
        if row.kind != MovementKind.CONSUME or row.id in undone:
            continue
        for one in who[row.item_id]:
            one.used += row.quantity
            if row.encounter_id is not None:
                one.encounters.add(row.encounter_id)


def _patients(session: Session, encounters: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in _some(encounters, _ROWS_AT_ONCE):
        found.update(session.execute(select(Encounter.id, Encounter.patient).where(Encounter.id.in_(some))).all())
    return found
