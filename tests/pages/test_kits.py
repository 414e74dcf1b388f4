"""A kit on the pages: one line in the tote, one scan to sign, opened at the bedside; a stopped one says what to do."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from spd import packing, replenishment
from spd.ledger import get_item_state
from spd.stock.holds import HoldReason, Why, place
from tests import build
from tests.packing import kitting
from tests.pages.test_refill import state_of
from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]


@pytest.fixture
def kit(act: Any, there: SimpleNamespace) -> packing.KitMade:
    """A kit in the store."""
    h = there.h
    return act(
        lambda session: kitting.assemble(session, h, kitting.recipe(session, h), kitting.things(session, h))
    )  # fmt: skip


def test_it_goes_to_the_ward_as_one_and_is_charged_at_the_bedside(
    app: Flask, enter: Enter, kit: packing.KitMade
) -> None:
    keeper = enter("storekeeper")
    keeper.look("/deliver")
    keeper.scan("L-CARD")
    kind, words = keeper.scan(kit.items[0])
    assert (kind, kit.code in words) == ("stop", True)
    keeper.look("/deliver")
    keeper.scan("L-CARD")
    assert keeper.scan(kit.code)[0] == "ok"
    page = keeper.fill("/deliver", act="send").text
    assert {state_of(app, code) for code in kit.items} == {"in_transit"}
    assert "1 item" in page
    nurse = enter("nurse")
    nurse.look("/deliver")
    assert nurse.scan(kit.code)[0] == "ok"  # its tote is found by it
    assert "支架植入包" in nurse.page.text
    assert "Nothing is missing" in nurse.scan("L-CARD")[1]
    assert {state_of(app, code) for code in kit.items} == {"reserved"}
    nurse.look("/bedside")
    nurse.scan("W-1")
    kind, words = nurse.scan(kit.code)
    assert (kind, "2 things in it are charged · expiry and recall checked" in words) == ("ok", True)
    assert nurse.page.text.count("/bedside/undo/") >= 2
    assert {state_of(app, code) for code in kit.items} == {"consumed"}
    assert nurse.scan(kit.code)[0] == "repeat"
    assert "opened" in enter("storekeeper").look("/kits?tab=made").text


def test_it_is_carried_as_one(app: Flask, enter: Enter, act: Any, there: SimpleNamespace, kit: packing.KitMade) -> None:
    keeper = enter("storekeeper")
    keeper.look("/refill/carry")
    keeper.scan(kit.code)
    assert kit.code in keeper.page.text
    assert "Carried to" in keeper.scan("L-SURG")[1]
    assert {state_of(app, code) for code in kit.items} == {"reserved"}
    assert "手术间" in keeper.look("/kits?tab=made").text


def test_a_stopped_one_says_what_to_do_and_comes_back_whole(
    enter: Enter, act: Any, there: SimpleNamespace, kit: packing.KitMade
) -> None:
    sent = act(lambda session: _sent(session, there, kit))

    def recalled(session: Session) -> None:
        item = get_item_state(session, kit.items[0])
        place(session, build.occasion(there.h.keeper), [item], Why(reason=HoldReason.RECALL))

    act(recalled)
    nurse = enter("nurse")
    nurse.look("/deliver")
    nurse.scan(sent)
    kind, words = nurse.scan("L-CARD")
    assert (kind, "take it apart" in words) == ("stop", True)
    keeper = enter("storekeeper")
    keeper.look("/refill/trouble")
    assert "to quarantine" in keeper.scan(kit.code)[1]


def _sent(session: Session, there: SimpleNamespace, kit: packing.KitMade) -> str:
    """A tote with the kit, on its way to cardiology."""
    asked = replenishment.ToDispatch(occasion=build.occasion(there.h.keeper), items=[kit.code], to="CARD-W")
    return replenishment.dispatch(session, asked).code
