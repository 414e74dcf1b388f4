"""Exactly once: one key, one act; other content under it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import ledger, packing, receiving, replenishment
from spd.core.occasion import Occasion, digest_of
from tests import build
from tests.build import Hospital

Act = Callable[[Session, Hospital], tuple[Occasion, Callable[[Occasion], Any]]]


def receiving_a_case(session: Session, h: Hospital) -> tuple[Occasion, Callable[[Occasion], Any]]:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    said = receiving.Delivered(
        occasion=build.occasion(h.keeper), delivery=delivery.code, location=h.store.code,
        arrivals=[receiving.Arrived(scan=build.scan(build.GAUZE_CASE_DI))],
    )  # fmt: skip
    return said.occasion, lambda occasion: receiving.receive(session, replace(said, occasion=occasion))


def receiving_what_is_near_expiry(session: Session, h: Hospital) -> tuple[Occasion, Callable[[Occasion], Any]]:
    delivery = build.note(session, h, h.stents, ("STENT", 1))
    near = build.scan(build.STENT_DI, serial="NEAR", expires_on=build.TODAY)
    said = receiving.Delivered(
        occasion=build.occasion(h.keeper), delivery=delivery.code, location=h.store.code,
        arrivals=[receiving.Arrived(scan=near)],
    )  # fmt: skip
    return said.occasion, lambda occasion: receiving.receive(session, replace(said, occasion=occasion))


def making_packs(session: Session, h: Hospital) -> tuple[Occasion, Callable[[Occasion], Any]]:
    asked = packing.PacksAsked(occasion=build.occasion(h.keeper), sources=[build.gauze(session, h)], quantity=20)
    return asked.occasion, lambda occasion: packing.make_packs(session, replace(asked, occasion=occasion))


def sending_a_tote(session: Session, h: Hospital) -> tuple[Occasion, Callable[[Occasion], Any]]:
    codes = build.packs(session, h, at=h.store)
    asked = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=codes, to=h.ward.code)
    return asked.occasion, lambda occasion: replenishment.dispatch(session, replace(asked, occasion=occasion))


def signing_for_part_of_a_tote(session: Session, h: Hospital) -> tuple[Occasion, Callable[[Occasion], Any]]:
    codes = build.packs(session, h, at=h.store)
    sent = replenishment.dispatch(
        session, replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=codes, to=h.ward.code)
    )
    said = replenishment.ToSign(
        occasion=build.occasion(h.nurse), dispatch=sent.code, location=h.ward.code, items=codes[:1]
    )
    return said.occasion, lambda occasion: replenishment.sign(session, replace(said, occasion=occasion))


def carrying(session: Session, h: Hospital) -> tuple[Occasion, Callable[[Occasion], Any]]:
    asked = replenishment.ToTransfer(
        occasion=build.occasion(h.nurse), items=build.packs(session, h), to=h.theatre.code
    )  # fmt: skip
    return asked.occasion, lambda occasion: replenishment.transfer(session, replace(asked, occasion=occasion))


def using(session: Session, h: Hospital) -> tuple[Occasion, Callable[[Occasion], Any]]:
    code = build.stents(session, h)[0]
    return build.occasion(h.nurse), lambda occasion: build.use(session, h, code, occasion=occasion)


def undoing(session: Session, h: Hospital) -> tuple[Occasion, Callable[[Occasion], Any]]:
    use = build.use(session, h, build.stents(session, h)[0])
    return build.occasion(h.nurse), lambda occasion: build.reverse(session, h, use.movement_id, occasion=occasion)


ACTS: list[Act] = [
    receiving_a_case, receiving_what_is_near_expiry, making_packs, sending_a_tote, signing_for_part_of_a_tote, carrying,
    using, undoing,
]  # fmt: skip


def books(session: Session) -> list[Any]:
    tables = (ledger.Request, ledger.Item, ledger.Movement, ledger.EntryRow, ledger.Posting, ledger.OutboxMessage)
    sizes: list[Any] = [session.scalar(select(func.count()).select_from(table)) for table in tables]
    return [*sizes, *session.execute(select(ledger.Item.code, ledger.Item.version).order_by(ledger.Item.id))]


@pytest.mark.parametrize("act", ACTS)
def test_asking_twice_with_one_key_is_answered_the_same_and_done_once(session: Session, h: Hospital, act: Act) -> None:
    occasion, do = act(session, h)
    first = do(occasion)
    before = books(session)
    assert do(occasion) == replace(first, repeated=True)
    assert books(session) == before


@pytest.mark.parametrize("act", ACTS)
def test_other_content_under_a_used_key_is_refused(session: Session, h: Hospital, act: Act) -> None:
    occasion, do = act(session, h)
    do(occasion)
    before = books(session)
    with pytest.raises(ledger.KeyReused):
        do(replace(occasion, content=digest_of("something else")))
    assert books(session) == before


@pytest.mark.parametrize("act", ACTS)
def test_a_key_of_one_act_is_not_a_key_for_another(session: Session, h: Hospital, act: Act) -> None:
    used, do_first = using(session, h)
    do_first(used)
    _, do = act(session, h)
    with pytest.raises(ledger.KeyReused):
        do(replace(build.occasion(h.nurse), request_key=used.request_key))


def test_the_answer_to_an_old_key_is_the_first_answer_whatever_came_after(session: Session, h: Hospital) -> None:
    occasion, use = using(session, h)
    first = use(occasion)
    undone = build.reverse(session, h, first.movement_id)
    assert use(occasion) == replace(first, repeated=True)
    build.use(session, h, first.item)
    assert use(occasion) == replace(first, repeated=True)
    assert undone.quantity == 1


def test_packs_told_again_still_say_what_stayed_loose_then(session: Session, h: Hospital) -> None:
    occasion, pack = making_packs(session, h)
    first = pack(occasion)
    assert (len(first.packs), first.loose) == (2, 10)
    bulk = session.scalars(select(ledger.Item.code).where(ledger.Item.quantity == 10)).one()
    build.use(session, h, bulk, department="CARD", encounter=None, quantity=10)
    assert pack(occasion) == replace(first, repeated=True)


def test_a_signature_told_again_still_says_what_was_missing_then(session: Session, h: Hospital) -> None:
    occasion, sign = signing_for_part_of_a_tote(session, h)
    first = sign(occasion)
    assert len(first.missing) == 1
    later = build.occasion(h.nurse, at=build.NOW + timedelta(hours=1))
    rest = replenishment.ToSign(occasion=later, dispatch=first.dispatch, location=h.ward.code)
    replenishment.sign(session, rest)
    assert sign(occasion) == replace(first, repeated=True)


def test_a_refused_act_leaves_its_key_free(session: Session, h: Hospital) -> None:
    occasion = build.occasion(h.nurse)
    with pytest.raises(ledger.UnknownItem):
        build.use(session, h, "NOBODY", occasion=occasion)
    assert build.use(session, h, build.stents(session, h)[0], occasion=occasion).repeated is False


def test_every_request_is_kept_with_who_asked(session: Session, h: Hospital) -> None:
    occasion, use = using(session, h)
    use(occasion)
    request = session.get_one(ledger.Request, occasion.request_key)
    assert (request.content, request.staff_id, request.device) == (occasion.content, h.nurse.id, "test")
    assert request.recorded_at == occasion.recorded_at


def test_two_who_ask_at_once_under_one_key_are_told_to_ask_again(session: Session, h: Hospital) -> None:
    """The second has looked before the first has written: the database refuses it by the key."""
    codes = build.stents(session, h, 2)
    occasion = build.occasion(h.nurse)
    build.use(session, h, codes[0], occasion=occasion)
    late = ledger.Draft(session, occasion)
    item = ledger.get_item_state(session, codes[1])
    late.move(
        item,
        ledger.Step(
            kind=ledger.MovementKind.TRANSFER, quantity=1, from_location_id=h.ward.id, to_location_id=h.theatre.id,
            from_owner_id=item.owner_id, to_owner_id=item.owner_id, state_after=item.state,
        ),
    )  # fmt: skip
    with pytest.raises(ledger.Racing), session.begin_nested():
        late.write()
    assert ledger.get_item_state(session, codes[1]).location_id == h.ward.id
