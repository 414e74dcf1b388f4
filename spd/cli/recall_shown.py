"""This file is what `spd recall` shows: notices and what they touch, places, patients into a file, the tie-out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import recalls
from spd.cli.acting import acting
from spd.cli.context import as_json, language, opened, progress, settings, table
from spd.cli.recall import JSON, WHO, recall, refuse_unless_may
from spd.core import clock
from spd.core.transaction import reading, transaction
from spd.exchange.sheets import About, Head, csv_lines, stream_xlsx
from spd.recalls import Previewed, Recall, RecallState, UseOf
from spd.staff import Role

SEES_PATIENTS = (Role.QUALITY, Role.AUDITOR)
XLSX = click.option("--xlsx", type=click.Path(dir_okay=False, path_type=Path), help="Write a spreadsheet.")
_AT_ONCE = 5000
_KINDS = {"used_at": "instant", "quantity": "quantity", "items": "quantity", "held": "quantity", "free": "quantity"}


@recall.command("list")
@click.option("--state", type=click.Choice([str(one) for one in RecallState]), help="Only these.")
@JSON
def list_(state: str | None, as_data: bool) -> None:
    """Every notice, the last first."""
    query = select(Recall).order_by(Recall.id.desc())
    query = query.where(Recall.state == state) if state else query.where(Recall.state != RecallState.DISCARDED)
    with opened() as database, reading(database) as session:
        names = ("code", "recall_class", "number", "issuer", "state", "drafted_at", "held_at")
        rows = [{name: getattr(one, name) for name in names} for one in session.scalars(query)]
    if as_data:
        click.echo(as_json(rows))
    else:
        shown = [
            [f"{value:%Y-%m-%d %H:%M}" if name.endswith("_at") and value else value for name, value in row.items()]
            for row in rows
        ]
        table("", ("recall", "class", "notice", "issued by", "state", "written down (UTC)", "held (UTC)"), shown)


@recall.command()
@click.argument("code")
@JSON
def show(code: str, as_data: bool) -> None:
    """What recall CODE means; before it is opened, what it would touch."""
    with opened() as database, progress(quiet=as_data) as report, reading(database) as session:
        found = recalls.get_recall(session, code)
        draft = found.state == RecallState.DRAFT
        tell = lambda done, total: report("looked at", done, total)  # noqa: E731
        counts = recalls.count_touched(session, found, tell=tell) if draft else {}
        matches = recalls.preview(session, found, counts)
    if as_data:
        click.echo(as_json(_head(found) | {"targets": [_target(one) for one in matches], "whole": _whole(counts)}))
        return
    click.echo(
        f"{found.code}  {found.state}  class {found.recall_class}  {found.issuer}  {found.number}\n{found.reason}"
    )
    counted = ("items", "quantity", "places", "used", "patients") if draft else ()
    rows = [
        (
            one.target.line, one.product, one.name_en if language(os.environ) == "en" and one.name_en else one.name,
            one.lots_said or "all", one.serials_said or "all", *(vars(one.counts).values() if one.counts else ()),
        )
        for one in matches
    ]  # fmt: skip
    if counts:
        rows.append(("", "together", "", "", "", *vars(counts[recalls.WHOLE]).values()))
    table("", ("", "product", "name", "lots", "serials", *counted), rows, right=range(5, 5 + len(counted)))


def _whole(counts: dict[int, recalls.Counts]) -> dict[str, int] | None:
    """What all targets together touch."""
    return asdict(counts[recalls.WHOLE]) if counts else None


def _head(found: Recall) -> dict[str, Any]:
    names = ("code", "state", "recall_class", "number", "issuer", "reason", "notice_on", "opened_at", "held_at")
    return {name: getattr(found, name) for name in names}


def _target(one: Previewed) -> dict[str, Any]:
    told = {f.name: getattr(one, f.name) for f in fields(one) if f.name not in ("target", "counts")}
    return {"line": one.target.line} | told | (asdict(one.counts) if one.counts else {})


@recall.command()
@click.argument("code")
@JSON
@XLSX
def places(code: str, as_data: bool, xlsx: Path | None) -> None:
    """Where everything of recall CODE is, and the totes to stop."""
    with opened() as database, reading(database) as session:
        found = _opened(session, code)
        rows, totes = recalls.places(session, found), recalls.totes(session, found)
    names = ("location", "name", "department", "product", "lot", "items", "quantity", "held", "free")
    values = [[getattr(row, name) for name in names] for row in rows]
    if xlsx is not None:
        heads = [Head(name, _KINDS.get(name, "text"), total=name in _KINDS) for name in names]
        about = About(title=f"{code} places", at=clock.now(), by="spd", said=code, rows=len(rows))
        xlsx.write_bytes(stream_xlsx(heads, values, about, zone=settings().zone))
        click.echo(f"{len(rows)} rows in {xlsx}", err=True)
    if as_data:
        click.echo(as_json({"places": [asdict(row) for row in rows], "totes": [asdict(tote) for tote in totes]}))
    elif xlsx is None:
        table(f"{code}: {len(rows)} places", names, values, right=range(5, 9))
        for tote in totes:
            click.echo(f"Stop tote {tote.code} to {tote.location} {tote.name}: {', '.join(tote.items)}")


@recall.command()
@click.argument("code")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@WHO
def patients(code: str, file: Path, staff: str) -> None:
    """Every use of something of recall CODE into FILE (xlsx, csv or json): patient, day, department, by whom.

    Patients are told to quality and auditors only, and into a file that only its owner may read.
    """
    form = file.suffix.removeprefix(".").lower()
    if form not in ("xlsx", "csv", "json"):
        raise click.UsageError(f"{file.name} should end in xlsx, csv or json.")
    with opened() as database:
        with transaction(database) as session:
            who = acting(session, staff, said=[]).staff_id
        refuse_unless_may(database, who, *SEES_PATIENTS)
        with reading(database) as session:
            uses = list(_uses(session, _opened(session, code)))
    content = as_json([asdict(one) for one in uses]) if form == "json" else _sheet(uses, form, code, staff)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(handle, 0o600)  # it may have been there before
    with os.fdopen(handle, "wb") as written:
        written.write(content if isinstance(content, bytes) else content.encode())
    known = len({one.patient for one in uses if one.patient})
    click.echo(f"{len(uses)} uses on {known} patients in {file}.")


def _uses(session: Session, found: Recall) -> Iterator[UseOf]:
    after = 0
    while rows := recalls.uses_page(session, found, seen=None, after=after, limit=_AT_ONCE):
        yield from rows
        after = rows[-1].id


def _sheet(uses: list[UseOf], form: str, code: str, staff: str) -> bytes | str:
    names = [f.name for f in fields(UseOf) if f.name != "id"]
    heads = [Head(name, _KINDS.get(name, "text"), total=name == "quantity") for name in names]
    rows = ([getattr(one, name) for name in names] for one in uses)
    if form == "csv":
        return "".join(csv_lines(heads, rows, zone=settings().zone))
    about = About(title=f"{code} patients", at=clock.now(), by=staff, said=code, rows=len(uses))
    return stream_xlsx(heads, rows, about, zone=settings().zone)


@recall.command()
@click.argument("code")
@JSON
def tie(code: str, as_data: bool) -> None:
    """Is every unit of recall CODE accounted for? Exit status 1 where not.

    received = held + used + returned + destroyed, for each target, counted from the movements.
    """
    with opened() as database, reading(database) as session:
        found = _opened(session, code)
        rows = recalls.tie_out(session, found)
        open_units = _untied(session, found)
    whole, ties = recalls.total(rows), open_units is None
    if as_data:
        told = [
            asdict(one) | {"missing": one.missing, "unexplained": one.unexplained, "ties": one.ties} for one in rows
        ]
        click.echo(as_json({"recall": code, "ties": ties, "explained": found.explained, "lines": told}))
    else:
        names = (
            "received",
            "found",
            "held",
            "used",
            "returned",
            "destroyed",
            "let_go",
            "free",
            "missing",
            "unexplained",
        )
        drawn = [
            [label, *(getattr(one, name) for name in names)]
            for label, one in (*((one.line, one) for one in rows), ("", whole))
        ]
        table(f"{code}: {'ties' if ties else 'DOES NOT TIE'}", ("", *names), drawn, right=range(1, 11))
        if found.explained:
            click.echo(f"{found.explained} missing are explained in words.")
    if not ties:
        click.echo(open_units, err=True)
        raise SystemExit(1)


def _untied(session: Session, found: Recall) -> str | None:
    """Why it does not tie; None where it does."""
    try:
        recalls.refuse_untied(session, found)
    except recalls.NotTied as why:
        return why.sentence(language(os.environ))
    return None


def _opened(session: Session, code: str) -> Recall:
    """A recall that was opened: before that nothing is on its list. Raises: UnknownRecall, WrongState."""
    found = recalls.get_recall(session, code)
    recalls.refuse_unless(found, RecallState.OPEN, RecallState.CLOSED, RecallState.WITHDRAWN)
    return found


COMMANDS = (recall,)
