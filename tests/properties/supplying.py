"""This file is a hospital that is supplied: goods in, packs, totes to the wards; what comes out is compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from spd import packing, receiving, replenishment
from spd.core.occasion import Occasion
from tests import build
from tests.properties.books import HOSPITAL, Books, Thing, Used
from tests.properties.story import HIGH_VALUE, LOTS, PLACES, Story, picks


@dataclass
class Note:
    """A delivery note under way."""

    code: str
    product: str
    di: str
    inside: int
    stated: int
    supplier: str
    mode: str
    price: Decimal
    came: int = 0


NOTES = (
    ("STENT", build.STENT_DI, 1, 8, "SUP-STENT", "on_use", "8600"),
    ("SCREW", build.SCREW_DI, 1, 8, "SUP-STENT", "on_receipt", "320"),
    ("GAUZE", build.GAUZE_CASE_DI, 50, 300, "SUP-GAUZE", "on_receipt", "3.5"),
    ("GAUZE", build.GAUZE_CASE_DI, 50, 200, "SUP-STENT", "on_use", "3.6001"),
    ("REAGENT", build.REAGENT_DI, 100, 400, "SUP-GAUZE", "on_issue", "0.3333"),
)


class Supplying(Story):
    """Everything between the supplier and the ward."""

    def open_the_hospital(self) -> None:
        """Deliveries on their way in, some goods in the store, some on the wards."""
        self.h = build.hospital(self.session)
        self.h.other_stay.discharged_at = build.NOW + timedelta(days=4)
        self.now = build.NOW
        self.serials = 0
        self.books = Books(today=build.TODAY)
        self.totes: list[tuple[str, str, str]] = []
        self.uses: list[tuple[int, Used]] = []
        self.acts: list[tuple[Occasion, Callable[[Occasion], Any], Any]] = []
        self.notes = [self.announce(n, *stated) for n, stated in enumerate(NOTES)]
        for note in self.notes:
            for lot in LOTS:
                self.arrive(note, lot, self.arrivals(note, lot, 1))
        self.pack([1], 20, 2)
        self.bring(lambda thing: thing.kind == "pack" or thing.product == "STENT", "CARD-W")
        self.bring(lambda thing: thing.product == "REAGENT", "SURG-T")

    def bring(self, wanted: Callable[[Thing], bool], to: str) -> None:
        """Bring things to a ward before the story begins."""
        numbers = [n for n, thing in enumerate(self.books.things.values()) if wanted(thing)]
        self.send([6 * n for n in numbers], to)
        self.sign(self.totes[-1][0], to, [])

    def announce(
        self, number: int, product: str, di: str, inside: int, stated: int, supplier: str, mode: str, price: str
    ) -> Note:
        line = receiving.AnnouncedLine(
            product=product, quantity=stated, unit_price=Decimal(price), settlement_mode=mode
        )
        said = receiving.Announced(
            occasion=self.occasion(), code=f"N{number}", supplier=supplier, lines=[line]
        )  # fmt: skip
        receiving.announce(self.session, said)
        return Note(f"N{number}", product, di, inside, stated, supplier, mode, Decimal(price))

    # Goods in

    @rule(note=picks, count=st.integers(1, 3), lot=st.sampled_from(sorted(LOTS)))
    def receive(self, note: int, count: int, lot: str) -> None:
        into = self.notes[note % len(self.notes)]
        self.arrive(into, lot, self.arrivals(into, lot, count))

    def arrivals(self, note: Note, lot: str, count: int) -> list[receiving.Arrived]:
        label = {"lot": lot, "expires_on": LOTS[lot]}
        if note.product != "STENT":
            return [receiving.Arrived(scan=build.scan(note.di, **label), count=count)]  # type: ignore[arg-type]
        self.serials += count
        serials = [f"S{self.serials - n}" for n in range(count)]
        return [receiving.Arrived(scan=build.scan(note.di, serial=one, **label)) for one in serials]  # type: ignore[arg-type]

    def arrive(self, note: Note, lot: str, arrivals: list[receiving.Arrived], refusal: str | None = None) -> None:
        occasion = self.occasion()
        quantities = [arrived.count * note.inside for arrived in arrivals]
        expired = LOTS[lot] < occasion.day
        if expired:
            refusal = "expired"
        elif note.came + sum(quantities) > note.stated:
            refusal = "over-delivered"

        def do(said: Occasion) -> receiving.Receipt:
            delivered = receiving.Delivered(occasion=said, delivery=note.code, location="STORE", arrivals=arrivals)
            return receiving.receive(self.session, delivered)

        receipt = self.act(occasion, do, refusal)
        if receipt is None:
            return
        note.came += sum(quantities)
        assert sum(item.quantity for item in receipt.items) == sum(quantities)
        for item in receipt.items:
            self.books.receive(self.thing_received(note, lot, item), item.quantity, occasion.day)

    def thing_received(self, note: Note, lot: str, item: receiving.receive.ReceivedItem) -> Thing:
        owner = HOSPITAL if note.mode == "on_receipt" else note.supplier
        fresh = Thing(
            code=item.code, product=note.product, lot=lot, expires_on=LOTS[lot], supplier=note.supplier,
            mode=note.mode, price=note.price, kind=item.kind, place="STORE", owner=owner, sealed=item.quantity,
        )  # fmt: skip
        known = self.books.things.setdefault(item.code, fresh)
        same = (known.lot, known.supplier, known.place, known.owner, known.state)
        assert same == (lot, note.supplier, "STORE", owner, "available"), "added to what is not the same"
        assert known is fresh or known.kind == "bulk", "received twice under one code"
        return known

    @rule(number=picks)
    def receive_what_must_not_come(self, number: int) -> None:
        """A serial that came before, or a code that nobody knows."""
        stents = [thing for thing in self.books.things.values() if thing.product == "STENT"]
        thing = stents[number // 4 % len(stents)]
        serial = thing.code.split(".")[1]
        if number % 4:
            scan = build.scan(build.STENT_DI, lot=thing.lot, serial=serial, expires_on=thing.expires_on)
            self.arrive(self.notes[0], thing.lot, [receiving.Arrived(scan=scan)], "code-taken")
        else:
            nobodys = [receiving.Arrived(scan=build.scan("06999999999999"))]
            said = receiving.Delivered(occasion=self.occasion(), delivery="N0", location="STORE", arrivals=nobodys)
            self.act(
                said.occasion, lambda at: receiving.receive(self.session, replace(said, occasion=at)), "unknown-code"
            )

    # Processing

    @precondition(lambda self: self.books.things)
    @rule(numbers=st.lists(picks, min_size=1, max_size=2), quantity=st.sampled_from((10, 20, 30)),
          count=st.sampled_from((None, 1, 2)))  # fmt: skip
    def pack(self, numbers: list[int], quantity: int, count: int | None) -> None:
        bulk = [thing for thing in self.books.things.values() if thing.kind == "bulk"]
        occasion, sources = self.occasion(), self.some(numbers, lambda thing: thing in bulk and thing.quantity > 0)
        there = sum(source.quantity for source in sources)
        wanted = count if count is not None else there // quantity
        refusal = self.refusal_to_pack(sources, occasion.day)
        if refusal is None and (wanted < 1 or wanted * quantity > there):
            refusal = "not-enough"
        codes = tuple(source.code for source in sources)

        def do(said: Occasion) -> packing.PacksMade:
            asked = packing.PacksAsked(occasion=said, sources=codes, quantity=quantity, count=count)
            return packing.make_packs(self.session, asked)

        made = self.act(occasion, do, refusal)
        if made is None:
            return
        assert (len(made.packs), made.loose) == (wanted, there - wanted * quantity)
        first, left = replace(sources[0]), wanted * quantity
        for source in sources:
            taken = min(left, source.quantity)
            left, source.quantity = left - taken, source.quantity - taken
            if not source.quantity:
                source.state, source.place = "spent", "PROCESSING"
        for pack in made.packs:
            thing = replace(first, code=pack.code, kind="pack", quantity=quantity, sealed=quantity)
            self.books.things[pack.code] = thing

    def refusal_to_pack(self, sources: list[Thing], day: date) -> str | None:
        for source in sources:
            if source.kind != "bulk" or source.product in HIGH_VALUE:
                return "not-packable"
            if refusal := self.books.refusal(source, 1, day):
                return refusal
        alike = {(s.product, s.lot, s.owner, s.supplier, s.price, s.mode, s.place) for s in sources}
        return "mixed-pack" if len(alike) > 1 else None

    # To the wards

    @precondition(lambda self: self.books.things)
    @rule(numbers=st.lists(picks, min_size=1, max_size=3), to=st.sampled_from(PLACES))
    def send(self, numbers: list[int], to: str) -> None:
        occasion, things = self.occasion(), self.some(numbers)
        refusal = None
        for thing in things:
            refusal = self.books.refusal(thing, 1, occasion.day)
            refusal = refusal or ("mixed-origin" if thing.place != things[0].place else None)
            if refusal:
                break
        codes = [thing.code for thing in things]

        def do(said: Occasion) -> replenishment.Sent:
            return replenishment.dispatch(self.session, replenishment.ToDispatch(occasion=said, items=codes, to=to))

        sent = self.act(occasion, do, refusal)
        if sent is None:
            return
        self.totes.append((sent.code, things[0].place, to))
        for thing in things:
            thing.tote, thing.place = sent.code, "TRANSIT"
            thing.state = "in_transit"

    @precondition(lambda self: self.totes)
    @rule(number=picks, astray=st.integers(0, 5))
    def sign_for_all(self, number: int, astray: int) -> None:
        tote, to = self.pick_tote(number)
        self.sign(tote, to if astray else next(place for place in PLACES if place != to), [])

    @precondition(lambda self: self.totes)
    @rule(number=picks, numbers=st.lists(picks, min_size=1, max_size=2))
    def sign_for_part(self, number: int, numbers: list[int]) -> None:
        tote, to = self.pick_tote(number)
        scanned = {self.pick(n, lambda thing: thing.tote == tote).code for n in numbers}
        self.sign(tote, to, sorted(scanned))

    def pick_tote(self, number: int) -> tuple[str, str]:
        """One of the totes and where it goes: as a rule one that is on its way."""
        full = {thing.tote for thing in self.books.things.values()}
        waiting = [tote for tote in self.totes if tote[0] in full]
        among = waiting if waiting and number % 4 else self.totes
        code, _, to = among[number // 4 % len(among)]
        return code, to

    def sign(self, tote: str, at: str, scanned: list[str]) -> None:
        occasion = self.occasion()
        origin, to = next((origin, to) for code, origin, to in self.totes if code == tote)
        inside = {thing.code: thing for thing in self.books.things.values() if thing.tote == tote}
        taken = scanned or list(inside)
        stopped = {code for code, thing in inside.items() if thing.expires_on < occasion.day}
        refusal = None
        if at != to:
            refusal = "wrong-ward"
        elif not inside:
            refusal = "already-delivered"
        elif any(code not in inside for code in scanned):
            refusal = "not-in-tote"
        elif stopped.issuperset(taken):
            refusal = "expired"

        def do(said: Occasion) -> replenishment.Signed:
            asked = replenishment.ToSign(occasion=said, dispatch=tote, location=at, items=scanned)
            return replenishment.sign(self.session, asked)

        signed = self.act(occasion, do, refusal)
        if signed is None:
            return
        good = set(taken) - stopped
        assert (set(signed.items), set(signed.missing)) == (good, set(inside) - set(taken) - stopped)
        assert {one.item for one in signed.stopped} == stopped
        for code in good:
            thing = inside[code]
            thing.tote = ""
            thing.state = "open" if thing.kind == "pack" and thing.quantity < thing.sealed else "available"
            self.books.arrive(thing, origin, to, occasion.day)

    @precondition(lambda self: self.books.things)
    @rule(numbers=st.lists(picks, min_size=1, max_size=2), to=st.sampled_from(PLACES))
    def carry(self, numbers: list[int], to: str) -> None:
        begun = {used.thing.code for _, used in self.uses if not used.undone}

        def wanted(thing: Thing) -> bool:
            """As a rule something of which a part was used: it cannot come back where it was then."""
            return self.usable(thing) and (thing.code in begun or not begun)

        occasion, things = self.occasion(), self.some(numbers, wanted)
        refusals = [self.books.refusal_to_carry(thing, to, occasion.day) for thing in things]
        codes = [thing.code for thing in things]

        def do(said: Occasion) -> replenishment.Transferred:
            return replenishment.transfer(self.session, replenishment.ToTransfer(occasion=said, items=codes, to=to))

        if self.act(occasion, do, next((refusal for refusal in refusals if refusal), None)):
            for thing in things:
                self.books.arrive(thing, thing.place, to, occasion.day)
                if thing.expires_on < occasion.day:
                    thing.state = "held"
