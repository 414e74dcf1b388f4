"""What comes near its end is told once a day to those whom the policy names, and again where it could not be told."""

from __future__ import annotations

import email
from collections.abc import Callable
from datetime import timedelta
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from spd import policies
from spd.core.database import Database
from spd.core.job_runs import JobRun
from spd.core.settings import Settings
from spd.core.transaction import reading, transaction
from spd.jobs.licences import TELLING, tell_of_licences, warn_of_licences
from spd.jobs.worker import work
from spd.policies import BadPolicy
from spd.staff import Staff
from tests import build
from tests.build import NOW, TODAY
from tests.licensing import papers

AT = timedelta(minutes=31)


@pytest.fixture
def hospital(new_database: Callable[[str], Database]) -> Database:
    """A hospital with a licence that ended, one that ends within thirty days, and one that ends much later."""
    database = new_database("sqlite")
    with transaction(database) as session:
        h = build.hospital(session)
        said = (("business", "营业-1", h.stents, -1), ("operation", "经营-2", h.stents, 20),
                ("operation", "经营-3", h.gauzes, 400))  # fmt: skip
        for kind, number, party, days in said:
            papers.paper(session, h, kind, number, party=party, valid_to_on=TODAY + timedelta(days))
    warn_of_licences(database, TODAY, now=lambda: NOW)
    return database


def settings(folder: Path, **more: str) -> Settings:
    return Settings(database_url="sqlite:///nowhere.db", secret_key="a long random text that signs cookies",
                    report_folder=str(folder), **more)  # fmt: skip


def settle(database: Database, name: str, value: Any) -> None:
    with transaction(database) as session:
        keeper = session.scalars(select(Staff).where(Staff.code == "keeper")).one()
        policies.settle(session, build.occasion(keeper), name, value)


def outcomes(database: Database) -> list[tuple[str, str]]:
    with reading(database) as session:
        query = select(JobRun.period, JobRun.outcome).where(JobRun.job == TELLING).order_by(JobRun.period)
        return [(period, outcome) for period, outcome in session.execute(query)]


def test_nobody_is_told_where_the_policy_names_nobody(hospital: Database, tmp_path: Path) -> None:
    assert tell_of_licences(hospital, settings(tmp_path), now=lambda: NOW) == 0
    assert outcomes(hospital) == []


def test_those_named_are_mailed_once_what_ended_and_what_ends(hospital: Database, tmp_path: Path, post: Any) -> None:
    here = settings(tmp_path, mail_host="127.0.0.1", mail_port=str(post.server_address[1]), mail_security="none",
                    mail_from="spd@hospital.example", mail_domains="hospital.example")  # fmt: skip
    settle(hospital, "licence.warn_mail", "buyer@hospital.example quality@hospital.example")
    assert [tell_of_licences(hospital, here, now=lambda: NOW) for _ in range(2)] == [1, 0]
    (taken,) = post.taken
    message = email.message_from_bytes(taken.encode(), policy=default)
    assert message["To"] == "buyer@hospital.example, quality@hospital.example"
    text = message.get_content()
    chinese, english = text.split("Licences near their end")
    assert chinese.index("已到期 (1)") < chinese.index("营业-1") < chinese.index("30 天内到期 (1)")
    assert english.index("Within 30 days (1)") < english.index("经营-2")
    assert "经营-3" not in text
    assert outcomes(hospital) == [(TODAY.isoformat(), "sent")]
    tomorrow = NOW + timedelta(days=1)
    warn_of_licences(hospital, TODAY + timedelta(days=1), now=lambda: tomorrow)
    assert tell_of_licences(hospital, here, now=lambda: tomorrow) == 0  # nothing came nearer


def test_what_could_not_be_told_is_tried_again_and_whole(hospital: Database, tmp_path: Path) -> None:
    settle(hospital, "licence.warn_folder", True)
    unset = Settings(database_url="sqlite:///nowhere.db", secret_key="a long random text that signs cookies")
    assert tell_of_licences(hospital, unset, now=lambda: NOW) == 0
    assert outcomes(hospital) == [(TODAY.isoformat(), "failed")]
    assert tell_of_licences(hospital, settings(tmp_path), now=lambda: NOW) == 0  # it waits a while
    assert tell_of_licences(hospital, settings(tmp_path), now=lambda: NOW + AT) == 1
    (file,) = tmp_path.iterdir()
    assert (file.name, "经营-2" in file.read_text("utf-8-sig")) == (f"licences_{TODAY.isoformat()}.txt", True)


def test_mail_goes_to_nobody_outside(hospital: Database, tmp_path: Path, post: Any) -> None:
    here = settings(tmp_path, mail_host="127.0.0.1", mail_port=str(post.server_address[1]), mail_security="none",
                    mail_from="spd@hospital.example", mail_domains="hospital.example")  # fmt: skip
    settle(hospital, "licence.warn_mail", "somebody@elsewhere.example")
    assert tell_of_licences(hospital, here, now=lambda: NOW) == 0
    assert post.taken == []
    with pytest.raises(BadPolicy):
        settle(hospital, "licence.warn_mail", "not an address")


def test_the_worker_does_it(hospital: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[str] = []

    def begun(scheduler: Any) -> None:
        asked.extend(str(job.id) for job in scheduler.get_jobs())

    monkeypatch.setattr("spd.jobs.worker.BlockingScheduler.start", begun)
    work(hospital, settings(tmp_path), now=lambda: NOW)
    assert {"licences", "licences-told"} <= set(asked)
