"""This file is tables that come in versions: a file is a new version, an old one stays what it was for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Digest, Id, Instant, Word
from spd.core.errors import NotFound
from spd.core.occasion import Occasion


class TableKind(StrEnum):
    """What a version is of."""

    STEP_RULES = "step_rules"
    GROUPS = "groups"
    """Of a payer's groups, with their weights or points, and what a case of each costs on average."""
    TERMS = "terms"
    """What a unit of weight or a point pays."""
    OUTLIERS = "outliers"
    STANDARDS = "standards"
    """What the consumables of a case of each group should cost."""
    UNIT_COSTS = "unit_costs"
    """What one of a service costs."""


class CostTable(AppendOnly, Base):
    """One version of one table."""

    __tablename__ = "cost_tables"
    __table_args__ = (UniqueConstraint("kind", "scope", "version"),)

    id: Mapped[Id]
    kind: Mapped[Word]
    scope: Mapped[Code]
    """Whose: of a payer its region, year and method; of step-down rules the month they begin with."""
    valid_from: Mapped[str] = mapped_column(String(7))
    """The first month it holds for; empty where its scope says when."""
    version: Mapped[int]
    digest: Mapped[Digest]
    rows: Mapped[int]
    set_at: Mapped[Instant]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class UnknownCostTable(NotFound):
    """There is no such version."""

    code = "unknown-cost-table"
    say = {
        "zh": "没有 {scope} 的 {kind} 版本 {version}。先导入或换一个版本。",
        "en": "There is no version {version} of {kind} for {scope}. Import it, or choose another.",
    }


@dataclass(frozen=True, kw_only=True)
class Payer:
    """Whose groups and prices: a region, a year, and whether it pays by DRG or DIP."""

    region: str
    year: int
    method: str = "drg"

    @property
    def scope(self) -> str:
        """As versions are kept under it."""
        return f"{self.region}|{self.year:04d}|{self.method}"

    @classmethod
    def of(cls, scope: str) -> Payer:
        """From what versions are kept under."""
        region, year, method = scope.rsplit("|", 2)
        return cls(region=region, year=int(year), method=method)


def newest(session: Session, kind: TableKind, scope: str, at: datetime | None = None) -> CostTable | None:
    """The last version of a table; with `at` the last there was at an instant."""
    query = select(CostTable).where(CostTable.kind == kind.value, CostTable.scope == scope)
    if at is not None:
        query = query.where(CostTable.set_at <= at)
    return session.scalars(query.order_by(CostTable.version.desc()).limit(1)).first()


def in_force(session: Session, kind: TableKind, period: str) -> CostTable | None:
    """The version that holds for a month: of those that have begun, the latest to begin, and of it the last."""
    query = select(CostTable).where(CostTable.kind == kind.value, CostTable.valid_from <= period)
    return session.scalars(query.order_by(CostTable.valid_from.desc(), CostTable.version.desc()).limit(1)).first()


def get_version(session: Session, kind: TableKind, scope: str, version: int) -> CostTable:
    """One version of a table. Raises: UnknownCostTable."""
    query = select(CostTable).where(
        CostTable.kind == kind.value, CostTable.scope == scope, CostTable.version == version
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise UnknownCostTable(kind=kind.value, scope=scope, version=version)
    return found


def known(session: Session, kind: TableKind, scope: str) -> list[CostTable]:
    """Every version of a table, the newest first."""
    query = select(CostTable).where(CostTable.kind == kind.value, CostTable.scope == scope)
    return list(session.scalars(query.order_by(CostTable.version.desc())))


@dataclass(frozen=True, kw_only=True)
class NewVersion:
    """What is about to be the next version of a table."""

    kind: TableKind
    scope: str
    digest: bytes
    rows: int
    valid_from: str = ""


def add_version(session: Session, occasion: Occasion, new: NewVersion) -> CostTable:
    """The next version of a table; its rows are the caller's to add."""
    last = session.scalar(
        select(func.max(CostTable.version)).where(CostTable.kind == new.kind.value, CostTable.scope == new.scope)
    )
    table = CostTable(
        kind=new.kind.value, scope=new.scope, valid_from=new.valid_from, version=(last or 0) + 1, digest=new.digest,
        rows=new.rows, set_at=occasion.recorded_at, set_by_id=occasion.staff_id,
    )  # fmt: skip
    session.add(table)
    session.flush()  # its rows name it
    return table
