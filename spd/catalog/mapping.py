"""This file is device identifiers as the authorities list them: what one holds, and the codes that mean the same.

Three codes name one thing: its device identifier (DI), the national insurance code and the charge code of HIS. A row
may be here long before the hospital stocks the product; a packaging says that it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import BigInteger, CheckConstraint, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.catalog.models import Packaging, Product
from spd.core.base import Base
from spd.core.columns import Code, Id, Name, Word
from spd.core.errors import Conflict, Refused

_ROUNDS = 8  # packages within packages: nobody packs deeper
_MOST = 200  # identifiers of one family


class DeviceIdentifier(Base):
    """One device identifier: of a use unit, a sale unit or a package, and how many of which other it holds."""

    __tablename__ = "device_identifiers"
    __table_args__ = (CheckConstraint("contains_count > 0", name="holds_something"),)

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    issuer: Mapped[Word] = mapped_column(default="")
    level: Mapped[Word] = mapped_column(default="sale")
    contains_code: Mapped[str | None] = mapped_column(String(80), index=True)
    contains_count: Mapped[int | None] = mapped_column(BigInteger())
    name: Mapped[Name] = mapped_column(default="")
    specification: Mapped[Name] = mapped_column(default="")
    insurance_code: Mapped[str] = mapped_column(String(40), default="", index=True)
    charge_code: Mapped[str] = mapped_column(String(40), default="", index=True)
    registration_number: Mapped[str] = mapped_column(String(60), default="")
    manufacturer: Mapped[Name] = mapped_column(default="")
    published_on: Mapped[date | None]
    withdrawn_on: Mapped[date | None]


class BoundElsewhere(Conflict):
    """The code is another product's."""

    code = "bound-elsewhere"
    say = {
        "zh": "此码 {di} 已绑定到品规 {product}。核对标签; 绑错的请先更正目录。",
        "en": "Code {di} is bound to product {product}. Check the label, or correct the catalogue.",
    }


class UnitsDiffer(Refused):
    """What is said of a package does not agree with what is known of its family."""

    code = "units-differ"
    say = {
        "zh": "包装 {di} 按已知层级含 {known} 个基本单位, 所填为 {said}。核对包装标签。",
        "en": "By its known levels package {di} holds {known} base units, not {said}. Check the package's label.",
    }


class UnitsMissing(Refused):
    """Nothing says how many base units a package holds."""

    code = "units-missing"
    say = {
        "zh": "不知道 {di} 含多少基本单位。按包装标签填写数量后再绑定。",
        "en": "Nothing says how many base units {di} holds. State the number on its label, then bind it.",
    }


@dataclass(frozen=True, kw_only=True)
class Level:
    """A package of a product as a number of base units. `code`: the packaging it was reckoned from."""

    product_id: int
    base_units: int
    level: str
    code: str


def family(session: Session, di: str) -> list[DeviceIdentifier]:
    """Every identifier that holds `di` or is held by it, at any depth; of levels that do not chain too."""
    found: dict[str, DeviceIdentifier] = {}
    ask = {di}
    asked: set[str] = set()
    for _ in range(_ROUNDS):
        ask -= asked
        if not ask or len(found) > _MOST:
            break
        rows = session.scalars(
            select(DeviceIdentifier)
            .where(or_(DeviceIdentifier.code.in_(ask), DeviceIdentifier.contains_code.in_(ask)))
            .order_by(DeviceIdentifier.id)
            .limit(_MOST)
        ).all()
        asked |= ask
        found |= {row.code: row for row in rows}
        ask = {code for row in rows for code in (row.code, row.contains_code) if code}
    return list(found.values())


def shares(rows: list[DeviceIdentifier], di: str) -> dict[str, Fraction]:
    """How many of `di` each identifier of its family is: a case of ten boxes is 10, and the box 1/10 of the case.

    An identifier that two ways come to with different numbers is left out: the list contradicts itself there.
    """
    edges: dict[str, list[tuple[str, Fraction]]] = {}
    for row in rows:
        if row.contains_code and row.contains_count:
            edges.setdefault(row.contains_code, []).append((row.code, Fraction(row.contains_count)))
            edges.setdefault(row.code, []).append((row.contains_code, Fraction(1, row.contains_count)))
    known, doubtful, waiting = {di: Fraction(1)}, set[str](), [di]
    while waiting:
        code = waiting.pop()
        for other, factor in edges.get(code, ()):
            share = known[code] * factor
            if other not in known:
                known[other] = share
                waiting.append(other)
            elif known[other] != share:
                doubtful.add(other)
    return {code: share for code, share in known.items() if code not in doubtful} if di not in doubtful else {}


def find_level(session: Session, di: str) -> Level | None:
    """The product and base units of a device identifier of any packaging level.

    None where no level of its family is in the catalogue, more than one product has it, or no whole number comes out.
    """
    packaging = session.scalars(select(Packaging).where(Packaging.code == di)).one_or_none()
    if packaging is not None:
        return Level(product_id=packaging.product_id, base_units=packaging.base_units, level=packaging.level, code=di)
    rows = family(session, di)
    share = shares(rows, di)
    known = session.scalars(select(Packaging).where(Packaging.code.in_(share)).order_by(Packaging.id)).all()
    units = {Fraction(packaging.base_units) / share[packaging.code] for packaging in known}
    if len(units) != 1 or len({packaging.product_id for packaging in known}) != 1:
        return None
    (base_units,) = units
    if base_units.denominator != 1:
        return None
    level = next((row.level for row in rows if row.code == di), "package")
    return Level(product_id=known[0].product_id, base_units=int(base_units), level=level, code=known[0].code)


def one_package(session: Session, one: str, other: str) -> bool:
    """Whether two device identifiers, mostly of two issuers, are of one product in packages that hold as much."""
    first, second = find_level(session, one), find_level(session, other)
    if first is None or second is None:
        return False
    return (first.product_id, first.base_units) == (second.product_id, second.base_units)


def bind(
    session: Session, product: Product, di: str, *, level: str = "", base_units: int | None = None, issuer: str = ""
) -> tuple[Packaging, bool]:
    """The packaging that `di` is of the product, and whether it is new; the rest of its family is bound with it.

    Raises: BoundElsewhere, UnitsDiffer, UnitsMissing.
    """
    known = find_level(session, di)
    if known is not None and known.product_id != product.id:
        raise BoundElsewhere(di=di, product=session.get_one(Product, known.product_id).code)
    if known is None and base_units is None:
        raise UnitsMissing(di=di)
    if known is not None and base_units not in (None, known.base_units):
        raise UnitsDiffer(di=di, known=known.base_units, said=base_units)
    units = known.base_units if known is not None else base_units
    assert units is not None, "either is known"
    found = session.scalars(select(Packaging).where(Packaging.code == di)).one_or_none()
    if found is not None:
        return found, False
    made = Packaging(
        product_id=product.id,
        code=di,
        issuer=issuer,
        level=level or (known.level if known else "unit"),
        base_units=units,
    )
    session.add(made)
    session.flush()  # the family is bound by it
    spread(session, [di])
    return made, True


def spread(session: Session, codes: list[str]) -> int:
    """Bind every identifier of these families of which one is a packaging; how many were bound."""
    made = 0
    for code in codes:
        rows = {row.code: row for row in family(session, code)}
        have = set(session.scalars(select(Packaging.code).where(Packaging.code.in_(rows))))
        for other in sorted(rows.keys() - have):
            level = find_level(session, other)
            if level is not None:
                row = rows[other]
                session.add(
                    Packaging(
                        product_id=level.product_id,
                        code=other,
                        issuer=row.issuer,
                        level=row.level,
                        base_units=level.base_units,
                    )
                )
                session.flush()  # the next level is reckoned from any that is there
                made += 1
    return made


@dataclass(frozen=True, kw_only=True)
class Named:
    """One thing under its three codes. `product` is ours, where it is in the catalogue."""

    di: str
    insurance_code: str
    charge_code: str
    product: str | None
    name: str
    specification: str
    level: str
    base_units: int | None
    registration_number: str
    manufacturer: str


def find_named(session: Session, code: str, *, after: int = 0, limit: int = 50) -> list[Named]:
    """The things that a device identifier, insurance code or charge code names; what a hospital says goes first."""
    listed = session.scalars(
        select(DeviceIdentifier)
        .where(
            or_(
                DeviceIdentifier.code == code,
                DeviceIdentifier.insurance_code == code,
                DeviceIdentifier.charge_code == code,
            )
        )
        .order_by(DeviceIdentifier.id)
        .limit(limit)
    ).all()
    packed = session.execute(
        select(Packaging, Product)
        .join(Product, Product.id == Packaging.product_id)
        .where(
            or_(
                Packaging.code.in_([code, *(row.code for row in listed)]),
                Product.insurance_code == code,
                Product.charge_code == code,
            )
        )
        .order_by(Packaging.id)
        .limit(limit)
    )
    by_code = {packaging.code: (packaging, product) for packaging, product in packed}
    rows = {row.code: row for row in listed}
    return [_named(di, rows.get(di), by_code.get(di)) for di in dict.fromkeys([*by_code, *rows])][:limit]


def _named(di: str, row: DeviceIdentifier | None, ours: tuple[Packaging, Product] | None) -> Named:
    packaging, product = ours or (None, None)
    return Named(
        di=di,
        insurance_code=(row and row.insurance_code) or (product and product.insurance_code) or "",
        charge_code=(product and product.charge_code) or (row and row.charge_code) or "",
        product=product.code if product else None,
        name=(product and product.name) or (row and row.name) or "",
        specification=(product and product.specification) or (row and row.specification) or "",
        level=packaging.level if packaging else row.level if row else "",
        base_units=packaging.base_units if packaging else None,
        registration_number=(row and row.registration_number) or (product and product.registration_number) or "",
        manufacturer=(row and row.manufacturer) or "",
    )
