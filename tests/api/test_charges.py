"""Charges over HTTP: kept once, reconciled, worked on; and charges on their way out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from spd.core.transaction import transaction
from spd.ledger import OutboxMessage
from spd.reconciliation import lines
from tests import build
from tests.api.asking import Caller, World, is_problem


@pytest.fixture
def finance(embedded: World) -> Caller:
    return embedded.asking("finance")


def line(number: str, **more: Any) -> dict[str, Any]:
    said = {
        "line": number, "encounter": "E-1", "department": "CARD", "charge_code": "HIS-STENT", "quantity": 1,
        "unit_price": "8600", "charged_at": "2026-03-02T10:00:00+08:00",
    }  # fmt: skip
    return said | more


def test_from_lines_to_a_difference_resolved(embedded: World, finance: Caller) -> None:
    with transaction(embedded.database) as session:
        for code in build.stents(session, embedded.h, 2):
            build.use(session, embedded.h, code)
    his = embedded.asking("integration")
    window = {"since": "2026-03-02T00:00:00+08:00", "until": "2026-03-03T00:00:00+08:00"}
    said = {"lines": [line("1"), line("2", encounter="E-2")], "window": window}
    assert his.post("/charges", said).get_json() == {"new": 2, "known": 0}
    assert his.post("/charges", said).get_json() == {"new": 0, "known": 2}
    is_problem(his.post("/charges", {"lines": [line("1", quantity=2)]}), 409, "charge-changed")
    is_problem(his.post("/charges", {"lines": [line("3", refund_of="1")]}), 422, "charge-backwards")
    late = line("4", charged_at=window["until"])
    is_problem(his.post("/charges", {"lines": [late], "window": window}), 422, "outside-window")
    ran = his.post("/reconciliations").get_json()
    assert (ran["facts"], ran["opened"]) == (4, 2)
    assert his.post("/reconciliations").get_json() == {"facts": 0, "opened": 0, "ended": 0}
    (row,) = finance.get("/reconciliations", month="2026-03").get_json()["rows"]
    assert (row["difference"], row["tie_out"], row["by"]) == (
        "0.00", "0.00", {"quantity": "-8600.00", "charged_not_used": "8600.00"},
    )  # fmt: skip
    kept = finance.get("/charges", verdict="quantity").get_json()
    assert ([one["line"] for one in kept["charges"]], kept["gaps"]) == (["1"], [])
    first, other = finance.get("/reconciliations/cases").get_json()["cases"]
    assert {first["verdict"], other["verdict"]} == {"quantity", "charged_not_used"}
    whole = finance.get(f"/reconciliations/cases/{first['id']}").get_json()
    assert len(whole["facts"]) >= 1


def test_who_sends_the_same_line_at_the_same_moment_gets_the_same_answer(
    embedded: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    his, seen = embedded.asking("integration"), lines.known
    assert his.post("/charges", {"lines": [line("1")]}).get_json() == {"new": 1, "known": 0}
    looks = [{}]  # the first look was before the other had written
    monkeypatch.setattr(lines, "known", lambda *asked: looks.pop() if looks else seen(*asked))
    assert his.post("/charges", {"lines": [line("1"), line("2")]}).get_json() == {"new": 1, "known": 1}


def test_a_difference_is_taken_resolved_and_opened_again(embedded: World, finance: Caller) -> None:
    embedded.asking("integration").post("/charges", {"lines": [line("1")]})
    finance.post("/reconciliations")
    (case,) = finance.get("/reconciliations/cases").get_json()["cases"]
    path = f"/reconciliations/cases/{case['id']}"
    head = embedded.asking("head_nurse")
    assert head.post(f"{path}/take").status_code == 201
    is_problem(finance.post(f"{path}/resolve", {"resolution": "accepted"}), 422, "difference-reason-needed")
    done = head.post(f"{path}/resolve", {"resolution": "refunded"})
    assert (done.status_code, done.get_json()["resolution"]) == (201, "refunded")
    is_problem(finance.post(f"{path}/resolve", {"resolution": "refunded"}), 409, "case-resolved")
    assert finance.get("/reconciliations/cases").get_json()["cases"] == []
    assert finance.post(f"{path}/reopen", {"reason": "not in HIS"}).status_code == 201
    acts = finance.get(path).get_json()["acts"]
    assert [(one["act"], one["reason"]) for one in acts] == [("take", ""), ("resolve", ""), ("reopen", "not in HIS")]
    embedded.asking("integration").post(
        "/charges", {"lines": [line("2", refund_of="1", quantity=-1, charged_at="2026-03-02T11:00:00+08:00")]}
    )
    finance.post("/reconciliations")
    is_problem(finance.post(f"{path}/take"), 409, "case-ended")
    is_problem(finance.get(path), 404, "unknown-case")


def test_a_month_is_asked_for_as_it_stood(embedded: World, finance: Caller) -> None:
    his = embedded.asking("integration")
    his.post("/charges", {"lines": [line("1")]})
    finance.post("/reconciliations")
    now, before = (build.NOW + timedelta(seconds=one) for one in (0, -1))
    (row,) = finance.get("/reconciliations", month="2026-03", as_of=now.isoformat()).get_json()["rows"]
    assert row == finance.get("/reconciliations", month="2026-03").get_json()["rows"][0]
    assert finance.get("/reconciliations", month="2026-03", as_of=before.isoformat()).get_json()["rows"] == []
    (case,) = finance.get("/reconciliations/cases", as_of=now.isoformat()).get_json()["cases"]
    assert finance.get("/reconciliations/cases", as_of=before.isoformat()).get_json()["cases"] == []
    path = f"/reconciliations/cases/{case['id']}"
    assert len(finance.get(path, as_of=now.isoformat()).get_json()["facts"]) == 1
    is_problem(finance.get(path, as_of=before.isoformat()), 404, "unknown-case")


def test_another_departments_differences_are_not_a_head_nurses(embedded: World, finance: Caller) -> None:
    embedded.asking("integration").post("/charges", {"lines": [line("1", department="SURG")]})
    finance.post("/reconciliations")
    (case,) = finance.get("/reconciliations/cases").get_json()["cases"]
    head = embedded.asking("head_nurse", embedded.h.cardiology)
    assert head.get("/reconciliations/cases").get_json()["cases"] == []
    assert head.get("/reconciliations", month="2026-03").get_json()["rows"] == []
    is_problem(head.post(f"/reconciliations/cases/{case['id']}/take"), 403, "not-your-case")


def test_what_his_refused_is_sent_again_or_given_up(embedded: World, finance: Caller) -> None:
    with transaction(embedded.database) as session:
        for code in build.stents(session, embedded.h, 2):
            build.use(session, embedded.h, code)
        session.execute(update(OutboxMessage).values(dead_at=build.NOW, trouble="422 no such code"))
    first, second = finance.get("/charge-messages").get_json()["messages"]
    assert (first["trouble"], first["amount"], first["encounter"]) == ("422 no such code", "8600.00", "E-1")
    assert finance.post(f"/charge-messages/{first['id']}/resend").status_code == 201
    given_up = finance.post(f"/charge-messages/{second['id']}/give-up", {"reason": "billed by hand"})
    assert given_up.status_code == 201
    is_problem(finance.post(f"/charge-messages/{second['id']}/resend"), 409, "message-gone")
    assert [one["id"] for one in finance.get("/charge-messages", state="waiting").get_json()["messages"]] == [
        first["id"]
    ]
