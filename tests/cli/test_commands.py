"""The `spd` command as its user runs it: a process, its output, its exit status."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from spd.core.database import Database
from spd.ledger import shifted
from tests.cli.running import run
from tests.demo_file import BEDS, made_once
from tests.forks import ROOT


def spd(database: Path, *words: str, given: str | None = None, status: int = 0) -> str:
    """What the command says; it must end with this status."""
    done = run(database, *words, given=given)
    out = done.out.decode()
    assert done.status == status, f"{words} ended with {done.status}: {out}\n{done.said}"
    return out if status == 0 else out + done.said


def data(database: Path, *words: str) -> Any:
    """What the command says with --json: data and nothing else."""
    return json.loads(spd(database, *words, "--json"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small made-up hospital."""
    return shutil.copyfile(made_once(tmp_path_factory), tmp_path_factory.mktemp("demo") / "spd.db")


def a_month(file: Path) -> str:
    """A month with cost."""
    database = Database(f"sqlite:///{file}")
    with database.engine.connect() as connection:
        month = connection.scalar(text("SELECT min(period) FROM postings WHERE account = '5001.01'"))
    database.dispose()
    return str(month)


def a_locked_month(file: Path) -> str:
    """The last month that is locked."""
    database = Database(f"sqlite:///{file}")
    with database.engine.connect() as connection:
        month = connection.scalar(text("SELECT closed_through FROM period_steps ORDER BY id DESC LIMIT 1"))
    database.dispose()
    return str(month)


def test_the_demo_proves_itself(demo: Path) -> None:
    assert data(demo, "verify") == {
        "clean": True,
        "checks": [
            *("chains", "conservation", "entries", "documents", "closed months", "kept months", "requests"),
            *("inventory", "cost", "titles", "kits", "loaners", "operations", "statements", "invoices", "step-down"),
            *("case-costs", "stay-costs", "charges", "outbox", "encounters", "device events", "months", "rules"),
            *("donations", "emergency uses", "pasts"),
        ],
        "problems": [],
    }
    assert "Clean" in spd(demo, "verify")


def test_a_second_demo_changes_nothing(demo: Path) -> None:
    before = data(demo, "demo", "--no-serve", "--beds", BEDS)
    assert data(demo, "demo", "--no-serve", "--beds", BEDS) == before
    assert before["created"] is False


def test_verify_names_the_row_and_fails(demo: Path, tmp_path: Path) -> None:
    broken = tmp_path / "spd.db"
    broken.write_bytes(demo.read_bytes())
    database = Database(f"sqlite:///{broken}")
    with database.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER movements_no_update"))
        connection.execute(text("UPDATE movements SET quantity = quantity + 1 WHERE id = 5"))
    database.dispose()
    said = json.loads(spd(broken, "verify", "--json", status=1).splitlines()[0])
    assert said["clean"] is False
    assert {"table": "movements", "row": "5"}.items() <= max(said["problems"], key=lambda p: p["row"] == "5").items()


def test_a_seal_is_written_and_compared(demo: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.seal"
    assert "chains sealed" in spd(demo, "seal", str(kept))
    assert "Clean" in spd(demo, "verify", "--seal", str(kept))
    kept.write_text("nothing\n", encoding="ascii")
    assert "not-a-seal" in spd(demo, "verify", "--seal", str(kept), status=2)


def test_cost_adds_up_and_goes_into_a_spreadsheet(demo: Path, tmp_path: Path) -> None:
    month, sheet = a_month(demo), tmp_path / "cost.xlsx"
    said = data(demo, "cost", "departments", "--month", month)
    spd(demo, "cost", "departments", "--month", month, "--xlsx", str(sheet))
    rows = list(openpyxl.load_workbook(sheet).worksheets[0].values)
    assert rows[0][0] == "department"
    assert [row[0] for row in rows[1:-1]] == [row["department"] for row in said["rows"]]
    assert f"{rows[-1][list(rows[0]).index('total')]:.2f}" == f"{float(said['total']):.2f}"
    for kind in ("encounters", "drgs"):
        assert data(demo, "cost", kind, "--month", month)["month"] == month
        before = data(demo, "cost", kind, "--month", month, "--as-of", "1999-12-31T00:00:00+08:00")
        assert float(before["total"]) == 0
        assert month in spd(demo, "cost", kind, "--month", month)


def test_a_code_and_a_lot_are_traced(demo: Path) -> None:
    examples = data(demo, "demo", "--no-serve")["examples"]
    chain = data(demo, "trace", examples["pack"])
    assert chain["code"] == examples["pack"]
    assert chain["hops"][0]["kind"] == "receive"
    (lot, *_) = data(demo, "trace", "--lot", chain["lot"])
    assert lot["unexplained"] == 0
    assert examples["pack"] in spd(demo, "trace", examples["pack"])


def test_a_month_is_locked_as_its_list_allows(demo: Path) -> None:
    month = shifted(a_locked_month(demo), 1)
    open_ = json.loads(spd(demo, "period", "list", month, "--json", status=1))
    stops = [one["check"] for one in open_["checks"] if one["stops"]]
    assert "proof" in stops
    refused = spd(demo, "period", "close", month, status=2)
    assert "closing-list-open" in refused
    assert "What must be done before" in refused
    through = [word for check in stops if check != "proof" for word in ("--let-through", check)]
    assert "is closed at" in spd(demo, "period", "close", month, "--prove", *through, "--reason", "a test's month")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("trace", "NOPE"), "nothing-found"),
        (("trace",), "Give a code, or --lot."),
        (("cost", "departments", "--month", "2026-13"), "is no month"),
        (("cost", "drgs", "--month", "2026-03", "--as-of", "2026-04-01"), "is no instant with its zone"),
        (("token", "add", "nobody", "x"), "unknown-staff"),
        (("period", "close", "2099-01"), "closing-out-of-order"),
    ],
)
def test_misuse_is_refused_in_one_line_that_helps(demo: Path, words: tuple[str, ...], says: str) -> None:
    said = spd(demo, *words, status=2)
    assert says in said
    assert "Traceback" not in said


def test_a_database_that_is_not_up_to_date_is_said_so(tmp_path: Path) -> None:
    file = tmp_path / "new.db"
    assert "spd db upgrade" in spd(file, "verify", status=2)
    spd(file, "db", "upgrade")
    assert "up to date" in spd(file, "db", "check")
    assert data(file, "verify")["clean"] is True


def test_settings_are_listed_without_secrets(tmp_path: Path) -> None:
    said = spd(tmp_path / "x.db", "settings")
    assert "SPD_DATABASE_URL" in said
    assert "sqlite" not in said


def test_people_and_tokens(tmp_path: Path) -> None:
    file = tmp_path / "people.db"
    spd(file, "db", "upgrade")
    spd(file, "staff", "add", "anna", "安娜", "--role", "auditor", "--password", "long-enough-1")
    assert "at least 10" in spd(file, "staff", "add", "b", "b", "--role", "nurse", "--password", "short", status=2)
    assert spd(file, "token", "add", "anna", "reports").startswith("spd_")
    assert "1 tokens revoked" in spd(file, "token", "revoke", "reports")
    assert "disabled" in spd(file, "staff", "disable", "anna")


def test_reference_data_is_imported_dry_then_for_real(tmp_path: Path) -> None:
    file, table = tmp_path / "import.db", tmp_path / "departments.csv"
    spd(file, "db", "upgrade")
    table.write_bytes("code,name,cost_class\nCARD,心内科,clinical\nLAB,检验科,medical_technology\n".encode("gbk"))
    assert "2 would be created" in spd(file, "import", "departments", str(table), "--dry-run")
    assert "2 created" in spd(file, "import", "departments", str(table))
    assert "2 unchanged" in spd(file, "import", "departments", str(table))
    table.write_text("name,cost_class\n心内科,clinical\n", encoding="utf-8")
    assert "code" in spd(file, "import", "departments", str(table), status=2)


def test_scans_are_parsed_a_line_each(tmp_path: Path) -> None:
    given = '(01)06901234567892(10)L1\n"]d20106901234567892"\n\nnonsense\n'
    lines = spd(tmp_path / "x.db", "scan", "parse", "--json", "-", given=given).splitlines()
    assert len(lines) == 4
    first, second, empty, last = (json.loads(line) for line in lines)
    assert (first["gtin"], first["lot"]) == ("06901234567892", "L1")
    assert second["gtin"] == "06901234567892"
    assert (empty["valid"], last["kind"]) == (False, "unknown")
    assert "06901234567892" in spd(tmp_path / "x.db", "scan", "parse", "(01)06901234567892(10)L1")


def test_it_does_not_run_without_its_assertions(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-O", "-c", "import spd"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode != 0
    assert "does not run under python -O" in done.stderr
