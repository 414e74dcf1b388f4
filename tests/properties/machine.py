"""This file is a hospital at work: rules that do anything in any order, and a check of everything after each."""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import consumption, ledger, packing, receiving, replenishment
from spd.core.database import Database
from spd.core.errors import Refusal
from spd.core.occasion import Occasion, digest_of
from spd.core.transaction import transaction
from spd.encounters import Encounter
from spd.ledger import EntryRow, Item, Movement, OutboxMessage, Posting
from spd.parties import Party
from spd.places import Department, End, Location
from tests import build
from tests.properties.books import BEARS, HOSPITAL, WARDS, Books, Thing, Used

PLACES = ("STORE", *WARDS)
HIGH_VALUE = ("STENT", "SCREW")
CHARGEABLE = ("STENT", "SCREW", "REAGENT")
LOTS = {"L1": date(2028, 9, 30), "L2": build.TODAY + timedelta(days=12)}
picks = st.integers(0, 239)


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


class HospitalMachine(RuleBasedStateMachine):
    """The ledger and the second opinion, doing the same and compared after every step."""

    database: ClassVar[Database]
    seen: ClassVar[Counter[str]]
    """What was done and what was refused, over all stories."""

    session: ClassVar[Session]
    morning: ClassVar[dict[str, Any] | None] = None
    """The hospital as every story finds it: opened once and kept; each story's own doings are rolled back."""

    @initialize()
    def begin(self) -> None:
        kind = type(self)
        if kind.morning is None:
            with transaction(self.database) as kind.session:
                self.open_the_hospital()
            kind.morning = dict(vars(self))
        kind.session = self.database.session()
        for name in ("h", "now", "serials"):
            setattr(self, name, kind.morning[name])
        for name in ("books", "notes"):
            setattr(self, name, copy.deepcopy(kind.morning[name]))
        for name in ("totes", "uses", "acts"):
            setattr(self, name, list(kind.morning[name]))

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

    def teardown(self) -> None:
        if hasattr(type(self), "session"):
            self.session.rollback()
            self.session.close()

    def occasion(self, *, late: timedelta = timedelta(0)) -> Occasion:
        """The next act, a minute after the last; heard of late where it is said."""
        self.now += timedelta(minutes=1)
        return replace(build.occasion(self.h.nurse, at=self.now - late), recorded_at=self.now)

    def act(self, occasion: Occasion, do: Callable[[Occasion], Any], refusal: str | None) -> Any:
        """The answer; None where it is refused, which must be for the reason expected."""
        try:
            with self.session.begin_nested():
                answer = do(occasion)
        except Refusal as refused:
            assert all(refused.sentence(language) for language in ("zh", "en"))
            assert refused.code == refusal, f"refused as {refused}, {refusal} was expected"
            self.seen[refused.code] += 1
            return None
        assert refusal is None, f"done, though {refusal} was expected"
        self.seen[type(answer).__name__] += 1
        self.acts.append((occasion, do, answer))
        return answer

    def pick(self, number: int, fit: Callable[[Thing], bool] | None = None) -> Thing:
        """One of the things, as a rule one that is fit; one in six is any, so that everything is also tried in vain."""
        things = list(self.books.things.values())
        fitting = [thing for thing in things if (fit or self.usable)(thing)]
        among = fitting if fitting and number % 6 else things
        return among[number // 6 % len(among)]

    def some(self, numbers: Sequence[int], fit: Callable[[Thing], bool] | None = None) -> list[Thing]:
        """Several of the things, as a rule from where the first one is."""
        first = self.pick(numbers[0], fit)

        def beside(thing: Thing) -> bool:
            return (fit or self.usable)(thing) and thing.place == first.place

        return list({thing.code: thing for thing in (first, *(self.pick(n, beside) for n in numbers[1:]))}.values())

    def usable(self, thing: Thing) -> bool:
        return thing.state in ("available", "open")

    def at_hand(self, thing: Thing) -> bool:
        """Whether it lies on a ward, to be used."""
        return thing.place in WARDS and thing.state in ("available", "open")

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
            thing.sealed = thing.sealed if thing.state != "open" else max(thing.sealed, thing.quantity + 1)
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

    # Use

    @precondition(lambda self: self.books.things)
    @rule(number=picks, stay=st.sampled_from(("E-1", "E-2")))
    def use_on_a_stay(self, number: int, stay: str) -> None:
        self.use(self.pick(number, self.at_hand), None, stay, None)

    @precondition(lambda self: self.books.things)
    @rule(number=picks, quantity=st.integers(1, 15), stay=st.sampled_from(("W-1", "W-2", None)))
    def use_a_part(self, number: int, quantity: int, stay: str | None) -> None:
        self.use(self.pick(number, self.at_hand), quantity, stay, None)

    @precondition(lambda self: self.books.things)
    @rule(number=picks, department=st.sampled_from(("CARD", "SURG", "LAB", "LOGI")), quantity=st.integers(1, 5))
    def use_by_a_department(self, number: int, department: str, quantity: int) -> None:
        self.use(self.pick(number), quantity, None, department)

    @precondition(lambda self: self.books.things)
    @rule(number=picks, days=st.integers(1, 3))
    def tell_late_of_a_use(self, number: int, days: int) -> None:
        self.use(self.pick(number, self.at_hand), None, "E-1", None, late=timedelta(days=days))

    def use(
        self, thing: Thing, quantity: int | None, stay: str | None, department: str | None,
        *, late: timedelta = timedelta(0),
    ) -> None:  # fmt: skip
        occasion = self.occasion(late=late)
        wanted = quantity or thing.whole
        refusal = self.refusal_of_stay(stay, occasion.occurred_at)  # the patient first, then the thing, then the place
        refusal = refusal or self.books.refusal(thing, wanted, occasion.day)
        if refusal == "already-used" and self.last_patient(thing) == (stay and stay.replace("W", "E")):
            refusal = "already-recorded"
        bears = BEARS.get(thing.place)
        if refusal is None and department is not None and bears not in (None, department):
            refusal = "other-department"
        if refusal is None and department is None and bears is None:
            refusal = "not-signed"

        def do(said: Occasion) -> consumption.Use:
            scanned = consumption.UseScanned(
                occasion=said, item=thing.code, encounter=stay, department=department, quantity=quantity
            )
            return consumption.record_use(self.session, scanned)

        use = self.act(occasion, do, refusal)
        if use is None:
            return
        owned = thing.owner == HOSPITAL
        assert (use.quantity, use.cost, use.title_passed) == (wanted, wanted * thing.price, not owned)
        encounter = stay and stay.replace("W", "E")
        chargeable = thing.product in CHARGEABLE
        user = department or str(bears)
        used = self.books.use(thing, wanted, user, encounter, occasion.day, chargeable=chargeable)
        self.uses.append((use.movement_id, used))

    def last_patient(self, thing: Thing) -> str | None:
        return next(used.encounter for _, used in reversed(self.uses) if used.thing is thing)

    def refusal_of_stay(self, stay: str | None, at: datetime) -> str | None:
        here = {None: True, "1": at >= build.NOW - timedelta(days=3), "2": at <= build.NOW + timedelta(days=4)}
        return None if here[stay and stay[-1]] else "encounter-closed"

    @precondition(lambda self: self.uses)
    @rule(number=picks)
    def undo_a_use(self, number: int) -> None:
        standing = [one for one in self.uses if not one[1].undone]
        among = standing if standing and number % 3 else self.uses
        movement_id, used = among[number // 3 % len(among)]
        occasion = self.occasion()

        def do(said: Occasion) -> consumption.Reversal:
            asked = consumption.ReversalAsked(occasion=said, movement_id=movement_id, reason="mis-scan")
            return consumption.reverse_use(self.session, asked)

        if self.act(occasion, do, self.books.refusal_to_undo(used)):
            self.books.undo(used, occasion.day)

    # Devices, people, time

    @precondition(lambda self: self.acts)
    @rule(number=picks)
    def ask_again(self, number: int) -> None:
        occasion, do, answer = self.acts[number % len(self.acts)]
        self.act(replace(occasion, content=digest_of("something else")), do, "key-reused")
        again = do(occasion)
        if isinstance(answer, packing.PacksMade):
            answer = replace(answer, loose=again.loose)  # a source it did not come to is told as it is now
        assert again == replace(answer, repeated=True)
        self.seen["repeated"] += 1

    @precondition(lambda self: self.books.things)
    @rule(number=picks)
    def hold_or_release(self, number: int) -> None:
        thing = self.pick(number, lambda one: one.state == "held" or number % 5 == 0)
        turned = {"available": "held", "open": "held", "held": "available"}.get(thing.state)
        if turned is None:
            return
        if turned == "available" and thing.kind == "pack" and thing.quantity < thing.sealed:
            turned = "open"
        build.hold(self.session, self.h, thing.code, turned)
        thing.state = turned

    @precondition(lambda self: self.books.things)
    @rule(number=picks)
    def write_what_was_read_too_early(self, number: int) -> None:
        thing = self.pick(number)
        if thing.state not in ("available", "open"):
            return
        stale = ledger.get_item_state(self.session, thing.code)
        step = ledger.Step(
            kind=ledger.MovementKind.TRANSFER, quantity=stale.quantity, state_after=stale.state,
            from_location_id=stale.location_id, to_location_id=stale.location_id,
            from_owner_id=stale.owner_id, to_owner_id=stale.owner_id,
        )  # fmt: skip
        for refusal in (None, "moved"):
            draft = ledger.Draft(self.session, self.occasion())
            draft.move(stale, step)
            try:
                with self.session.begin_nested():
                    draft.write()
            except Refusal as refused:
                assert refused.code == refusal, f"refused as {refused}, {refusal} was expected"
                self.seen[refused.code] += 1
            else:
                assert refusal is None, "a stale reading was written"

    @rule(days=st.sampled_from((2, 5, 10, 30)))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(back=st.integers(0, 2))
    def close_a_month(self, back: int) -> None:
        occasion = self.occasion()
        current = f"{occasion.day:%Y-%m}"
        period = f"{(occasion.day.replace(day=15) - timedelta(days=30 * back)):%Y-%m}"
        posted = [month for (month, _), amount in self.books.accounts.items() if amount or month]
        due = min([period, *posted]) if not self.books.closed else self.books.month(date(2000, 1, 1))
        refusal = None
        if period <= self.books.closed:
            refusal = "period-closed"
        elif period != due or period >= current:
            refusal = "closing-out-of-order"
        try:
            with self.session.begin_nested():
                ledger.close_period(self.session, occasion, period)
        except Refusal as refused:
            assert refused.code == refusal, f"refused as {refused}, {refusal} was expected"
            self.seen[refused.code] += 1
        else:
            assert refusal is None, f"{period} closed, though {refusal} was expected"
            self.books.closed = period
            self.seen["closed"] += 1

    # What must hold whatever was done

    @invariant()
    def every_item_is_where_and_what_it_should_be(self) -> None:
        query = (
            select(Item.code, Item.quantity, Location.code, Party.code, Item.state)
            .join(Location, Location.id == Item.location_id)
            .join(Party, Party.id == Item.owner_id)
        )
        there = {code: tuple(rest) for code, *rest in self.session.execute(query)}
        things = self.books.things.values()
        assert there == {t.code: (t.quantity, t.place, t.owner, t.state) for t in things}

    @invariant()
    def nothing_is_made_or_lost(self) -> None:
        left: Counter[str] = Counter()
        for thing in self.books.things.values():
            left[thing.product] += thing.quantity
        assert left + self.books.used == self.books.received
        sign = {int(End.PATIENT): 1}
        moved: Counter[int] = Counter()
        query = select(Movement.from_location_id, Movement.to_location_id, func.sum(Movement.quantity))
        for origin, to, quantity in self.session.execute(
            query.group_by(Movement.from_location_id, Movement.to_location_id)
        ):
            moved[to] += int(quantity)
            moved[origin] -= int(quantity)
        assert moved[End.PATIENT] == sign[End.PATIENT] * sum(self.books.used.values())
        assert -moved[End.SUPPLIER] == sum(self.books.received.values())
        assert moved[End.PROCESSING] == 0

    @invariant()
    def every_account_stands_where_it_should(self) -> None:
        query = select(Posting.period, Posting.account, func.sum(Posting.amount))
        kept = {(month, account): amount for month, account, amount in self.session.execute(
            query.group_by(Posting.period, Posting.account)) if amount}  # fmt: skip
        assert kept == {key: amount for key, amount in self.books.accounts.items() if amount}
        assert sum(kept.values()) == 0

    @invariant()
    def every_supplier_is_owed_what_was_taken_over(self) -> None:
        query = (
            select(Party.code, -func.sum(Posting.amount))
            .join(Party, Party.id == Posting.party_id)
            .where(Posting.account == "2302.01")
            .group_by(Party.code)
        )
        owed = {supplier: amount for supplier, amount in self.session.execute(query) if amount}
        assert owed == {supplier: amount for supplier, amount in self.books.owed.items() if amount}

    @invariant()
    def every_use_is_borne_by_its_department_and_stay(self) -> None:
        query = (
            select(Department.code, Encounter.code, func.sum(Posting.amount))
            .join(Department, Department.id == Posting.department_id)
            .outerjoin(Encounter, Encounter.id == Posting.encounter_id)
            .where(Posting.account.in_(("5001.01", "5101.01")))
            .group_by(Department.code, Encounter.code)
        )
        borne = {(department, stay): amount for department, stay, amount in self.session.execute(query) if amount}
        assert borne == {key: amount for key, amount in self.books.spent.items() if amount}

    @invariant()
    def inventory_is_worth_what_is_on_the_shelves(self) -> None:
        worth: defaultdict[str, Decimal] = defaultdict(Decimal)
        for thing in self.books.things.values():
            if thing.owner == HOSPITAL:
                worth["all"] += thing.quantity * thing.price
        kept = sum(
            (amount for (_, account), amount in self.books.accounts.items() if account.startswith("1302")), Decimal(0)
        )
        assert kept == worth["all"]

    @invariant()
    def his_is_told_of_every_charge_and_credit(self) -> None:
        query = select(OutboxMessage.topic, func.count()).group_by(OutboxMessage.topic)
        assert dict(tuple(row) for row in self.session.execute(query)) == {
            t: n for t, n in self.books.told.items() if n
        }

    @invariant()
    def no_closed_month_has_changed(self) -> None:
        late = select(func.count()).select_from(EntryRow).where(EntryRow.period <= self.books.closed)
        kept = sum(1 for (month, _), amount in self.books.accounts.items() if month <= self.books.closed and amount)
        assert bool(self.session.scalar(late)) or not kept

    @invariant()
    def the_proof_finds_nothing(self) -> None:
        assert build.problems(self.session) == []
