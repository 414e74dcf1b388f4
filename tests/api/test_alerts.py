"""What a patient must not get, and pictures of labels, over the interface; what a ward's devices are told of both."""

from __future__ import annotations

import base64
from datetime import timedelta

from sqlalchemy import select, update

from api.snapshots import key_of
from spd.catalog import Lot, Product
from spd.core.transaction import reading, transaction
from spd.interceptions import Interception
from spd.ledger import Item
from tests import build
from tests.api.asking import World, is_problem, label
from tests.api.own import PICTURE


def test_what_is_told_of_a_patient_is_held_against_what_is_used(embedded: World) -> None:
    with transaction(embedded.database) as session:
        stents = build.stents(session, embedded.h, 2)
        session.execute(update(Product).where(Product.code == "STENT").values(attributes='{"latex": "yes"}'))
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    told = nurse.post("/encounters/W-1/alerts", {"alerts": ["latex", "latex"]}).get_json()
    assert told == {"encounter": "E-1", "alerts": ["latex"]}
    assert nurse.get("/encounters/E-1").get_json()["alerts"] == ["latex"]
    refused = nurse.post("/uses", {"scan": label(stents[0]), "encounter": "W-1"})
    is_problem(refused, 422, "latex-conflict")
    ward = nurse.get("/wards/CARD/snapshot").get_json()
    assert [one["alerts"] for one in ward["patients"]] == [["latex"], []] * 2  # by band, then by number
    assert {tuple(one["conflicts"]) for one in ward["items"] if one["product"] == "STENT"} == {("latex",)}
    assert ward["outcomes"] == {"fefo": "warn", "latex": "override", "mri": "override"}
    assert nurse.post("/encounters/W-1/alerts", {"alerts": ["nuts"]}).status_code == 422


def test_what_opening_a_pack_and_drawing_from_it_catch_is_kept_with_the_thing(embedded: World) -> None:
    with transaction(embedded.database) as session:
        sealed, stopped = build.packs(session, embedded.h, 2)
        build.hold(session, embedded.h, stopped)
        session.execute(update(Lot).values(expires_on=build.TODAY + timedelta(days=9)))
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    is_problem(nurse.post("/opened-packs", {"scan": stopped}), 422, "held")
    opened = nurse.post("/opened-packs", {"scan": sealed}).get_json()
    assert [one["code"] for one in opened["cautions"]] == ["near-expiry"]
    drawn = nurse.post("/opened-packs/draws", {"product": "GAUZE", "department": "CARD", "quantity": 2})
    caught = select(Interception.rule, Item.code, Interception.movement_id).join(Item, Item.id == Interception.item_id)
    with reading(embedded.database) as session:
        rows = [tuple(row) for row in session.execute(caught.order_by(Interception.id))]
    (part,) = drawn.get_json()["parts"]
    near = [("near-expiry", sealed, act["movement_id"]) for act in (opened, part)]
    assert rows == [("held", stopped, None), *near]


def test_a_wards_devices_know_until_when_a_thing_is_good_and_its_identifiers(embedded: World) -> None:
    with transaction(embedded.database) as session:
        build.stents(session, embedded.h)
        hour = build.NOW + timedelta(hours=1)
        session.execute(update(Lot).values(expires_on=build.TODAY, expires_at=hour))
    ward = embedded.asking("nurse", embedded.h.cardiology).get("/wards/CARD/snapshot").get_json()
    (item,) = [one for one in ward["items"] if one["product"] == "STENT"]
    assert item["until"] == hour.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert (item["serial"], item["open"], ward["clock"]) == (True, False, "+08:00")
    (product,) = [one for one in ward["products"] if one["product"] == "STENT"]
    assert key_of(bytes.fromhex(ward["salt"]), build.STENT_DI) in product["keys"]


def test_a_picture_is_kept_once_and_another_department_does_not_see_it(embedded: World) -> None:
    with transaction(embedded.database) as session:
        use = build.use(session, embedded.h, build.stents(session, embedded.h)[0]).movement_id
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    said = {"movement_id": use, "content": PICTURE, "request_key": "019cac46-1500-7408-b3f1-ac141e6448cc"}
    kept = nurse.post("/label-photos", said).get_json()
    assert nurse.post("/label-photos", said).get_json() == kept
    picture = nurse.get(f"/label-photos/{kept['id']}")
    assert (picture.mimetype, picture.data) == ("image/jpeg", base64.b64decode(PICTURE))
    surgeon = embedded.asking("nurse", embedded.h.surgery)
    is_problem(surgeon.get(f"/label-photos/{kept['id']}"), 404, "unknown-label-photo")
