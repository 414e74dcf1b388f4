"""This file is builders: a small hospital in a real database, and acts in it, said in the words of the house."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from scanners import Scan
from spd import consumption, packing, receiving, replenishment
from spd.catalog import Packaging, Price, Product
from spd.core import clock
from spd.core.ids import request_key
from spd.core.occasion import Occasion, digest_of
from spd.encounters import DrgRate, DrgWeight, Encounter
from spd.jobs import prove
from spd.ledger import Draft, EntryRow, MovementKind, Posting, Step, get_item_state
from spd.ledger.verify import Problem
from spd.parties import Party
from spd.places import Department, Location
from spd.staff import Grant, Staff

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
TODAY = date(2026, 3, 2)

STENT_DI = "06901234567892"
GAUZE_DI = "06901234000016"
GAUZE_CASE_DI = "16901234000013"
REAGENT_DI = "06901234000023"
SCREW_DI = "06901234000030"

_numbers = itertools.count(1)


@dataclass
class Hospital:
    """The rows a test needs by name."""

    store: Location
    ward: Location
    theatre: Location
    cardiology: Department
    surgery: Department
    lab: Department
    logistics: Department
    stents: Party
    gauzes: Party
    keeper: Staff
    nurse: Staff
    stay: Encounter
    other_stay: Encounter


def hospital(session: Session) -> Hospital:
    """Four departments, three places, two suppliers, four products, two people, two stays."""
    departments = [
        Department(code="CARD", name="心内科", name_en="Cardiology", cost_class="clinical", campus="本部"),
        Department(code="SURG", name="外科", name_en="Surgery", cost_class="clinical", campus="本部"),
        Department(code="LAB", name="检验科", name_en="Laboratory", cost_class="medical_technology", campus="本部"),
        Department(code="LOGI", name="后勤", name_en="Logistics", cost_class="administrative", campus="本部"),
    ]
    suppliers = [
        Party(code="SUP-STENT", kind="supplier", name="心脉器械", name_en="Stents Ltd"),
        Party(code="SUP-GAUZE", kind="supplier", name="棉纱制品", name_en="Gauze Ltd"),
    ]
    session.add_all([*departments, *suppliers])
    session.flush()  # their numbers go into what follows
    cardiology, surgery, lab, logistics = departments
    store = Location(code="STORE", label="L-STORE", name="中心库", name_en="Central store", kind="store")
    ward = Location(code="CARD-W", label="L-CARD", name="心内病区", kind="ward", department_id=cardiology.id)
    theatre = Location(code="SURG-T", label="L-SURG", name="手术间", kind="theatre", department_id=surgery.id)
    keeper = Staff(code="keeper", name="库管", badge="S-KEEPER")
    nurse = Staff(code="nurse", name="护士", badge="S-NURSE")
    products, packagings = _products(suppliers)
    session.add_all([store, ward, theatre, keeper, nurse, *products])
    session.flush()  # as above
    session.add_all(packagings)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT setval('products_id_seq', 1000)"))  # these four have chosen theirs
    session.add_all(
        [
            Grant(staff_id=keeper.id, role="storekeeper"),
            Grant(staff_id=nurse.id, role="nurse", department_id=cardiology.id),
        ]
    )
    stay = _stay("E-1", "W-1", cardiology, drg="FM19")
    other = _stay("E-2", "W-2", cardiology, drg=None)
    session.add_all(
        [stay, other, DrgWeight(region="示范", year=2026, drg_code="FM19", name="支架植入", weight=Decimal("2.35"))]
    )
    session.add(DrgRate(region="示范", year=2026, rate=Decimal(11800)))
    session.flush()  # the stays are used by number
    return Hospital(
        store=store, ward=ward, theatre=theatre, cardiology=cardiology, surgery=surgery, lab=lab,
        logistics=logistics, stents=suppliers[0], gauzes=suppliers[1], keeper=keeper, nurse=nurse, stay=stay,
        other_stay=other,
    )  # fmt: skip


def found(session: Session, there: Hospital) -> Hospital:
    """The hospital that another session has built and committed, in this one; it asks the database nothing."""
    return Hospital(**{one.name: session.merge(getattr(there, one.name), load=False) for one in fields(there)})


def _products(suppliers: list[Party]) -> tuple[list[Product], list[Any]]:
    products: list[Product] = []
    rows: list[Any] = []
    for number, (code, name, product_class, unit, chargeable, price, mode, supplier, packagings) in enumerate(
        [
            ("STENT", "冠脉支架", "high_value", "个", True, "8600", "on_use", 0, [(STENT_DI, "unit", 1)]),
            ("GAUZE", "纱布块", "low_value", "盒", False, "3.5", "on_receipt", 1,
             [(GAUZE_DI, "box", 1), (GAUZE_CASE_DI, "case", 50)]),
            ("REAGENT", "血糖试剂", "reagent", "人份", True, "0.3333", "on_issue", 1, [(REAGENT_DI, "box", 100)]),
            ("SCREW", "骨螺钉", "high_value", "枚", True, "320", "on_receipt", 0, [(SCREW_DI, "unit", 1)]),
        ],
        1,
    ):  # fmt: skip
        product = Product(
            id=number, code=code, name=name, name_en=code.title(), base_unit=unit, product_class=product_class,
            chargeable=chargeable, implant=code in ("STENT", "SCREW"), charge_code=f"HIS-{code}",
        )  # fmt: skip
        products.append(product)
        rows += [
            Packaging(product_id=number, code=di, issuer="GS1", level=lv, base_units=n) for di, lv, n in packagings
        ]
        rows.append(
            Price(
                product_id=number, supplier_id=suppliers[supplier].id, unit_price=Decimal(price),
                settlement_mode=mode, valid_from_on=date(2025, 1, 1),
            )
        )  # fmt: skip
    return products, rows


def _stay(code: str, wristband: str, department: Department, *, drg: str | None) -> Encounter:
    return Encounter(
        code=code, wristband=wristband, patient=f"P-{code}", patient_name="张*三", bed="01", drg_code=drg,
        encounter_class="inpatient", department_id=department.id, admitted_at=NOW - timedelta(days=3),
    )  # fmt: skip


def occasion(staff: Staff, *, at: datetime = NOW, key: UUID | None = None, said: Any = None) -> Occasion:
    """An occasion at an instant; every call is another act unless a key is given."""
    number = next(_numbers)
    return Occasion(
        request_key=key or request_key(at),
        staff_id=staff.id,
        occurred_at=at,
        recorded_at=at,
        day=(at + timedelta(hours=8)).date(),
        zone=timezone(timedelta(hours=8)),
        device="test",
        content=digest_of(number if said is None else said),
    )


def scan(
    di: str, *, lot: str | None = "L1", serial: str | None = None, expires_on: date | None = date(2028, 9, 30)
) -> Scan:
    """What a reader makes of a label."""
    raw = f"(01){di}(10){lot}" + (f"(21){serial}" if serial else "")
    return Scan(raw=raw, kind="gs1", data=raw, di=di, issuer="GS1", lot=lot, serial=serial, expires_on=expires_on)


def note(session: Session, h: Hospital, supplier: Party, *lines: tuple[str, int], code: str = "") -> receiving.Delivery:
    """A delivery note of (product, base units)."""
    return receiving.announce(
        session,
        receiving.Announced(
            occasion=occasion(h.keeper),
            code=code or f"N-{next(_numbers)}",
            supplier=supplier.code,
            lines=[receiving.AnnouncedLine(product=product, quantity=quantity) for product, quantity in lines],
        ),
    )


def receive(session: Session, h: Hospital, delivery: receiving.Delivery, *scans: Scan, count: int = 1) -> list[str]:
    """The codes of what was received into the store."""
    receipt = receiving.receive(
        session,
        receiving.Delivered(
            occasion=occasion(h.keeper),
            delivery=delivery.code,
            location=h.store.code,
            arrivals=[receiving.Arrived(scan=s, count=count) for s in scans],
        ),
    )
    return [item.code for item in receipt.items]


def stents(session: Session, h: Hospital, number: int = 1, *, at: Location | None = None) -> list[str]:
    """Consigned stents, each under its UDI; in the ward unless said otherwise."""
    delivery = note(session, h, h.stents, ("STENT", number))
    codes = receive(session, h, delivery, *(scan(STENT_DI, serial=f"SN{next(_numbers):06d}") for _ in range(number)))
    return move_to(session, h, codes, at or h.ward)


def gauze(session: Session, h: Hospital, cases: int = 1) -> str:
    """One bulk of gauze in the store: so many cases of fifty boxes, owned."""
    delivery = note(session, h, h.gauzes, ("GAUZE", cases * 50))
    return receive(session, h, delivery, scan(GAUZE_CASE_DI, lot=f"G{next(_numbers)}"), count=cases)[0]


def packs(
    session: Session, h: Hospital, number: int = 2, quantity: int = 20, *, at: Location | None = None
) -> list[str]:
    """Packs of gauze; in the ward unless said otherwise."""
    source = gauze(session, h, cases=-(-number * quantity // 50))
    asked = packing.PacksAsked(occasion=occasion(h.keeper), sources=[source], quantity=quantity, count=number)
    return move_to(session, h, [p.code for p in packing.make_packs(session, asked).packs], at or h.ward)


def move_to(session: Session, h: Hospital, codes: list[str], place: Location) -> list[str]:
    """The items, sent from the store and signed for at a place."""
    if place.id == h.store.id:
        return codes
    sent = replenishment.dispatch(
        session, replenishment.ToDispatch(occasion=occasion(h.keeper), items=codes, to=place.code)
    )
    signing = replenishment.ToSign(occasion=occasion(h.nurse), dispatch=sent.code, location=place.code)
    replenishment.sign(session, signing)
    return codes


def carry(session: Session, h: Hospital, codes: list[str], place: Location) -> list[str]:
    """The items, carried to a place by the nurse without a tote."""
    asked = replenishment.ToTransfer(occasion=occasion(h.nurse), items=codes, to=place.code)
    replenishment.transfer(session, asked)
    return codes


def use(session: Session, h: Hospital, code: str, **said: Any) -> consumption.Use:
    """One item used by the nurse; on the first stay unless said otherwise."""
    said.setdefault("encounter", h.stay.code)
    said.setdefault("occasion", occasion(h.nurse))
    return consumption.record_use(session, consumption.UseScanned(item=code, **said))


def reverse(session: Session, h: Hospital, movement_id: int, **said: Any) -> consumption.Reversal:
    """A use undone by the nurse."""
    said.setdefault("occasion", occasion(h.nurse))
    asked = consumption.ReversalAsked(movement_id=movement_id, reason="mis-scan", **said)
    return consumption.reverse_use(session, asked)


def hold(session: Session, h: Hospital, code: str, state: str = "held") -> None:
    """The item in another state where it lies, as a recall or a reservation leaves it."""
    item = get_item_state(session, code)
    stays = Step(
        kind=MovementKind.HOLD, quantity=item.quantity, state_after=state,
        from_location_id=item.location_id, to_location_id=item.location_id,
        from_owner_id=item.owner_id, to_owner_id=item.owner_id,
    )  # fmt: skip
    draft = Draft(session, occasion(h.keeper))
    draft.move(item, stays)
    draft.write()


def postings(session: Session, event: str = "") -> list[tuple[str, Decimal]]:
    """(account, amount) of all that was posted, in order; of one event where it is named."""
    query = select(Posting.account, Posting.amount).join(EntryRow, EntryRow.id == Posting.entry_id)
    if event:
        query = query.where(EntryRow.event == event)
    return [(account, amount) for account, amount in session.execute(query.order_by(Posting.id))]


def balance(session: Session, account: str) -> Decimal:
    """What an account stands at."""
    return session.scalar(select(func.sum(Posting.amount)).where(Posting.account == account)) or Decimal(0)


def problems(session: Session) -> list[Problem]:
    """Whatever is wrong with the books: what the nightly proof finds."""
    return prove(session, at=clock.now())
