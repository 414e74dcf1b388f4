"""This file is a hospital at work: rules that do anything in any order, and a check of everything after each."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from sqlalchemy import func, select

from spd import consumption, ledger, packing
from spd.core.errors import Refusal
from spd.core.occasion import Occasion, digest_of
from spd.encounters import Encounter
from spd.ledger import EntryRow, Item, Movement, OutboxMessage, Posting
from spd.parties import Party
from spd.places import Department, End, Location
from tests import build
from tests.properties.books import BEARS, HOSPITAL, Thing
from tests.properties.story import CHARGEABLE, picks
from tests.properties.supplying import Supplying


class HospitalMachine(Supplying):
    """The ledger and the second opinion, doing the same and compared after every step."""

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
        """After every third act: it asks seventy things, and the second opinion was asked each time."""
        self.looked = getattr(self, "looked", 0) + 1
        assert self.looked % 3 or build.problems(self.session) == []
