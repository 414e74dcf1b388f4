"""This file is the import of licences: a row is one version; one that says another thing of it corrects it.

Licences are never changed: a version that the file corrects is withdrawn, and the right one stands in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from spd import licensing
from spd.catalog import Product
from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.exchange.imports.kind import Importing
from spd.exchange.imports.plan import FieldChange, Outcome, Plan, RowPlan, ignored
from spd.exchange.imports.report import Problem
from spd.exchange.refusals import MissingValue, RepeatedKey, UnknownReference
from spd.exchange.tables import Row
from spd.exchange.values import Cell
from spd.licensing import Licence, LicenceKind, LicenceProduct, LicenceSeen, recording
from spd.parties import HOSPITAL_ID, Party

KEY = ("kind", "number", "valid_from_on")
COLUMNS = (*KEY, "valid_to_on", "holder", "grantee", "maker", "products", "device_classes", "authority", "note")
KINDS = {
    "营业执照": "business", "经营许可证": "operation", "经营许可": "operation", "经营备案": "operation",
    "第二类医疗器械经营备案": "operation", "生产许可证": "production",
    "生产许可": "production", "生产备案": "production", "注册证": "registration", "备案凭证": "registration",
    "注册证/备案": "registration",
    "授权书": "authorisation",
    "授权": "authorisation", "经营许可/备案": "operation", "生产许可/备案": "production",
}  # fmt: skip
_CLASSES = {"II": "2", "III": "3", "二类": "2", "三类": "3", "II,III": "23", "2,3": "23", "二类,三类": "23"}
_AT_ONCE = 500
_COMPARED = ("valid_to_on", "party_id", "maker_id", "device_classes", "authority", "note")
_NAMES = {"party_id": "holder", "maker_id": "maker"}
_TO = "9999-12-31"
"""How files write that there is no end, beside an empty cell, which leaves what is there."""


@dataclass(kw_only=True)
class _Version:
    """One row, read and checked, with the version on record that it is about."""

    row: Row
    seen: LicenceSeen
    subject: str
    known: Licence | None = None
    fields: tuple[FieldChange, ...] = ()


def plan(importing: Importing, occasion: Occasion) -> Plan:
    """Which versions are new, and which are corrected. Raises: MissingColumns."""
    table = importing.table
    table.refuse_missing(KEY)
    versions: list[_Version] = []
    refused: dict[int, tuple[Problem, ...]] = {}
    seen: dict[tuple[Any, ...], int] = {}
    for done, row in enumerate(table.rows):
        if done % 500 == 0:
            importing.tell(done, len(table.rows))
        try:
            version = _read(importing, row)
            _refuse_repeated(version, seen)
        except Refusal as refusal:
            refused[row.number] = (_problem(row, refusal),)
        else:
            versions.append(version)
    _compare(importing, versions)
    by_row = {version.row.number: version for version in versions}
    return Plan(
        kind="licences",
        rows=tuple(_planned(row, by_row.get(row.number), refused) for row in table.rows),
        ignored_columns=ignored(table.columns, COLUMNS),
        write=lambda: _write(importing, occasion, versions),
    )


def _read(importing: Importing, row: Row) -> _Version:
    """Raises: MissingValue, BadValue, UnknownReference, and what checking a licence raises."""
    cells = {name: importing.cell(row, name) for name in COLUMNS}
    for name in KEY:
        if not cells[name].value:
            raise MissingValue(row=row.number, column=name)
    ends = cells["valid_to_on"]
    seen = LicenceSeen(
        kind=LicenceKind(cells["kind"].one_of([str(kind) for kind in LicenceKind], also=KINDS)),
        number=cells["number"].text(80), valid_from_on=cells["valid_from_on"].day(),
        valid_to_on=ends.day() if ends.value and ends.value not in ("长期", _TO) else None,
        party_id=_party(importing, cells["holder"]), grantee_id=_party(importing, cells["grantee"]),
        maker_id=_party(importing, cells["maker"]), product_ids=_products(importing, cells["products"]),
        device_classes=cells["device_classes"].one_of(("2", "3", "23"), also=_CLASSES)
        if cells["device_classes"].value else "",
        authority=cells["authority"].text(200), note=cells["note"].text(200),
    )  # fmt: skip
    checked = recording.check(seen)
    return _Version(row=row, seen=checked, subject=recording.subject_of(checked))


def _party(importing: Importing, cell: Cell) -> int | None:
    """A supplier or manufacturer by its code, or by its name where only one has it. Raises: UnknownReference."""
    if not cell.value:
        return None
    number = importing.find_number(Party, cell.value)
    if number is None:
        found = importing.session.scalars(select(Party.id).where(Party.name == cell.value).limit(2)).all()
        number = found[0] if len(found) == 1 else None
    if number in (None, HOSPITAL_ID):
        raise UnknownReference(row=cell.row, column=cell.column, value=cell.value)
    return number


def _products(importing: Importing, cell: Cell) -> tuple[int, ...]:
    """Raises: UnknownReference."""
    found = []
    for code in cell.value.replace(",", " ").replace("，", " ").replace(";", " ").split():
        number = importing.find_number(Product, code)
        if number is None:
            raise UnknownReference(row=cell.row, column=cell.column, value=code)
        found.append(number)
    return tuple(sorted(set(found)))


def _refuse_repeated(version: _Version, seen: dict[tuple[Any, ...], int]) -> None:
    key = (version.subject, version.seen.number, version.seen.valid_from_on)
    number = version.row.number
    if key in seen:
        named = ", ".join(f"{name}={version.row.get(name)}" for name in KEY)
        raise RepeatedKey(row=number, earlier=seen[key], key=named, column="number")
    seen[key] = number


def _problem(row: Row, refusal: Refusal) -> Problem:
    """A refusal as a problem of the row, with its column where checking a number does not know it."""
    told = Problem.of(row.number, refusal)
    column = {"ends-before-it-begins": "valid_to_on", "holder-missing": "holder"}.get(told.code, "number")
    return told if told.column else Problem(row=told.row, column=column, code=told.code, zh=told.zh, en=told.en)


def _compare(importing: Importing, versions: Sequence[_Version]) -> None:
    """Put to each row the version on record, and what it says otherwise; an empty cell says nothing."""
    subjects = sorted({version.subject for version in versions})
    known: dict[tuple[Any, ...], Licence] = {}
    for start in range(0, len(subjects), _AT_ONCE):
        part = Licence.subject.in_(subjects[start : start + _AT_ONCE])
        for licence in importing.session.scalars(select(Licence).where(part, Licence.withdrawn_at.is_(None))):
            known[(licence.subject, licence.number, licence.valid_from_on)] = licence
    for version in versions:
        version.known = known.get((version.subject, version.seen.number, version.seen.valid_from_on))
        version.fields = _fields(importing, version)


def _fields(importing: Importing, version: _Version) -> tuple[FieldChange, ...]:
    if version.known is None:
        return tuple(FieldChange(column=name, after=version.row.get(name)) for name in COLUMNS if version.row.get(name))
    found = []
    for name in _COMPARED:
        column = _NAMES.get(name, name)
        before, after = getattr(version.known, name), getattr(version.seen, name)
        if version.row.get(column) and before != after:
            told = importing.code_of(Party, before) if name in _NAMES else "" if before is None else str(before)
            found.append(FieldChange(column=column, before=told, after=version.row.get(column)))
    return tuple(found)


def _planned(row: Row, version: _Version | None, refused: dict[int, tuple[Problem, ...]]) -> RowPlan:
    key = ", ".join(row.get(name) for name in KEY)
    if version is None:
        return RowPlan(row=row.number, outcome=Outcome.REFUSED, key=key, problems=refused[row.number])
    differs = Outcome.CHANGED if version.fields else Outcome.UNCHANGED
    outcome = Outcome.CREATED if version.known is None else differs
    return RowPlan(row=row.number, outcome=outcome, key=key, fields=version.fields)


def _write(importing: Importing, occasion: Occasion, versions: Sequence[_Version]) -> None:
    session = importing.session
    for version in versions:
        if version.known is None:
            recording.add(session, occasion, version.seen, subject=version.subject, keyed=False)
        elif version.fields:
            _correct(importing, occasion, version, version.known)


def _correct(importing: Importing, occasion: Occasion, version: _Version, known: Licence) -> None:
    """The old version withdrawn, the right one beside it with the same document and products."""
    session, said = importing.session, {change.column for change in version.fields}
    products = session.scalars(select(LicenceProduct.product_id).where(LicenceProduct.licence_id == known.id)).all()
    kept = {name: getattr(known, name) for name in _COMPARED if _NAMES.get(name, name) not in said}
    seen = replace(version.seen, product_ids=tuple(products), **kept)
    licensing.withdraw(session, occasion, known.id, reason=f"import: {importing.table.file}"[:200])
    recording.add(session, occasion, seen, subject=known.subject, attachment_id=known.attachment_id, keyed=False)
