"""This file is the import of payment terms of suppliers (账期): a row is what is agreed from a day on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from uuid import uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.exchange.imports.kind import Importing
from spd.exchange.imports.plan import FieldChange, Outcome, Plan, RowPlan, ignored
from spd.exchange.imports.report import Problem
from spd.exchange.refusals import MissingValue, RepeatedKey
from spd.exchange.tables import Row
from spd.exchange.values import Cell
from spd.parties import Party, PartyKind
from spd.payment_terms import LONGEST_DAYS, PaymentTerm, TermSaid, agree_term

NEEDED = ("supplier", "valid_from_on", "payment_days")
COLUMNS = (*NEEDED, "agreement", "reason")
POLICY = "policy"
"""In place of days: the hospital's policy holds again."""
_POLICY_WORDS = (POLICY, "按医院政策", "默认")
_Key = tuple[str, date]


def plan(importing: Importing, occasion: Occasion) -> Plan:
    """Which terms are new, by supplier and day; those that are agreed already are left. Raises: MissingColumns."""
    importing.table.refuse_missing(NEEDED)
    agreed = _agreed(importing.session)
    rows: list[RowPlan] = []
    wanted: dict[_Key, TermSaid] = {}
    seen: dict[_Key, int] = {}
    for row in importing.table.rows:
        try:
            key, said = _read(importing, row)
            if key in seen:
                raise RepeatedKey(
                    row=row.number, earlier=seen[key], key=f"{key[0]}, {key[1].isoformat()}", column="valid_from_on"
                )
            seen[key] = row.number
            known = agreed.get(key)
            said = said if said.number or known is None else replace(said, number=known.number)
            rows.append(_planned(importing, row, said, known))
        except Refusal as refusal:
            problems = (Problem.of(row.number, refusal),)
            rows.append(RowPlan(row=row.number, outcome=Outcome.REFUSED, key=row.get("supplier"), problems=problems))
            continue
        if rows[-1].outcome is not Outcome.UNCHANGED:
            wanted[key] = said
    return Plan(
        kind="supplier-terms", rows=tuple(rows), ignored_columns=ignored(importing.table.columns, COLUMNS),
        write=lambda: _write(importing.session, occasion, wanted),
    )  # fmt: skip


def _agreed(session: Session) -> dict[_Key, PaymentTerm]:
    """What is agreed from each day on; of what was said twice of one, the last."""
    query = select(Party.code, PaymentTerm).join(Party, Party.id == PaymentTerm.supplier_id)
    rows = session.execute(query.order_by(PaymentTerm.version))
    return {(supplier, term.from_on): term for supplier, term in rows}


def _read(importing: Importing, row: Row) -> tuple[_Key, TermSaid]:
    """Raises: MissingValue, BadValue, UnknownReference."""
    cells = {name: importing.cell(row, name) for name in COLUMNS}
    for name in NEEDED:
        if not cells[name].value:
            raise MissingValue(row=row.number, column=name)
    importing.number_of(Party, cells["supplier"], kind=PartyKind.SUPPLIER.value)
    from_on = cells["valid_from_on"].day()
    said = TermSaid(
        from_on=from_on, days=_days(cells["payment_days"]), number=cells["agreement"].text(80),
        reason=cells["reason"].text(200),
    )  # fmt: skip
    return (cells["supplier"].value, from_on), said


def _days(cell: Cell) -> int | None:
    if cell.value.lower() in _POLICY_WORDS:
        return None
    if not cell.value.isdigit() or cell.whole() > LONGEST_DAYS:
        raise cell.bad(
            f"days from 0 to {LONGEST_DAYS}, or {POLICY}", f"0 到 {LONGEST_DAYS} 的天数, 或 {_POLICY_WORDS[1]}"
        )
    return cell.whole()


def _planned(importing: Importing, row: Row, said: TermSaid, known: PaymentTerm | None) -> RowPlan:
    """What becomes of a row; what is agreed already may be of days that are past. Raises: BadValue."""
    named = f"{row.get('supplier')}, {said.from_on.isoformat()}"
    before = {} if known is None else _told(known.days, known.number)
    after = _told(said.days, said.number)
    fields = tuple(
        FieldChange(column=name, before=before.get(name, ""), after=value)
        for name, value in after.items()
        if value != before.get(name, "")
    )
    if known is not None and not fields:
        return RowPlan(row=row.number, outcome=Outcome.UNCHANGED, key=named)
    if said.from_on < importing.occasion.day:
        raise importing.cell(row, "valid_from_on").bad("today or a later day", "今天或以后的日期")
    outcome = Outcome.CREATED if known is None else Outcome.CHANGED
    return RowPlan(row=row.number, outcome=outcome, key=named, fields=fields)


def _told(days: int | None, number: str) -> dict[str, str]:
    return {"payment_days": POLICY if days is None else str(days), "agreement": number}


def _write(session: Session, occasion: Occasion, wanted: Mapping[_Key, TermSaid]) -> None:
    parties = {one.code: one for one in session.scalars(select(Party).where(Party.kind == PartyKind.SUPPLIER.value))}
    for (supplier, from_on), said in wanted.items():
        when = replace(occasion, request_key=uuid5(occasion.request_key, f"{supplier}|{from_on.isoformat()}"))
        agree_term(session, when, parties[supplier], said)
