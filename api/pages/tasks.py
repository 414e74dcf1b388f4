"""This file is the page of long work: how far it is, what came of it, the file it made."""

from __future__ import annotations

from flask import Response, jsonify, render_template, url_for
from werkzeug.exceptions import NotFound

from api import background
from api.headers import name_file
from api.here import database, person, read
from api.i18n import short
from api.pages import bp
from spd.core import clock, tasks
from spd.core.tasks import Task
from spd.jobs import running


def _mine(number: int) -> Task:
    return read(lambda session: tasks.get(session, number, asked_by_id=person().id))


@bp.get("/tasks/<int:number>")
def task(number: int) -> str:
    """How far it is."""
    found = _mine(number)
    running.take_up_left(database(), found, now=clock.now)
    came = background.told(found)
    return render_template("task.html", task=found, told=came, sentence=came.get(short(), ""))


@bp.get("/tasks/<int:number>/progress")
def task_progress(number: int) -> Response:
    """The same for a script."""
    found = _mine(number)
    running.take_up_left(database(), found, now=clock.now)
    return jsonify(done=found.done, total=found.total, outcome=found.outcome, page=url_for("pages.task", number=number))


@bp.get("/tasks/<int:number>/file")
def task_file(number: int) -> Response:
    """The file it made."""

    def ask(session: object) -> tuple[str, bytes | None]:
        found = tasks.get(session, number, asked_by_id=person().id)  # type: ignore[arg-type]
        return found.file_name, found.content if found.outcome == "done" else None

    name, content = read(ask)
    if content is None:
        raise NotFound
    response = Response(content, mimetype="application/octet-stream")
    name_file(response, name)
    return response
