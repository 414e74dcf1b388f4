"""This file is the people and systems that act: their badges, their roles, and where each role holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Connection,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
    bindparam,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from spd.core.base import Base
from spd.core.columns import Code, Id, Name, UtcDateTime, Word
from spd.core.constants import Often
from spd.core.errors import NotFound


class Role(StrEnum):
    """What a person may do; a grant says where."""

    NURSE = "nurse"
    HEAD_NURSE = "head_nurse"
    STOREKEEPER = "storekeeper"
    PORTER = "porter"
    BUYER = "buyer"
    FINANCE = "finance"
    QUALITY = "quality"
    AUDITOR = "auditor"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    SUPPLIER = "supplier"
    INTEGRATION = "integration"


class Staff(Base):
    """One person, or one system that acts by itself. Never deleted: disabled."""

    __tablename__ = "staff"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    """What they log in with."""
    badge: Mapped[str | None] = mapped_column(String(80), unique=True)
    name: Mapped[Name]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[Word] = mapped_column(default="zh-Hans")
    disabled: Mapped[bool] = mapped_column(default=False)
    session_stamp: Mapped[int] = mapped_column(default=1)
    """Raised to end every session of this person at once."""
    grants: Mapped[list[Grant]] = relationship(lazy="raise")


class Grant(Base):
    """One role of one person: everywhere, or in one department, or for one supplier."""

    __tablename__ = "grants"
    __table_args__ = (UniqueConstraint("staff_id", "role", "department_id", "supplier_id"),)

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    role: Mapped[Word]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))


class Token(Base):
    """A bearer token of a system: only its digest is kept, and it expires."""

    __tablename__ = "tokens"

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    name: Mapped[Name]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime())
    revoked: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who acts, with the roles they hold and where. No departments named for a role means everywhere."""

    id: int
    code: str
    name: str
    language: str
    stamp: int
    roles: frozenset[Role]
    places: tuple[tuple[Role, int | None, int | None], ...]

    def departments(self, *roles: Role) -> frozenset[int] | None:
        """The departments where one of these roles (all where none is named) holds; None means everywhere."""
        held = [department for role, department, _ in self.places if not roles or role in roles]
        return None if None in held else frozenset(d for d in held if d is not None)

    def suppliers(self) -> frozenset[int] | None:
        """The suppliers they act for; None for people of the hospital."""
        held = [supplier for role, _, supplier in self.places if role is Role.SUPPLIER]
        if not held or self.roles != {Role.SUPPLIER}:
            return None
        return frozenset(s for s in held if s is not None)


class UnknownStaff(NotFound):
    """Nobody has this code or badge."""

    code = "unknown-staff"
    say = {"zh": "找不到人员 {staff}。请刷工牌重试。", "en": "There is nobody {staff}. Scan the badge again."}


# Asked at every request: said once here, and run below the ORM.
_PERSON = (
    select(
        Staff.id,
        Staff.code,
        Staff.name,
        Staff.language,
        Staff.session_stamp,
        Grant.role,
        Grant.department_id,
        Grant.supplier_id,
    )
    .outerjoin(Grant, Grant.staff_id == Staff.id)
    .where(~Staff.disabled)
    .order_by(Grant.id)
)
_BY_ID = Often(_PERSON.where(Staff.id == bindparam("staff")))
_BY_TOKEN = Often(
    _PERSON.join(Token, Token.staff_id == Staff.id).where(
        Token.digest == bindparam("digest"), Token.expires_at > bindparam("at"), ~Token.revoked
    )
)


def find_person(connection: Connection, staff_id: int) -> Person | None:
    """The person with this number and their grants; None where there is none or they are disabled."""
    return _person(_BY_ID.ask(connection, {"staff": staff_id}).all())


def find_person_by_token(connection: Connection, digest: bytes, *, at: datetime) -> Person | None:
    """The system a bearer token stands for, while the token holds."""
    return _person(_BY_TOKEN.ask(connection, {"digest": digest, "at": at}).all())


def _person(rows: Sequence[Any]) -> Person | None:
    if not rows:
        return None
    number, code, name, language, stamp = rows[0][:5]
    places = tuple(
        (Role(role), department, supplier) for role, department, supplier in (row[5:] for row in rows) if role
    )
    return Person(
        id=number,
        code=code,
        name=name,
        language=language,
        stamp=stamp,
        roles=frozenset(role for role, _, _ in places),
        places=places,
    )


def get_staff(session: Session, code: str) -> Staff:
    """The person with this code or badge, who may act. Raises: UnknownStaff."""
    found = session.scalars(
        select(Staff)
        .where((Staff.code == code) | (Staff.badge == code), ~Staff.disabled)
        .order_by(Staff.code == code)  # what was scanned before what somebody typed
    ).first()
    if found is None:
        raise UnknownStaff(staff=code)
    return found


def ensure_system(session: Session) -> Staff:
    """Who commands act as that nobody in particular runs; it cannot log in."""
    found = session.scalars(select(Staff).where(Staff.code == "system")).one_or_none()
    if found is None:
        found = Staff(code="system", name="系统")
        session.add(found)
        session.flush()  # its number goes into what it does
    return found
