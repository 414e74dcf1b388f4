"""This file is long work asked for on a page: started at once in a thread of this process, its progress on a page."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, current_app, g, request, url_for

from api.here import database, person, write_plain
from api.i18n import language
from spd.core import clock, tasks
from spd.jobs import running
from spd.jobs.running import Outcome, Work
from spd.staff import find_person

EXPORT = "export"
_app: list[Flask] = []


def begin(kind: str, said: dict[str, Any], *, title: str, content: bytes | None = None, file_name: str = "") -> str:
    """Work begun in the background; the address of the page that shows how far it is."""
    task = write_plain(
        lambda session: tasks.ask(
            session, kind, said, title=title[:200], asked_by_id=person().id, at=clock.now(), content=content,
            file_name=file_name,
        )
    )  # fmt: skip
    running.start(database(), task.id, now=clock.now)
    return url_for("pages.task", number=task.id)


def export(title: str) -> str:
    """The file this request asks for, made in the background."""
    said = {"path": request.full_path, "language": language()}
    return begin(EXPORT, said, title=title)


def install(app: Flask) -> None:
    """Make files asked for on the pages of this application."""
    _app[:] = [app]
    running.does(EXPORT, _make)


def _make(work: Work) -> Outcome:
    """The very request again, by the one who asked, outside of any server's patience."""
    app = _app[0]
    with app.test_request_context(work.task.said["path"]):
        with database().glances.connect() as connection:
            g.person = find_person(connection, work.task.asked_by_id)
        g.language = work.task.said["language"]
        g.progress = work.progress
        answer = current_app.make_response(current_app.ensure_sync(app.dispatch_request)())
        name = str(answer.headers.get("Content-Disposition", "")).partition("filename=")[2].strip('"')
        return Outcome(told={"file": name}, file=(name or "export", answer.get_data()))


def told(task: tasks.Task) -> dict[str, Any]:
    """What came of a task."""
    return json.loads(task.told)  # type: ignore[no-any-return]
