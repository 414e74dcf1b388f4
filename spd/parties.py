"""This file is the parties whose stock it can be or who are owed: the hospital, suppliers, manufacturers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, Uuid, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core import pasts
from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Id, Instant, Name, Word
from spd.core.errors import Conflict, NotFound
from spd.core.occasion import Occasion
from spd.core.pasts import Past, known_at

HOSPITAL_ID = 1
"""The number of the one party that is us; it is there since the first migration."""


class PartyKind(StrEnum):
    """What a party is to the hospital."""

    HOSPITAL = "hospital"
    SUPPLIER = "supplier"
    MANUFACTURER = "manufacturer"


class Party(Base):
    """One organisation. Never deleted: retired."""

    __tablename__ = "parties"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[Word]
    name: Mapped[Name]
    name_en: Mapped[Name] = mapped_column(default="")
    retired: Mapped[bool] = mapped_column(default=False)


class PartyPast(Past, Base):
    """How a supplier or manufacturer was called until an instant."""

    __tablename__ = "party_pasts"
    __table_args__ = (Index("ix_party_pasts_then", "record_id", "until_at"),)

    record_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    name: Mapped[Name]
    name_en: Mapped[Name]


def parties_at(at: datetime | None) -> Any:
    """Parties to ask, as `Party` is: as they are, or as they were called at an instant."""
    return known_at(Party, PartyPast, at)


def party_told_of(session: Session, number: int, at: datetime | None = None) -> Any:
    """What the party of this number is called, or was at an instant: its code, and its name in both languages."""
    party = parties_at(at)
    return session.execute(select(party.code, party.name, party.name_en).where(party.id == number)).one()


class UnknownSupplier(NotFound):
    """No supplier has this code."""

    code = "unknown-supplier"
    say = {
        "zh": "没有供应商 {supplier}。核对编码, 或先建立供应商。",
        "en": "There is no supplier {supplier}. Check the code, or create the supplier first.",
    }


def get_supplier(session: Session, code: str) -> Party:
    """The supplier with this code. Raises: UnknownSupplier."""
    party = session.scalars(
        select(Party).where(Party.code == code, Party.kind == PartyKind.SUPPLIER, ~Party.retired)
    ).one_or_none()
    if party is None:
        raise UnknownSupplier(supplier=code)
    return party


def supplier_told_of(session: Session, code: str) -> Party:
    """The supplier with this code; one retired since too: what came from it is to be invoiced and paid still.

    Raises: UnknownSupplier.
    """
    party = session.scalars(select(Party).where(Party.code == code, Party.kind == PartyKind.SUPPLIER)).one_or_none()
    if party is None:
        raise UnknownSupplier(supplier=code)
    return party


class UnknownParty(NotFound):
    """No supplier or manufacturer has this code."""

    code = "unknown-party"
    say = {
        "zh": "没有往来单位 {party}。核对编码, 或先建立供应商、生产企业。",
        "en": "There is no supplier or manufacturer {party}. Check the code, or create it first.",
    }


def get_party(session: Session, code: str) -> Party:
    """The supplier or manufacturer with this code. Raises: UnknownParty."""
    outside = (Party.kind != PartyKind.HOSPITAL, ~Party.retired)
    party = session.scalars(select(Party).where(Party.code == code, *outside)).one_or_none()
    if party is None:
        raise UnknownParty(party=code)
    return party


def find_party(session: Session, code: str) -> Party | None:
    """The supplier or manufacturer with this code, retired or not."""
    return session.scalars(select(Party).where(Party.code == code, Party.kind != PartyKind.HOSPITAL)).one_or_none()


class PartyChange(AppendOnly, Base):
    """One attribute of a supplier or manufacturer that was changed."""

    __tablename__ = "party_changes"

    id: Mapped[Id]
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    attribute: Mapped[Word]
    before: Mapped[str] = mapped_column(Text())
    after: Mapped[str] = mapped_column(Text())
    request_key: Mapped[UUID] = mapped_column(Uuid())
    changed_at: Mapped[Instant]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class PartyKnown(Conflict):
    """The code is another party's."""

    code = "party-known"
    say = {
        "zh": "编码 {party} 已有往来单位。换一个编码, 或打开该单位修改。",
        "en": "{party} is somebody already. Choose another code, or open that one and change it.",
    }


@dataclass(frozen=True, kw_only=True)
class PartySaid:
    """A supplier or manufacturer as it is said."""

    name: str
    name_en: str = ""
    retired: bool = False


def add_party(session: Session, occasion: Occasion, code: str, kind: PartyKind, said: PartySaid) -> Party:
    """A new supplier or manufacturer. Asked again with the same words, the same one. Raises: PartyKnown."""
    known = session.scalars(select(Party).where(Party.code == code)).one_or_none()
    if known is not None:
        if (known.kind, known.name, known.name_en) == (kind, said.name, said.name_en):
            return known
        raise PartyKnown(party=code)
    party = Party(code=code, kind=kind.value, **asdict(said))
    session.add(party)
    session.flush()  # its number goes into what is kept of it
    keep_party_changes(session, occasion, [(party.id, "code", "", code)])
    return party


def change_party(session: Session, occasion: Occasion, code: str, said: PartySaid) -> dict[str, tuple[str, str]]:
    """What was changed of it, by attribute: (before, after). Nothing is deleted: retired. Raises: UnknownParty."""
    party = find_party(session, code)
    if party is None:
        raise UnknownParty(party=code)
    changed = {
        name: (str(getattr(party, name)), str(value))
        for name, value in asdict(said).items()
        if getattr(party, name) != value
    }
    stood = pasts.values(PartyPast, party)
    for name in changed:
        setattr(party, name, getattr(said, name))
    pasts.keep(session, PartyPast, [(party, stood)], at=occasion.recorded_at)
    keep_party_changes(session, occasion, [(party.id, name, *told) for name, told in changed.items()])
    return changed


def keep_party_changes(session: Session, occasion: Occasion, rows: Sequence[tuple[int, str, str, str]]) -> None:
    """Keep what was changed: party, attribute, before, after."""
    said = {"request_key": occasion.request_key, "changed_at": occasion.recorded_at, "staff_id": occasion.staff_id}
    names = ("party_id", "attribute", "before", "after")
    if rows:
        session.execute(insert(PartyChange), [dict(zip(names, row, strict=True)) | said for row in rows])
