"""Saved reports go out once for each due day: whole into the folder, by mail to allowed addresses."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from email import message_from_string
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, update

from api import create_app
from spd import ledger
from spd.core.addresses import BadRecipient
from spd.core.database import Database
from spd.core.job_runs import JobRun
from spd.core.settings import BadSetting, Settings
from spd.core.transaction import reading, transaction
from spd.costing import saved
from spd.costing.saved import Months, NowhereToGo, SavedReport, Schedule, ToSave, UnknownReport
from spd.jobs import reporting
from spd.ledger.books import PeriodStep
from spd.ledger.periods import StepSaid
from spd.staff import Grant, Role
from tests import build

DAILY = ToSave(
    name="科室/日报", report="departments", months=Months.THIS, schedule=Schedule.DAILY, to_folder=True, language="en"
)


@pytest.fixture
def fresh(new_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database with a hospital in which something was used, and somebody of finance to read of it."""
    monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW)
    database = new_database("sqlite")
    with transaction(database) as session:
        h = build.hospital(session)
        build.use(session, h, build.stents(session, h)[0])
        session.add(Grant(staff_id=h.keeper.id, role=Role.FINANCE))
    return database


def settings(folder: Path, **more: str) -> Settings:
    return Settings(database_url="sqlite:///nowhere.db", secret_key="a long random text that signs cookies",
                    report_folder=str(folder), **more)  # fmt: skip


def keep(database: Database, said: ToSave) -> None:
    with transaction(database) as session:
        keeper = session.scalars(select(Grant.staff_id).where(Grant.role == Role.FINANCE)).one()
        when = build.occasion(build.Staff(id=keeper, code="x", name="x"))
        saved.save(session, when, said)


def runs(database: Database) -> list[str]:
    with reading(database) as session:
        return list(session.scalars(select(JobRun.outcome).where(JobRun.job.like("report %")).order_by(JobRun.id)))


def test_a_report_is_put_into_the_folder_once_a_day(fresh: Database, tmp_path: Path) -> None:
    here = settings(tmp_path / "reports")
    create_app(here, fresh)
    keep(fresh, DAILY)
    assert [reporting.deliver_due(fresh, here, now=lambda: build.NOW) for _ in range(2)] == [1, 0]
    (file,) = (tmp_path / "reports").iterdir()
    assert file.name.startswith("科室-日报_department-cost_2026-03")
    sheet = openpyxl.load_workbook(io.BytesIO(file.read_bytes())).worksheets[0]
    assert [cell.value for cell in sheet[2]][:2] == ["CARD", "Cardiology"]
    tomorrow = build.NOW + timedelta(days=1)
    assert reporting.deliver_due(fresh, here, now=lambda: tomorrow) == 1
    assert runs(fresh) == ["sent", "sent"]


def test_a_report_is_mailed_with_its_file(fresh: Database, tmp_path: Path, post: Any) -> None:
    here = settings(tmp_path, mail_host="127.0.0.1", mail_port=str(post.server_address[1]), mail_security="none",
                    mail_from="spd@hospital.example", mail_domains="hospital.example")  # fmt: skip
    create_app(here, fresh)
    said = ToSave(name="Cost", report="departments", months=Months.THIS, schedule=Schedule.WEEKLY, format="csv",
                  recipients=("finance@hospital.example",), domains=("hospital.example",))  # fmt: skip
    keep(fresh, said)
    assert reporting.deliver_due(fresh, here, now=lambda: build.NOW) == 1
    (message,) = post.taken
    assert "To: finance@hospital.example" in message

    names = [part.get_filename() or "" for part in message_from_string(message).walk()]
    assert any(name.startswith("Cost_科室耗材成本_2026-03") for name in names)  # in its owner's language


def test_what_failed_is_tried_again_after_a_while_and_not_at_once(fresh: Database, tmp_path: Path) -> None:
    here = settings(tmp_path / "reports")
    create_app(here, fresh)
    keep(fresh, DAILY)
    nowhere = Settings(database_url="sqlite:///nowhere.db", secret_key="a long random text that signs cookies")
    assert reporting.deliver_due(fresh, nowhere, now=lambda: build.NOW) == 0
    assert runs(fresh) == ["failed"]
    assert reporting.deliver_due(fresh, here, now=lambda: build.NOW + timedelta(minutes=5)) == 0
    assert reporting.deliver_due(fresh, here, now=lambda: build.NOW + timedelta(minutes=31)) == 1
    assert runs(fresh) == ["sent"]


def test_who_lost_the_right_gets_nothing(fresh: Database, tmp_path: Path) -> None:
    here = settings(tmp_path / "reports")
    create_app(here, fresh)
    keep(fresh, DAILY)
    with transaction(fresh) as session:
        session.delete(session.scalars(select(Grant).where(Grant.role == Role.FINANCE)).one())
    assert reporting.deliver_due(fresh, here, now=lambda: build.NOW) == 0
    assert runs(fresh) == ["failed"]
    assert not (tmp_path / "reports").exists()


def test_only_allowed_addresses_and_only_with_somewhere_to_go(session: Any, h: build.Hospital) -> None:
    said = ToSave(name="x", report="departments", schedule=Schedule.DAILY)
    with pytest.raises(NowhereToGo):
        saved.save(session, build.occasion(h.keeper), said)
    for address in ("me@elsewhere.example", "no address", "a@hospital.example\nBcc: b@elsewhere.example"):
        with pytest.raises(BadRecipient):
            saved.save(
                session, build.occasion(h.keeper),
                ToSave(name="x", report="departments", recipients=(address,), domains=("hospital.example",)),
            )  # fmt: skip


def test_a_report_is_its_owners_alone_and_stops_for_good(session: Any, h: build.Hospital) -> None:
    when = build.occasion(h.keeper)
    made = saved.save(session, when, DAILY)
    assert saved.save(session, when, DAILY).id == made.id
    with pytest.raises(UnknownReport):
        saved.stop(session, build.occasion(h.nurse), made.id)
    saved.stop(session, build.occasion(h.keeper), made.id)
    assert saved.of_person(session, h.keeper.id) == saved.scheduled(session) == []


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        ("daily", [("2026-03-04", "2026-02")]),
        ("weekly", [("2026-03-02", "2026-02")]),
        ("monthly", [("2026-03-01", "2026-02")]),
        ("closing", [("closing 2026-01 2", "2026-01"), ("closing 2026-02", "2026-02")]),
        ("never", []),
    ],
)
def test_when_a_report_is_due(schedule: str, due: list[tuple[str, str]]) -> None:
    """December was locked before it was saved; January was locked anew since."""
    locks = [
        PeriodStep(period=period, version=version, done_at=build.NOW + timedelta(days=days))
        for period, version, days in (("2025-12", 1, -1), ("2026-01", 2, 1), ("2026-02", 1, 2))
    ]
    report = SavedReport(schedule=schedule, saved_at=build.NOW)
    assert saved.due_of(report, today=date(2026, 3, 4), locks=locks) == due
    if schedule == "closing":
        assert saved.due_of(report, today=date(2026, 3, 4), locks=locks[:1]) == [("closing 2025-12", "2025-12")]
        assert saved.due_of(report, today=date(2026, 3, 4), locks=[]) == []


def test_each_lock_is_sent_once_and_a_month_locked_again_is_sent_again(fresh: Database, tmp_path: Path) -> None:
    here = settings(tmp_path)
    create_app(here, fresh)
    keep(fresh, replace(DAILY, schedule=Schedule.CLOSING, months=Months.CLOSED))
    later = build.NOW + timedelta(days=70)

    def look() -> int:
        return reporting.deliver_due(fresh, here, now=lambda: later)

    assert look() == 0
    with transaction(fresh) as session:
        who = build.Staff(id=1, code="x", name="x")
        for period in ("2026-03", "2026-04"):
            ledger.close_period(session, build.occasion(who, at=later), period)
    assert (look(), look()) == (2, 0)
    with transaction(fresh) as session:
        said = StepSaid(reason="a receipt was forgotten")
        ledger.reopen_period(session, build.occasion(who, at=later), "2026-04", said)
    assert look() == 0
    with transaction(fresh) as session:
        ledger.close_period(session, build.occasion(who, at=later), "2026-04")
    assert (look(), look()) == (1, 0)
    assert runs(fresh) == ["sent"] * 3


@pytest.mark.parametrize(
    ("months", "of"),
    [
        ("closed", {"month": "2025-11"}), ("previous", {"month": "2026-02"}), ("this", {"month": "2026-03"}),
        ("year", {"from": "2026-01", "month": "2026-03"}), ("quarter", {"from": "2026-01", "month": "2026-03"}),
        ("closed_quarter", {"from": "2025-10", "month": "2025-11"}),
        ("closed_year", {"from": "2025-01", "month": "2025-11"}),
    ],
)  # fmt: skip
def test_which_months_a_report_is_of(months: str, of: dict[str, str]) -> None:
    assert saved.months_of(SavedReport(months=months), this="2026-03", closed="2025-11") == of


def test_a_password_is_not_sent_in_the_clear() -> None:
    with pytest.raises(BadSetting, match="in the clear"):
        Settings.from_environ({"SPD_MAIL_SECURITY": "none", "SPD_MAIL_PASSWORD": "x"})


def test_what_is_owed_charged_and_posted_goes_out_too(fresh: Database, tmp_path: Path) -> None:
    said = settings(tmp_path)
    create_app(said, fresh)
    names = ("charges", "balances", "journal", "payables", "statements", "indicators", "drgs", "step-down", "groups",
             "budgets", "inputs", "reviews")  # fmt: skip
    for name in names:
        keep(fresh, replace(DAILY, name=name, report=name))
    assert reporting.deliver_due(fresh, said, now=lambda: build.NOW) == len(names)
    files = sorted(tmp_path.iterdir())
    assert [file.name.partition("_")[0] for file in files] == sorted(names)
    assert {openpyxl.load_workbook(file).worksheets[-1].title for file in files} == {"about"}


def test_a_list_is_not_sent_to_whom_it_is_closed_since(fresh: Database, tmp_path: Path) -> None:
    said = settings(tmp_path)
    create_app(said, fresh)
    keep(fresh, replace(DAILY, report="payables"))
    with transaction(fresh) as session:
        session.execute(update(Grant).where(Grant.role == Role.FINANCE).values(role=Role.STOREKEEPER))
    assert reporting.deliver_due(fresh, said, now=lambda: build.NOW) == 0
    assert list(tmp_path.iterdir()) == []
    assert runs(fresh) == ["failed"]
