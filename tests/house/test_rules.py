"""House rules, held by reading the code itself."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("spd", "api", "scanners")
DOORS = ("spd/cli", "spd/jobs", "spd/bench", "spd/demo", "spd/exchange", "api", "wsgi.py")
BANNED = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "handler", "handlers", "base", "misc"}
LONG_FUNCTION = 60


def sources(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def calls(file: Path) -> Iterator[tuple[str, int]]:
    """(dotted name, line) of every attribute and call, as far as names say it."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node), node.lineno


def breaches(files: list[Path], *endings: str) -> list[str]:
    return [
        f"{name_of(file)}:{line} {said}"
        for file in files
        for said, line in calls(file)
        if any(said == ending or said.endswith("." + ending) for ending in endings)
    ]


def all_but(*spared: str) -> list[Path]:
    return [file for file in sources(*OURS) if not name_of(file).startswith(spared)]


def test_there_is_code_to_judge() -> None:
    assert len(sources(*OURS)) > 80


def test_only_the_transaction_commits_and_rolls_back() -> None:
    judged = all_but("spd/core/transaction.py", "spd/bench")
    assert breaches(judged, "commit", "rollback") == []


def test_only_the_shape_of_the_database_begins_on_the_engine() -> None:
    assert breaches(all_but("spd/core/schema.py", "spd/core/transaction.py", "spd/bench"), "engine.begin") == []


def test_the_transaction_is_seen_to_commit() -> None:
    """So that the two tests above cannot pass for want of the right words."""
    assert breaches([ROOT / "spd/core/transaction.py"], "commit", "rollback")
    assert breaches([ROOT / "spd/core/schema.py"], "engine.begin")


def test_only_the_clock_tells_the_time() -> None:
    told = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns")
    assert breaches(all_but("spd/core/clock.py", "spd/bench"), *told) == []
    assert breaches([ROOT / "spd/core/clock.py"], *told)


def test_nothing_below_a_door_reads_the_clock() -> None:
    below = [file for file in sources("spd", "scanners") if not name_of(file).startswith((*DOORS, "spd/core/clock.py"))]
    assert breaches(below, "clock.now") == []


def test_nothing_below_a_door_reads_the_environment() -> None:
    below = [file for file in sources("spd", "scanners") if not name_of(file).startswith(DOORS)]
    assert breaches(below, "os.environ", "os.getenv", "os.environb") == []


def test_nothing_below_a_door_knows_the_web() -> None:
    below = [file for file in sources("spd", "scanners") if not name_of(file).startswith(DOORS)]
    assert [f for f in map(name_of, below) if imports(ROOT / f) & {"flask", "werkzeug", "flask_smorest"}] == []


def imports(file: Path) -> set[str]:
    """The top packages a file imports."""
    found: set[str] = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_migrations_stand_without_our_code() -> None:
    versions = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    assert versions
    assert [name_of(file) for file in versions if imports(file) & set(OURS)] == []


def test_scanners_know_no_database() -> None:
    known = {"spd", "api", "sqlalchemy", "flask"}
    assert [name_of(file) for file in sources("scanners") if imports(file) & known] == []


def test_files_are_short() -> None:
    lengths = {name_of(file): len(file.read_text(encoding="utf-8").splitlines()) for file in sources(*OURS)}
    assert {file: n for file, n in lengths.items() if n > 300} == {}


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_functions_are_short() -> None:
    long = [
        f"{name_of(file)}:{node.lineno} {node.name} {(node.end_lineno or 0) - node.lineno + 1}"
        for file in sources(*OURS)
        for node in functions(file)
        if (node.end_lineno or 0) - node.lineno + 1 > LONG_FUNCTION
    ]
    assert long == []


def test_functions_take_few_things_by_position() -> None:
    many = [
        f"{name_of(file)}:{node.lineno} {node.name}"
        for file in sources("spd", "scanners")
        if not name_of(file).startswith(DOORS)  # a command's options come by name
        for node in functions(file)
        if not node.name.startswith("_") and len(node.args.args) > 5  # the session or self, and four
    ]
    assert many == []


def test_nothing_is_called_by_a_name_that_says_nothing() -> None:
    named = [name_of(file) for file in sources(*OURS) if file.stem in BANNED or file.parent.name in BANNED]
    assert [file for file in named if file != "spd/core/base.py"] == []


def test_every_file_says_what_it_is() -> None:
    assert [name_of(file) for file in sources(*OURS) if not ast.get_docstring(tree(file))] == []


def test_every_public_function_and_class_of_the_domain_says_what_it_is() -> None:
    silent = [
        f"{name_of(file)}:{node.lineno} {node.name}"
        for file in sources("spd", "scanners")
        for node in tree(file).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_no_float_comes_near_stock_or_money() -> None:
    near = ("spd/ledger", "spd/accounting", "spd/costing", "spd/consumption", "spd/receiving", "spd/packing")
    floats = [
        f"{name_of(file)}:{node.lineno}"
        for folder in (*near, "spd/replenishment", "spd/stock", "spd/catalog")
        for file in sources(folder)
        for node in ast.walk(tree(file))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id in ("float", "Float", "round"))
    ]
    assert floats == []


@cache
def tracked() -> list[Path]:
    """The files kept in git that are text."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    files = [ROOT / name.decode() for name in listed.split(b"\0") if name]
    return [file for file in files if file.is_file() and b"\0" not in file.read_bytes()[:4096]]


def lines_with(*words: str) -> list[str]:
    return [
        f"{name_of(file)}:{number} {line.strip()[:80]}"
        for file in tracked()
        if file != Path(__file__)
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if any(word in line for word in words)
    ]


def test_no_file_says_where_it_was_made() -> None:
    assert lines_with("/home/", "/root/", "/work/", "/Users/", "C:\\Users") == []


def test_nothing_is_left_for_later() -> None:
    assert lines_with("TODO", "FIXME", "XXX:", "HACK") == []


def test_the_lock_file_has_a_version_and_hashes_for_everything_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = [e for e in text.replace("\\\n", " ").splitlines() if e.strip() and not e.lstrip().startswith("#")]
    assert len(entries) > 50
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert "://" not in "".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
