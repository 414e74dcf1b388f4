"""The table of the bedside: its order, what nobody lets pass, and that no story goes through a stop."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spd.core.errors import Refusal
from spd.encounters import Stay
from spd.ledger import ItemState, ItemStateName
from spd.stock import Caution, Goods, use_rules
from spd.stock.use_findings import AtBedside, Registered
from spd.stock.use_rules import NEVER, RULES, Outcome, Right, judge

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)


def here(
    *, state: str = "available", expires_on: date | None = None, denied: str = "", implant: bool = False,
    there: int = 1, quantity: int = 1, kind: str = "ward", expires_at: datetime | None = None, **more: Any,
) -> AtBedside:  # fmt: skip
    """A thing on ward 1, in a good state unless said otherwise, used for a patient who is there."""
    item = _item(state, there)
    goods = Goods(
        item=item, product_code="P", name="N", name_en="N", specification="", base_unit="个",
        product_class="high_value",
        chargeable=True, implant=implant, charge_code="", lot="L", expires_on=expires_on,
        expires_at=expires_at, denied=denied,
        location_code="W", location_name="W", location_kind=kind, department_id=1, department_code="D", cost_class="",
        closed_through="",
    )  # fmt: skip
    said: dict[str, Any] = {"stay": stay(), "user_department_id": 1} | more
    return AtBedside(goods=goods, quantity=quantity, on=TODAY, at=NOW, **said)


def _item(state: str, there: int) -> ItemState:
    values: dict[str, Any] = dict.fromkeys(ItemState.__dataclass_fields__, None)
    values |= {"id": 7, "code": "X", "kind": "unit", "serial": "S", "quantity": there, "state": state}
    values["unit_price"] = Decimal("10.5")
    return ItemState(**values)


def stay(**more: Any) -> Stay:
    said: dict[str, Any] = {
        "id": 5, "code": "E", "patient_name": "张*三", "admitted_at": NOW - timedelta(days=1), "discharged_at": None,
        "department_id": 1, "encounter_class": "inpatient",
    }  # fmt: skip
    return Stay(**(said | more))


DENIED = json.dumps({"R-1": {"serials": [], "but": []}})
YESTERDAY, SOON = TODAY - timedelta(days=1), TODAY + timedelta(days=5)
CAUGHT: list[tuple[str, dict[str, Any]]] = [
    ("wrong-patient", {"kept_for_id": 6}),
    ("encounter-merged", {"merged_into": "E-9"}),
    ("encounter-closed", {"stay": stay(discharged_at=NOW - timedelta(minutes=1))}),
    ("patient-elsewhere", {"stay": stay(department_id=2)}),
    ("wrong-side", {"planned": {"侧别": "左"}, "attributes": {"侧别": "右"}}),
    ("not-as-planned", {"planned": {"直径": "3.0"}, "attributes": {"直径": "3.5", "侧别": "右"}}),
    ("not-in-catalogue", {"listed": False}),
    ("unregistered", {"registered": Registered.LAPSED}),
    ("registration-unsure", {"registered": Registered.UNSURE}),
    ("latex-conflict", {"alerts": frozenset({"latex"}), "attributes": {"乳胶": "含"}}),
    ("mri-conflict", {"alerts": frozenset({"mri", "latex"}), "attributes": {"MRI": "unsafe", "latex": "no"}}),
    ("price-mismatch", {"price": Decimal("10.6")}),
    ("already-used", {"state": "consumed", "there": 0, "quantity": 0}),
    ("gone", {"state": "returned"}),
    ("recalled", {"denied": DENIED}),
    ("held", {"state": "held"}),
    ("not-signed", {"state": "in_transit"}),
    ("expired-implant", {"expires_on": YESTERDAY, "implant": True}),
    ("expired", {"expires_on": YESTERDAY}),
    ("open-too-long", {"state": "open", "open_until": YESTERDAY}),
    ("sterility-lost", {"sterile": "failed"}),
    ("not-sterilised", {"sterile": "unknown"}),
    ("fefo-breach", {"sooner": SOON, "expires_on": date(2028, 1, 1)}),
    ("near-expiry", {"expires_on": SOON}),
    ("not-enough", {"quantity": 2}),
]


def test_a_clean_use_meets_no_rule() -> None:
    alike = {"直径": "3.0"}
    fine = here(expires_on=date(2028, 1, 1), planned=alike, attributes=alike, price=Decimal("10.50"))
    assert judge(fine) == []


def test_what_a_patient_must_not_get_stops_only_what_has_it() -> None:
    allergic = frozenset({"latex"})
    assert judge(here(alerts=allergic, attributes={"latex": "no"})) == []
    assert judge(here(alerts=allergic, attributes={"MRI": "unsafe"})) == []
    assert judge(here(attributes={"latex": "yes"})) == []


def test_a_rule_that_the_hospital_does_not_ask_finds_nothing() -> None:
    found = judge(here(sooner=SOON, expires_on=date(2028, 1, 1)), {"use.fefo": "ok"})
    assert found == []
    stop = use_rules.first_stop(judge(here(sooner=SOON, expires_on=date(2028, 1, 1)), {"use.fefo": "block"}))
    assert stop is not None


@pytest.mark.parametrize("implant", [False, True])
def test_what_is_good_until_an_hour_is_refused_a_minute_later(implant: bool) -> None:
    assert judge(here(expires_on=TODAY, expires_at=NOW, implant=implant))[0].rule.code == "near-expiry"
    late = here(expires_on=TODAY, expires_at=NOW - timedelta(minutes=1), implant=implant)
    assert judge(late)[0].rule.code == ("expired-implant" if implant else "expired")


def test_every_rule_of_the_table_is_tried_here() -> None:
    assert [code for code, _ in CAUGHT] == [rule.code for rule in RULES]


@pytest.mark.parametrize(("code", "said"), CAUGHT, ids=[code for code, _ in CAUGHT])
def test_each_rule_finds_what_it_is_for_first(code: str, said: dict[str, Any]) -> None:
    found = judge(here(**said))
    assert found[0].rule.code == code
    assert isinstance(found[0].what, Caution | Refusal)
    assert found[0].rule.outcome in (Outcome.WARN, Outcome.NOTE) or isinstance(found[0].what, Refusal)


def test_the_order_is_patient_product_unit_time_place() -> None:
    order = list(Right)
    judged = [order.index(rule.right) for rule in RULES if rule.code != "not-enough"]  # of the quantity: last of all
    assert judged == sorted(judged)


def test_what_nobody_may_let_pass_blocks_and_asks_no_policy() -> None:
    by_code = {rule.code: rule for rule in RULES}
    assert all(by_code[code].outcome is Outcome.BLOCK and not by_code[code].policy for code in NEVER)


def test_severities_are_those_of_the_standard_map() -> None:
    of = {rule.code: rule.severity for rule in RULES}
    assert {code for code, severity in of.items() if severity == 4} == {
        "wrong-patient", "wrong-side", "already-used", "recalled", "expired-implant",
    }  # fmt: skip
    assert [of[code] for code in ("expired", "unregistered", "not-as-planned")] == [3, 3, 3]
    assert use_rules.weight("already-recorded") == (Outcome.BLOCK, 0)
    assert use_rules.weight("key-reused") is None


def test_both_sides_fit_either_and_a_theatre_uses_on_every_ward() -> None:
    assert judge(here(planned={"侧别": "左"}, attributes={"侧别": "双侧"})) == []
    assert judge(here(stay=stay(department_id=2), kind="theatre")) == []
    assert judge(here(stay=stay(department_id=2, encounter_class="outpatient"))) == []


def test_a_block_behind_an_override_is_told_first() -> None:
    found = judge(here(stay=stay(department_id=2), state="held"))
    stop = use_rules.first_stop(found)
    assert stop is not None
    assert stop.rule.code == "held"


STATES = st.sampled_from([state.value for state in ItemStateName])
POLICIES = st.fixed_dictionaries(
    {rule.policy: st.sampled_from(["warn", "override", "block"]) for rule in RULES if rule.policy}
)
SITUATIONS = st.builds(
    here, state=STATES, implant=st.booleans(), there=st.integers(0, 3), quantity=st.integers(1, 3),
    expires_on=st.none() | st.dates(TODAY - timedelta(days=3), TODAY + timedelta(days=40)),
    kind=st.sampled_from(["ward", "theatre", "store"]), user_department_id=st.sampled_from([None, 1, 2]),
    stay=st.none() | st.builds(
        stay, department_id=st.sampled_from([1, 2]),
        discharged_at=st.none() | st.sampled_from([NOW - timedelta(hours=1), NOW + timedelta(hours=1)]),
    ),
    registered=st.sampled_from(list(Registered)), kept_for_id=st.sampled_from([None, 5, 6]),
    planned=st.dictionaries(st.sampled_from(["侧别", "直径"]), st.sampled_from(["左", "右", "3.0"])),
    attributes=st.dictionaries(st.sampled_from(["侧别", "直径"]), st.sampled_from(["左", "右", "3.0"])),
)  # fmt: skip


@given(SITUATIONS, POLICIES, st.frozensets(st.sampled_from([rule.code for rule in RULES])))
def test_no_policy_and_no_second_person_lets_through_what_must_not_be_used(
    at: AtBedside, policies: dict[str, str], passed: frozenset[str]
) -> None:
    stop = use_rules.first_stop(judge(at, policies), passed)
    item = at.goods.item
    expired = at.goods.expires_on is not None and at.goods.expires_on < at.on
    wrong = at.kept_for_id is not None and at.stay is not None and at.kept_for_id != at.stay.id
    if item.state not in ("available", "open") or expired or wrong or at.quantity > item.quantity:
        assert stop is not None
        assert stop.rule.outcome is Outcome.BLOCK
    elif stop is not None and stop.rule.outcome is Outcome.OVERRIDE:
        assert stop.rule.code not in passed


@given(SITUATIONS, st.frozensets(st.sampled_from([rule.code for rule in RULES])))
def test_what_is_passed_changes_nothing_else(at: AtBedside, passed: frozenset[str]) -> None:
    found = judge(at)
    asked = [one for one in found if one.rule.outcome is Outcome.OVERRIDE]
    blocked = [one for one in found if one.rule.outcome is Outcome.BLOCK]
    stop = use_rules.first_stop(found, passed)
    left = blocked[:1] or [one for one in asked if one.rule.code not in passed][:1]
    assert stop == (left[0] if left else None)
    assert [one.rule for one in judge(replace(at))] == [one.rule for one in found]
