"""This file is the list a loaner set comes with: said before it comes, held against what is counted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from scanners import own
from spd import ledger
from spd.catalog import get_price, get_product
from spd.core.occasion import Occasion
from spd.encounters import Encounter, get_encounter
from spd.parties import get_supplier
from spd.places import WARD_KINDS, Location, get_location
from spd.stock import OtherDepartment
from spd.stock.loaned import LoanerLine, LoanerSet, SetStanding
from spd.stock.operations import find_operation
from spd.theatre.refusals import LineIncomplete, ListedTwice, NotATheatre, SetOfAnother


@dataclass(frozen=True, kw_only=True)
class ListedLine:
    """One line: so many base units of a lot, or one serial. No price is the one agreed with the supplier."""

    product: str
    lot: str
    quantity: int = 1
    serial: str = ""
    expires_on: date | None = None
    unit_price: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class SetListed:
    """A set as its supplier says it will come. Of an operation that is planned here it is its patient's."""

    occasion: Occasion
    name: str
    supplier: str
    location: str
    representative: str
    card: str = ""
    encounter: str | None = None
    operation: str = ""
    lines: Sequence[ListedLine] = ()
    departments: frozenset[int] | None = None


def list_set(session: Session, said: SetListed) -> tuple[LoanerSet, bool]:
    """The set on record, nothing of it in the hospital yet, and whether it was before.

    Raises: KeyReused, UnknownSupplier, UnknownLocation, NotATheatre, OtherDepartment, UnknownEncounter, SetOfAnother,
    UnknownProduct, LineIncomplete, ListedTwice, NoPrice, Racing.
    """
    when = said.occasion
    ledger.find_done(session, when)
    if known := session.scalars(select(LoanerSet).where(LoanerSet.request_key == when.request_key)).one_or_none():
        if known.content != when.content:
            raise ledger.KeyReused(key=when.request_key)
        return known, True
    supplier, location = get_supplier(session, said.supplier), get_location(session, said.location)
    _refuse_elsewhere(location, said.departments)
    loaned = LoanerSet(
        code=own.derive("document", f"loaner:{when.request_key}".encode()), name=said.name, supplier_id=supplier.id,
        location_id=location.id, representative=said.representative, card=said.card,
        encounter_id=_whose(session, said), operation=said.operation,
        standing=SetStanding.LISTED, request_key=when.request_key, content=when.content, listed_at=when.recorded_at,
        listed_by_id=when.staff_id,
    )  # fmt: skip
    lines = _lines(session, said, supplier.id)
    session.add(loaned)
    try:
        session.flush()  # its lines name it by number; listed twice at once, one is refused here
    except IntegrityError as error:
        raise ledger.Racing() from error
    for line in lines:
        line.set_id = loaned.id
    session.add_all(lines)
    session.flush()  # what is listed is read back at once
    return loaned, False


def _whose(session: Session, said: SetListed) -> int | None:
    """The stay a set is for: as said, or that of its operation. Raises: UnknownEncounter, SetOfAnother."""
    stay = get_encounter(session, said.encounter) if said.encounter else None
    operation = find_operation(session, said.operation) if said.operation else None
    theirs = session.get_one(Encounter, operation.encounter_id) if operation else None
    if stay is not None and theirs is not None and _stands_for(stay) != _stands_for(theirs):
        raise SetOfAnother(operation=said.operation)
    whose = stay or theirs
    return whose.id if whose else None


def _stands_for(stay: Encounter) -> int:
    """The number of the stay that one goes on under."""
    return stay.merged_into_id or stay.id


def _refuse_elsewhere(location: Location, departments: frozenset[int] | None) -> None:
    """Raises: NotATheatre, OtherDepartment."""
    if location.kind not in WARD_KINDS:
        raise NotATheatre(location=location.name)
    if departments is not None and location.department_id not in departments:
        raise OtherDepartment(item=location.code, location=location.name)


def _lines(session: Session, said: SetListed, supplier_id: int) -> list[LoanerLine]:
    """Raises: UnknownProduct, LineIncomplete, ListedTwice, NoPrice."""
    lines: list[LoanerLine] = []
    seen: set[tuple[int, str, str]] = set()
    for number, one in enumerate(said.lines, 1):
        product = get_product(session, one.product)
        if not one.lot or one.quantity < 1 or (one.serial and one.quantity != 1):
            raise LineIncomplete(line=number, product=product.code)
        key = (product.id, one.lot, one.serial)
        if key in seen:
            raise ListedTwice(line=number, product=product.code, what=one.serial or one.lot)
        seen.add(key)
        price = one.unit_price
        if price is None:
            price = get_price(session, product, supplier_id, on=said.occasion.day).unit_price
        lines.append(
            LoanerLine(
                line=number, product_id=product.id, lot=one.lot, serial=one.serial, expires_on=one.expires_on,
                listed=one.quantity, brought=0, unit_price=price,
            )
        )  # fmt: skip
    return lines
