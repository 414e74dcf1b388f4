"""This file is long work asked for on a page: left to a worker, or started at once in a thread of this process; its
progress on a page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, g, request, url_for
from sqlalchemy.orm import Session
from werkzeug.http import parse_options_header

from api import access
from api.here import database, person, site, write_plain
from api.i18n import language
from spd import policies
from spd.core import clock, tasks
from spd.core.errors import NotAllowed
from spd.jobs import running
from spd.jobs.running import Outcome, Work
from spd.staff import find_person

EXPORT = "export"
_TELL_EVERY = 500
Row = TypeVar("Row")
_app: list[Flask] = []


def begin(kind: str, said: dict[str, Any], *, title: str, content: bytes | None = None, file_name: str = "") -> str:
    """Work begun in the background; the address of the page that shows how far it is."""
    task = write_plain(
        lambda session: tasks.ask(
            session, kind, said, title=title[:200], asked_by_id=person().id, at=clock.now(), content=content,
            file_name=file_name,
        )
    )  # fmt: skip
    running.start_or_leave(database(), task.id, now=clock.now)
    return url_for("pages.task", number=task.id)


def export(title: str) -> str:
    """The file this request asks for, made in the background."""
    said = {"path": request.full_path, "language": language(), "root": site()}
    return begin(EXPORT, said, title=title)


def is_long(session: Session, rows: int) -> bool:
    """Whether nobody should sit and wait for so many rows; not where the file is being made in the background."""
    return "progress" not in g and rows > int(policies.get(session, "report.background_rows"))


def told_of(rows: Iterable[Row], total: int) -> Iterator[Row]:
    """The same rows; in the background, how many have gone by is told every few hundred."""
    tell: Callable[[int, int], None] | None = g.get("progress")
    for number, row in enumerate(rows, 1):
        if tell is not None and number % _TELL_EVERY == 0:
            tell(number, total)
        yield row


def install(app: Flask) -> None:
    """Make files asked for on the pages of this application."""
    _app[:] = [app]
    running.does(EXPORT, _make)


def _make(work: Work) -> Outcome:
    """The very request again, by the one who asked, outside of any server's patience."""
    said = work.task.said
    asked = Again(
        path=said["path"], person_id=work.task.asked_by_id, language=said["language"], root=said.get("root", "")
    )
    name, content = answer(asked, progress=work.progress)
    return Outcome(told={"file": name}, file=(name or "export", content))


@dataclass(frozen=True, kw_only=True)
class Again:
    """A file that a page gives, asked for in somebody's name and language; `root` is the site its links lead to."""

    path: str
    person_id: int
    language: str
    root: str = ""


def answer(asked: Again, *, progress: Callable[[int, int], None]) -> tuple[str, bytes]:
    """The name of the file and what is in it. Raises: NotAllowed, and whatever else refuses it to that person."""
    app = _app[0]
    with app.test_request_context(asked.path):
        with database().glances.connect() as connection:
            g.person = find_person(connection, asked.person_id)
        g.language = asked.language
        g.progress = progress
        g.root = asked.root
        if access.refuse_unallowed() is not None:  # nobody any more
            raise NotAllowed()
        made = current_app.make_response(current_app.ensure_sync(app.dispatch_request)())
        name = parse_options_header(made.headers.get("Content-Disposition"))[1].get("filename", "")
        return name, made.get_data()


def told(task: tasks.Task) -> dict[str, Any]:
    """What came of a task."""
    return json.loads(task.told)  # type: ignore[no-any-return]
