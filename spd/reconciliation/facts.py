"""This file is reading what there is to reconcile: what is new, and all that hangs together with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from spd.catalog import Lot, Product, ProductClass
from spd.core.columns import worth
from spd.encounters import Encounter, EncounterEvent, EventKind
from spd.ledger import Item, ItemKind, Movement, MovementKind
from spd.places import End
from spd.reconciliation import links, refunds
from spd.reconciliation.matching import Fact, Unit
from spd.reconciliation.models import ChargeFact, ChargeLine

_AT_ONCE = 1000
Thing = TypeVar("Thing", int, str)
IS_USE = and_(
    or_(
        Movement.kind == MovementKind.CONSUME,
        and_(Movement.kind == MovementKind.REVERSE, Movement.from_location_id == End.PATIENT),
    ),
    Movement.department_id.is_not(None),
)
"""Uses, and reversals of uses."""


@dataclass
class Fresh:
    """What no case has: stays, numbers of lines, movements of uses; and how much it is."""

    encounters: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    movements: set[int] = field(default_factory=set)
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class Since:
    """The first day that is reconciled, and from when on what was recorded may be new; none is from ever."""

    day: date
    recorded: datetime | None


def find_fresh(session: Session, since: Since) -> Fresh:
    """The lines and uses that are in no case yet."""
    fresh = Fresh()
    lines = select(ChargeLine.number, ChargeLine.refund_of, ChargeLine.encounter).outerjoin(
        ChargeFact, ChargeFact.charge_line_id == ChargeLine.id
    )
    uses = (
        select(Movement.id, Movement.reverses_id, Encounter.code)
        .outerjoin(Encounter, Encounter.id == Movement.encounter_id)
        .outerjoin(ChargeFact, ChargeFact.movement_id == Movement.id)
        .where(IS_USE, Movement.day_on >= since.day)
    )
    if since.recorded is not None:
        lines = lines.where(ChargeLine.recorded_at >= since.recorded)
        uses = uses.where(Movement.recorded_at >= since.recorded)
    for number, refund_of, encounter in session.execute(lines.where(ChargeFact.id.is_(None))):
        fresh.count += 1
        fresh.encounters.add(encounter)
        fresh.numbers |= {number, refund_of} - {""}
    for movement_id, reverses_id, stay in session.execute(uses.where(ChargeFact.id.is_(None))):
        fresh.count += 1
        fresh.movements |= {movement_id, reverses_id or movement_id}
        if stay is not None:
            fresh.encounters.add(stay)
    fresh.encounters |= _merged_since(session, since.recorded)
    return fresh


def _merged_since(session: Session, recorded: datetime | None) -> set[str]:
    """Stays that were told to be merged, or not to be: what is known of them is matched anew."""
    kinds = (EventKind.MERGE.value, EventKind.CANCEL_MERGE.value)
    query = select(EncounterEvent.encounter, EncounterEvent.survivor).where(EncounterEvent.kind.in_(kinds))
    if recorded is not None:
        query = query.where(EncounterEvent.received_at >= recorded)
    return {code for row in session.execute(query) for code in row if code}


_LAST = aliased(Encounter)


def _survivors(session: Session) -> dict[str, str]:
    """Of stays that were merged: whose they are now. HIS charges them under either number."""
    query = select(Encounter.code, _LAST.code).join(_LAST, _LAST.id == Encounter.merged_into_id)
    return {code: survivor for code, survivor in session.execute(query)}  # noqa: C416


def parts(wanted: Iterable[Thing]) -> Iterator[Sequence[Thing]]:
    """In pieces that both databases take."""
    ordered = sorted(wanted)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


_UNDONE = aliased(Movement)


class Gathered:
    """All that hangs together with what is fresh: by stay, by refund, and by the code of a single piece."""

    def __init__(self, session: Session, since: date, *, without_patient: str) -> None:
        self.session, self.since, self._without_patient = session, since, without_patient
        self.lines: dict[str, Any] = {}
        self.uses: dict[int, Any] = {}
        self._pieces: dict[str, str] = {}
        """The code of the single piece that a line's text names."""
        self._linked: dict[int, str] = {}
        self._unnamed: dict[str, str] = {}
        self._asked: dict[str, set[str]] = {"stay": set(), "number": set(), "text": set(), "piece": set()}
        keys = select(Product.code, Product.charge_code)
        self._stands_for = _survivors(session)
        self._merged: dict[str, list[str]] = {}
        for code, last in self._stands_for.items():
            self._merged.setdefault(last, []).append(code)
        self._codes = {code: charge_code or code for code, charge_code in session.execute(keys)}

    @property
    def stays(self) -> set[str]:
        """All that were asked for."""
        return self._asked["stay"]

    def gather(self, fresh: Fresh) -> None:
        """Read until nothing more hangs on to it."""
        stays, numbers = fresh.encounters, fresh.numbers
        if not stays and not numbers:
            self._keep_uses(Movement.id, fresh.movements)
            self._keep_pieces()
            stays, numbers = self._hanging()
        while stays or numbers:
            self._asked["stay"] |= stays
            self._asked["number"] |= numbers
            self._keep_lines(ChargeLine.encounter, stays)
            self._keep_lines(ChargeLine.number, numbers - self.lines.keys())
            self._keep_lines(ChargeLine.refund_of, numbers)
            self._keep_stays(stays)
            self._keep_uses(Movement.id, fresh.movements - self.uses.keys())
            self._keep_pieces()
            stays, numbers = self._hanging()

    def _hanging(self) -> tuple[set[str], set[str]]:
        """Stays and numbers of lines that what was read names, and nobody has asked for yet."""
        stays = {row.encounter for row in self.lines.values()} | {row.stay for row in self.uses.values() if row.stay}
        stays |= {code for one in stays for code in self._family(one)}
        numbers = {one for row in self.lines.values() for one in (row.number, row.refund_of) if one}
        return stays - self._asked["stay"], numbers - self._asked["number"]

    def _family(self, stay: str) -> list[str]:
        """A stay's survivor and all that were merged into that."""
        last = self._stands_for.get(stay, stay)
        return [last, *self._merged.get(last, ())]

    def _keep_lines(self, column: Any, wanted: set[str]) -> None:
        for part in parts(wanted):
            for row in self.session.execute(select(*ChargeLine.__table__.columns).where(column.in_(part))):
                self.lines[row.number] = row

    def _keep_stays(self, stays: set[str]) -> None:
        for part in parts(stays):
            numbers = self.session.scalars(select(Encounter.id).where(Encounter.code.in_(part)))
            self._keep_uses(Movement.encounter_id, set(numbers))

    def _keep_uses(self, column: Any, wanted: Collection[int]) -> None:
        for part in parts(wanted):
            for row in self.session.execute(self._select_uses().where(column.in_(part))):
                self.uses[row.id] = row

    def _keep_pieces(self) -> None:
        """Uses of the single pieces that lines name by code or serial, and lines that name pieces which were used."""
        texts = {row.item for row in self.lines.values() if row.item} - self._asked["text"]
        self._asked["text"] |= texts
        for part in parts(texts):
            self._keep_named(or_(Item.code.in_(part), and_(Item.serial.in_(part), Item.serial != "")))
        used = {row.item for row in self.uses.values() if row.kind == ItemKind.UNIT} - self._asked["piece"]
        self._asked["piece"] |= used
        for part in parts(used):
            query = select(Item.code, Item.serial).where(Item.code.in_(part))
            self._keep_lines(ChargeLine.item, {text for row in self.session.execute(query) for text in row if text})

    def _keep_named(self, named: ColumnElement[bool]) -> None:
        serials: dict[str, set[str]] = {}
        pieces: dict[str, int] = {}
        query = select(Item.id, Item.code, Item.serial).where(Item.kind == ItemKind.UNIT, named)
        for number, code, serial in self.session.execute(query):
            pieces[code] = number
            serials.setdefault(serial, set()).add(code)
        self._pieces |= {serial: min(codes) for serial, codes in serials.items() if len(codes) == 1}
        self._pieces |= {code: code for code in pieces}
        self._keep_uses(Movement.item_id, set(pieces.values()))

    def _select_uses(self) -> Any:
        """Uses since the first day, each with its reversal where it has one."""
        return (
            select(
                Movement.id, Movement.request_key, Movement.line, Movement.quantity, Movement.department_id,
                Movement.day_on, Movement.occurred_at, worth(Movement.quantity, Item.unit_price).label("amount"),
                Item.id.label("item_id"), Item.code.label("item"), Item.kind, Lot.code.label("lot"),
                Product.code.label("product"), Product.chargeable, Product.product_class, Encounter.code.label("stay"),
                _UNDONE.id.label("undone_id"), _UNDONE.request_key.label("undone_key"),
                _UNDONE.line.label("undone_line"), _UNDONE.department_id.label("undone_department"),
                _UNDONE.day_on.label("undone_on"),
            )
            .join(Item, Item.id == Movement.item_id)
            .join(Product, Product.id == Item.product_id)
            .join(Lot, Lot.id == Item.lot_id)
            .outerjoin(Encounter, Encounter.id == Movement.encounter_id)
            .outerjoin(_UNDONE, _UNDONE.reverses_id == Movement.id)
            .where(
                Movement.kind == MovementKind.CONSUME, Movement.department_id.is_not(None),
                or_(Movement.day_on >= self.since, _UNDONE.day_on >= self.since),
            )
        )  # fmt: skip

    def units(self) -> Iterator[Unit]:
        """What is matched: charges with their refunds, uses with their reversals."""
        self._unnamed = refunds.unnamed(self.lines, about=self._about)
        chains: dict[str, list[Any]] = {}
        for row in self.lines.values():
            chains.setdefault(self._root(row), []).append(row)
        self._linked = links.groups(self.session, self.lines, self.uses)
        for root, rows in chains.items():
            yield self._charge(self.lines.get(root, rows[0]), rows)
        for row in self.uses.values():
            yield self._use(row)

    def _root(self, row: Any) -> str:
        """The number of the charge that a line is, or refunds; itself where that has not come."""
        seen: set[str] = set()
        while (above := row.refund_of or self._unnamed.get(row.number)) in self.lines and row.number not in seen:
            seen.add(row.number)
            row = self.lines[above]
        return str(row.number)

    def _about(self, row: Any) -> tuple[str, str]:
        """Whose a line is, and what it bills."""
        stay, code = row.encounter, row.charge_code
        return self._stands_for.get(stay, stay), self._codes.get(code, code)

    def _charge(self, first: Any, rows: list[Any]) -> Unit:
        encounter, code = self._about(first)
        ordered = sorted(rows, key=lambda row: (row.number != first.number, row.charged_at, row.number))
        return Unit(
            facts=tuple(
                Fact(
                    name=f"charge {row.number}", charge=True, row_id=row.id, department_id=row.department_id,
                    day=row.day_on, quantity=row.quantity, amount=row.amount,
                )
                for row in ordered
            ),
            encounter=encounter,
            code=code,
            item=self._pieces.get(first.item, ""),
            lot=first.lot,
            at=first.charged_at,
            linked=self._linked.get(first.id, ""),
        )  # fmt: skip

    def _use(self, row: Any) -> Unit:
        facts = []
        if row.day_on >= self.since:
            facts.append(
                Fact(
                    name=f"use {row.request_key}:{row.line}", charge=False, row_id=row.id,
                    department_id=row.department_id, day=row.day_on, quantity=row.quantity, amount=row.amount,
                )
            )  # fmt: skip
        if row.undone_id is not None:
            facts.append(
                Fact(
                    name=f"use {row.undone_key}:{row.undone_line}", charge=False, row_id=row.undone_id,
                    department_id=row.undone_department, day=row.undone_on, quantity=-row.quantity,
                    amount=-row.amount,
                )
            )  # fmt: skip
        return Unit(
            facts=tuple(facts),
            encounter=self._stands_for.get(row.stay, row.stay) or "",
            code=self._codes[row.product],
            item=row.item if row.kind == ItemKind.UNIT else "",
            lot=row.lot,
            at=row.occurred_at,
            chargeable=self._wants_a_charge(row),
            linked=self._linked.get(-row.id, ""),
        )

    def _wants_a_charge(self, row: Any) -> bool:
        """Whether a use should have been charged; one that names no patient, only where the policy asks for one."""
        if row.stay is not None or self._without_patient == "all":
            return bool(row.chargeable)
        high = row.product_class == ProductClass.HIGH_VALUE
        return bool(row.chargeable) and high and self._without_patient == "high_value"
