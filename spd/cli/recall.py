"""This file is `spd recall` and what it does: a notice written down, opened and held, closed; the mock recall."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from spd import recalls
from spd.cli.acting import acting
from spd.cli.context import as_json, language, opened, progress, settings, table
from spd.core import clock, tasks
from spd.core.database import Database
from spd.core.errors import NotAllowed
from spd.core.occasion import Occasion, digest_of
from spd.core.transaction import reading, transaction
from spd.exchange.notices import WINDOWS, judge, read_notice
from spd.jobs import recalling, running
from spd.recalls import RecallClass
from spd.recalls.holding import derived
from spd.staff import Role, find_person

ACTS = (Role.QUALITY, Role.STOREKEEPER)
DECIDES = (Role.QUALITY,)
WHO = click.option("--as", "staff", required=True, metavar="CODE", help="Who does it: what they log in with.")
JSON = click.option("--json", "as_data", is_flag=True, help="Print data only.")
_LOOK = 0.2  # seconds between two looks at the work


@click.group()
def recall() -> None:
    """Recalls: a notice written down, everything held, places, patients, every unit accounted for.

    \b
    spd recall new notice.yaml --as quality-1 --open   hold everything at once
    spd recall places R261120-01                       where it is
    spd recall patients R261120-01 patients.xlsx --as quality-1
    spd recall tie R261120-01                          is every unit accounted for?
    """


def refuse_unless_may(database: Database, staff_id: int, *roles: Role) -> None:
    """Refuse a person without one of these roles. Raises: NotAllowed."""
    with database.glances.connect() as connection:
        person = find_person(connection, staff_id)
    if person is None or not person.roles & set(roles):
        raise NotAllowed()


def do(database: Database, staff: str, said: list[str], roles: tuple[Role, ...], act: Callable[..., Any]) -> Any:
    """An act of a person who may, in one transaction. Raises: UnknownStaff, NotAllowed, and what the act refuses."""
    with transaction(database) as session:
        when = acting(session, staff, said=said)
        refuse_unless_may(database, when.staff_id, *roles)
        return act(session, when)


@recall.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--number", help="The number on the notice.")
@click.option("--class", "recall_class", type=click.Choice([str(one) for one in RecallClass]), help="I is the worst.")
@click.option("--issuer", help="Who recalls.")
@click.option("--reason", help="Why.")
@click.option("--on", "notice_on", metavar="YYYY-MM-DD", help="The day of the notice.")
@click.option("--product", help="Our code, a device identifier of any level, or a scan of the label.")
@click.option("--lots", default="", help="Codes and ranges, as B2501..B2509,C11; every lot where left out.")
@click.option("--serials", default="", help="As lots.")
@click.option("--produced-from", "produced_from_on", metavar="YYYY-MM-DD")
@click.option("--produced-to", "produced_to_on", metavar="YYYY-MM-DD")
@click.option("--expires-from", "expires_from_on", metavar="YYYY-MM-DD")
@click.option("--expires-to", "expires_to_on", metavar="YYYY-MM-DD")
@click.option("--open", "at_once", is_flag=True, help="Open it too: hold everything it means.")
@WHO
@JSON
def new(file: Path | None, at_once: bool, staff: str, as_data: bool, **said: str | None) -> None:
    """Write down the notice in FILE (YAML or JSON), or the one that the options say; nothing is held without --open.

    \b
    number: NMPA-2026-118
    class: I
    issuer: 心脉器械
    reason: 球囊破裂
    notice_on: 2026-11-20
    targets:
      - product: 06901234567892
        lots: [B2501..B2509, C11]

    A target may also name serials, and produced_from_on, produced_to_on, expires_from_on, expires_to_on. The same
    notice written down again by the same person is the one there is.
    """
    if (file is None) == (said["number"] is None):
        raise click.UsageError("Give a notice file, or --number with the rest of the notice.")
    told = read_notice(file) if file else judge(_said(said), source="spd recall new")
    with opened() as database:
        code = do(database, staff, [], ACTS, lambda session, when: _draft(session, when, told))
        if at_once and _state(database, code) == recalls.RecallState.DRAFT:
            _hold(database, staff, code, quiet=as_data)
        _tell(database, code, as_data)


def _said(said: dict[str, str | None]) -> dict[str, Any]:
    """The options as a file would say them."""
    named = {name: said[name] for name in ("number", "issuer", "reason", "notice_on") if said[name]}
    target = {name: said[name] for name in ("product", "lots", "serials", *WINDOWS) if said[name]}
    return named | {"class": said["recall_class"], "targets": [target]}


def _draft(session: Session, when: Occasion, told: dict[str, Any]) -> str:
    plain = told | {"targets": [asdict(one) for one in told["targets"]], "by": when.staff_id}
    content = digest_of(plain)
    again = replace(when, request_key=derived(content.hex()), content=content)
    own = {name: told[name] for name in ("number", "issuer", "reason", "notice_on", "targets")}
    return recalls.draft(session, recalls.Notice(occasion=again, recall_class=told["class"], **own)).code


def _state(database: Database, code: str) -> str:
    with reading(database) as session:
        return recalls.get_recall(session, code).state


@recall.command("open")
@click.argument("code")
@WHO
@JSON
def open_(code: str, staff: str, as_data: bool) -> None:
    """Open recall CODE: nothing it means can be used from now on, and everything is held wherever it is."""
    with opened() as database:
        _hold(database, staff, code, quiet=as_data)
        _tell(database, code, as_data)


def _hold(database: Database, staff: str, code: str, *, quiet: bool) -> None:
    """Open it, and see the holding through; broken off here, the worker goes on with it."""

    def begin(session: Session, when: Occasion) -> int:
        recalls.open_recall(session, when, code)
        return recalling.ask(session, recalling.HOLD, code, when).id

    number = do(database, staff, ["recall", "open", code], ACTS, begin)
    doing = running.start(database, number, now=clock.now)
    with progress(quiet=quiet) as report:
        while True:
            doing.join(_LOOK)
            with reading(database) as session:
                task = tasks.get(session, number)
            report("held", task.done, task.total or None)
            if task.finished_at is not None:
                break
    if task.outcome == "refused":
        raise click.ClickException(str(json.loads(task.told)[language(os.environ)]))
    if task.outcome != "done":
        raise click.ClickException(
            f"Holding {code} broke off. What is meant is denied; `spd worker` goes on holding it."
        )


def _tell(database: Database, code: str, as_data: bool) -> None:
    with reading(database) as session:
        found = recalls.get_recall(session, code)
        total = recalls.total(recalls.tie_out(session, found)) if found.opened_at else None
        patients = recalls.standing(session, found)
    if as_data:
        click.echo(
            as_json({"recall": code, "state": found.state, "balance": total and asdict(total), "patients": patients})
        )
    elif total is None:
        click.echo(f"{code} is written down; nothing is held. `spd recall show {code}`, then `spd recall open {code}`.")
    else:
        took = f" in {found.holding_took.total_seconds():.1f} s" if found.holding_took else ""
        free = f", {total.free} NOT held" if total.free else ""
        click.echo(f"{code} is in force: {total.held} held{took}{free}, {sum(patients.values())} patients.")


@recall.command()
@click.argument("code")
@click.option("--note", default="", help="A word on it.")
@WHO
def close(code: str, note: str, staff: str) -> None:
    """Close recall CODE: every unit accounted for, every patient resolved. What is held stays held."""
    with opened() as database:
        do(
            database, staff, ["recall", "close", code, note], DECIDES,
            lambda session, when: recalls.close(session, when, code, note),
        )  # fmt: skip
    click.echo(f"{code} is closed.")


@recall.command()
@click.argument("month", required=False, metavar="[YYYY-MM]")
@JSON
def drill(month: str | None, as_data: bool) -> None:
    """The mock recall of this month, run if it was not: one used lot, nothing held; of an earlier month, its report.

    Exit status 1 where a unit is not accounted for or a use leads nowhere.
    """
    this = clock.day_of(clock.now(), settings().zone).isoformat()[:7]
    with opened() as database, transaction(database) as session:
        if month not in (None, this) and recalls.find_drill(session, str(month)) is None:
            raise click.UsageError(f"There was no mock recall in {month}, and only {this} can be run now.")
        report = recalls.run_drill(session, month or this, now=clock.now)
    if as_data:
        click.echo(as_json(asdict(report) | {"passed": report.passed}))
    else:
        whole = "" if report.passed else "; NOT COMPLETE"
        click.echo(
            f"{report.month}: {report.product} lot {report.lot}, {report.accounted_permille / 10:.1f} % of "
            f"{report.received} accounted for, {report.traced_permille / 10:.1f} % of {report.uses} uses traced, "
            f"{report.patients} patients, {report.match_ms + report.places_ms + report.patients_ms} ms{whole}"
        )
        table(
            "",
            ("place", "name", "quantity"),
            [(one.location, one.name, one.quantity) for one in report.places],
            right=(2,),
        )
    if not report.passed:
        raise SystemExit(1)
