"""Shared devices over the interface: registered, claimed, revoked; what a revoked one's queue holds is handed in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from spd import signing_on
from spd.core.transaction import reading, transaction
from spd.devices import Device
from spd.offline import Dispute
from spd.staff import Staff
from tests import build
from tests.api.asking import Caller, World, is_problem, label
from tests.api.test_offline import bring, device_of, stents
from tests.hashing import CHEAP


def registered(world: World) -> Caller:
    admin = world.asking("system_admin")
    said = {"code": "PDA-1", "name": "Ward handheld", "location": "CARD-W", "profile": "cart"}
    assert admin.post("/enrolled-devices", said).status_code == 201
    return admin


def claimed(world: World, admin: Caller) -> dict[str, Any]:
    code = admin.post("/enrolled-devices/PDA-1/codes").get_json()["code"]
    answer = world.asking(None).send("/enrolled-devices/claims", {"code": code})
    assert answer.status_code == 201, answer.get_json()
    told: dict[str, Any] = answer.get_json()
    return told


def test_a_device_is_registered_claimed_and_revoked(embedded: World) -> None:
    admin = registered(embedded)
    assert claimed(embedded, admin)["device"] == "PDA-1"
    (one,) = admin.get("/enrolled-devices", state="enrolled").get_json()["devices"]
    assert (one["location"], one["profile"], one["passed_at"]) == ("CARD-W", "cart", None)
    assert admin.post("/enrolled-devices/PDA-1/revoke", {"reason": "lost"}).get_json()["state"] == "revoked"
    told = admin.get("/enrolled-devices/PDA-1/history").get_json()["steps"]
    assert [step["act"] for step in told] == ["registered", "code", "enrolled", "revoked"]
    admin.refused("/enrolled-devices/PDA-1/revoke", {"reason": "again"}, 403, "device-revoked")
    admin.refused("/enrolled-devices/PDA-9/codes", {}, 404, "unknown-enrolled-device")


def test_a_code_that_is_used_up_is_refused(embedded: World) -> None:
    admin = registered(embedded)
    code = admin.post("/enrolled-devices/PDA-1/codes").get_json()["code"]
    nobody = embedded.asking(None)
    assert nobody.send("/enrolled-devices/claims", {"code": code}).status_code == 201
    is_problem(nobody.send("/enrolled-devices/claims", {"code": code}), 422, "enrolment-code")


def test_a_pin_is_set_with_the_password_alone(embedded: World) -> None:
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    me = nurse.get("/me").get_json()["code"]
    hashed = CHEAP.hash("a long pass phrase")
    with transaction(embedded.database) as session:
        session.execute(update(Staff).where(Staff.code == me).values(password_hash=hashed))
    nurse.refused("/me/pin", {"password": "guessed", "pin": "2846"}, 403, "wrong-password")
    nurse.refused("/me/pin", {"password": "a long pass phrase", "pin": "1234"}, 422, "weak-pin")
    assert nurse.post("/me/pin", {"password": "a long pass phrase", "pin": "2846"}).status_code == 201
    told = embedded.asking("auditor").get("/sign-ons").get_json()["sign_ons"]
    assert [(one["staff"], one["device"], one["act"]) for one in told] == [(me, None, "pin")]


def test_what_a_revoked_device_holds_is_handed_in_by_an_administrator(embedded: World) -> None:
    admin, h = registered(embedded), embedded.h
    before, after = stents(embedded, 2)
    queue = device_of(embedded, "WEB-1")
    queue.now = build.NOW - timedelta(hours=1)
    events = [queue.use(label(before), encounter="W-1")]
    queue.now = build.NOW - timedelta(minutes=10)
    events.append(queue.use(label(after), encounter="W-1"))
    with transaction(embedded.database) as session:
        session.execute(update(Device).values(passed_at=build.NOW - timedelta(days=1)))
        signing_on.seen(session, signing_on.get_enrolled(session, "PDA-1").id, at=build.NOW, queue="WEB-1")
        when = build.occasion(h.keeper, at=build.NOW - timedelta(minutes=30))
        signing_on.revoke(session, when, "PDA-1", "lost")
    told = bring(embedded, *events, device="WEB-1", who=admin)
    assert [(one["verdict"], one["code"]) for one in told["verdicts"]] == [("done", ""), ("refused", "device-revoked")]
    with reading(embedded.database) as session:
        assert session.scalars(select(Dispute.code)).all() == ["device-revoked"]
