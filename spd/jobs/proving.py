"""This file is a proof that somebody asks for now: done in the background, kept beside the nightly ones."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from spd.core import tasks
from spd.core.job_runs import JobRun
from spd.core.occasion import Occasion
from spd.core.tasks import Task
from spd.core.transaction import reading, transaction
from spd.jobs import running
from spd.jobs.proofs import PROOFS, prove
from spd.jobs.running import Outcome, Work
from spd.ledger.verify import Problem

PROVE = "prove"
SHOWN = 200  # problems kept with a run; `spd verify` lists them all
_BEAT_SECONDS = 20.0  # one part of a large ledger's proof takes longer than others wait before they take work over


def under_way(session: Session) -> Task | None:
    """The proof that somebody asked for and that is not finished."""
    query = select(Task).where(Task.kind == PROVE, Task.finished_at.is_(None)).order_by(Task.id)
    return session.scalars(query.limit(1)).one_or_none()


def ask(session: Session, occasion: Occasion, *, page: str = "") -> Task:
    """The work of proving everything, waiting to be done; the same where it is under way already.

    `page`: where whoever asked reads what came of it.
    """
    going = under_way(session)
    if going is not None:
        return going
    return tasks.ask(
        session, PROVE, {"page": page}, title=PROVE, asked_by_id=occasion.staff_id, at=occasion.recorded_at
    )


def as_kept(found: list[Problem]) -> tuple[str, str]:
    """What a proof found, as a run keeps it: outcome and detail."""
    if not found:
        return "clean", ""
    return "problems", json.dumps([asdict(problem) for problem in found[:SHOWN]], ensure_ascii=False)


@contextmanager
def _heard_of(work: Work, done: Callable[[], int]) -> Iterator[None]:
    """Tell now and then that it goes on, however long a part takes."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(_BEAT_SECONDS):
            work.progress(done(), len(PROOFS))

    thread = threading.Thread(target=beat, name=f"beat-{work.task.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _prove(work: Work) -> Outcome:
    begun, far = work.now(), 0

    def tell(done: int, of: int) -> None:
        nonlocal far
        far = done
        work.progress(done, of)

    with reading(work.database) as session, _heard_of(work, lambda: far):
        found = prove(session, at=begun, tell=tell)
    with transaction(work.database) as session:
        keep(session, f"task-{work.task.id}-{begun:%H%M%S}", begun, work.now(), found)
    said = {
        "zh": f"校验完成, 发现 {len(found)} 处问题。" if found else "校验完成, 账实相符, 无问题。",
        "en": f"Proved: {len(found)} problems." if found else "Proved: clean.",
    }
    page = {"page": work.task.said["page"]} if work.task.said["page"] else {}
    return Outcome(told=said | page | {"problems": len(found)})


def keep(session: Session, name: str, begun: datetime, ended: datetime, found: list[Problem]) -> None:
    """A proof, on record beside the nightly ones under a name of its own: the newest counts."""
    outcome, detail = as_kept(found)
    row = {"started_at": begun, "finished_at": ended, "outcome": outcome, "detail": detail}
    session.execute(insert(JobRun).values(job="verify", period=name[:24], **row))


running.does(PROVE, _prove)
