"""This file is loaner sets: what a supplier brought for an operation, and what became of each line of it.

Nothing is kept of what was used, taken out or lost: it is the sum of the movements between one coming of a thing and
the next, so that used + out + lost + left is what came, whoever moved it and by whatever page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, Uuid, case, cast, func, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from spd.catalog import Product
from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Digest, Id, Instant, Money, Name, Quantity, UtcDateTime, Word
from spd.core.errors import NotFound
from spd.encounters import Encounter
from spd.ledger import Item, Movement
from spd.ledger.verify import Problem
from spd.places import End, Location
from spd.stock.sterility import UNKNOWN, Sterilisation, last_of

LOANER = "loaner"
"""The settlement mode of things of loaner sets: the supplier's until used, and gone again with it where not."""


class SetStanding(StrEnum):
    """How far a set is."""

    LISTED = "listed"
    IN = "in"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    """Listed, and never came."""


class LoanerSet(Base):
    """One set: whose it is, who brought it, where and for whom."""

    __tablename__ = "loaner_sets"
    __table_args__ = (Index("ix_loaner_sets_standing", "standing", "location_id"),)

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    supplier_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    representative: Mapped[Name]
    card: Mapped[Code]
    """The number of the representative's pass."""
    encounter_id: Mapped[int | None] = mapped_column(ForeignKey("encounters.id"))
    operation: Mapped[Code]
    """The order of the operation in HIS, where it is known."""
    standing: Mapped[Word]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]
    listed_at: Mapped[Instant]
    listed_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_key: Mapped[UUID | None] = mapped_column(Uuid())


class LoanerLine(Base):
    """One line of the list: so much of one lot, or one serial; what came of it, and as which item."""

    __tablename__ = "loaner_lines"
    __table_args__ = (UniqueConstraint("set_id", "line"), Index("ix_loaner_lines_item", "item_id", "came"))

    id: Mapped[Id]
    set_id: Mapped[int] = mapped_column(ForeignKey("loaner_sets.id"))
    line: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    lot: Mapped[Code]
    serial: Mapped[Code]
    expires_on: Mapped[date | None]
    listed: Mapped[Quantity]
    """As the list says; none for what came beside it."""
    brought: Mapped[Quantity]
    unit_price: Mapped[Money]
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    came: Mapped[int | None]
    """The sequence of the movement by which it came."""


class LoanerCount(AppendOnly, Base):
    """One count by two people, of what came or of what went."""

    __tablename__ = "loaner_counts"

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("loaner_sets.id"), index=True)
    way: Mapped[Word]
    """in or out."""
    counted_at: Mapped[Instant]
    counted_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    seen_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    note: Mapped[Name]
    """Who took it along, or what was said to a count that differs from the list."""


class UnknownSet(NotFound):
    """No loaner set has this number, or it is of a place that is not yours."""

    code = "unknown-loaner-set"
    error = "E01"
    say = {
        "zh": "没有跟台器械包 {set}。核对单号。",
        "en": "There is no loaner set {set}. Check its number.",
    }


@dataclass(frozen=True, kw_only=True)
class SetLine:
    """One line as it stands: brought = used + out + lost + left."""

    line: LoanerLine
    product: Product
    used: int = 0
    out: int = 0
    lost: int = 0

    @property
    def left(self) -> int:
        """What is in the hospital still, or nobody knows where."""
        return self.line.brought - self.used - self.out - self.lost


_NEXT = aliased(LoanerLine)
_UNTIL: Any = (
    select(func.min(_NEXT.came))
    .where(_NEXT.item_id == LoanerLine.item_id, _NEXT.came > LoanerLine.came)
    .correlate(LoanerLine)
    .scalar_subquery()
)
"""The movement by which the thing of a line came once more, in a later set."""


def _gone(*ends: End) -> Any:
    """What went to these ends, less what came back from them."""
    quantity = Movement.quantity
    signed = case(
        (Movement.to_location_id.in_(ends), quantity), (Movement.from_location_id.in_(ends), -quantity), else_=0
    )
    return cast(func.sum(signed), BigInteger)


def tallies() -> Any:
    """For each line of which something has moved since it came: `used`, `out`, `lost`."""
    return (
        select(
            LoanerLine.id.label("line_id"), LoanerLine.set_id,
            _gone(End.PATIENT).label("used"),
            _gone(End.SUPPLIER).label("out"),
            _gone(End.LOSS, End.FOUND).label("lost"),
        )
        .join(Movement, Movement.item_id == LoanerLine.item_id)
        .where(Movement.sequence > LoanerLine.came, or_(_UNTIL.is_(None), Movement.sequence < _UNTIL))
        .group_by(LoanerLine.id, LoanerLine.set_id)
    )  # fmt: skip


def lines_of(session: Session, loaned: LoanerSet) -> list[SetLine]:
    """The lines of a set as they stand, in order."""
    known = {row.line_id: row for row in session.execute(tallies().where(LoanerLine.set_id == loaned.id))}
    rows = (
        select(LoanerLine, Product)
        .join(Product, Product.id == LoanerLine.product_id)
        .where(LoanerLine.set_id == loaned.id)
        .order_by(LoanerLine.line)
    )
    found = []
    for line, product in session.execute(rows):
        tally = known.get(line.id)
        gone = {"used": tally.used, "out": tally.out, "lost": tally.lost} if tally else {}
        found.append(SetLine(line=line, product=product, **gone))
    return found


def get_set(session: Session, code: str, *, departments: frozenset[int] | None = None) -> LoanerSet:
    """The set with this number, of one's own departments. Raises: UnknownSet."""
    query = select(LoanerSet).join(Location, Location.id == LoanerSet.location_id).where(LoanerSet.code == code)
    if departments is not None:
        query = query.where(Location.department_id.in_(departments))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise UnknownSet(set=code)
    return found


_HIS_SET, _HIS_LINE, _HIS = aliased(LoanerSet), aliased(LoanerLine), aliased(Encounter)
KEPT_FOR: Any = case(
    (
        Item.settlement_mode == LOANER,
        select(func.coalesce(_HIS.merged_into_id, _HIS.id))
        .join(_HIS_SET, _HIS_SET.encounter_id == _HIS.id)
        .join(_HIS_LINE, _HIS_LINE.set_id == _HIS_SET.id)
        .where(_HIS_LINE.item_id == Item.id)
        .order_by(_HIS_LINE.came.desc())
        .limit(1)
        .correlate(Item)
        .scalar_subquery(),
    ),
).label("kept_for")
"""The encounter that the set of an item was brought for, to be read with the item; nothing for what is no loaner."""


_SET_OF: Any = (
    select(_HIS_LINE.set_id)
    .where(_HIS_LINE.item_id == Item.id)
    .order_by(_HIS_LINE.came.desc())
    .limit(1)
    .correlate(Item)
    .scalar_subquery()
)
STERILE: Any = case(
    (
        Item.settlement_mode == LOANER,
        func.coalesce(last_of(Sterilisation.set_id == _SET_OF).correlate(Item).scalar_subquery(), UNKNOWN),
    ),
).label("sterile")
"""What the last sterilisation of an item's set says, to be read with the item; nothing for what is no loaner."""


def problems(session: Session) -> Iterator[Problem]:
    """Loaners of no set, lines that came otherwise than they say, and what a line should have left and has not."""
    homeless, query = _looked_for()
    for code in session.scalars(homeless):
        yield Problem(check="loaners", table="items", row=code, says="is a loaner of no set")
    for code, line, brought, quantity, document, left, went, again in session.execute(query):
        row = f"{code} {line}"
        if (quantity, document) != (brought, code):
            yield Problem(
                check="loaners", table="loaner_lines", row=row, says=f"{brought} came, the ledger says {quantity}"
            )
        if brought != went + (0 if again else left):
            says = f"{brought} came, {went} were used, taken out or lost, {0 if again else left} are left"
            yield Problem(check="loaners", table="loaner_lines", row=row, says=says)


@cache
def _looked_for() -> tuple[Any, Any]:
    """Loaners of no set; lines with what came, what became of it and what is left."""
    mine = select(LoanerLine.id).where(LoanerLine.item_id == Item.id).exists()
    homeless = select(Item.code).where(Item.settlement_mode == LOANER, ~mine).order_by(Item.id)
    tally = tallies().subquery()
    gone = sum((func.coalesce(tally.c[name], 0) for name in ("used", "out", "lost")), start=cast(0, BigInteger))
    came = (Movement.item_id == LoanerLine.item_id) & (Movement.sequence == LoanerLine.came)
    query = (
        select(LoanerSet.code, LoanerLine.line, LoanerLine.brought, Movement.quantity, Movement.document,
               Item.quantity.label("left"), gone.label("gone"), _UNTIL.is_not(None).label("again"))
        .join(LoanerSet, LoanerSet.id == LoanerLine.set_id)
        .join(Item, Item.id == LoanerLine.item_id)
        .outerjoin(Movement, came)
        .outerjoin(tally, tally.c.line_id == LoanerLine.id)
        .order_by(LoanerLine.id)
    )  # fmt: skip
    return homeless, query


def select_sets(departments: frozenset[int] | None = None) -> Any:
    """Sets with their figures over all lines: `brought`, `used`, `out`, `lost`, `left`."""
    tally = tallies().subquery("tally")
    lines = (
        select(
            LoanerLine.set_id,
            cast(func.sum(LoanerLine.listed), BigInteger).label("listed"),
            cast(func.sum(LoanerLine.brought), BigInteger).label("brought"),
            *(
                cast(func.sum(func.coalesce(tally.c[name], 0)), BigInteger).label(name)
                for name in ("used", "out", "lost")
            ),
        )
        .outerjoin(tally, tally.c.line_id == LoanerLine.id)
        .group_by(LoanerLine.set_id)
        .subquery("lines")
    )
    sums = lines.c
    query: Any = (
        select(LoanerSet, sums.listed, sums.brought, sums.used, sums.out, sums.lost,
               (sums.brought - sums.used - sums.out - sums.lost).label("left"))
        .join(lines, sums.set_id == LoanerSet.id)
        .join(Location, Location.id == LoanerSet.location_id)
    )  # fmt: skip
    found: Any = query if departments is None else query.where(Location.department_id.in_(departments))
    return found


def describe(lines: Sequence[SetLine]) -> str:
    """What is left of lines, as a person at the tray reads it."""
    return "; ".join(f"{one.product.code} {one.line.serial or one.line.lot} × {one.left}" for one in lines if one.left)
