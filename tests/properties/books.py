"""This file is a second opinion: what the ledger should say, kept in plain dictionaries and judged by its own rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

HOSPITAL = "HOSPITAL"
WARDS = ("CARD-W", "SURG-T")
BEARS = {"CARD-W": "CARD", "SURG-T": "SURG"}
INVENTORY = {"STORE": "1302.01", "CARD-W": "1302.02", "SURG-T": "1302.02"}
EXPENSE = {"CARD": "5001.01", "SURG": "5001.01", "LAB": "5001.01", "LOGI": "5101.01"}
PAYABLE = "2302.01"


@dataclass
class Thing:
    """One item as it should stand."""

    code: str
    product: str
    lot: str
    expires_on: date
    supplier: str
    mode: str
    price: Decimal
    kind: str
    place: str
    owner: str
    state: str = "available"
    quantity: int = 0
    sealed: int = 0
    tote: str = ""

    @property
    def whole(self) -> int:
        """How much one scan takes."""
        return 1 if self.kind == "bulk" or self.state == "open" else max(self.quantity, 1)


@dataclass
class Used:
    """One use, with all that undoing it needs."""

    thing: Thing
    quantity: int
    place: str
    owner: str
    department: str
    encounter: str | None
    lines: list[tuple[str, Decimal]]
    chargeable: bool
    undone: bool = False


@dataclass
class Books:
    """The hospital as it should stand."""

    today: date
    things: dict[str, Thing] = field(default_factory=dict)
    accounts: defaultdict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """By month and account."""
    owed: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    spent: defaultdict[tuple[str, str | None], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """By department and encounter."""
    received: Counter[str] = field(default_factory=Counter)
    used: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    closed: str = ""

    def month(self, day: date) -> str:
        """The month an act of a day is posted to."""
        own = f"{day:%Y-%m}"
        return own if own > self.closed else after(self.closed)

    def post(self, lines: list[tuple[str, Decimal]], supplier: str, day: date) -> None:
        for account, amount in lines:
            self.accounts[(self.month(day), account)] += amount
            if account == PAYABLE:
                self.owed[supplier] -= amount

    def refusal(self, thing: Thing, quantity: int, day: date) -> str | None:
        """Why it must not be used or sent."""
        if thing.state in ("consumed", "spent", "held", "in_transit"):
            return {"consumed": "already-used", "spent": "gone", "held": "held", "in_transit": "not-signed"}[
                thing.state
            ]
        if thing.expires_on < day:
            return "expired"
        return "not-enough" if quantity > thing.quantity else None

    def refusal_to_carry(self, thing: Thing, to: str, day: date) -> str | None:
        """Why it must not be carried there: what is held or expired may go back to a store."""
        back = to not in WARDS and thing.state in ("available", "open", "held")
        return None if back else self.refusal(thing, 1, day)

    def receive(self, thing: Thing, quantity: int, day: date) -> None:
        thing.quantity += quantity
        self.received[thing.product] += quantity
        if thing.owner == HOSPITAL:
            cost = quantity * thing.price
            # At the bay it is central stock, wherever the bay is.
            self.post([("1302.01", cost), (PAYABLE, -cost)], thing.supplier, day)

    def arrive(self, thing: Thing, origin: str, place: str, day: date) -> None:
        """The money of a change of place, and the title that may pass with it."""
        cost = thing.quantity * thing.price
        if thing.mode == "on_issue" and thing.owner != HOSPITAL and place in WARDS:
            self.post([("1302.02", cost), (PAYABLE, -cost)], thing.supplier, day)
            thing.owner = HOSPITAL
        elif thing.owner == HOSPITAL and INVENTORY[origin] != INVENTORY[place]:
            self.post([(INVENTORY[place], cost), (INVENTORY[origin], -cost)], thing.supplier, day)
        thing.place = place

    def use(
        self, thing: Thing, quantity: int, department: str, encounter: str | None, day: date, *, chargeable: bool
    ) -> Used:
        cost = quantity * thing.price
        lines = [(EXPENSE[department], cost), (INVENTORY[thing.place], -cost)]
        if thing.owner != HOSPITAL:
            lines = [("1302.02", cost), (PAYABLE, -cost), (EXPENSE[department], cost), ("1302.02", -cost)]
        used = Used(thing, quantity, thing.place, thing.owner, department, encounter, lines, chargeable)
        self.post(lines, thing.supplier, day)
        self.spent[(department, encounter)] += cost
        self.used[thing.product] += quantity
        self.told["charge"] += chargeable and encounter is not None
        thing.quantity -= quantity
        if thing.quantity == 0:
            thing.state, thing.place, thing.owner = "consumed", "PATIENT", HOSPITAL
        elif thing.kind == "pack":
            thing.state = "open"
        return used

    def refusal_to_undo(self, used: Used) -> str | None:
        thing = used.thing
        if used.undone:
            return "already-reversed"
        if thing.state == "consumed" or (thing.place, thing.owner) == (used.place, used.owner):
            return None
        return "moved-since"

    def undo(self, used: Used, day: date) -> None:
        thing = used.thing
        self.post([(account, -amount) for account, amount in used.lines], thing.supplier, day)
        self.spent[(used.department, used.encounter)] -= used.quantity * thing.price
        self.used[thing.product] -= used.quantity
        self.told["credit"] += used.chargeable and used.encounter is not None
        thing.quantity += used.quantity
        back = "open" if thing.kind == "pack" and thing.quantity < thing.sealed else "available"
        if thing.state == "consumed":
            thing.state, thing.place, thing.owner = back, used.place, used.owner
        elif thing.state == "open":
            thing.state = back  # all of it is back: nothing opened it
        used.undone = True


def after(month: str) -> str:
    """The month after."""
    year, number = map(int, month.split("-"))
    return f"{year + 1}-01" if number == 12 else f"{year}-{number + 1:02d}"
