"""What is one department's is refused to another, at every address and on every page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from spd.core.database import Database
from spd.core.transaction import transaction
from spd.staff import Grant, Token
from tests import build
from tests.api.access_table import expected, of_interface
from tests.api.asking import Caller, World, digest, is_problem, label
from tests.api.cardiology import people
from tests.api.own import MONTH, OWN
from tests.build import Hospital
from tests.compiled import share


@pytest.fixture(scope="session")
def _peopled(
    app: Flask, _furnished: tuple[Path, Hospital], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """What `things` finds, in a file that can be copied: making it takes longer than any test of it."""
    file = shutil.copyfile(_furnished[0], tmp_path_factory.mktemp("peopled") / "spd.db")
    world = World(app, share(Database(f"sqlite:///{file}")), _furnished[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spd.core.clock.now", lambda: build.NOW)
        patch.setitem(app.extensions, "spd.database", world.database)
        told = people(world)
    world.database.dispose()  # the last to leave folds the log into the file
    return file, told


# Asked for by the tests of budgets, reports, devices, emergencies, paper and closings, which put them on record:
# tests/api/test_budgets.py, test_labels.py, test_reports.py, test_offline.py, test_emergency_uses.py,
# test_re_entries.py, test_day_closings.py and test_alerts.py. Versions of budgets say nothing of a department; a
# report is one person's.
WITH_THEIR_OWN = {
    ("GET", "/api/v1/budgets"), ("GET", "/api/v1/budgets/versions"), ("GET", "/api/v1/budgets/measured"),
    ("GET", "/api/v1/disputes"),
    ("GET", "/api/v1/day-closings"), ("GET", "/api/v1/day-closings/day"), ("POST", "/api/v1/day-closings"),
    ("GET", "/api/v1/me/offline"),
    ("GET", "/api/v1/emergency-uses"), ("POST", "/api/v1/emergency-uses"),
    ("POST", "/api/v1/emergency-uses/assignments"), ("GET", "/api/v1/re-entries"), ("POST", "/api/v1/re-entries"),
    ("GET", "/api/v1/print-jobs"), ("GET", "/api/v1/print-jobs/<int:number>"),
    ("POST", "/api/v1/print-jobs/<int:number>/send"), ("POST", "/api/v1/print-jobs/<int:number>/cancel"),
    ("GET", "/api/v1/label-photos/<int:number>"),
    ("GET", "/api/v1/reports"), ("GET", "/api/v1/wards/<path:code>/snapshot"),
    ("POST", "/api/v1/disputes/<int:number>/own"), ("POST", "/api/v1/disputes/<int:number>/resolve"),
    ("POST", "/api/v1/reports"), ("POST", "/api/v1/reports/<int:number>/stop"), ("POST", "/api/v1/uses/batch"),
}  # fmt: skip


@pytest.fixture
def things(embedded: World, _peopled: tuple[Path, dict[str, Any]]) -> dict[str, Any]:
    """A tote on its way to cardiology, two packs there, one of them used, a stent used on a patient of it."""
    shutil.copyfile(_peopled[0], str(embedded.database.url.database))
    return dict(_peopled[1])


def test_every_address_that_holds_where_the_grant_is_is_asked_for_both() -> None:
    held = {row for row, who in expected().items() if who.startswith("own:") and row in of_interface(expected())}
    assert set(OWN) | WITH_THEIR_OWN == held
    assert not set(OWN) & WITH_THEIR_OWN


def _rows(told: Any) -> Iterator[Any]:
    """Whatever an answer lists, at any depth."""
    if isinstance(told, list):
        yield from told
    for value in told.values() if isinstance(told, dict) else told:
        if isinstance(value, dict | list):
            yield from _rows(value)


@pytest.mark.parametrize("row", list(OWN))
def test_what_is_cardiologys_is_refused_to_surgery_and_given_to_cardiology(
    embedded: World, things: dict[str, Any], row: tuple[str, str]
) -> None:
    role, ask, refusal = OWN[row]
    before = embedded.books()
    foreign = ask(embedded.asking(role, embedded.h.surgery), things)
    if refusal is None:
        assert foreign.status_code == 200
        assert list(_rows(foreign.get_json())) == []
    else:
        is_problem(foreign, *refusal)
    assert embedded.books() == before
    own = ask(embedded.asking(role, embedded.h.cardiology), things)
    assert own.status_code in (200, 201), own.get_json()
    told = own.get_json()
    assert list(_rows(told)) or {"code", "before"} & told.keys() or own.status_code == 201
    everywhere = embedded.asking(role)
    if row[0] == "GET":
        assert ask(everywhere, things).status_code == 200


def test_a_grant_in_two_departments_holds_in_both(embedded: World, things: dict[str, Any]) -> None:
    surgeon = Caller(embedded, {"Authorization": f"Bearer {embedded.token('nurse', department=embedded.h.surgery)}"})
    is_problem(surgeon.get("/stock", location="CARD-W"), 403, "not-allowed")
    with transaction(embedded.database) as session:
        token = surgeon.headers["Authorization"].removeprefix("Bearer ")
        staff = session.query(Token).filter_by(digest=digest(token)).one().staff_id
        session.add(Grant(staff_id=staff, role="nurse", department_id=embedded.h.cardiology.id))
    assert surgeon.get("/stock", location="CARD-W").status_code == 200
    assert surgeon.get("/stock", location="SURG-T").status_code == 200


def test_a_role_of_one_department_lends_nothing_to_a_role_of_another(embedded: World, things: dict[str, Any]) -> None:
    """Head nurse in surgery, quality in cardiology: she signs for nothing in cardiology."""
    with transaction(embedded.database) as session:
        token = embedded.token("nurse", department=embedded.h.surgery)
        staff = session.query(Token).filter_by(digest=digest(token)).one().staff_id
        session.add(Grant(staff_id=staff, role="quality", department_id=embedded.h.cardiology.id))
    both = Caller(embedded, {"Authorization": f"Bearer {token}", "Accept-Language": "en"})
    both.refused(f"/dispatches/{things['seal']}/sign", {"location": "CARD-W"}, 403, "not-your-ward")
    both.refused("/uses", {"scan": label(things["stent"]), "encounter": "W-1"}, 409, "already-recorded")
    both.refused("/uses", {"scan": things["pack"]}, 422, "other-department")
    assert both.get("/stock", location="CARD-W").status_code == 200


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("nurse", "/stock?location=CARD-W"), ("nurse", "/trace?code={stent}"),
        ("head_nurse", f"/finance?month={MONTH}"),
        ("head_nurse", f"/finance?month={MONTH}&department=CARD"), ("finance", f"/finance/encounters?month={MONTH}"),
        ("finance", "/finance/encounters/E-1"), ("head_nurse", f"/finance/export/departments.csv?month={MONTH}"),
        ("head_nurse", f"/finance/export/uses.csv?month={MONTH}&department=CARD"),
        ("nurse", "/deliver/{seal}/seal.svg"),
        ("nurse", "/stock"), ("nurse", "/stock?by=item"), ("nurse", "/stock/as-of?at=2026-03-02T10:00&by=item"),
        ("nurse", "/stock/expiry"), ("nurse", "/stock/slow?idle_days=1&cover_days=1"),
        ("nurse", "/stock/search?words={stent}"), ("nurse", "/stock/held"), ("nurse", "/stock/held/{hold}"),
        ("nurse", "/stock/write-offs"), ("nurse", "/stock/write-offs/{loss}"), ("head_nurse", "/stock/returns/{back}"),
    ],
)  # fmt: skip
def test_pages_show_surgery_nothing_of_cardiology(
    embedded: World, things: dict[str, Any], role: str, path: str
) -> None:
    caller = embedded.asking(role, embedded.h.surgery)
    answer = embedded.app.test_client().get(path.format(**things), headers=caller.headers)
    page = answer.get_data(as_text=True)
    assert answer.status_code in (200, 403, 404, 422), answer.status_code
    for sign in ("8600", "8,600", "8670", "8,670", things["pack"], "张*三"):
        assert sign not in page.replace(things["stent"], ""), (path, sign)
