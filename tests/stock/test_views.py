"""Stock grouped in any way is one number; it lasts as long as its use says; as of an instant it is what it was then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import accounting, disposal, ledger, packing
from spd.catalog.changes import change_product
from spd.core.database import Database
from spd.core.errors import Refusal
from spd.disposal import Asked, Decision, Found, Kind, ToDispose, Why
from spd.ledger import Item, get_item_state
from spd.parties import PartySaid, change_party
from spd.stock import holds, slow, standing
from spd.stock.finding import matching
from spd.stock.holds import HoldReason
from spd.stock.views import By, Chosen, View
from tests import build
from tests.build import Hospital

LEVELS = [180, 90, 30]


def view(**said: Any) -> View:
    said.setdefault("there", standing.now())
    chosen = Chosen(**{name: said.pop(name) for name in list(said) if name in Chosen.__dataclass_fields__})
    return View(on=build.TODAY, levels=LEVELS, use_days=10, chosen=chosen, **said)


def rows(session: Session, by: By, **said: Any) -> list[Any]:
    table = view(**said).table(by)
    return list(session.execute(select(table)))


def by_key(session: Session, by: By, key: str, **said: Any) -> dict[Any, Any]:
    return {getattr(row, key): row for row in rows(session, by, **said)}


@pytest.fixture
def stocked(session: Session, h: Hospital) -> list[str]:
    """Packs and stents on the ward, gauze and stents in the store; one pack used, one held."""
    packs = build.packs(session, h, 4, 20)
    build.stents(session, h, 2)
    build.stents(session, h, 1, at=h.store)
    build.use(session, h, packs[0], encounter=None)
    holds.place(
        session, build.occasion(h.keeper), [get_item_state(session, packs[1])], holds.Why(reason=HoldReason.DAMAGED)
    )
    return packs


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize("by", [by for by in By if by is not By.ITEM])
def test_value_is_one_number_whatever_it_is_grouped_by(session: Session, by: By) -> None:
    groups = rows(session, by)
    things = rows(session, By.ITEM)
    assert sum(row.value for row in groups) == sum(row.value for row in things) == Decimal(26080)
    assert sum(row.owned for row in groups) == accounting.booked(session)
    assert sum(row.consigned for row in groups) == 3 * Decimal(8600)
    assert sum(row.items for row in groups) == len(things)
    assert all(row.value == row.owned + row.consigned + row.loaner for row in groups)


@pytest.mark.usefixtures("stocked")
def test_groups_say_what_they_are(session: Session) -> None:
    assert set(by_key(session, By.PLACE, "location")) == {"STORE", "CARD-W"}
    assert by_key(session, By.PRODUCT, "product")["GAUZE"].quantity == 80
    assert by_key(session, By.STATE, "key")["held"].items == 1
    assert set(by_key(session, By.OWNER, "key")) == {"HOSPITAL", "SUP-STENT"}
    assert set(by_key(session, By.SUPPLIER, "key")) == {"SUP-GAUZE", "SUP-STENT"}
    assert set(by_key(session, By.CLASS, "key")) == {"high_value", "low_value"}
    assert set(by_key(session, By.EXPIRY, "key")) == {"later"}
    assert by_key(session, By.LOT, "lot")["L1"].product == "STENT"


@pytest.mark.usefixtures("stocked")
def test_what_is_held_is_there_and_not_usable(session: Session) -> None:
    row = by_key(session, By.PRODUCT, "product", location="CARD-W")["GAUZE"]
    assert (row.quantity, row.usable) == (60, 40)


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize(
    ("said", "products"),
    [
        ({"location": "STORE"}, {"GAUZE", "STENT"}),
        ({"owner": "owned"}, {"GAUZE"}),
        ({"owner": "consigned"}, {"STENT"}),
        ({"owner": "SUP-STENT"}, {"STENT"}),
        ({"supplier": "SUP-GAUZE"}, {"GAUZE"}),
        ({"state": "held"}, {"GAUZE"}),
        ({"nearness": "later", "product_class": "high_value"}, {"STENT"}),
        ({"lot": "L1"}, {"STENT"}),
        ({"nearness": "expired"}, set()),
        ({"product": "STENT", "location": "CARD-W"}, {"STENT"}),
    ],
)
def test_filters_choose_what_they_say(session: Session, said: dict[str, str], products: set[str]) -> None:
    assert set(by_key(session, By.PRODUCT, "product", **said)) == products


@pytest.mark.usefixtures("stocked")
def test_a_reader_of_one_department_sees_it_and_the_stores(session: Session, h: Hospital) -> None:
    mine = frozenset({h.surgery.id})
    assert set(by_key(session, By.PLACE, "location", departments=mine)) == {"STORE"}
    mine = frozenset({h.cardiology.id})
    assert set(by_key(session, By.PLACE, "location", departments=mine)) == {"STORE", "CARD-W"}


@pytest.mark.usefixtures("stocked")
def test_a_stock_lasts_as_many_days_as_its_use_says(session: Session, h: Hospital) -> None:
    """Twenty were used in ten days: two a day. Forty usable last twenty days, the store's twenty ten."""
    ward = by_key(session, By.PLACE_PRODUCT, "location", product="GAUZE")
    assert (ward["CARD-W"].used, ward["CARD-W"].days) == (20, 20)
    assert (ward["STORE"].used, ward["STORE"].days) == (20, 10)
    house = by_key(session, By.PRODUCT, "product")
    assert (house["GAUZE"].days, house["STENT"].days) == (30, None)
    store = by_key(session, By.PRODUCT, "product", location="STORE")
    assert store["GAUZE"].days == 10


def test_a_use_undone_is_no_use(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1, 20)[0]
    build.reverse(session, h, build.use(session, h, pack, encounter=None).movement_id)
    assert by_key(session, By.PRODUCT, "product")["GAUZE"].used == 0


def test_what_was_used_before_the_window_does_not_count(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 2, 20)
    build.use(session, h, packs[0], encounter=None)
    later = replace(view(), on=build.TODAY + timedelta(days=10))
    row = session.execute(select(later.table(By.PRODUCT))).one()
    assert (row.used, row.days) == (0, None)


def test_dead_stock_lay_long_and_was_not_used(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 5, 20)
    build.use(session, h, packs[0], encounter=None)
    build.stents(session, h)
    table = view().table(By.PRODUCT)

    def found(condition: Any) -> set[str]:
        return set(session.scalars(select(table.c.product).where(condition)))

    assert found(slow.is_dead(table, at=build.NOW, idle_days=10)) == set()
    later = build.NOW + timedelta(days=10)
    assert found(slow.is_dead(table, at=later, idle_days=10)) == {"STENT"}
    assert found(slow.is_slow(table, cover_days=30)) == {"GAUZE"}
    assert found(slow.is_slow(table, cover_days=40)) == set()
    assert found(slow.lies_too_long(table, at=later, idle_days=10, cover_days=30)) == {"GAUZE", "STENT"}


# As of an instant.


def standing_now(session: Session, there: Any = None) -> list[tuple[Any, ...]]:
    """Every thing with quantity, place, owner and state, in order."""
    source = standing.now() if there is None else there
    columns = (source.c[name] for name in ("id", "quantity", "location_id", "owner_id", "state"))
    return [tuple(row) for row in session.execute(select(*columns).order_by(source.c.id))]


class Story:
    """A hospital whose acts are an hour apart."""

    def __init__(self, session: Session) -> None:
        self.session, self.h, self.at = session, build.hospital(session), build.NOW

    def when(self, staff: Any = None) -> Any:
        return build.occasion(staff or self.h.keeper, at=self.at)

    def codes(self, *states: str) -> list[str]:
        query = select(Item.code).where(Item.state.in_(states), Item.quantity > 0).order_by(Item.id)
        return list(self.session.scalars(query))


def _receive(story: Story, number: int) -> None:
    build.gauze(story.session, story.h, 1 + number % 2)


def _pack(story: Story, number: int) -> None:
    bulks = [code for code in story.codes("available") if code.startswith("B")]
    if bulks:
        asked = packing.PacksAsked(occasion=story.when(), sources=[bulks[number % len(bulks)]], quantity=10, count=2)
        packing.make_packs(story.session, asked)


def _send(story: Story, number: int) -> None:
    there = story.codes("available")
    if there:
        build.move_to(story.session, story.h, [there[number % len(there)]], story.h.ward)


def _use(story: Story, number: int) -> None:
    there = story.codes("available", "open")
    if there:
        code = there[number % len(there)]
        build.use(story.session, story.h, code, encounter=None, quantity=1 + number % 3, occasion=story.when())


def _hold(story: Story, number: int) -> None:
    there = story.codes("available", "open")
    if there:
        item = get_item_state(story.session, there[number % len(there)])
        holds.place(story.session, story.when(), [item], holds.Why(reason=HoldReason.OTHER))


def _release(story: Story, number: int) -> None:
    there = story.codes("held")
    if there:
        mine = holds.open_holds(story.session, [get_item_state(story.session, there[number % len(there)]).id])
        holds.release(story.session, story.when(), mine, note="")


def _write_off(story: Story, number: int) -> None:
    there = story.codes("available", "open", "held")
    if there:
        line = Asked(item=there[number % len(there)])
        asked = ToDispose(occasion=story.when(), kind=Kind.WRITE_OFF, lines=[line], reason=Why.LOST)
        code = disposal.ask(story.session, asked)[0].code
        disposal.approve(story.session, Decision(occasion=story.when(story.h.nurse), document=code))


def _find(story: Story, number: int) -> None:
    lost = list(story.session.scalars(select(Item.code).where(Item.state == "written_off").order_by(Item.id)))
    if lost:
        said = Found(occasion=story.when(), item=lost[number % len(lost)], note="")
        disposal.find_again(story.session, said)


ACTS: list[Callable[[Story, int], None]] = [_receive, _pack, _send, _use, _hold, _release, _write_off, _find]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@settings(max_examples=8, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 50)), min_size=3, max_size=12))
def test_as_of_any_instant_stock_is_what_it_was_then(
    kept_database: Callable[[str], Database], kind: str, steps: list[tuple[Callable[[Story, int], None], int]]
) -> None:
    session = kept_database(kind).session()
    build_now, was = build.NOW, {}
    try:
        story = Story(session)
        for act, number in [(_receive, 0), (_pack, 0), (_send, 1), *steps]:
            story.at += timedelta(hours=1)
            build.occasion.__kwdefaults__["at"] = story.at  # the builders act at the story's hour
            try:
                with session.begin_nested():
                    act(story, number)
            except Refusal:
                pass
            was[story.at] = (standing_now(session), accounting.booked(session))
        for at, (lay, booked) in was.items():
            assert standing_now(session, standing.as_of(at)) == lay
            assert accounting.booked(session, at=at) == booked
            there = view(there=standing.as_of(at)).table(By.PRODUCT)
            assert (session.scalar(select(func.sum(there.c.owned))) or 0) == booked
        last = max(was)
        assert standing_now(session, standing.as_of(last)) == standing_now(session)
        assert build.problems(session) == []
    finally:
        build.occasion.__kwdefaults__["at"] = build_now
        session.rollback()
        session.close()


def test_before_the_first_act_there_was_nothing(session: Session, h: Hospital) -> None:
    build.packs(session, h, 1)
    before = datetime(2026, 1, 1, tzinfo=UTC)
    assert standing_now(session, standing.as_of(before)) == []
    assert accounting.booked(session, at=before) == 0


def test_what_a_device_kept_belongs_to_when_we_heard_of_it(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1, 20)[0]
    heard = build.NOW + timedelta(hours=5)
    kept = replace(build.occasion(h.nurse, at=heard), occurred_at=build.NOW + timedelta(hours=1))
    build.use(session, h, pack, encounter=None, occasion=kept)
    between = standing.as_of(build.NOW + timedelta(hours=3))
    assert session.scalar(select(between.c.state).where(between.c.code == pack)) == "available"
    after = standing.as_of(heard)
    assert session.scalar(select(after.c.state).where(after.c.code == pack)) is None


def test_booked_reads_closed_months_from_their_totals(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    april = build.occasion(h.keeper, at=build.NOW + timedelta(days=40))
    ledger.close_period(session, april, "2026-03")
    assert accounting.booked(session) == Decimal(175) == build.balance(session, "1302.01")


@pytest.mark.usefixtures("stocked")
def test_as_of_an_instant_products_and_suppliers_are_called_and_classed_as_they_were(
    session: Session, h: Hospital
) -> None:
    later = build.NOW + timedelta(hours=2)
    said = {"product_class": "reagent", "name": "药物支架"}
    change_product(session, build.occasion(h.keeper, at=later), "STENT", said, moved=True)
    was, named = h.stents.name, PartySaid(name="新公司")
    change_party(session, build.occasion(h.keeper, at=later), "SUP-STENT", named)
    for at, supplier in ((later - timedelta(hours=1), was), (None, "新公司")):
        of_then = {"there": standing.as_of(at) if at else standing.now(), "then": at}
        assert by_key(session, By.SUPPLIER, "key", **of_then)["SUP-STENT"].name == supplier
    for at, kind, name in ((later - timedelta(hours=1), "high_value", "冠脉支架"), (None, "reagent", "药物支架")):
        of_then = {"there": standing.as_of(at) if at else standing.now(), "then": at}
        assert set(by_key(session, By.CLASS, "key", **of_then)) == {kind, "low_value"}
        words = matching("药物") if at is None else matching("STENT")
        of_class = by_key(session, By.PRODUCT, "product", product_class=kind, more=[words], **of_then)
        assert [(code, row.name) for code, row in of_class.items()] == [("STENT", name)]
        things = by_key(session, By.ITEM, "name", product_class=kind, **of_then)
        assert set(things) == {name}
