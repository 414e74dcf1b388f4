"""This file is one import from the file to the end: kept, its columns read, previewed, and applied as it was shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from spd.core.clock import day_of
from spd.core.database import Database
from spd.core.errors import Conflict, NotFound, Refusal, Refused
from spd.core.import_files import ImportFile, ImportMapping, ImportRow
from spd.core.occasion import Occasion
from spd.core.transaction import reading, transaction
from spd.exchange import imports, tables
from spd.exchange.imports.headers import guess, is_heading
from spd.exchange.imports.plan import Outcome, Plan
from spd.exchange.tables import Table


class UnknownImport(NotFound):
    """There is no such import."""

    code = "unknown-import"
    say = {"zh": "没有导入 {number}。刷新列表。", "en": "There is no import {number}. Reload the list."}


class ImportApplied(Conflict):
    """The file has been applied."""

    code = "import-applied"
    verdict = "repeat"
    say = {
        "zh": "此文件已导入, 不重复导入。有新内容请上传新文件。",
        "en": "This file has been applied. It is not applied again; upload a new one.",
    }


class NotPreviewed(Refused):
    """Nobody has seen what it would change, or rows of it are refused."""

    code = "not-previewed"
    say = {
        "zh": "请先预览; 有被拒行时更正文件后重新上传。",
        "en": "Look at what it changes first; where rows are refused, correct the file and upload it again.",
    }


class DataChanged(Refused):
    """What was shown is no longer what would be done."""

    code = "data-changed"
    say = {
        "zh": "预览之后系统数据有变化, 未导入任何行。请重新预览后再确认。",
        "en": "The data changed since the preview; nothing was applied. Look at the preview again, then apply it.",
    }


@dataclass(frozen=True, kw_only=True)
class Doing:
    """What doing an import needs: where, for whom, by which clock, and who is told how far it is."""

    database: Database
    staff_id: int
    zone: ZoneInfo
    now: Callable[[], datetime]
    tell: Callable[[int, int], None]


def keep(session: Session, occasion: Occasion, kind: str, *, name: str, content: bytes) -> ImportFile:
    """The file, its columns guessed; asked again under its key, the same. Raises: UnknownKind, and as `tables.peek`."""
    before = select(ImportFile).where(ImportFile.request_key == occasion.request_key)
    if known := session.scalars(before).one_or_none():
        return known
    columns, _rows = tables.peek(content, file=name)
    kept = ImportFile(
        request_key=occasion.request_key, kind=kind, file_name=name, digest=hashlib.sha256(content).digest(),
        size=len(content), content=content, uploaded_at=occasion.recorded_at, uploaded_by_id=occasion.staff_id,
        columns=json.dumps(mapping_for(session, kind, columns), ensure_ascii=False),
    )  # fmt: skip
    session.add(kept)
    session.flush()  # its number is told
    return kept


def mapping_for(session: Session, kind: str, columns: Sequence[str]) -> dict[str, str]:
    """How these columns are read: as the newest saved mapping that knows all it needs of them, else by their names."""
    saved = select(ImportMapping).where(ImportMapping.kind == kind).order_by(ImportMapping.saved_at.desc())
    for mapping in session.scalars(saved):
        said: dict[str, str] = json.loads(mapping.columns)
        if said and set(said) <= set(columns):
            return said
    return guess(columns, imports.columns_of(kind))


def get(session: Session, number: int) -> ImportFile:
    """The import with this number. Raises: UnknownImport."""
    found = session.get(ImportFile, number)
    if found is None:
        raise UnknownImport(number=number)
    return found


def set_columns(
    session: Session, occasion: Occasion, number: int, columns: Mapping[str, str], *, save_as: str = ""
) -> ImportFile:
    """The import with its columns read so, its preview gone; kept for files to come where a name is given.

    Raises: UnknownImport, ImportApplied.
    """
    found = get(session, number)
    if found.applied_at is not None:
        raise ImportApplied()
    said = json.dumps({theirs: ours for theirs, ours in columns.items() if ours}, ensure_ascii=False)
    found.columns, found.plan_digest, found.previewed_at, found.problem = said, None, None, ""
    if save_as:
        _save(session, occasion, found.kind, save_as, said)
    session.flush()  # so that a refusal by the database comes here
    return found


def _save(session: Session, occasion: Occasion, kind: str, name: str, said: str) -> None:
    query = select(ImportMapping).where(ImportMapping.kind == kind, ImportMapping.name == name)
    mapping = session.scalars(query).one_or_none()
    if mapping is None:
        mapping = ImportMapping(kind=kind, name=name)
        session.add(mapping)
    mapping.columns, mapping.saved_at, mapping.saved_by_id = said, occasion.recorded_at, occasion.staff_id


def preview(doing: Doing, number: int) -> None:
    """What the file would change, kept with it to be looked at; or why it cannot be read."""
    with reading(doing.database) as session:
        found = get(session, number)
        kind, content = found.kind, found.content
    try:
        table = _table(found, content, doing)
        with reading(doing.database) as session:
            plan = imports.plan_table(session, kind, table, _occasion(doing, found), zone=doing.zone, tell=doing.tell)
    except Refusal as refusal:
        with transaction(doing.database) as session:
            _show(session, number, [], _refused(refusal) | {"previewed_at": doing.now()})
        return
    counts = {str(outcome): plan.count(outcome) for outcome in Outcome}
    said = counts | {"problem": "", "plan_digest": plan.digest, "previewed_at": doing.now()}
    with transaction(doing.database) as session:
        _show(session, number, _rows(number, plan), said)


def apply(doing: Doing, number: int) -> None:
    """Do what was shown: all of it in one transaction, or nothing; why it was not done stands with it.

    Done again, nothing is done. Raises: UnknownImport.
    """
    with reading(doing.database) as session:
        found = get(session, number)
        content = found.content
    if found.applied_at is not None:
        return
    try:
        _apply(doing, found, _table(found, content, doing))
    except Refusal as refusal:
        with transaction(doing.database) as session:
            session.execute(update(ImportFile).where(ImportFile.id == number).values(_refused(refusal)))


def _refused(refusal: Refusal) -> dict[str, Any]:
    """A file that nobody can apply before it was looked at again, and why."""
    told = {"zh": refusal.sentence("zh"), "en": refusal.sentence("en")}
    return {"problem": json.dumps(told, ensure_ascii=False), "plan_digest": None}


def _apply(doing: Doing, found: ImportFile, table: Table) -> None:
    """Raises: NotPreviewed, DataChanged, and what the ledger refuses."""
    with transaction(doing.database) as session:
        mine = session.execute(
            update(ImportFile)
            .where(ImportFile.id == found.id, ImportFile.applied_at.is_(None))
            .values(applied_at=doing.now(), applied_by_id=doing.staff_id)
            .returning(ImportFile.plan_digest)
        ).one_or_none()
        if mine is None:
            return
        when = _occasion(doing, found)
        plan = imports.plan_table(session, found.kind, table, when, zone=doing.zone, tell=doing.tell)
        if mine[0] is None or (plan.digest == mine[0] and plan.problems):
            raise NotPreviewed()
        if plan.digest != mine[0]:
            raise DataChanged()
        imports.write(session, plan, table)


def _table(found: ImportFile, content: bytes, doing: Doing) -> Table:
    """The file's rows under our names; columns that nobody chose are left, and a second row of headings."""
    said: dict[str, str] = json.loads(found.columns)
    columns, _ = tables.peek(content, file=found.file_name, rows=0)
    mapping = {theirs: said.get(theirs, "") for theirs in columns}
    table = tables.read(content, file=found.file_name, mapping=mapping, tell=doing.tell)
    chosen = {column: table.rows[0][column] for column in mapping.values() if column in table.columns}
    return replace(table, rows=table.rows[1:]) if is_heading(chosen) and len(table.rows) > 1 else table


def _occasion(doing: Doing, found: ImportFile) -> Occasion:
    """The occasion of applying it: the same whenever it is tried."""
    now = doing.now()
    return Occasion(
        request_key=uuid5(found.request_key, "apply"), staff_id=doing.staff_id, occurred_at=now, recorded_at=now,
        day=day_of(now, doing.zone), zone=doing.zone, content=found.digest,
    )  # fmt: skip


def _show(session: Session, number: int, rows: list[dict[str, Any]], values: dict[str, Any]) -> None:
    session.execute(delete(ImportRow).where(ImportRow.import_file_id == number))
    if rows:
        session.execute(insert(ImportRow), rows)
    session.execute(update(ImportFile).where(ImportFile.id == number, ImportFile.applied_at.is_(None)).values(values))


def _rows(number: int, plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "import_file_id": number, "row": row.row, "outcome": str(row.outcome), "subject": row.key[:200],
            "fields": json.dumps([[one.column, one.before, one.after] for one in row.fields], ensure_ascii=False),
            "problems": json.dumps([[one.column, one.zh, one.en] for one in row.problems], ensure_ascii=False),
        }
        for row in plan.rows
        if row.outcome is not Outcome.UNCHANGED
    ]  # fmt: skip
