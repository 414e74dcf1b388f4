"""Fixed quantities decided on their page: those that are ticked at once, all or none, and never one's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from spd.stock import fixed_quantities
from spd.stock.fixed_quantities import Level
from tests import build
from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]
Act = Callable[[Callable[[Session], Any]], Any]


def proposed(there: SimpleNamespace, *products: int) -> Callable[[Session], list[int]]:
    """What the storekeeper proposes to the ward, by number."""
    levels = [
        Level(location_id=there.h.ward.id, product_id=one, pack_quantity=10, lower=1, upper=4) for one in products
    ]
    return lambda session: [
        one.id for one in fixed_quantities.propose(session, build.occasion(there.h.keeper), levels, reason="x")
    ]


def tick(who: Visitor, *numbers: int) -> str:
    """The page after these are ticked and approved."""
    who.look("/fixed/pending")
    form = who.form("/fixed/pending?days")
    who.client.post(form["action"], data=form["fields"] | {"number": [str(number) for number in numbers]})
    return who.look("/fixed/pending").text


def held(there: SimpleNamespace) -> Callable[[Session], dict[int, int]]:
    """The upper limits of the ward, by product."""
    return lambda session: {one.product_id: one.upper for one in fixed_quantities.in_force(session, {there.h.ward.id})}


def test_those_that_are_ticked_are_approved_at_once(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    first, second, third = act(proposed(there, 2, 3, 4))
    page = tick(enter("head_nurse"), first, third)
    assert "2 fixed quantities hold from now on." in page
    assert (act(held(there))[2], act(held(there))[4]) == (4, 4)
    assert f"/fixed/pending/{second}?" in page and f"/fixed/pending/{first}?" not in page


def test_filtering_keeps_what_else_stands_in_the_address(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    act(proposed(there, 2))
    page = enter("head_nurse").look("/fixed/pending?sort=-upper&days=30&other=kept&page=2").text
    form = re.search(r'<form class="filters.*?</form>', page, re.DOTALL)
    assert form is not None
    assert re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]) == [("sort", "-upper"), ("other", "kept")]


def test_where_one_cannot_be_approved_none_is(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    before = act(held(there))
    first, _second = act(proposed(there, 2, 4))
    assert "There is no fixed quantity 999999" in tick(enter("head_nurse"), first, 999999)
    assert act(held(there)) == before
    assert "Tick what is to be approved." in tick(enter("head_nurse"))
