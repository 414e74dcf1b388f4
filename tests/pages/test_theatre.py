"""A loaner set on the pages: listed by file or by scan, counted by two, settled only when nothing is missing."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace

import pytest

from spd.exchange.loaner_lists import read_list
from spd.exchange.refusals import BadValue, MissingColumns
from tests.build import SCREW_DI, STENT_DI
from tests.pages.visiting import PASSWORD, Visitor

SCREWS, STENT = f"(01){SCREW_DI}(10)L7", f"(01){STENT_DI}(17)280930(10)L7(21)SN-7"
SAID = {"name": "脊柱器械", "supplier": "SUP-STENT", "location": "CARD-W", "representative": "李某 (虚构)"}
SECOND = {"second": "storekeeper-1", "pin": PASSWORD}


def announced(who: Visitor) -> str:
    who.look("/theatre/sets/new")
    return who.fill("/theatre/sets/new", **SAID, pieces=f"{SCREWS} × 3\n{STENT}").request.path


def test_a_set_is_scanned_counted_in_and_out_and_settled(enter: Callable[..., Visitor], there: SimpleNamespace) -> None:
    nurse = enter("nurse")
    page = announced(nurse)
    wrong = nurse.fill("/arrival", pieces=f"{SCREWS} × 2\n{STENT}", **SECOND).text
    assert "Missing: SCREW L7 × 1" in wrong
    assert f"{SCREWS} × 2" in wrong  # what was scanned is kept
    assert PASSWORD not in wrong
    assert "accountable" in nurse.fill("/arrival", pieces=f"{SCREWS} × 3\n{STENT}", **SECOND).text
    assert "SCREW L7 × 3; STENT SN-7 × 1" in nurse.fill(f"{page}/close").text
    assert "is out" in nurse.fill("/departure", pieces=f"{SCREWS} × 3", note="李某", **SECOND).text
    nurse.look("/bedside")
    nurse.scan("W-1")
    assert nurse.scan(STENT)[0] == "ok"
    nurse.look(page)
    assert "nothing is missing" in nurse.fill(f"{page}/close").text
    assert "accounted for" in nurse.look("/theatre").text


def test_one_person_counts_nothing_in(enter: Callable[..., Visitor], there: SimpleNamespace) -> None:
    nurse = enter("nurse")
    announced(nurse)
    alone = nurse.fill("/arrival", pieces=SCREWS, second="nurse-1", pin=PASSWORD).text
    assert "Ask a colleague" in alone


def test_a_set_of_another_department_is_not_shown(enter: Callable[..., Visitor], there: SimpleNamespace) -> None:
    surgeon = enter("surgeon")
    assert surgeon.look(f"/theatre/sets/{there.loaner}").status_code == 404
    assert there.loaner not in surgeon.look("/theatre").text
    assert there.loaner in enter("nurse").look("/theatre").text


def test_the_list_comes_as_a_file(enter: Callable[..., Visitor], there: SimpleNamespace) -> None:
    nurse = enter("nurse")
    nurse.look("/theatre/sets/new")
    form = nurse.form("/theatre/sets/new")
    table = "耗材编码,批号,序列号,数量,有效期,单价\nSCREW,L8,,6,2028-09-30,320\nSTENT,L8,SN-8,,2028-09-30,\n"
    sent = form["fields"] | SAID | {"file": (BytesIO(table.encode()), "清单.csv")}
    answer = nurse.client.post(form["action"], data=sent, content_type="multipart/form-data")
    text = nurse.look(answer.location).text
    assert "SN-8" in text
    assert "8,600" in text  # where the list has no price, the one agreed


def test_a_list_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(MissingColumns):
        read_list(b"product,quantity\nSCREW,1\n", file="x.csv")
    with pytest.raises(BadValue):
        read_list(b"product,lot,quantity\nSCREW,L1,none\n", file="x.csv")


def test_a_load_is_entered_by_scan_and_fails(enter: Callable[..., Visitor], there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    keeper.look("/theatre/sterile/new")
    page = keeper.fill("/theatre/sterile/new", codes=f"{there.loaner}\n", lot="S-0301-2", until_on="2030-03-01").text
    assert "1 of lot S-0301-2 are sterile until 2030-03-01" in page
    assert "until 2030-03-01" in keeper.look(f"/theatre/sets/{there.loaner}").text
    keeper.look("/theatre/sterile/new")
    lost = keeper.fill("/theatre/sterile/new", codes="NOTHING-1", lot="S-0301-3", until_on="2030-03-01").text
    assert "NOTHING-1" in lost
    assert "S-0301-3" in lost  # what was typed is kept
    keeper.look("/theatre/sterile/failed")
    keeper.fill("/theatre/sterile/failed", lot="S-0301-2", why="生物监测阳性")
    nurse = enter("nurse")
    assert "the load failed" in nurse.look("/theatre/sterile?how=failed").text
    nurse.look("/bedside")
    nurse.scan("W-1")
    assert nurse.scan(f"(01){STENT_DI}(10)L-LOAN(21)SN-LOAN")[0] == "stop"
