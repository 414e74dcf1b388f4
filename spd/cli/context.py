"""This file is what commands are told by the process: settings, database, language, progress; and how they answer."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from spd.core import schema
from spd.core.database import Database
from spd.core.money import shown
from spd.core.settings import Settings


def settings() -> Settings:
    """The settings of this process. Raises: BadSetting."""
    return Settings.from_environ(os.environ)


def language(environ: Mapping[str, str]) -> str:
    """The language of sentences on the terminal: zh where the terminal is Chinese, else en."""
    spoken = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "zh" if spoken.lower().startswith("zh") else "en"


@contextmanager
def opened(*, current: bool = True) -> Iterator[Database]:
    """The configured database, migrated. Raises: BadSetting, UnsafeDatabase."""
    database = Database(settings().database_url)
    try:
        database.refuse_unsafe()
        if current and not schema.is_current(database):
            raise click.ClickException("The database is not up to date. Run `spd db upgrade` first.")
        yield database
    finally:
        database.dispose()


def as_json(value: Any) -> str:
    """Data as JSON: money and instants as text, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, default=_plain, indent=None)


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return shown(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    assert isinstance(value, UUID), f"{type(value)} is not data"
    return str(value)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[int] = ()) -> None:
    """Rows for a person to read; the columns numbered in `right` are numbers."""
    drawn = Table(title=title, title_justify="left", show_edge=False)
    for number, column in enumerate(columns):
        drawn.add_column(column, justify="right" if number in right else "left", no_wrap=number in right)
    for row in rows:
        drawn.add_row(*(_cell(value) for value in row))
    Console().print(drawn)


def _cell(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    return "" if value is None else str(value)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Any]:
    """A bar on stderr: call with (what, done, total) as work goes on; nothing where it is quiet or not a terminal."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet or not sys.stderr.isatty(),
    )
    tasks: dict[str, Any] = {}

    def report(what: str, done: int, total: int | None) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done, total=total)

    with bar:
        yield report
