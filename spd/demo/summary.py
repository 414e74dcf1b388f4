"""This file is what the demo has to show: logins, counts, and codes to scan for each flow."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import receiving
from spd.catalog import Product
from spd.demo.marks import printed
from spd.demo.people import Login, logins
from spd.demo.samples import Ware, wares
from spd.demo.world import STORE
from spd.encounters import Encounter
from spd.ledger import Item, ItemKind, ItemStateName, Movement, Posting
from spd.parties import Party
from spd.places import Department, Location
from spd.receiving import Delivery
from spd.replenishment import Dispatch
from spd.staff import Staff


@dataclass(frozen=True, kw_only=True)
class OpenNote:
    """A delivery note that waits to be received, and what to scan for it."""

    number: str
    label: str
    supplier: str
    scans: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DemoSummary:
    """The demo hospital: whom to log in as, how much there is, what to scan.

    `examples` names a code for each scan: wristband, badge, unit, pack, bulk, location, tote.
    """

    created: bool
    logins: tuple[Login, ...]
    counts: dict[str, int]
    notes: tuple[OpenNote, ...]
    examples: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


_COUNTED: tuple[tuple[str, Any], ...] = (
    ("departments", Department), ("locations", Location), ("parties", Party), ("products", Product),
    ("staff", Staff), ("encounters", Encounter), ("deliveries", Delivery), ("dispatches", Dispatch), ("items", Item),
    ("movements", Movement), ("postings", Posting),
)  # fmt: skip


def summarise(session: Session, *, created: bool, now: datetime) -> DemoSummary:
    """The demo as it stands in the database."""
    counts = {name: session.scalar(select(func.count()).select_from(table)) or 0 for name, table in _COUNTED}
    return DemoSummary(
        created=created, logins=logins(), counts=counts, notes=_notes(session), examples=_examples(session, now)
    )


def _notes(session: Session) -> tuple[OpenNote, ...]:
    known = {ware.code: ware for ware in wares()}
    query = (
        select(Delivery, Party.name)
        .join(Party, Party.id == Delivery.supplier_id)
        .where(Delivery.closed_at.is_(None))
        .order_by(Delivery.id)
    )
    notes = []
    for delivery, supplier in session.execute(query).all():
        lines = receiving.lines_received(session, delivery)
        scans = [scan for line in lines if line.product in known for scan in _scans(known[line.product], line)]
        notes.append(OpenNote(number=delivery.code, label=delivery.label, supplier=supplier, scans=tuple(scans)))
    return tuple(notes)


def _scans(ware: Ware, line: receiving.LineState) -> list[str]:
    """What to scan until nothing of the line is missing."""
    missing = line.quantity - line.received
    assert line.expires_on is not None, "the demo's notes state when goods expire"
    level, units = (1, ware.box * ware.case) if ware.case > 1 and not ware.cold else (0, ware.box)
    return [
        printed(
            ware,
            level,
            lot=line.lot,
            expires_on=line.expires_on,
            serial=f"NEW{line.id:05d}{number:03d}" if ware.serial else "",
        )
        for number in range(missing // units)
    ]


def _examples(session: Session, now: datetime) -> dict[str, str]:
    ward = "CARD-K"
    stay = (
        select(Encounter.wristband)
        .join(Location, Location.department_id == Encounter.department_id)
        .where(Location.code == ward, Encounter.admitted_at <= now, Encounter.discharged_at.is_(None))
        .order_by(Encounter.bed)
    )
    tote = (
        select(Dispatch.code)
        .join(Item, Item.state == ItemStateName.IN_TRANSIT)
        .join(Movement, (Movement.item_id == Item.id) & (Movement.sequence == Item.version))
        .where(Movement.document == Dispatch.code)
        .order_by(Dispatch.id)
    )
    found = {
        "wristband": stay,
        "badge": select(Staff.badge).where(Staff.code == "nurse"),
        "unit": _item_at("CATH-K", ItemKind.UNIT),
        "pack": _item_at(ward, ItemKind.PACK),
        "bulk": _item_at(STORE, ItemKind.BULK),
        "location": select(Location.label).where(Location.code == ward),
        "store": select(Location.label).where(Location.code == STORE),
        "tote": tote,
    }
    return {name: session.scalar(query.limit(1)) or "" for name, query in found.items()}


def _item_at(location: str, kind: ItemKind) -> Any:
    return (
        select(Item.code)
        .join(Location, Location.id == Item.location_id)
        .where(Location.code == location, Item.kind == kind, Item.state == ItemStateName.AVAILABLE, Item.quantity > 0)
        .order_by(Item.id.desc())
    )
