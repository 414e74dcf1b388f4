"""`spd recall` from the notice to its closing: what it says, what it refuses, and how it ends."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from spd import recalls
from spd.cli import main
from spd.core.database import Database
from spd.core.transaction import transaction
from spd.recalls import PatientState, Step
from spd.staff import Grant, Role, Staff
from tests import build

NOTICE = f"""
number: NMPA-1
class: I
issuer: 心脉器械
reason: 球囊破裂
notice_on: 2026-03-01
targets:
  - product: {build.STENT_DI}
    lots: [L1, L5..L7]
  - {{product: GAUZE, expires_to_on: 2026-01-31}}
"""


class Terminal:
    """Where commands are typed, in front of a hospital with six stents, one of them used."""

    def __init__(self, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.file, self._patch, self._heard = file, monkeypatch, capsys
        monkeypatch.setenv("SPD_DATABASE_URL", f"sqlite:///{file}")
        monkeypatch.setenv("LC_ALL", "C.UTF-8")
        monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW)

    def __call__(self, *words: str, status: int = 0) -> str:
        """What `spd recall` says; it must end with this status."""
        self._patch.setattr(sys, "argv", ["spd", "recall", *words])
        try:
            main()
            ended: Any = 0
        except SystemExit as end:
            ended = end.code
        heard = self._heard.readouterr()
        assert ended == status, f"{words} ended with {ended}: {heard.out}\n{heard.err}"
        return heard.out if status == 0 else heard.out + heard.err

    def data(self, *words: str) -> Any:
        """What it says with --json: data and nothing else."""
        return json.loads(self(*words, "--json"))


@pytest.fixture
def spd(
    new_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    database = new_database("sqlite")
    with transaction(database) as session:
        h = build.hospital(session)
        codes = build.stents(session, h, 6)
        build.use(session, h, codes[0])
        for code, role in (("keeper-1", Role.STOREKEEPER), ("quality-1", Role.QUALITY), ("nurse-1", Role.NURSE)):
            staff = Staff(code=code, name="某某")
            session.add(staff)
            session.flush()  # their number goes into the grant
            session.add(Grant(staff_id=staff.id, role=role))
    database.dispose()
    return Terminal(Path(str(database.url.database)), monkeypatch, capsys)


@pytest.fixture
def notice(tmp_path: Path) -> str:
    file = tmp_path / "notice.yaml"
    file.write_text(NOTICE, encoding="utf-8")
    return str(file)


def code_of(spd: Terminal) -> str:
    return str(spd.data("list")[0]["code"])


def resolved(spd: Terminal, code: str) -> None:
    """The patient is cared for, as a head nurse does on a page."""
    with transaction(Database(f"sqlite:///{spd.file}")) as session:
        for step in (PatientState.CONTACTED, PatientState.RESOLVED):
            said = Step(
                occasion=build.occasion(session.get_one(Staff, 1)), recall=code, patients=["P-E-1"], step=step, note="-"
            )
            recalls.record(session, said)


def test_a_recall_from_its_notice_to_its_closing(spd: Terminal, notice: str, tmp_path: Path) -> None:
    assert "nothing is held" in spd("new", notice, "--as", "keeper-1")
    code = code_of(spd)
    told = spd.data("show", code)
    assert [(one["product"], one["lots"], one["items"], one["used"]) for one in told["targets"]] == [
        ("STENT", ["L1"], 5, 1), ("GAUZE", [], 0, 0),
    ]  # fmt: skip
    assert "recall-state" in spd("tie", code, status=2)  # nothing is on its list yet
    assert "5 held" in spd("open", code, "--as", "keeper-1")
    places = spd.data("places", code)["places"]
    assert [(one["location"], one["held"], one["free"]) for one in places] == [("CARD-W", 5, 0)]
    file = tmp_path / "patients.xlsx"
    assert "1 uses on 1 patients" in spd("patients", code, str(file), "--as", "quality-1")
    head, row, *_ = openpyxl.load_workbook(file).worksheets[0].values
    assert dict(zip(head, row, strict=True)).items() >= {"patient": "P-E-1", "lot": "L1", "quantity": 1}.items()
    assert spd.data("tie", code)["ties"] is True
    assert "recall-patients-open" in spd("close", code, "--as", "quality-1", status=2)
    resolved(spd, code)
    assert "is closed" in spd("close", code, "--as", "quality-1")
    assert spd.data("list", "--state", "closed")[0]["code"] == code


def test_the_same_notice_again_is_the_recall_there_is(spd: Terminal, notice: str) -> None:
    first = spd.data("new", notice, "--as", "keeper-1")
    opened = spd.data("new", notice, "--as", "keeper-1", "--open")
    assert (first["state"], opened["state"]) == ("draft", "open")
    assert spd.data("new", notice, "--as", "keeper-1", "--open") == opened
    assert len(spd.data("list")) == 1


def test_a_notice_is_said_in_options_too(spd: Terminal) -> None:
    words = ("--number", "N-2", "--class", "II", "--issuer", "x", "--reason", "y", "--on", "2026-03-01")
    told = spd.data("new", *words, "--product", "STENT", "--serials", "SN1..SN2", "--as", "quality-1")
    assert told["state"] == "draft"
    assert spd.data("show", told["recall"])["targets"][0]["serials_said"] == "SN1..SN2"


def test_it_does_not_tie_while_units_are_not_held(spd: Terminal, notice: str) -> None:
    code = spd.data("new", notice, "--as", "keeper-1")["recall"]
    with transaction(Database(f"sqlite:///{spd.file}")) as session:
        recalls.open_recall(session, build.occasion(session.get_one(Staff, 1)), code)
    said = spd("tie", code, status=1)
    assert "DOES NOT TIE" in said
    assert "5 not held" in said


def test_patients_go_into_a_file_of_its_owner_alone(spd: Terminal, notice: str, tmp_path: Path) -> None:
    code = spd.data("new", notice, "--as", "keeper-1", "--open")["recall"]
    file = tmp_path / "patients.csv"
    file.touch(mode=0o644)
    assert "not-allowed" in spd("patients", code, str(file), "--as", "keeper-1", status=2)
    assert file.read_bytes() == b""
    spd("patients", code, str(file), "--as", "quality-1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "P-E-1" in file.read_text(encoding="utf-8")
    assert "should end in" in spd("patients", code, str(tmp_path / "patients.txt"), "--as", "quality-1", status=2)


def test_the_mock_recall_of_this_month_runs_once(spd: Terminal) -> None:
    first = spd.data("drill")
    assert (first["month"], first["passed"], first["used"]) == ("2026-03", True, 1)
    assert spd.data("drill", "2026-03") == first
    assert "only 2026-03" in spd("drill", "2025-12", status=2)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("class: IV", "class"),
        ("klass: I", "klass"),
        ("notice_on: tomorrow", "no day"),
        ("targets: []", "at least one product"),
        ("targets: [{product: NOPE}]", "unknown-product"),
        ("targets: [{lots: L1}]", "targets 1 product"),
        ("targets: [{product: STENT, lots: L9..B1}]", "bad-range"),
        ("{", "neither YAML nor JSON"),
    ],
)
def test_a_wrong_notice_is_refused_by_its_place_and_nothing_is_written(
    spd: Terminal, tmp_path: Path, line: str, says: str
) -> None:
    file = tmp_path / "wrong.yaml"
    kept = [
        one
        for one in NOTICE.partition("targets:")[0].splitlines()
        if one.split(":")[0] != line.split(":", maxsplit=1)[0]
    ]
    targets = [] if line.startswith("targets") else ["targets: [{product: STENT}]"]
    file.write_text("\n".join([*kept, *targets, line]), encoding="utf-8")
    assert says in spd("new", str(file), "--as", "keeper-1", status=2)
    assert spd.data("list") == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("new", "--as", "keeper-1"), "Give a notice file"),
        (("open", "R1", "--as", "keeper-1"), "unknown-recall"),
        (("open", "R1", "--as", "nurse-1"), "not-allowed"),
        (("open", "R1", "--as", "nobody"), "unknown-staff"),
        (("close", "R1", "--as", "keeper-1"), "not-allowed"),
        (("close", "R1"), "--as"),
    ],
)
def test_misuse_is_refused_in_one_line_that_helps(spd: Terminal, words: tuple[str, ...], says: str) -> None:
    said = spd(*words, status=2)
    assert says in said
    assert "Traceback" not in said
