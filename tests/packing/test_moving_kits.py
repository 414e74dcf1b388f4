"""A kit is one thing to whoever carries it: sent, signed for, carried, brought back whole, charged at its use."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scanners import Scan
from spd import consumption, packing, policies, replenishment, stock
from spd.catalog import Lot
from spd.ledger import Draft, Movement, MovementKind, OutboxMessage, Step, get_item_state
from spd.places import End, Location
from spd.stock import kit_fitness, kits
from spd.stock.holds import HoldReason, Why, open_holds, place, release
from tests import build
from tests.build import Hospital
from tests.packing.kitting import assemble, recipe, things


def sealed(session: Session, h: Hospital) -> packing.KitMade:
    """A kit of a consigned stent and a pack of gauze, in the store."""
    return assemble(session, h, recipe(session, h), things(session, h))


def send(session: Session, h: Hospital, *items: str | Scan, to: Location | None = None) -> replenishment.Sent:
    asked = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=items, to=(to or h.ward).code)
    return replenishment.dispatch(session, asked)


def sign(session: Session, h: Hospital, tote: str, *items: str, **more: Any) -> replenishment.Signed:
    more.setdefault("occasion", build.occasion(h.nurse))
    return replenishment.sign(
        session, replenishment.ToSign(dispatch=tote, location=h.ward.code, items=items, **more)
    )  # fmt: skip


def where(session: Session, kit: packing.KitMade) -> set[tuple[int, str]]:
    """Where a kit's things are, and in what state."""
    found = [get_item_state(session, code) for code in kit.items]
    return {(item.location_id, str(item.state)) for item in found}


def label(kit: packing.KitMade) -> Scan:
    return Scan(raw=kit.code, kind="kit", data=kit.code, code=kit.code)


def hold(session: Session, h: Hospital, code: str) -> None:
    place(session, build.occasion(h.keeper), [get_item_state(session, code)], Why(reason=HoldReason.RECALL))


def test_one_scan_sends_it_and_the_ward_signs_for_one(session: Session, h: Hospital) -> None:
    kit, pack = sealed(session, h), build.packs(session, h, 1, at=h.store)[0]
    sent = send(session, h, label(kit), pack)
    assert (sent.things, sent.items) == (2, (*kit.items, pack))
    assert where(session, kit) == {(End.TRANSIT, "in_transit")}
    signed = sign(session, h, sent.code)
    assert (signed.things, set(signed.items), signed.missing) == (2, {*kit.items, pack}, ())
    assert where(session, kit) == {(h.ward.id, "reserved")}
    with pytest.raises(stock.NotSignedYet):
        build.use(session, h, kit.items[0])
    assert build.problems(session) == []


def test_asked_twice_with_one_key_it_is_sent_and_signed_for_once(session: Session, h: Hospital) -> None:
    kit, when = sealed(session, h), build.occasion(h.keeper)
    asked = replenishment.ToDispatch(occasion=when, items=[kit.code], to=h.ward.code)
    first, again = (replenishment.dispatch(session, asked) for _ in range(2))
    assert (first.things, again.things, again.repeated) == (1, 1, True)
    signing = build.occasion(h.nurse)
    told = [sign(session, h, first.code, occasion=signing) for _ in range(2)]
    assert [(one.things, one.items, one.repeated) for one in told] == [
        (1, kit.items, False),
        (1, kit.items, True),
    ]


def test_scanned_by_its_label_it_alone_is_signed_for_and_the_rest_is_missing(session: Session, h: Hospital) -> None:
    kit, pack = sealed(session, h), build.packs(session, h, 1, at=h.store)[0]
    tote = send(session, h, kit.code, pack).code
    with pytest.raises(kits.InKit):
        sign(session, h, tote, kit.items[0])
    signed = sign(session, h, tote, kit.code)
    assert (signed.things, signed.missing) == (1, (pack,))


def test_a_thing_in_a_kit_goes_nowhere_by_itself(session: Session, h: Hospital) -> None:
    kit = sealed(session, h)
    for item in kit.items:
        with pytest.raises(kits.InKit) as refused:
            send(session, h, item)
        assert refused.value.facts["kit"] == kit.code
        with pytest.raises(kits.InKit):
            build.carry(session, h, [item], h.ward)
    hold(session, h, kit.items[0])
    with pytest.raises(kits.InKit):
        build.carry(session, h, [kit.items[0]], h.store)


def test_a_kit_with_something_held_recalled_or_expired_is_not_sent_and_it_is_said_what_to_do(
    session: Session, h: Hospital
) -> None:
    kit = sealed(session, h)
    hold(session, h, kit.items[0])
    with pytest.raises(kit_fitness.KitStopped) as refused:
        send(session, h, kit.code)
    assert (refused.value.facts["item"], refused.value.facts["why"]) == (kit.items[0], "on hold")
    assert "take it apart" in refused.value.sentence("en")
    with pytest.raises(kit_fitness.KitStopped):
        build.carry(session, h, [kit.code], h.ward)
    other = sealed(session, h)
    expire(session, other.items[1])
    for act in (lambda: send(session, h, other.code), lambda: use(session, h, other.code)):
        with pytest.raises(kit_fitness.KitStopped, match="kit-stopped"):
            act()
    build.carry(session, h, [kit.code], h.store)  # back to a store it may go
    packing.end(session, build.occasion(h.keeper), kit.code, opened=False)
    assert where(session, kit) == {(h.store.id, "held"), (h.store.id, "available")}
    assert build.problems(session) == []


def expire(session: Session, code: str) -> None:
    lot = get_item_state(session, code).lot_id
    session.execute(update(Lot).where(Lot.id == lot).values(expires_on=build.TODAY - timedelta(days=1)))
    session.expire_all()


def use(session: Session, h: Hospital, code: str, **said: Any) -> consumption.KitUse:
    said.setdefault("occasion", build.occasion(h.nurse))
    said.setdefault("encounter", h.stay.code)
    return consumption.use_kit(session, consumption.UseScanned(item=code, **said))


def test_of_a_kit_stopped_on_its_way_nothing_is_signed_for_and_it_comes_back_whole(
    session: Session, h: Hospital
) -> None:
    kit, pack = sealed(session, h), build.packs(session, h, 1, at=h.store)[0]
    tote, signing = send(session, h, kit.code, pack).code, build.occasion(h.nurse)
    hold(session, h, kit.items[0])
    told = [sign(session, h, tote, occasion=signing) for _ in range(2)]
    for signed in told:
        assert (signed.items, {one.item for one in signed.stopped}, signed.missing) == ((pack,), set(kit.items), ())
    with pytest.raises(kit_fitness.KitStopped):
        sign(session, h, tote)
    asked = {"occasion": build.occasion(h.keeper), "to": h.store.code}
    with pytest.raises(kits.InKit):
        replenishment.bring_back(session, replenishment.ToBringBack(items=[kit.items[1]], **asked))
    replenishment.bring_back(session, replenishment.ToBringBack(items=[kit.code], **asked))
    assert where(session, kit) == {(h.store.id, "held"), (h.store.id, "reserved")}
    release(
        session, build.occasion(h.keeper), open_holds(session, [get_item_state(session, kit.items[0]).id]), note="ok"
    )
    assert where(session, kit) == {(h.store.id, "reserved")}
    assert build.problems(session) == []
    assert send(session, h, kit.code).things == 1


def test_it_is_carried_to_another_ward_and_back_as_one(session: Session, h: Hospital) -> None:
    kit = sealed(session, h)
    sign(session, h, send(session, h, kit.code).code)
    for to in (h.theatre, h.store):
        build.carry(session, h, [kit.code], to)
        assert where(session, kit) == {(to.id, "reserved")}
    assert build.problems(session) == []


def test_opened_at_its_use_everything_in_it_is_charged_and_what_was_not_needed_is_undone(
    session: Session, h: Hospital
) -> None:
    kit = sealed(session, h)
    sign(session, h, send(session, h, kit.code).code)
    used = use(session, h, kit.code)
    assert (used.items, used.encounter, used.cost) == (kit.items, h.stay.code, Decimal(8670))
    assert where(session, kit) == {(End.PATIENT, "consumed")}
    assert kits.get_kit(session, kit.code).state == "opened"
    charged = list(session.scalars(select(OutboxMessage.movement_id).where(OutboxMessage.topic == "charge")))
    assert charged == [used.movement_ids[0]]  # gauze is not billed
    with pytest.raises(kits.KitEnded):
        use(session, h, kit.code)
    build.reverse(session, h, used.movement_ids[1])
    assert get_item_state(session, kit.items[1]).state == "available"
    build.use(session, h, kit.items[1], encounter=None)
    assert build.problems(session) == []


def test_a_use_asked_twice_is_one_and_a_kit_on_its_way_is_not_used(session: Session, h: Hospital) -> None:
    kit = sealed(session, h)
    tote = send(session, h, kit.code).code
    with pytest.raises(stock.NotSignedYet):
        use(session, h, kit.code)
    for opened in (True, False):
        with pytest.raises(stock.NotSignedYet):
            packing.end(session, build.occasion(h.keeper), kit.code, opened=opened)
    sign(session, h, tote)
    when = build.occasion(h.nurse)
    first, again = (use(session, h, kit.code, occasion=when) for _ in range(2))
    assert (again.repeated, again.items, again.cost) == (True, first.items, first.cost)


def test_another_wards_kit_comes_over_before_it_is_used_where_the_policy_says_so(session: Session, h: Hospital) -> None:
    kit = sealed(session, h)
    sign(session, h, send(session, h, kit.code).code)
    policies.settle(session, build.occasion(h.keeper), "use.other_ward_stock", "transfer")
    when = build.occasion(h.nurse)
    used, again = (
        use(session, h, kit.code, occasion=when, departments=frozenset({h.surgery.id}), encounter=None)
        for _ in range(2)
    )
    moved = session.execute(
        select(Movement.kind, Movement.to_location_id).where(Movement.id >= used.movement_ids[0] - 1)
    )
    assert sorted(map(tuple, moved)) == sorted([("transfer", h.theatre.id), ("consume", End.PATIENT)] * 2)
    assert (again.items, again.movement_ids, again.cost) == (used.items, used.movement_ids, used.cost)
    assert build.problems(session) == []


def test_a_kit_of_which_a_piece_is_gone_is_taken_apart_and_sealed_again(session: Session, h: Hospital) -> None:
    kit = sealed(session, h)
    state = get_item_state(session, kit.items[0])
    draft = stock_lost(session, h, state)
    assert draft.quantity == 0
    with pytest.raises(kit_fitness.KitApart) as refused:
        send(session, h, kit.code)
    assert refused.value.facts["item"] == kit.items[0]
    packing.end(session, build.occasion(h.keeper), kit.code, opened=False)
    assert get_item_state(session, kit.items[1]).state == "available"


def stock_lost(session: Session, h: Hospital, item: Any) -> Any:
    """A thing that a count did not find: it is lost where it was."""
    draft = Draft(session, build.occasion(h.keeper))
    draft.move(
        item,
        Step(
            kind=MovementKind.ADJUST, quantity=item.quantity, from_location_id=item.location_id,
            to_location_id=End.LOSS, from_owner_id=item.owner_id, to_owner_id=item.owner_id,
            state_after="written_off",
        ),
    )  # fmt: skip
    draft.write()
    return get_item_state(session, item.code)


def test_a_kit_whose_things_are_in_two_places_is_found_by_the_proof(session: Session, h: Hospital) -> None:
    kit = sealed(session, h)
    assert list(kits.problems(session)) == []
    item = get_item_state(session, kit.items[0])
    draft = Draft(session, build.occasion(h.keeper))
    draft.move(
        item,
        Step(
            kind=MovementKind.TRANSFER, quantity=item.quantity, from_location_id=item.location_id,
            to_location_id=h.ward.id, from_owner_id=item.owner_id, to_owner_id=item.owner_id, state_after="available",
        ),
    )  # fmt: skip
    draft.write()
    assert [problem.row for problem in kits.problems(session)] == [kit.code, kit.code]
