"""This file is one note of a file: its rows put together, compared with the note on record, judged row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid5

from sqlalchemy import select

from spd import ordering, receiving
from spd.catalog import Product
from spd.core.errors import Refusal
from spd.core.money import shown
from spd.core.occasion import Occasion
from spd.exchange.imports import delivery_cases
from spd.exchange.imports.delivery_rows import COLUMNS, INVOICES, OF_LINE, OF_NOTE, Said
from spd.exchange.imports.kind import Importing
from spd.exchange.imports.plan import FieldChange
from spd.exchange.imports.report import Problem
from spd.exchange.refusals import RepeatedKey, RowsDiffer, Taken
from spd.parties import Party
from spd.receiving import Announced, AnnouncedLine, AnnouncedPackage, Delivery, DeliveryLine

Lines = dict[tuple[str, str, str], list[Said]]


@dataclass
class Note:
    """A note as the file has it: what is to be announced, what differs from the note on record, what is wrong."""

    rows: list[Said]
    known: Delivery | None
    announced: Announced
    line_rows: dict[int, list[Said]]
    """The rows of each line that the file speaks of, by the line's number."""
    package_rows: list[Said | None]
    changes: dict[int, list[FieldChange]] = field(default_factory=dict)
    """By row: what differs from the note on record; for a new note all that the row says."""
    problems: list[Problem] = field(default_factory=list)


def put_together(importing: Importing, rows: list[Said], occasion: Occasion) -> Note:
    """The note of these rows; what contradicts itself in them is among its problems."""
    first = rows[0]
    known = importing.session.scalars(select(Delivery).where(Delivery.code == first.note)).one_or_none()
    problems = [*_contradictions(rows)]
    if known is not None and importing.code_of(Party, known.supplier_id) != first.supplier:
        owner = importing.session.get_one(Party, known.supplier_id).name
        taken = Taken(row=first.row.number, column="note_number", value=first.note, owner=owner)
        problems.append(Problem.of(first.row.number, taken))
        known = None
    lines: Lines = {}
    for said in rows:
        lines.setdefault(said.key, []).append(said)
    occasion = replace(occasion, request_key=uuid5(occasion.request_key, first.note))
    note = _new(rows, lines, occasion) if known is None else _again(importing, rows, lines, known, occasion)
    note.problems += problems
    return note


def judge(importing: Importing, note: Note, stated: ordering.Stated, claimed: dict[str, str]) -> None:
    """Put to the note what its orders, its cases and what came of it refuse. `claimed` are the codes of cases so far.

    `stated` and `claimed` are shared by the notes of a file: two of them together take no more than there is.
    """
    session = importing.session
    if note.known is not None:
        if not note.changes:
            return
        received = any(line.received for line in receiving.lines_received(session, note.known))
        closed = note.known.closed_at is not None
        if closed or received:
            stands = receiving.DeliveryClosed if closed else receiving.NoteReceived
            for number, fields in note.changes.items():
                refused = Problem.of(number, stands(delivery=note.announced.code))
                note.problems.append(replace(refused, column=fields[0].column))
            return
    for at, refusal in ordering.judge(session, note.announced, stated, note.known):
        for said in note.line_rows.get(at + 1, note.rows[:1]):
            column = "quantity" if isinstance(refusal, ordering.MoreThanOpen) else "order"
            note.problems.append(_problem(said, column, refusal))
    _judge_cases(importing, note, claimed)


def _judge_cases(importing: Importing, note: Note, claimed: dict[str, str]) -> None:
    packages = note.announced.packages
    quantities = {number: line.quantity for number, line in enumerate(note.announced.lines, 1)}
    for at, wrong in receiving.judge_packages(packages, quantities):
        note.problems.append(_problem(note.package_rows[at] or note.rows[0], "sscc", wrong))
    codes = [package.sscc for package in packages if package.sscc]
    taken = receiving.taken_codes(importing.session, codes, note.known)
    for package, said in zip(packages, note.package_rows, strict=True):
        if not package.sscc or said is None:
            continue
        if claimed.setdefault(package.sscc, said.note) != said.note:
            taken[package.sscc] = receiving.SsccTaken(sscc=package.sscc, delivery=claimed[package.sscc])
        if package.sscc in taken:
            note.problems.append(_problem(said, "sscc", taken[package.sscc]))


def write(importing: Importing, note: Note) -> None:
    """Announce the note, or amend it. Raises: what the orders and the note refuse by now."""
    if note.known is None:
        ordering.announce(importing.session, note.announced)
    elif note.changes:
        ordering.amend_note(importing.session, note.announced)


def _problem(said: Said, column: str, refusal: Refusal) -> Problem:
    return replace(Problem.of(said.row.number, refusal), column=column)


def _contradictions(rows: Sequence[Said]) -> Iterator[Problem]:
    """Rows that cannot be of one note: other suppliers, a line or case twice, two values for one thing."""
    seen: dict[tuple[str, ...], int] = {}
    said_of: dict[tuple[Any, ...], tuple[int, Any]] = {}
    for said in rows:
        number = said.row.number
        if said.supplier != rows[0].supplier:
            taken = Taken(row=number, column="note_number", value=said.note, owner=rows[0].supplier)
            yield Problem.of(number, taken)
        key = (*said.key, said.sscc, said.pallet)
        if key in seen:
            named = f"note_number={said.note}, product={said.product}, lot={said.line.get('lot', '')}"
            column = "sscc" if said.outer else "product"
            yield Problem.of(number, RepeatedKey(row=number, earlier=seen[key], key=named, column=column))
        seen.setdefault(key, number)
        spoken: list[tuple[Any, str, Any]] = [((said.key, name), name, value) for name, value in said.line.items()]
        spoken += [((name,), name, value) for name, value in said.of_note.items()]
        spoken += [((said.sscc, "pallet"), "pallet", said.pallet)] if said.sscc else []
        for place, name, value in spoken:
            earlier, before = said_of.setdefault(place, (number, value))
            if before != value:
                yield Problem.of(number, RowsDiffer(row=number, column=name, earlier=earlier, before=_shown(before)))


def _new(rows: list[Said], lines: Lines, occasion: Occasion) -> Note:
    said = [_line(one, parts) for one, parts in lines.items()]
    numbers = {key: number for number, key in enumerate(lines, 1)}
    packages = delivery_cases.packed([(numbers[one.key], one) for one in rows])
    of_note = {name: value for one in reversed(rows) for name, value in one.of_note.items()}
    return Note(
        rows=rows, known=None, line_rows={numbers[key]: parts for key, parts in lines.items()},
        announced=_announced(rows[0], occasion, said, [package for package, _ in packages], of_note),
        package_rows=[one for _, one in packages],
        changes={
            one.row.number: [FieldChange(column=name, after=one.row.get(name)) for name in COLUMNS if one.row.get(name)]
            for one in rows
        },
    )  # fmt: skip


def _line(key: tuple[str, str, str], parts: Sequence[Said]) -> AnnouncedLine:
    values = {name: value for part in reversed(parts) for name, value in part.line.items()}
    return AnnouncedLine(product=key[0], quantity=sum(part.quantity for part in parts), **values)


def _announced(
    first: Said, occasion: Occasion, lines: list[AnnouncedLine], packages: list[AnnouncedPackage], of: dict[str, str]
) -> Announced:
    between = of.get("between_invoices", "")
    for sign in ",;，；、":
        between = between.replace(sign, " ")
    invoices = [of.get("maker_invoice", ""), *between.split(), of.get("own_invoice", "")]
    return Announced(
        occasion=occasion, code=first.note, supplier=first.supplier, lines=lines, packages=packages,
        slip_number=of.get("slip_number", ""), invoices=tuple(number for number in invoices if number),
    )  # fmt: skip


def _again(importing: Importing, rows: list[Said], lines: Lines, known: Delivery, occasion: Occasion) -> Note:
    """The note on record with what the file says of it; its other lines and cases stay."""
    session = importing.session
    orders = ordering.orders_of(session, known)
    there = [_as_announced(importing, line, orders) for line in known.lines]
    note = Note(rows=rows, known=known, announced=_announced(rows[0], occasion, [], [], {}), line_rows={},
                package_rows=[])  # fmt: skip
    for key, parts in lines.items():
        at = _place(key, there)
        if at is None:
            taken = Taken(row=parts[0].row.number, column="note_number", value=key[0], owner=known.code)
            note.problems.append(Problem.of(parts[0].row.number, taken))
            continue
        note.line_rows[at + 1] = parts
    said = list(there)
    for number, parts in note.line_rows.items():
        values = {name: value for part in reversed(parts) for name, value in part.line.items()}
        said[number - 1] = replace(there[number - 1], quantity=sum(part.quantity for part in parts), **values)
        _tell_line(note, parts[0].row.number, there[number - 1], said[number - 1])
    _cases_again(importing, note)
    of_note = _of_note(known) | {name: value for one in reversed(rows) for name, value in one.of_note.items()}
    for name in OF_NOTE:
        _tell(note, _first_with(rows, name), name, _of_note(known).get(name, ""), of_note.get(name, ""))
    packages = note.announced.packages
    note.announced = _announced(rows[0], occasion, said, list(packages), of_note)
    return note


def _place(key: tuple[str, str, str], lines: Sequence[AnnouncedLine]) -> int | None:
    """Which line of the note on record a row is of; a lot or order it leaves open is the only one there is."""
    product, lot, order = key
    fits = [
        at
        for at, line in enumerate(lines)
        if line.product == product and lot in ("", line.lot) and order in ("", line.order or order)
    ]
    exact = [at for at in fits if lines[at].lot == lot]
    return fits[0] if len(fits) == 1 else exact[0] if len(exact) == 1 else None


def _as_announced(importing: Importing, line: DeliveryLine, orders: dict[int, tuple[str, int]]) -> AnnouncedLine:
    order, order_line = orders.get(line.order_line_id or 0, ("", None))
    return AnnouncedLine(
        product=importing.code_of(Product, line.product_id), quantity=line.quantity, lot=line.lot,
        expires_on=line.expires_on, produced_on=line.produced_on, unit_price=line.unit_price,
        settlement_mode=line.settlement_mode, order=order, order_line=order_line,
    )  # fmt: skip


def _cases_again(importing: Importing, note: Note) -> None:
    """The cases of the lines whose rows name cases are those of the file; the others stay."""
    assert note.known is not None
    known = receiving.packages_of(importing.session, note.known)
    numbers = {line.id: number for number, line in enumerate(note.known.lines, 1)}
    named = [
        (number, part)
        for number, parts in note.line_rows.items()
        if any(part.outer or part.cases or part.serials for part in parts)
        for part in parts
    ]
    restated = {number for number, _part in named}
    stay = delivery_cases.kept(known, numbers, restated)
    codes = {package.sscc for package in stay if package.sscc}
    fresh = [
        (package, said) for package, said in delivery_cases.packed(named) if package.line or package.sscc not in codes
    ]
    note.announced = replace(note.announced, packages=[*stay, *(package for package, _ in fresh)])
    note.package_rows = [*(None for _ in stay), *(said for _, said in fresh)]
    for number in restated:
        before = [(row.sscc or "", row.quantity, row.serial_list) for row in known
                  if row.delivery_line_id and numbers[row.delivery_line_id] == number]  # fmt: skip
        after = [
            (package.sscc, package.quantity, list(package.serials)) for package, _ in fresh if package.line == number
        ]
        same = len(before) == len(after) and all(
            old[1:] == new[1:] and new[0] in ("", old[0]) for old, new in zip(before, after, strict=True)
        )
        if not same:
            row = note.line_rows[number][0].row.number
            told = [" ".join(code or f"×{quantity}" for code, quantity, _ in one) for one in (before, after)]
            note.changes.setdefault(row, []).append(FieldChange(column="sscc", before=told[0], after=told[1]))


def _of_note(known: Delivery) -> dict[str, str]:
    """What a note on record says of its papers, by our columns."""
    invoices = known.invoices
    told = (invoices[0] if len(invoices) > 1 else "", " ".join(invoices[1:-1]), invoices[-1] if invoices else "")
    return {name: text for name, text in zip(OF_NOTE, (known.slip_number, *told), strict=True) if text}


def _first_with(rows: Sequence[Said], name: str) -> int:
    return next((said.row.number for said in rows if name in said.of_note), rows[0].row.number)


def _tell_line(note: Note, row: int, before: AnnouncedLine, after: AnnouncedLine) -> None:
    for name in ("quantity", *OF_LINE):
        _tell(note, row, name, _shown(getattr(before, name)), _shown(getattr(after, name)))


def _tell(note: Note, row: int, column: str, before: str, after: str) -> None:
    if before != after:
        note.changes.setdefault(row, []).append(FieldChange(column=column, before=before, after=after))


def _shown(value: Any) -> str:
    """A value as a file writes it."""
    if value is None:
        return ""
    return shown(value) if hasattr(value, "quantize") else str(value)


__all__ = ["INVOICES", "Note", "judge", "put_together", "write"]
