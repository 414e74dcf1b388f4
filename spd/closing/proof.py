"""This file is the proof of closing: every lock has its whole list with nothing that stops it, each opening two."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.closing.month_models import Check, CheckedLine, Rule
from spd.ledger import PeriodStep
from spd.ledger.books import Step
from spd.ledger.verify import Problem


def problems(session: Session) -> list[Problem]:
    """Where months were locked or opened against the rules; an empty list is the proof."""
    return [*_opened(session), *_locked(session)]


def _opened(session: Session) -> Iterator[Problem]:
    """A month is opened right after it was asked for, by another person in another role, and the log has no hole."""
    steps = session.scalars(select(PeriodStep).order_by(PeriodStep.id)).all()
    before: dict[str, PeriodStep] = {}
    for step in steps:
        last = before.get(step.period)
        if step.step == Step.REOPENED:
            asked = last if last is not None and last.step == Step.ASKED else None
            if asked is None:
                yield _says(step, "was opened again, and nobody had asked for it")
            elif asked.done_by_id == step.done_by_id or asked.role == step.role:
                yield _says(step, "was asked for and opened again by one person, or in one role")
        before[step.period] = step


def _locked(session: Session) -> Iterator[Problem]:
    """What a lock says was looked at is the whole list, and nothing of it stopped the lock."""
    lines: dict[int, list[CheckedLine]] = {}
    for line in session.scalars(select(CheckedLine).order_by(CheckedLine.id)):
        lines.setdefault(line.step_id, []).append(line)
    for number, checked in lines.items():
        step = session.get_one(PeriodStep, number)
        if {line.check for line in checked} != {one.value for one in Check}:
            yield _says(step, "was locked with a list that is not whole")
        for line in checked:
            waved = line.rule == Rule.WAVE and not line.reason
            if line.count and (line.rule == Rule.BLOCK or waved):
                yield _says(step, f"was locked with {line.check} open")


def _says(step: PeriodStep, says: str) -> Problem:
    return Problem(check="months", table="period_steps", row=str(step.id), says=f"{step.period} {says}")
