"""This file is confirming what an operation used: by its surgeon and its circulating nurse, for the same figures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.staff import Staff
from spd.stock.operation_lines import OperationLine, codes_of, digest_of, figures_of, lines_of
from spd.stock.operations import (
    Operation,
    OperationSignature,
    OperationStanding,
    Part,
    get_operation,
    is_noted,
    lock,
    note,
    rounds,
    step,
)
from spd.theatre.operation_refusals import NotThePerson, OperationStands, SignedAlready, StillOut


@dataclass(frozen=True, kw_only=True)
class Signed:
    """Somebody signs, their password given: `staff_id` is who that was."""

    occasion: Occasion
    operation: str
    part: Part
    staff_id: int
    departments: frozenset[int] | None = None


def sign(session: Session, said: Signed) -> tuple[Operation, bool]:
    """The operation with one signature more, confirmed where both are there; whether it was signed by this before.

    Raises: UnknownOperation, KeyReused, OperationStands, NotThePerson, SamePerson, StillOut, SignedAlready.
    """
    operation = lock(session, get_operation(session, said.operation, departments=said.departments))
    if is_noted(session, said.occasion):
        return operation, True
    if operation.standing != OperationStanding.ENDED:
        raise OperationStands(operation=operation.code, standing=operation.standing)
    wanted = operation.surgeon_id if said.part is Part.SURGEON else operation.nurse_id
    refuse_same_person(operation.surgeon_id, operation.nurse_id)
    if said.staff_id != wanted:
        raise NotThePerson(name=session.get_one(Staff, wanted).name)
    lines = lines_of(session, [operation.id])[operation.id]
    refuse_out(session, operation, lines)
    figures = figures_of(lines)
    _keep(session, said, operation, figures)
    note(session, said.occasion, operation, "signed", said.part)
    if len(valid_signatures(session, operation, figures)) == len(Part):
        at = said.occasion.recorded_at
        step(session, operation, [OperationStanding.ENDED], OperationStanding.CONFIRMED, confirmed_at=at)
        note(session, said.occasion, operation, "confirmed")
    return operation, False


def _keep(session: Session, said: Signed, operation: Operation, figures: str) -> None:
    """Raises: SignedAlready."""
    before = valid_signatures(session, operation, figures).get(said.part)
    if before is not None:
        raise SignedAlready(name=session.get_one(Staff, before.staff_id).name)
    session.add(
        OperationSignature(
            request_key=said.occasion.request_key, operation_id=operation.id, part=said.part,
            turn=rounds(session, operation), staff_id=said.staff_id, signed_at=said.occasion.recorded_at,
            figures=figures, digest=digest_of(figures),
        )
    )  # fmt: skip
    session.flush()  # whether both are there is asked next


def refuse_out(session: Session, operation: Operation, lines: Iterable[OperationLine]) -> None:
    """Refuse where something is not accounted for. Raises: StillOut."""
    out = [line for line in lines if line.out]
    if out:
        codes = codes_of(session, out)
        left = "; ".join(f"{codes[line.item_id]} × {line.out}" for line in out[:20])
        raise StillOut(operation=operation.code, count=sum(line.out for line in out), left=left)


def signatures(session: Session, operation: Operation) -> list[OperationSignature]:
    """All signatures, the first first."""
    query = select(OperationSignature).where(OperationSignature.operation_id == operation.id)
    return list(session.scalars(query.order_by(OperationSignature.id)))


def valid_signatures(session: Session, operation: Operation, figures: str) -> Mapping[str, OperationSignature]:
    """The signatures of today's people for these figures, given since the operation was last opened again, by part."""
    digest, now = digest_of(figures), rounds(session, operation)
    people = {Part.SURGEON: operation.surgeon_id, Part.NURSE: operation.nurse_id}
    return {
        one.part: one
        for one in signatures(session, operation)
        if (one.digest, one.turn) == (digest, now) and people[Part(one.part)] == one.staff_id
    }


def confirmed_figures(session: Session, operation: Operation) -> dict[int, list[int]]:
    """The figures that both have signed last, by item; nothing where they never have."""
    seen: dict[tuple[int, bytes], set[str]] = {}
    found: dict[int, list[int]] = {}
    for one in signatures(session, operation):
        parts = seen.setdefault((one.turn, one.digest), set())
        parts.add(one.part)
        if len(parts) == len(Part):
            found = {int(item): figures for item, figures in json.loads(one.figures).items()}
    return found
