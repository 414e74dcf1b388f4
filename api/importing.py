"""This file is doing imports in the background: for pages that ask, and for the worker that takes up what was left."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from spd.exchange.imports import runs
from spd.jobs import running
from spd.jobs.running import Outcome, Work

KIND = "import"
PREVIEW, APPLY = "preview", "apply"


def install() -> None:
    """Do imports that are asked for in this process."""
    running.does(KIND, _do)


def _do(work: Work) -> Outcome:
    said = work.task.said
    doing = runs.Doing(
        database=work.database, staff_id=work.task.asked_by_id, zone=ZoneInfo(said["zone"]), now=work.now,
        tell=work.progress,
    )  # fmt: skip
    act(doing, said["number"], said["act"])
    return Outcome(told={"page": f"/imports/{said['number']}"})


def act(doing: runs.Doing, number: int, what: str) -> None:
    """Preview or apply an import; how it went stands with it."""
    if what == PREVIEW:
        runs.preview(doing, number)
    else:
        runs.apply(doing, number)
