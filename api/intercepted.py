"""This file is acts at the bedside with what they caught: kept with the use where it goes on; where it is refused, in a
transaction of its own, since that of the use is rolled back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid5

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api import access
from api.gathered import PATIENCE_S, Gathering
from api.here import database, write
from api.traced import traced
from spd import consumption, interceptions
from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.core.transaction import impatient, transaction
from spd.reconciliation import Confirming, confirmed
from spd.stock import use_rules
from spd.trace_codes import Act

_log = structlog.get_logger()


def record_use(use: consumption.UseScanned, trace_code: str | None) -> consumption.Use:
    """One item used, and what the rules found. Raises what `consumption.record_use` raises, once it is kept."""
    when = use.occasion

    def act(session: Session) -> consumption.Use:
        confirming = Confirming()
        done = consumption.record_use(session, replace(use, claim=confirming.claim))
        _keep_with(session, confirming, when, done)
        return replace(done, charged=confirmed(session, done.movement_id)) if done.repeated else done

    with keeping(when):
        return gathering().take(use, lambda: traced(when, (trace_code,), Act.SELL, act))


def _keep_with(session: Session, confirming: Confirming, when: Occasion, done: consumption.Use) -> None:
    """What is kept with a use: which of HIS's charges it confirms, and what the rules found."""
    confirming.link(session, when, [(done.item, done.movement_id)])
    interceptions.note(session, when, done.noted, done.about, movement_id=done.movement_id)


Uses = Gathering[consumption.UseScanned, consumption.Use]


def gathering() -> Uses:
    """The uses of this process that come at the same moment."""
    return current_app.extensions["spd.uses"]  # type: ignore[no-any-return]


def install(app: Flask) -> None:
    """Uses that come at the same moment share a transaction."""
    app.extensions["spd.uses"] = Uses(_record_several)


def _record_several(uses: Sequence[consumption.UseScanned]) -> list[consumption.Use | None]:
    """The first of these uses; None for one that is refused, which is judged again alone, where it is kept and told.

    Somebody's lock on one of their things is waited for by that one, alone: not by those that only came with it.
    """
    with impatient(database(), milliseconds=round(PATIENCE_S * 1000)) as session:
        confirming = Confirming()
        told = consumption.record_several(session, [replace(use, claim=confirming.claim) for use in uses])
        for use, done in zip(uses, told, strict=False):
            if isinstance(done, consumption.Use):
                _keep_with(session, confirming, use.occasion, done)
    return [done if isinstance(done, consumption.Use) else None for done in told]


def use_in_emergency(use: consumption.UseScanned, tag: str, trace_code: str | None) -> consumption.InEmergency:
    """One item used on a patient not known yet, and what the rules found. Raises what it raises, once it is kept."""
    when = use.occasion

    def act(session: Session) -> consumption.InEmergency:
        done = consumption.use_in_emergency(session, use, tag)
        interceptions.note(session, when, done.use.noted, done.use.about, movement_id=done.use.movement_id)
        return done

    with keeping(when):
        return traced(when, (trace_code,), Act.SELL, act)


def assign(asked: consumption.ToAssign) -> consumption.Assigned:
    """Uses in an emergency on the stay of their patient; what HIS had charged before is confirmed by them. Raises what
    `consumption.assign` raises, once it is kept."""
    when = asked.occasion

    def act(session: Session) -> consumption.Assigned:
        confirming = Confirming()

        def linked(item: str, movement_id: int) -> None:
            confirming.link(session, when, [(item, movement_id)])
            confirming.taken.pop(item, None)  # another piece of the same thing confirms what is left

        made = consumption.assign(session, replace(asked, claim=confirming.claim, linked=linked))
        for line in made.lines:
            occasion = replace(when, request_key=uuid5(when.request_key, str(line.number)))
            interceptions.note(session, occasion, line.noted, line.about, movement_id=line.movement_id)
        return made

    with keeping(when):
        return write(when, act)


def use_kit_in_emergency(use: consumption.UseScanned, tag: str) -> consumption.KitInEmergency:
    """A kit used on a patient not known yet, and what the rules found. Raises what it raises, once it is kept."""
    when = use.occasion

    def act(session: Session) -> consumption.KitInEmergency:
        done = consumption.use_kit_in_emergency(session, use, tag)
        interceptions.note_each(session, when, done.use.noted)
        return done

    with keeping(when):
        return write(when, act)


def use_kit(use: consumption.UseScanned) -> consumption.KitUse:
    """A kit used, and what the rules found at each of its things. Raises what `consumption.use_kit` raises."""
    when = use.occasion

    def act(session: Session) -> consumption.KitUse:
        confirming = Confirming()
        done = consumption.use_kit(session, replace(use, claim=confirming.claim))
        confirming.link(session, when, list(zip(done.items, done.movement_ids, strict=True)))
        interceptions.note_each(session, when, done.noted)
        return done

    with keeping(when):
        return write(when, act)


def open_pack(asked: consumption.OpeningAsked) -> consumption.Opened:
    """A pack opened to be used loose, and what the rules found. Raises what it raises, once it is kept."""
    when = asked.occasion

    def act(session: Session) -> consumption.Opened:
        done = consumption.open_pack(session, asked)
        interceptions.note(session, when, done.noted, done.about, movement_id=done.movement_id)
        return done

    with keeping(when):
        return write(when, act)


def draw(asked: consumption.DrawAsked) -> consumption.Drawn:
    """So much of what is open, and what the rules found at each pack. Raises what `consumption.draw` raises."""
    when = asked.occasion

    def act(session: Session) -> consumption.Drawn:
        confirming = Confirming()
        done = consumption.draw(session, replace(asked, claim=confirming.claim))
        confirming.link(session, when, [(part.item, part.movement_id) for part in done.parts])
        interceptions.note_each(session, when, done.noted)
        return done

    with keeping(when):
        return write(when, act)


@contextmanager
def keeping(when: Occasion) -> Iterator[None]:
    """An act whose refusal is kept before it is told. Raises what the act raises."""
    try:
        yield
    except Refusal as error:
        keep(when, error)
        raise


def keep(when: Occasion, error: Refusal) -> None:
    """Keep a refusal that a rule of the bedside made; one of another kind is nobody's near miss."""
    keep_as(when, str(error.about.get("rule", error.code)), error.about)


def keep_as(when: Occasion, rule: str, about: Mapping[str, Any]) -> None:
    """In a transaction of its own. Where that fails the refusal is told all the same, and the failure is logged."""
    weight = use_rules.weight(rule)
    if weight is None:
        return
    outcome, severity = str(about.get("outcome", weight[0].value)), weight[1].value
    mine = access.departments()
    if about.get("department_id") is None and mine is not None and len(mine) == 1:
        about = {**about, "department_id": min(mine)}  # what names no thing is the ward's of who scanned it
    caught = interceptions.Caught(rule=rule, outcome=outcome, severity=severity, about=about)
    try:
        with transaction(database()) as session:
            interceptions.keep(session, when, caught)
    except SQLAlchemyError:
        _log.exception("interception lost", rule=rule, severity=severity)
