"""Every refusal says in two languages what happened and what to do, under a code of its own."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import string
from functools import cache
from pathlib import Path

import pytest

import api
import scanners
import spd
from spd.core.errors import Conflict, NotAllowed, NotFound, Refusal, Refused

ROOT = Path(__file__).parents[2]
KINDS = (Refusal, NotFound, Refused, Conflict, NotAllowed)


@cache
def refusals() -> list[type[Refusal]]:
    """Every refusal there is, wherever it lives."""
    for package in (spd, scanners, api):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)
    found: list[type[Refusal]] = []
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting.extend(kind.__subclasses__())
    ours = ("spd.", "api.", "scanners.")
    return sorted((k for k in set(found) if k.__module__.startswith(ours)), key=lambda kind: kind.__name__)


def fields_of(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_there_are_refusals_to_judge() -> None:
    assert len(refusals()) > 30


@pytest.mark.parametrize("kind", refusals(), ids=lambda kind: kind.__name__)
def test_a_refusal_speaks_chinese_and_english_of_the_same_facts(kind: type[Refusal]) -> None:
    assert set(kind.say) == {"zh", "en"}
    chinese = {name.removesuffix("_zh") for name in fields_of(kind.say["zh"])}  # a fact may itself be in two languages
    assert chinese == fields_of(kind.say["en"])
    assert any("\u4e00" <= sign <= "\u9fff" for sign in kind.say["zh"])
    assert kind.say["en"].isascii() or "“" in kind.say["en"]


@pytest.mark.parametrize("kind", refusals(), ids=lambda kind: kind.__name__)
def test_a_refusal_says_what_it_is(kind: type[Refusal]) -> None:
    assert kind.__doc__
    assert kind.status in (400, 401, 403, 404, 409, 413, 415, 422, 429)
    assert kind.verdict in ("stop", "caution", "repeat")


def test_no_two_refusals_share_a_code() -> None:
    by_code: dict[str, list[str]] = {}
    for kind in refusals():
        if "code" in vars(kind):
            by_code.setdefault(kind.code, []).append(kind.__name__)
    assert {code: kinds for code, kinds in by_code.items() if len(kinds) > 1} == {}


def test_every_concrete_refusal_has_a_code_of_its_own() -> None:
    nameless = [k.__name__ for k in refusals() if k not in KINDS and "code" not in vars(k) and not k.__subclasses__()]
    assert nameless == []


def raised() -> list[tuple[str, str, set[str]]]:
    """(where, refusal, facts) of every place that raises one by name with its facts spelled out."""
    names = {kind.__name__ for kind in refusals()}
    found = []
    for folder in ("spd", "api", "scanners"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or any(keyword.arg is None for keyword in node.keywords):
                    continue
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in names and not node.args:
                    where = f"{file.relative_to(ROOT).as_posix()}:{node.lineno}"
                    found.append((where, name, {str(keyword.arg) for keyword in node.keywords}))
    return found


def test_every_raise_gives_the_facts_its_sentence_names() -> None:
    by_name = {kind.__name__: kind for kind in refusals()}
    found = raised()
    assert len(found) > 40
    short = [
        f"{where} {name} lacks {sorted(missing)}"
        for where, name, facts in found
        if (missing := fields_of(by_name[name].say["zh"] + by_name[name].say["en"]) - facts)
    ]
    assert short == []
