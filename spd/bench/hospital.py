"""This file is the hospital that is measured: sixty wards, one kind of stent, as many units of it as a run wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from scanners import Scan
from spd import receiving
from spd.catalog import Packaging, Price, Product
from spd.core import clock
from spd.core.database import Database
from spd.core.ids import request_key
from spd.core.occasion import Occasion, digest_of
from spd.core.transaction import transaction
from spd.encounters import Encounter
from spd.parties import Party
from spd.places import Department, Location
from spd.staff import Grant, Staff, Token

WARDS = 60
DI = "06900000000014"
TOKEN = "spd_bench"
STAFF = 1
_BATCH = 5000


@dataclass(frozen=True, kw_only=True)
class Stock:
    """The codes of units, ward by ward."""

    codes: Sequence[str]

    def in_ward(self, number: int) -> list[str]:
        """The units of one ward."""
        return [code for code in self.codes if f".W{number:02d}X" in code]


def build(database: Database, *, token_digest: bytes) -> None:
    """The wards, the product, the nurse, the patients; nothing in stock yet."""
    now = clock.now()
    with transaction(database) as session:
        departments = [Department(code=f"D{n:02d}", name=f"{n} 病区", cost_class="clinical") for n in range(WARDS)]
        supplier = Party(code="S", kind="supplier", name="供应商")
        nurse = Staff(id=STAFF, code="bench", name="测试")
        product = Product(
            id=1,
            code="STENT",
            name="支架",
            base_unit="个",
            product_class="high_value",
            chargeable=True,
            charge_code="H1",
        )
        session.add_all([*departments, supplier, nurse, product])
        session.flush()  # their numbers go into what follows
        for n, department in enumerate(departments):
            session.add(Location(code=f"W{n:02d}", name=f"{n} 病区", kind="ward", department_id=department.id))
            session.add(_stay(n, department.id, now))
        session.add(Packaging(product_id=1, code=DI, issuer="GS1", level="unit", base_units=1))
        session.add(
            Price(
                product_id=1, supplier_id=supplier.id, unit_price=Decimal("8600"), settlement_mode="on_use",
                valid_from_on=date(2020, 1, 1),
            )
        )  # fmt: skip
        session.add(Grant(staff_id=STAFF, role="nurse"))
        session.add(Token(staff_id=STAFF, name="bench", digest=token_digest, expires_at=now + timedelta(days=1)))


def _stay(number: int, department_id: int, now: datetime) -> Encounter:
    return Encounter(
        code=f"E{number:02d}",
        wristband=f"WB{number:02d}",
        patient=f"P{number}",
        patient_name="测*试",
        encounter_class="inpatient",
        department_id=department_id,
        admitted_at=now - timedelta(days=1),
    )


def occasion() -> Occasion:
    """An act of the nurse, now."""
    now = clock.now()
    key = request_key(now)
    return Occasion(
        request_key=key,
        staff_id=STAFF,
        occurred_at=now,
        recorded_at=now,
        day=now.date(),
        device="bench",
        content=digest_of(str(key)),
    )


def scans(ward: int, first: int, count: int) -> list[Scan]:
    """Labels of units for a ward."""
    found = []
    for number in range(first, first + count):
        serial = f"W{ward:02d}X{number:07d}"
        raw = f"01{DI}172912311022B\x1d21{serial}"
        found.append(
            Scan(raw=raw, kind="gs1", data=raw, di=DI, lot="B22", serial=serial, expires_on=date(2029, 12, 31))
        )
    return found


def deliver(session: Session, ward: int, wanted: Sequence[Scan]) -> list[str]:
    """Consigned units received straight into a ward; their codes."""
    note = receiving.announce(
        session,
        receiving.Announced(
            occasion=occasion(),
            code=f"N-{ward}-{wanted[0].serial}",
            supplier="S",
            lines=[receiving.AnnouncedLine(product="STENT", quantity=len(wanted))],
        ),
    )
    receipt = receiving.receive(
        session,
        receiving.Delivered(
            occasion=occasion(),
            delivery=note.code,
            location=f"W{ward:02d}",
            arrivals=[receiving.Arrived(scan=scan) for scan in wanted],
        ),
    )
    return [item.code for item in receipt.items]


def stock(database: Database, count: int, *, first: int, ward: int | None = None) -> list[str]:
    """So many units more, in one ward or spread over all, mixed like a day's scans."""
    wards = [ward] if ward is not None else list(range(WARDS))
    each = -(-count // len(wards))
    shelves = []
    for number in wards:
        codes: list[str] = []
        for start in range(first, first + each, _BATCH):
            with transaction(database) as session:
                codes += deliver(session, number, scans(number, start, min(_BATCH, first + each - start)))
        shelves.append(codes)
    return [code for taken in zip(*shelves, strict=True) for code in taken][:count]
