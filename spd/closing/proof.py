"""This file is the proof of closing: every lock has its whole list with nothing that stops it, each opening two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.closing.month_models import ADDED, Check, CheckedLine, Rule
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
    looked_at = [{line.check for line in lines[number]} for number in sorted(lines)]
    for number, whole in zip(sorted(lines), are_whole(looked_at), strict=True):
        step, checked = session.get_one(PeriodStep, number), lines[number]
        if not whole:
            yield _says(step, "was locked with a list that is not whole")
        for line in checked:
            waved = line.rule == Rule.WAVE and not line.reason
            if line.count and (line.rule == Rule.BLOCK or waved):
                yield _says(step, f"was locked with {line.check} open")


def are_whole(lists: Iterable[set[str]]) -> Iterator[bool]:
    """Whether each of these lists, in the order of their locks, has all lines that there were then."""
    now, added = {one.value for one in Check}, False
    for checked in lists:
        added = added or checked == now
        yield checked == now or (not added and checked == now - ADDED)


def _says(step: PeriodStep, says: str) -> Problem:
    return Problem(check="months", table="period_steps", row=str(step.id), says=f"{step.period} {says}")
