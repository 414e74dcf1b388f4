"""Refill over HTTP: the list, waves and picks, totes sealed and signed for with badge and password, what goes wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from spd.core.transaction import transaction
from spd.staff import Staff
from tests import build
from tests.api.asking import Caller, World, is_problem
from tests.hashing import CHEAP
from tests.replenishment import asked


@pytest.fixture
def keeper(embedded: World) -> Caller:
    return embedded.asking("storekeeper")


@pytest.fixture
def porter(embedded: World) -> Caller:
    return embedded.asking("porter")


def furnish(world: World, number: int = 3, *, lower: int = 1, upper: int = 3) -> list[str]:
    """The ward holds a fixed quantity of gauze and has none; so many packs lie in the store."""
    with transaction(world.database) as session:
        asked.level(session, world.h, lower=lower, upper=upper)
        return asked.packs(session, world.h, number)


def picked(keeper: Caller, codes: list[str]) -> dict[str, Any]:
    made = keeper.post("/waves", {"store": "STORE"}).get_json()
    for code in codes:
        assert keeper.post(f"/waves/{made['code']}/picks", {"scan": code}).status_code == 201
    return keeper.get(f"/waves/{made['code']}").get_json()


def sealed(keeper: Caller, codes: list[str], **said: str) -> str:
    wave = picked(keeper, codes)
    tote = wave["totes"][0]["code"]
    answer = keeper.post(f"/waves/{wave['code']}/totes/{tote}/seal", said)
    assert answer.status_code == 201
    return tote


def test_from_the_list_to_the_wards_signature(world: World) -> None:
    codes = furnish(world)
    keeper, nurse = world.asking("storekeeper"), world.asking("nurse", world.h.cardiology)
    (need,) = keeper.get("/refills").get_json()["refills"]
    assert (need["location"], need["product"], need["need"], need["low"]) == ("CARD-W", "GAUZE", 3, True)
    made = keeper.post("/waves", {"store": "L-STORE", "locations": ["L-CARD"]}).get_json()
    assert (made["packs"], made["left"], made["next_pick"]["item"]) == (3, 3, codes[0])
    assert keeper.get("/refills").get_json()["refills"] == []
    said = {"request_key": str(uuid4()), "scan": codes[0]}
    first = keeper.post(f"/waves/{made['code']}/picks", said).get_json()
    assert keeper.post(f"/waves/{made['code']}/picks", said).get_json() == first | {"repeated": True}
    keeper.refused(f"/waves/{made['code']}/picks", {"scan": codes[0]}, 409, "already-picked")
    keeper.post(f"/waves/{made['code']}/picks", {"scan": codes[1]})
    assert keeper.post(f"/waves/{made['code']}/put-back", {"scan": codes[1]}).get_json() == {"item": codes[1]}
    number = keeper.get(f"/waves/{made['code']}").get_json()["next_pick"]["number"]
    assert keeper.post(f"/waves/{made['code']}/shorts", {"number": number}).get_json() == {"given_up": True}
    sent = keeper.post(f"/waves/{made['code']}/totes/{first['tote']}/seal", {"seal": "S-0417"}).get_json()
    assert (sent["items"], sent["to"]) == ([codes[0]], "CARD-W")
    ended = keeper.post(f"/waves/{made['code']}/finish").get_json()
    assert ended["shortages"] == [{"location": "CARD-W", "product": "GAUZE", "packs": 2}]
    signed = nurse.post("/dispatches/S-0417/sign", {"location": "L-CARD"}).get_json()
    assert (signed["items"], signed["missing"], signed["stopped"]) == ([codes[0]], [], [])
    (short,) = nurse.get("/refills/shortages").get_json()["shortages"]
    assert (short["packs"], short["delivered"], short["closed_at"]) == (2, 0, None)
    assert len(keeper.get("/waves").get_json()["waves"]) == 1
    assert keeper.get("/waves", open=True).get_json() == {"waves": [], "next": None}


def test_what_is_asked_for_and_what_a_card_says_is_on_the_list_once(embedded: World) -> None:
    furnish(embedded)
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    said = {"location": "CARD-W", "product": "GAUZE", "packs": 2, "reason": "more beds"}
    assert nurse.post("/refills", said).get_json()["added"]
    (need,) = nurse.get("/refills", location="CARD-W").get_json()["refills"]
    assert (need["need"], need["by_hand"], need["low"], need["reason"]) == (3, True, True, "more beds")
    nurse.refused("/refills", said | {"packs": 4}, 422, "above-upper")
    nurse.refused("/refills", said | {"packs": 0}, 422, "invalid")
    nurse.refused("/refills", said | {"location": "SURG-T"}, 403, "not-your-ward")
    nurse.refused("/refills/cards", {"scan": "D000"}, 404, "unknown-card")


def test_the_list_is_told_in_pages(embedded: World, keeper: Caller) -> None:
    with transaction(embedded.database) as session:
        for place in (embedded.h.ward, embedded.h.theatre):
            for product in (1, 2, 3):
                asked.level(session, embedded.h, place, product=product)
    told, after = [], 0
    while after is not None:
        page = keeper.get("/refills", limit=4, after=after).get_json()
        told += [(one["location"], one["product"]) for one in page["refills"]]
        after = page["next"]
    assert len(told) == len(set(told)) == 6


def test_a_nurses_badge_signs_on_the_porters_device(embedded: World, keeper: Caller, porter: Caller) -> None:
    tote = sealed(keeper, furnish(embedded))
    porter.refused(f"/dispatches/{tote}/sign", {"location": "CARD-W"}, 403, "not-your-ward")
    porter.refused(f"/dispatches/{tote}/sign", {"location": "CARD-W", "badge": "S-KEEPER"}, 403, "not-your-ward")
    porter.refused(f"/dispatches/{tote}/sign", {"location": "CARD-W", "badge": "S-NOBODY"}, 404, "unknown-staff")
    signed = porter.post(f"/dispatches/{tote}/sign", {"location": "CARD-W", "badge": "S-NURSE"}).get_json()
    assert (signed["signed_by"], len(signed["items"])) == ("护士", 3)


def test_a_tote_worth_much_is_signed_for_with_the_badges_password(
    embedded: World, keeper: Caller, porter: Caller
) -> None:
    tote = sealed(keeper, furnish(embedded))
    with transaction(embedded.database) as session:
        asked.policy(session, embedded.h, "sign.badge_value", 50)
        session.get_one(Staff, embedded.h.nurse.id).password_hash = CHEAP.hash("4711 and more")
    said = {"location": "CARD-W", "badge": "S-NURSE"}
    porter.refused(f"/dispatches/{tote}/sign", said, 422, "pin-needed")
    porter.refused(f"/dispatches/{tote}/sign", said | {"pin": "1234"}, 403, "wrong-password")
    answer = porter.post(f"/dispatches/{tote}/sign", said | {"pin": "4711 and more"})
    assert answer.status_code == 201
    assert "4711" not in answer.text


def test_a_password_is_no_part_of_what_is_kept_of_a_request(embedded: World, keeper: Caller, porter: Caller) -> None:
    tote = sealed(keeper, furnish(embedded))
    with transaction(embedded.database) as session:
        session.get_one(Staff, embedded.h.nurse.id).password_hash = CHEAP.hash("4711 and more")
    said = {"location": "CARD-W", "badge": "S-NURSE", "request_key": str(uuid4())}
    first = porter.post(f"/dispatches/{tote}/sign", said | {"pin": "4711 and more"}).get_json()
    assert porter.post(f"/dispatches/{tote}/sign", said).get_json() == first | {"repeated": True}


def test_guessing_a_password_is_stopped(embedded: World, keeper: Caller, porter: Caller) -> None:
    tote = sealed(keeper, furnish(embedded))
    said = {"location": "CARD-W", "badge": "S-NURSE", "pin": "wrong"}
    answers = [porter.post(f"/dispatches/{tote}/sign", said).status_code for _ in range(12)]
    assert answers[0] == 403
    assert answers[-1] == 429


def test_what_must_not_be_used_stops_and_comes_back_held(embedded: World, keeper: Caller) -> None:
    codes = furnish(embedded)
    tote = sealed(keeper, codes)
    with transaction(embedded.database) as session:
        build.hold(session, embedded.h, codes[0])
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    signed = nurse.post(f"/dispatches/{tote}/sign", {"location": "CARD-W"}).get_json()
    assert [(one["item"], one["error"]) for one in signed["stopped"]] == [(codes[0], "E08")]
    assert set(signed["items"]) == set(codes[1:])
    nurse.refused(f"/dispatches/{tote}/sign", {"location": "CARD-W"}, 422, "held")
    told = keeper.get("/dispatches/trouble").get_json()
    assert [(one["item"], one["why"]) for one in told["items"]] == [(codes[0], "held")]
    assert told["reprints"] == [{"code": tote, "to": "CARD-W", "held": 1, "sealed": True}]
    said = {"request_key": str(uuid4()), "items": codes[:1], "to": "STORE"}
    assert keeper.post("/tote-returns", said).get_json() == {"items": codes[:1]}
    assert keeper.post("/tote-returns", said).get_json() == {"items": codes[:1]}
    assert keeper.get("/dispatches/trouble").get_json() == {"items": [], "reprints": []}
    assert keeper.get(f"/items/{codes[0]}").get_json()["state"] == "held"


def test_what_is_missing_is_on_the_stores_list(embedded: World, keeper: Caller) -> None:
    codes = furnish(embedded)
    tote = sealed(keeper, codes)
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    nurse.post(f"/dispatches/{tote}/sign", {"location": "CARD-W", "items": codes[:1]})
    assert nurse.post(f"/dispatches/{tote}/missing").get_json() == {"missing": codes[1:]}
    assert [one["why"] for one in keeper.get("/dispatches/trouble").get_json()["items"]] == ["missing", "missing"]


def test_a_later_expiry_is_cautioned_and_blocked_where_the_policy_says(embedded: World, keeper: Caller) -> None:
    with transaction(embedded.database) as session:
        asked.level(session, embedded.h, lower=1, upper=2)
        asked.packs(session, embedded.h, 2, expires=build.TODAY + timedelta(days=200))
        late = asked.packs(session, embedded.h, 2, expires=build.TODAY + timedelta(days=400))
    made = keeper.post("/waves", {"store": "STORE"}).get_json()["code"]
    told = keeper.post(f"/waves/{made}/picks", {"scan": late[0]}).get_json()
    assert [one["code"] for one in told["cautions"]] == ["fefo-breach"]
    with transaction(embedded.database) as session:
        asked.policy(session, embedded.h, "refill.fefo", "block")
    keeper.refused(f"/waves/{made}/picks", {"scan": late[1]}, 422, "fefo-breach")


@pytest.mark.parametrize(
    ("path", "said", "status", "code"),
    [
        ("/waves", {"store": "STORE"}, 422, "nothing-to-pick"), ("/waves", {"store": "CARD-W"}, 422, "not-a-store"),
        ("/waves", {"store": "NOWHERE"}, 404, "unknown-location"), ("/waves/D0/finish", {}, 404, "unknown-wave"),
        ("/waves/D0/picks", {"scan": "P0"}, 404, "unknown-wave"), ("/waves/D0/shorts", {}, 422, "invalid"),
        ("/waves/D0/totes/D1/seal", {}, 404, "unknown-wave"), ("/dispatches/D0/missing", {}, 403, "not-allowed"),
        ("/refills", {"location": "CARD-W", "product": "NOTHING", "packs": 1}, 404, "unknown-product"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(
    embedded: World, keeper: Caller, path: str, said: dict[str, Any], status: int, code: str
) -> None:
    keeper.refused(path, said, status, code)
    is_problem(keeper.get("/waves/D0"), 404, "unknown-wave")


def test_a_fixed_quantity_is_proposed_by_one_and_decided_by_another(embedded: World, keeper: Caller) -> None:
    head = embedded.asking("head_nurse", embedded.h.cardiology)
    level = {"location": "CARD-W", "product": "GAUZE", "pack_quantity": 10, "lower": 2, "upper": 6}
    said = {"request_key": str(uuid4()), "levels": [level], "reason": "winter"}
    (made,) = keeper.post("/fixed-quantities", said).get_json()["fixed_quantities"]
    assert (made["approved"], made["version"]) == (False, 1)
    assert keeper.post("/fixed-quantities", said).get_json()["fixed_quantities"] == [made]
    keeper.refused("/fixed-quantities", said | {"levels": [level | {"upper": 9}]}, 409, "key-reused")
    keeper.refused(f"/fixed-quantities/{made['number']}/decision", {"approve": True}, 403, "not-allowed")
    assert head.get("/fixed-quantities", proposed=True).get_json()["fixed_quantities"] == [made]
    assert head.get("/fixed-quantities").get_json()["fixed_quantities"] == []
    (held,) = head.post(f"/fixed-quantities/{made['number']}/decision", {"approve": True}).get_json()[
        "fixed_quantities"
    ]
    assert (held["approved"], held["upper"], held["reason"]) == (True, 6, "winter")
    assert head.get("/fixed-quantities", location="CARD-W").get_json()["fixed_quantities"] == [held]
    head.refused(f"/fixed-quantities/{made['number']}/decision", {"approve": True}, 409, "superseded")
    keeper.refused("/fixed-quantities", {"levels": [level | {"lower": 6}]}, 422, "bad-level")
    head.refused("/fixed-quantities/999/decision", {"approve": True}, 404, "unknown-fixed-quantity")
    (hers,) = head.post("/fixed-quantities", {"levels": [level | {"upper": 7}]}).get_json()["fixed_quantities"]
    head.refused(f"/fixed-quantities/{hers['number']}/decision", {"approve": True}, 403, "same-person")
