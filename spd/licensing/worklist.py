"""This file is what ends: every licence by its newest version, how near its end is, and since when that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from spd import policies
from spd.catalog import Product
from spd.licensing.models import Licence, LicenceKind, LicenceWarning
from spd.parties import Party, PartyKind

EXPIRED, COMING, VALID, WITHDRAWN = "expired", "coming", "valid", "withdrawn"

Giver, Grantee, Maker = aliased(Party), aliased(Party), aliased(Party)
_FOREVER = date(9999, 12, 31)


@dataclass(frozen=True, kw_only=True)
class Windows:
    """The days before an end at which it is warned of, the farthest first, seen from one day."""

    on: date
    days: tuple[int, ...]

    @property
    def latest(self) -> date:
        """The last day that is in a window."""
        return self.on + timedelta(max(self.days))

    def window_of(self, valid_to_on: date | None) -> int | None:
        """The nearest window a licence is in; 0 where it has ended, None where it is in none."""
        if valid_to_on is None:
            return None
        if valid_to_on < self.on:
            return 0
        inside = [days for days in self.days if valid_to_on <= self.on + timedelta(days)]
        return min(inside, default=None)

    def state_of(self, licence: Licence) -> str:
        """The state of one version: withdrawn, expired, the number of its window, coming, or valid."""
        window = self.window_of(licence.valid_to_on)
        if licence.withdrawn_at is not None:
            return WITHDRAWN
        if window is not None:
            return str(window) if window else EXPIRED
        return COMING if licence.valid_from_on > self.on else VALID

    def window(self) -> ColumnElement[int]:
        """The same in the database; -1 where it is in none."""
        cases: list[Any] = [(Licence.valid_to_on < self.on, 0)]
        cases += [(Licence.valid_to_on <= self.on + timedelta(days), days) for days in sorted(self.days)]
        return case(*cases, else_=-1)

    def state(self) -> ColumnElement[str]:
        """Expired, the number of the window it is in, coming, or valid."""
        window = self.window()
        named: list[Any] = [(window == 0, EXPIRED)]
        named += [(window == days, str(days)) for days in sorted(self.days)]
        return case(*named, (Licence.valid_from_on > self.on, COMING), else_=VALID)

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, the gravest first."""
        return (EXPIRED, *(str(days) for days in sorted(self.days)), COMING, VALID)


def windows(session: Session, *, on: date) -> Windows:
    """The hospital's windows, seen from a day."""
    return Windows(on=on, days=tuple(policies.get(session, "licence.warn_days")))


_OTHER = aliased(Licence)


def newest() -> ColumnElement[bool]:
    """Whether it is the version of its licence that holds longest; those withdrawn are none."""
    mine, its = func.coalesce(Licence.valid_to_on, _FOREVER), func.coalesce(_OTHER.valid_to_on, _FOREVER)
    later = or_(its > mine, and_(its == mine, _OTHER.id > Licence.id))
    overtaken = exists().where(_OTHER.subject == Licence.subject, _OTHER.withdrawn_at.is_(None), later)
    return and_(Licence.withdrawn_at.is_(None), ~overtaken)


def ending(seen: Windows) -> Select[Any]:
    """Every licence by its newest version: its number of row, its state, since when it has been in it."""
    noted = and_(LicenceWarning.licence_id == Licence.id, LicenceWarning.days == seen.window())
    return (
        select(Licence.id.label("id"))
        .outerjoin(Giver, Giver.id == Licence.party_id)
        .outerjoin(Grantee, Grantee.id == Licence.grantee_id)
        .outerjoin(Maker, Maker.id == Licence.maker_id)
        .outerjoin(LicenceWarning, noted)
        .where(newest(), or_(Giver.id.is_(None), ~Giver.retired), or_(Grantee.id.is_(None), ~Grantee.retired))
    )


def versions(session: Session, licence: Licence) -> Sequence[Licence]:
    """Every version of the same licence, withdrawn ones too, the newest first."""
    query = select(Licence).where(Licence.subject == licence.subject)
    return session.scalars(query.order_by(Licence.valid_from_on.desc(), Licence.id.desc())).all()


def not_on_record() -> Select[Any]:
    """What is dealt with and has no licence on record: kind, whose (party or product), code, name, number."""
    kinds = (
        (LicenceKind.BUSINESS, PartyKind.SUPPLIER),
        (LicenceKind.OPERATION, PartyKind.SUPPLIER),
        (LicenceKind.PRODUCTION, PartyKind.MANUFACTURER),
    )
    parts: list[Any] = [_parties_without(kind, of) for kind, of in kinds]
    known = exists().where(
        Licence.kind == LicenceKind.REGISTRATION, Licence.number == Product.registration_number,
        Licence.withdrawn_at.is_(None),
    )  # fmt: skip
    parts.append(
        select(
            literal(LicenceKind.REGISTRATION.value).label("kind"), Product.id.label("id"), Product.code.label("code"),
            Product.name.label("name"), Product.name_en.label("name_en"), Product.registration_number.label("number"),
        ).where(~Product.retired, Product.registration_number != "", ~known)
    )  # fmt: skip
    return select(union_all(*parts).subquery())


def _parties_without(kind: LicenceKind, of: PartyKind) -> Any:
    has = exists().where(Licence.party_id == Party.id, Licence.kind == kind, Licence.withdrawn_at.is_(None))
    return select(
        literal(kind.value).label("kind"), Party.id.label("id"), Party.code.label("code"), Party.name.label("name"),
        Party.name_en.label("name_en"), literal("").label("number"),
    ).where(Party.kind == of, ~Party.retired, ~has)  # fmt: skip
