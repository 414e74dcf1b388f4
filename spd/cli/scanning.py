"""This file is `spd scan`: what a code says, without a database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import click

from scanners import report
from spd.cli.context import progress
from spd.core import clock

_AT_ONCE = 65_536  # bytes: what a pipe holds


@click.group()
def scan() -> None:
    """Read codes."""


@scan.command()
@click.option("--json", "as_data", is_flag=True, help="One JSON object per line.")
@click.argument("code")
def parse(code: str, as_data: bool) -> None:
    """What CODE says; `-` reads one scan per line (a JSON string or raw text) from standard input."""
    if code != "-":
        _write([report.as_json(code, today=_today())], as_data)
        return
    with progress() as told:
        done = 0
        for lines in _arriving(sys.stdin.buffer):
            today = _today()
            said = [report.of_line(line.decode("utf-8", "surrogateescape"), today=today) for line in lines]
            _write(said, as_data)
            done += len(lines)
            told("codes", done, None)


def _today() -> date:
    """A day of now: it settles the century of what is printed with two digits of a year."""
    return clock.now().date()


def _arriving(source: Any) -> Iterator[list[bytes]]:
    """The lines that have come so far, again and again: thousands of a file, one where somebody waits for an answer."""
    rest = b""
    while part := source.read1(_AT_ONCE):
        *lines, rest = (rest + part).split(b"\n")
        if lines:
            yield lines
    if rest:
        yield [rest]


def _write(answers: Sequence[dict[str, Any]], as_data: bool) -> None:
    text = "".join(_shown(said, as_data) for said in answers)
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()


def _shown(said: dict[str, Any], as_data: bool) -> str:
    if as_data:
        return json.dumps(said, ensure_ascii=False) + "\n"
    lines = [f"{name:<16} {value}\n" for name, value in said.items() if value not in (None, [], "", False)]
    return "".join([*lines, "\n"])


COMMANDS = (scan,)
