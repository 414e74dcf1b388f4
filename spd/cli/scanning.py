"""This file is `spd scan`: what a code says, without a database."""

from __future__ import annotations

import json
import sys

import click

from scanners import report


@click.group()
def scan() -> None:
    """Read codes."""


@scan.command()
@click.option("--json", "as_data", is_flag=True, help="One JSON object per line.")
@click.argument("code")
def parse(code: str, as_data: bool) -> None:
    """What CODE says; `-` reads one scan per line (a JSON string or raw text) from standard input."""
    if code != "-":
        _print(code, as_data)
        return
    lines = sys.stdin.buffer
    for number, line in enumerate(lines, 1):
        _print(_line(line), as_data)
        if number % 10_000 == 0 and sys.stderr.isatty():
            click.echo(f"\r{number:,} codes", err=True, nl=False)


def _line(line: bytes) -> str | bytes:
    """A line is a JSON string if it reads as one, else the raw scan."""
    raw = line.rstrip(b"\r\n")
    if raw.startswith(b'"'):
        try:
            text = json.loads(raw)
        except ValueError:
            return raw
        if isinstance(text, str):
            return text
    return raw


def _print(raw: str | bytes, as_data: bool) -> None:
    said = report.as_json(raw)
    if as_data:
        sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
        return
    for name, value in said.items():
        if value not in (None, [], "", False):
            click.echo(f"{name:<16} {value}")


COMMANDS = (scan,)
