"""Pages of codes: an unknown code is bound where it is met, and alarms of trace codes are answered."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import own
from spd.catalog import find_packaging
from spd.catalog.changes import ProductChange
from spd.core.transaction import reading, transaction
from spd.staff import Grant, Role, Staff
from spd.trace_codes import open_alarms
from tests.pages.conftest import TRACE_CODE
from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]
CARTON = "16901234000020"  # of no product yet


@pytest.fixture
def both(app, enter: Enter, there: SimpleNamespace) -> Visitor:
    """A storekeeper who may also bind codes, as small hospitals have it."""
    with transaction(app.extensions["spd.database"]) as session:
        keeper = session.scalars(select(Staff).where(Staff.code == "storekeeper-1")).one()
        session.add(Grant(staff_id=keeper.id, role=Role.BUYER))
    return enter("storekeeper")


def ask(app, question: Callable[[Session], object]) -> object:
    with reading(app.extensions["spd.database"]) as session:
        return question(session)


def test_an_unknown_carton_is_bound_at_the_bay_and_received_where_one_was(app, both: Visitor) -> None:
    both.look("/receive/N-OPEN")
    kind, _ = both.scan(f"(01){CARTON}(17)280930(10)G9")
    assert kind == "stop"
    both.fill("/receive/N-OPEN", act="bind", product="REAGENT", base_units="100")
    assert both.verdict()[0] == "ok"
    bound = ask(app, lambda session: find_packaging(session, CARTON))
    assert (bound.base_units, bound.issuer) == (100, "GS1")
    kept = ask(app, lambda session: session.scalars(select(ProductChange.after)).all())
    assert kept == [f"{CARTON} · unit · 100"]


def test_who_may_not_bind_is_told_whom_to_ask(enter: Enter) -> None:
    keeper = enter("storekeeper")
    keeper.look("/receive/N-OPEN")
    keeper.scan(f"(01){CARTON}(10)G9")
    assert "A buyer binds the code" in keeper.page.text
    assert 'value="bind"' not in keeper.page.text
    keeper.look("/")
    keeper.scan(CARTON)
    assert "ask a buyer to bind it" in keeper.page.text
    assert "/bind?" not in keeper.page.text


def test_a_buyer_is_led_to_binding_from_home_stock_and_trace(enter: Enter, both: Visitor) -> None:
    buyer = enter("buyer")
    buyer.look("/")
    buyer.scan(CARTON)
    assert f"/bind?code={CARTON}" in buyer.page.text
    buyer.look(f"/stock?scan={CARTON}")
    assert f"/bind?code={CARTON}" in buyer.page.text
    both.look(f"/trace?scan={CARTON}")
    assert f"/bind?code={CARTON}" in both.page.text


def test_a_code_of_a_known_product_is_not_offered(enter: Enter) -> None:
    buyer = enter("buyer")
    buyer.look("/stock?scan=06901234000016")
    assert "/bind?" not in buyer.page.text


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"code": "16901234000021"}, "not a whole device identifier"),
        ({"code": "06901234000016", "base_units": "7"}, "base units"),
        ({"base_units": ""}, "how many base units"),
        ({"base_units": "none"}, "Write a whole number"),
    ],
)
def test_a_binding_that_cannot_be_right_is_refused_and_the_form_kept(
    enter: Enter, said: dict[str, str], word: str
) -> None:
    buyer = enter("buyer")
    buyer.look(f"/bind?code={CARTON}&issuer=GS1&q=gauze&back=/stock")
    buyer.fill("/bind", **({"product": "GAUZE", "level": "box", "base_units": "10"} | said))
    assert word in buyer.page.text
    assert 'value="gauze"' in buyer.page.text


def test_the_way_back_never_leads_to_another_site(enter: Enter) -> None:
    buyer = enter("buyer")
    buyer.look(f"/bind?code={CARTON}&issuer=GS1&q=gauze&back=//evil.example/")
    assert 'href="//evil' not in buyer.page.text
    buyer.fill("/bind", product="GAUZE", base_units="10")
    assert buyer.page.request.path == "/"


def test_alarms_of_trace_codes_are_listed_and_answered_with_what_they_were(app, enter: Enter) -> None:
    keeper = enter("storekeeper")
    keeper.look("/trace-codes")
    assert f"/trace-codes/{TRACE_CODE}" in keeper.page.text
    assert "The same code came in twice" in keeper.page.text
    keeper.look(f"/trace-codes/{TRACE_CODE}")
    keeper.fill(f"/trace-codes/{TRACE_CODE}/", note="scanned twice at the bay")
    assert "The alarm is answered" in keeper.page.text
    assert "scanned twice at the bay" in keeper.page.text
    assert ask(app, open_alarms) == []
    keeper.look("/trace-codes")
    assert "No alarm waits" in keeper.page.text
    keeper.look("/trace-codes?tab=answered")
    assert "scanned twice at the bay" in keeper.page.text


def test_a_scanned_trace_code_leads_to_its_life(enter: Enter) -> None:
    keeper = enter("storekeeper")
    keeper.look("/")
    keeper.fill(scan=TRACE_CODE)
    assert keeper.page.request.path == f"/trace-codes/{TRACE_CODE}"
    keeper.look(f"/trace?scan={TRACE_CODE}")
    assert keeper.page.location == f"/trace-codes/{TRACE_CODE}"


def test_a_trace_code_nobody_knows_says_so(enter: Enter) -> None:
    page = enter("quality").look("/trace-codes/81000000000000000999")
    assert (page.status_code, "Nothing is known of trace code" in page.text) == (404, True)


def test_a_chart_label_at_the_bedside_asks_for_the_wristband(enter: Enter) -> None:
    nurse = enter("nurse")
    nurse.look("/bedside")
    kind, _ = nurse.scan(own.derive("chart_copy", b"chart:E-1"))
    assert (kind, "Scan the wristband on the patient" in nurse.page.text) == ("stop", True)
