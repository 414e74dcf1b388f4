"""This file is the parties whose stock it can be or who are owed: the hospital, suppliers, manufacturers."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import Base
from spd.core.columns import Code, Id, Name, Word
from spd.core.errors import NotFound

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
