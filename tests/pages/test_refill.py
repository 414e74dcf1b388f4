"""Refill on pages without scripts: the list, a wave, picks, totes, signing by badge, asking, carrying, exchanging."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from api.pages.commands import REFILL_FINISH, REFILL_SEAL, REFILL_SHORT
from spd import replenishment
from spd.core.transaction import reading
from spd.ledger import get_item_state
from spd.staff import Staff
from spd.stock import fixed_quantities
from tests import build
from tests.pages.visiting import PASSWORD, Visitor
from tests.replenishment import asked

Enter = Callable[..., Visitor]


def state_of(app: Flask, code: str) -> str:
    with reading(app.extensions["spd.database"]) as session:
        return get_item_state(session, code).state


def sent(act: Any, there: SimpleNamespace, number: int = 2, to: str = "CARD-W") -> tuple[str, list[str]]:
    def do(session: Session) -> tuple[str, list[str]]:
        codes = asked.packs(session, there.h, number)
        said = replenishment.ToDispatch(occasion=build.occasion(there.h.keeper), items=codes, to=to)
        return replenishment.dispatch(session, said).code, codes

    done: tuple[str, list[str]] = act(do)
    return done


def test_a_wave_is_made_picked_sealed_and_finished(enter: Enter, there: SimpleNamespace, act: Any) -> None:
    codes = act(lambda session: asked.packs(session, there.h, 2))
    keeper = enter("storekeeper")
    assert "at the lower limit" in keeper.look("/refill").text
    page = keeper.fill("/refill/waves", store="STORE")
    assert page.request.path.startswith("/refill/waves/D")
    wave = page.request.path
    assert codes[0] in keeper.look(wave + "/pick").text
    assert keeper.scan(codes[0])[0] == "ok"
    assert keeper.scan(codes[0])[0] == "repeat"
    assert keeper.scan(there.stents[2])[0] == "stop"
    keeper.look(wave + "/pick")
    kind, words = keeper.scan(codes[1])
    assert (kind, "SURG-T" in words or "手术间" in words) == ("ok", True)
    keeper.look(wave)
    assert "is on its way with 2 packs" in keeper.fill("/seal").text
    assert "nothing came short" in keeper.fill("/finish").text
    assert "under way" in keeper.look("/refill/waves").text
    assert keeper.look("/refill/waves?state=finished&as=csv").status_code == 200


def test_command_cards_do_what_buttons_do(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    keeper.look(f"/refill/waves/{there.wave}/pick")
    assert "Noted as not there" in _said(keeper.scan(REFILL_SHORT.code))
    assert "Tote sealed" in _said(keeper.scan(REFILL_SEAL.code))
    assert "came short" in _said(keeper.scan(REFILL_FINISH.code))


def _said(verdict: tuple[str | None, str]) -> str:
    return verdict[1]


def test_a_totes_own_label_seals_it_when_nothing_is_left_for_it(enter: Enter, there: SimpleNamespace, act: Any) -> None:
    keeper = enter("storekeeper")
    keeper.look(f"/refill/waves/{there.wave}/pick")
    assert "still to be picked" in _said(keeper.scan(there.tote))
    for _ in range(3):
        keeper.look(f"/refill/waves/{there.wave}/pick")
        keeper.scan(REFILL_SHORT.code)
    assert "Tote sealed" in _said(keeper.scan(there.tote))


def test_a_pick_is_undone(app: Flask, enter: Enter, there: SimpleNamespace, act: Any) -> None:
    code = act(lambda session: asked.packs(session, there.h, 1))[0]
    keeper = enter("storekeeper")
    keeper.look(f"/refill/waves/{there.wave}/pick")
    keeper.scan(code)
    fields = keeper.form("/pick", "scan")["fields"] | {"request_key": "", "scan": ""}
    fields.pop("request_key")
    address = f"/refill/waves/{there.wave}/pick/undo/{code}"
    key = keeper.form("/pick", "scan")["fields"]["request_key"]
    answer = keeper.client.post(address, data=fields | {"request_key": key})
    assert "Put back" in answer.text
    assert state_of(app, code) == "available"


def test_three_scans_sign_for_any_number_of_packs(app: Flask, enter: Enter, there: SimpleNamespace, act: Any) -> None:
    tote, codes = sent(act, there, 4)
    porter = enter("porter")
    porter.look("/deliver")
    assert porter.scan(tote)[0] == "ok"
    kind, words = porter.scan("L-CARD")
    assert (kind, "Scan the badge of the receiver" in words) == ("ok", True)
    kind, words = porter.scan("S-NURSE")
    assert (kind, "Signed for" in words, "护士" in words) == ("ok", True, True)
    assert {state_of(app, code) for code in codes} == {"available"}


def test_the_badge_may_come_before_the_shelf(enter: Enter, there: SimpleNamespace, act: Any) -> None:
    tote, _codes = sent(act, there)
    porter = enter("porter")
    porter.look("/deliver")
    porter.scan(tote)
    assert "Scan the label of the shelf" in _said(porter.scan("S-NURSE"))
    assert "Signed for" in _said(porter.scan("L-CARD"))


def test_the_wrong_ward_and_the_wrong_person_are_stopped(enter: Enter, there: SimpleNamespace, act: Any) -> None:
    tote, _codes = sent(act, there)
    porter = enter("porter")
    porter.look("/deliver")
    porter.scan(tote)
    kind, words = porter.scan("L-SURG")
    assert (kind, "E14" in words, "心内病区" in words) == ("stop", True, True)
    porter.look("/deliver")
    porter.scan(tote)
    porter.scan("L-CARD")
    kind, words = porter.scan("S-KEEPER")
    assert (kind, "E15" in words) == ("stop", True)


def test_a_tote_worth_much_asks_for_the_password(enter: Enter, there: SimpleNamespace, act: Any) -> None:
    tote, _codes = sent(act, there)
    act(lambda session: asked.policy(session, there.h, "sign.badge_value", 10))

    def known(session: Session) -> None:
        nurse = session.query(Staff).filter_by(code="nurse-1").one()
        nurse.badge = "S-WARD"

    act(known)
    porter = enter("porter")
    porter.look("/deliver")
    for code in (tote, "L-CARD", "S-WARD"):
        kind, words = porter.scan(code)
    assert (kind, "E23" in words) == ("repeat", True)
    porter.fill("/deliver", pin="not this")
    assert porter.verdict()[0] == "stop"
    porter.look("/deliver")
    for code in (tote, "L-CARD", "S-WARD"):
        porter.scan(code)
    porter.fill("/deliver", pin=PASSWORD)
    assert "Signed for" in porter.verdict()[1]


def test_what_is_missing_is_told_in_one_tap(enter: Enter, there: SimpleNamespace, act: Any) -> None:
    tote, codes = sent(act, there, 3)
    nurse = enter("nurse")
    nurse.look("/deliver")
    nurse.scan(tote)
    nurse.scan(codes[0])
    kind, words = nurse.scan("L-CARD")
    assert (kind, "2 are missing" in words) == ("ok", True)
    nurse.fill("/deliver", act="missing")
    assert "2 are reported missing" in nurse.verdict()[1]
    keeper = enter("storekeeper")
    assert codes[2] in keeper.look("/refill/trouble").text
    keeper.scan(codes[2])
    assert "Free again" in keeper.verdict()[1]
    assert codes[2] not in keeper.look("/refill/trouble").text


def test_a_pack_without_its_tote_is_signed_for(app: Flask, enter: Enter, there: SimpleNamespace, act: Any) -> None:
    _tote, codes = sent(act, there, 2)
    nurse = enter("nurse")
    nurse.look("/deliver")
    assert nurse.scan(codes[0])[0] == "ok"
    assert nurse.scan(codes[1])[0] == "ok"
    assert "Signed for" in _said(nurse.scan("L-CARD"))
    assert {state_of(app, code) for code in codes} == {"available"}


def test_what_is_held_in_a_tote_stops_and_its_list_is_printed_anew(
    app: Flask, enter: Enter, there: SimpleNamespace, act: Any
) -> None:
    tote, codes = sent(act, there, 2)
    act(lambda session: build.hold(session, there.h, codes[0]))
    keeper = enter("storekeeper")
    assert tote in keeper.look("/refill/trouble").text
    assert "to quarantine" in keeper.look(f"/refill/totes/{tote}").text
    nurse = enter("nurse")
    nurse.look("/deliver")
    nurse.scan(tote)
    kind, words = nurse.scan("L-CARD")
    assert (kind, "E08" in words, codes[0] in words) == ("caution", True, True)
    assert state_of(app, codes[1]) == "available"
    keeper.look("/refill/trouble")
    keeper.scan(codes[0])
    assert "to quarantine" in keeper.verdict()[1]
    assert state_of(app, codes[0]) == "held"


def test_a_ward_asks_and_prints_cards(enter: Enter, there: SimpleNamespace) -> None:
    head = enter("head_nurse")
    head.look("/refill/ward")
    assert "are on the refill list" in head.fill("/refill/ward", product="STENT", packs="3", reason="two beds").text
    page = head.fill("/refill/ward", product="NOTHING", packs="3", reason="kept")
    assert 'value="kept"' in page.text
    assert "not in the catalogue" in page.text
    assert "of the ward" in head.fill("/refill/ward", product="STENT", packs="1", location="SURG-T").text
    head.look("/refill/ward")
    cards = head.fill("/refill/cards")
    assert cards.mimetype == "application/pdf"


def test_an_empty_bins_card_is_scanned_anywhere_and_counts_once(enter: Enter, there: SimpleNamespace, act: Any) -> None:
    def card(session: Session) -> str:
        levels = fixed_quantities.in_force(session, {there.h.ward.id})
        return replenishment.make_cards(session, build.occasion(there.h.keeper), levels)[0].code

    code = act(card)
    nurse, porter = enter("nurse"), enter("porter")
    nurse.look("/")
    assert nurse.scan(code)[0] == "ok"
    porter.look("/deliver")
    kind, words = porter.scan(code)
    assert (kind, "already" in words) == ("repeat", True)


def test_things_are_carried_to_another_place(app: Flask, enter: Enter, there: SimpleNamespace) -> None:
    head = enter("head_nurse")
    head.look("/refill/carry")
    assert _said(head.scan("L-STORE")).startswith("Already recorded Scan what is carried first")
    assert head.scan(there.packs[1])[0] == "ok"
    assert head.scan(there.packs[1])[0] == "repeat"
    assert head.scan(there.packs[2])[0] == "ok"
    head.fill("/refill/carry", item=there.packs[2], act="drop")
    assert "Carried to" in _said(head.scan("L-STORE"))
    with reading(app.extensions["spd.database"]) as session:
        assert get_item_state(session, there.packs[1]).location_id == there.h.store.id
        assert get_item_state(session, there.packs[2]).location_id == there.h.ward.id


def test_two_packs_change_places_by_two_scans(app: Flask, enter: Enter, there: SimpleNamespace, act: Any) -> None:
    near, far = act(
        lambda session: (
            asked.packs(session, there.h, 1, at=there.h.ward)[0],
            asked.packs(session, there.h, 1, at=there.h.theatre)[0],
        )
    )
    nurse = enter("nurse")
    nurse.look("/refill/exchange")
    assert "Now scan the pack" in _said(nurse.scan(near))
    assert "Exchanged" in _said(nurse.scan(far))
    with reading(app.extensions["spd.database"]) as session:
        assert get_item_state(session, near).location_id == there.h.theatre.id


def test_a_wave_or_its_label_leads_to_picking(enter: Enter, there: SimpleNamespace) -> None:
    porter = enter("porter")
    for code in (there.wave, there.tote):
        porter.look("/")
        page = porter.fill("", scan=code)
        assert page.request.path == f"/refill/waves/{there.wave}/pick"
