"""This file is the draft: what one act moves, posts and tells, gathered first and written at once.

Everything about an item that an act read is checked again by the database when it is written, so that nothing stale
can be moved twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.ledger import chain, numbering, store
from spd.ledger.item_state import ItemState
from spd.ledger.models import ItemKind, ItemStateName, MovementKind
from spd.places import OUTSIDE


@dataclass(frozen=True, kw_only=True)
class NewItem:
    """A thing that gets its code now. `quantity` and place come with its first movement."""

    code: str
    kind: ItemKind
    product_id: int
    lot_id: int
    serial: str = ""
    unit_price: Decimal
    settlement_mode: str
    supplier_id: int
    parent_id: int | None = None
    receipt_line_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One posting of an entry: debit above zero, credit below. Money of a document may be of no product."""

    account: str
    amount: Decimal
    product_id: int | None
    product_class: str
    chargeable: bool
    department_id: int | None = None
    party_id: int | None = None
    encounter_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The money of one movement or document: an event of the rule table, its period, its lines."""

    event: str
    period: str
    lines: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One movement to make. What is left out stays as it is: place, owner, state."""

    kind: MovementKind
    quantity: int
    from_location_id: int
    to_location_id: int
    from_owner_id: int
    to_owner_id: int
    state_after: ItemStateName | str
    department_id: int | None = None
    encounter_id: int | None = None
    document: str = ""
    reason: str = ""
    raw_scan: bytes | None = None
    reverses_id: int | None = None
    entry: Entry | None = None


@dataclass
class Draft:
    """One act, not yet written. Used once: `create` and `move` in the order things happened, then `write`."""

    session: Session
    occasion: Occasion
    expected: int = 1
    """About how many items it will touch; numbers are fetched for so many at a time."""
    beside: Draft | None = None
    """Another act that is written with this one: they take their numbers in one line."""
    movements: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    postings: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    _born: dict[int, ItemState] = field(default_factory=dict)
    _touched: dict[int, tuple[ItemState, ItemState]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers: numbering.Numbers = (
            self.beside._numbers if self.beside else numbering.Numbers(self.session, self.expected)
        )

    def create(self, new: NewItem) -> ItemState:
        """The item with its number; it is nowhere until its first movement."""
        born: dict[str, Any] = {
            "id": self._numbers.next("items"),
            "code": new.code,
            "kind": str(new.kind),
            "product_id": new.product_id,
            "lot_id": new.lot_id,
            "serial": new.serial,
            "unit_price": new.unit_price,
            "settlement_mode": str(new.settlement_mode),
            "supplier_id": new.supplier_id,
            "parent_id": new.parent_id,
            "receipt_line_id": new.receipt_line_id,
            "created_at": self.occasion.recorded_at,
        }
        state = ItemState(**born, quantity=0, location_id=0, owner_id=0, state="", version=0, head=chain.root(born))
        self._born[state.id] = state
        return state

    def move(self, item: ItemState, step: Step) -> ItemState:
        """The item after the step. The caller has judged the step; asserted here is that it adds up."""
        item = self._latest(item)
        _refuse_absurd(item, step)
        movement_id = self._numbers.next("movements")
        digest = self._enter(movement_id, step.entry) if step.entry else None
        movement = self._movement(movement_id, item, step, digest)
        movement["hash"] = chain.movement_hash(movement)
        self.movements.append(movement)
        after = _after(item, step, movement["hash"])
        if item.id in self._born:
            self._born[item.id] = after
        else:
            first = self._touched.get(item.id, (item, item))[0]
            self._touched[item.id] = (first, after)
        return after

    def tell(self, topic: str, payload: str) -> None:
        """Put a message for another system in the outbox, about the movement made last."""
        self.messages.append(
            {
                "topic": topic,
                "movement_id": self.movements[-1]["id"],
                "payload": payload,
                "created_at": self.occasion.recorded_at,
                "sent_at": None,
                "attempts": 0,
            }
        )

    def write(self) -> list[dict[str, Any]]:
        """Write the act: all of it or, with a refusal, nothing. The movements made, as rows.

        Raises: Racing, Moved, CodeTaken, AlreadyReversed.
        """
        write_together(self.session, [self])
        return self.movements

    def request(self) -> dict[str, Any]:
        """The request of this act as a row."""
        assert self.movements, "an act moves something"
        return {
            "key": self.occasion.request_key, "content": self.occasion.content, "staff_id": self.occasion.staff_id,
            "device": self.occasion.device, "recorded_at": self.occasion.recorded_at,
        }  # fmt: skip

    def _latest(self, item: ItemState) -> ItemState:
        if item.id in self._born:
            return self._born[item.id]
        return self._touched[item.id][1] if item.id in self._touched else item

    def _movement(self, movement_id: int, item: ItemState, step: Step, digest: bytes | None) -> dict[str, Any]:
        occasion = self.occasion
        return {
            "id": movement_id,
            "request_key": occasion.request_key,
            "line": len(self.movements) + 1,
            "item_id": item.id,
            "sequence": item.version + 1,
            "kind": str(step.kind),
            "quantity": step.quantity,
            "from_location_id": step.from_location_id,
            "to_location_id": step.to_location_id,
            "from_owner_id": step.from_owner_id,
            "to_owner_id": step.to_owner_id,
            "state_after": str(step.state_after),
            "department_id": step.department_id,
            "encounter_id": step.encounter_id,
            "document": step.document,
            "reason": step.reason,
            "occurred_at": occasion.occurred_at,
            "recorded_at": occasion.recorded_at,
            "day_on": occasion.day,
            "staff_id": occasion.staff_id,
            "device": occasion.device,
            "raw_scan": step.raw_scan,
            "reverses_id": step.reverses_id,
            "entry_digest": digest,
            "previous_hash": item.head,
        }

    def _enter(self, movement_id: int, said: Entry) -> bytes:
        assert sum(line.amount for line in said.lines) == 0, f"entry {said} does not sum to zero"
        entry_id = self._numbers.next("entries")
        entry: dict[str, Any] = {
            "id": entry_id,
            "movement_id": movement_id,
            "document_entry_id": None,
            "event": said.event,
            "period": said.period,
            "day_on": self.occasion.day,
            "recorded_at": self.occasion.recorded_at,
        }
        lines = posting_rows(self._numbers, entry_id, said)
        digest = chain.entry_digest(entry, lines)
        self.entries.append(entry | {"digest": digest})
        self.postings.extend(lines)
        return digest


def write_together(session: Session, drafts: Sequence[Draft]) -> None:
    """Write acts that share no item, all or none. Raises: Racing, Moved, CodeTaken, AlreadyReversed."""
    touched = [pair for draft in drafts for pair in draft._touched.values()]
    assert len({before.id for before, _ in touched}) == len(touched), "acts written together share no item"
    rows = store.Rows(
        requests=[draft.request() for draft in drafts],
        born=[state for draft in drafts for state in draft._born.values()],
        # In key order, so that two who share items wait for each other and never deadlock.
        touched=sorted(touched, key=lambda pair: pair[0].id),
        movements=[row for draft in drafts for row in draft.movements],
        entries=[row for draft in drafts for row in draft.entries],
        postings=[row for draft in drafts for row in draft.postings],
        messages=[row for draft in drafts for row in draft.messages],
    )
    store.write(session, rows)


def posting_rows(numbers: numbering.Numbers, entry_id: int, said: Entry) -> list[dict[str, Any]]:
    """The lines of an entry as they are written."""
    return [
        {
            "id": numbers.next("postings"),
            "entry_id": entry_id,
            "line": number,
            "account": line.account,
            "amount": line.amount,
            "period": said.period,
            "department_id": line.department_id,
            "party_id": line.party_id,
            "encounter_id": line.encounter_id,
            "product_id": line.product_id,
            "product_class": line.product_class,
            "chargeable": line.chargeable,
        }
        for number, line in enumerate(said.lines, 1)
    ]


def _refuse_absurd(item: ItemState, step: Step) -> None:
    """A movement has one end inside at least, and takes no more than there is from where it is."""
    assert step.quantity > 0, "a movement moves something"
    comes = step.from_location_id in OUTSIDE
    goes = step.to_location_id in OUTSIDE
    assert not (comes and goes), "a movement has one end inside the hospital"
    if comes:
        assert item.quantity == 0 or (item.location_id, item.owner_id) == (step.to_location_id, step.to_owner_id)
    else:
        assert (item.location_id, item.owner_id) == (step.from_location_id, step.from_owner_id), "it is not there"
        assert step.quantity <= item.quantity, "more than there is"
        assert goes or step.quantity == item.quantity, "inside the hospital an item moves whole"


def _after(item: ItemState, step: Step, head: bytes) -> ItemState:
    """What a step makes of an item.

    In from outside: the quantity comes on top. Out to outside: it goes, and with the last of it the item goes too.
    Inside: all of it moves, never a part.
    """
    goes = step.to_location_id in OUTSIDE
    left = item.quantity
    if step.from_location_id in OUTSIDE:
        left += step.quantity
    elif goes:
        left -= step.quantity
    stays = goes and left > 0
    # Written out: `dataclasses.replace` takes longer than all the rest of a delivery's movement.
    now = vars(item) | {
        "quantity": left,
        "state": str(step.state_after),
        "version": item.version + 1,
        "head": head,
        "location_id": item.location_id if stays else step.to_location_id,
        "owner_id": item.owner_id if stays else step.to_owner_id,
    }
    return ItemState(**now)
