"""This file is the demo's licences: everybody has theirs, a few end soon, two have ended, one request waits."""

from __future__ import annotations

from datetime import date, timedelta

from fpdf import FPDF
from sqlalchemy import select

from spd import licensing
from spd.catalog import Price, Product
from spd.core import attachments
from spd.core.attachments import Upload
from spd.core.occasion import Occasion
from spd.demo.world import World
from spd.licensing import Licence, LicenceKind, LicenceSeen, Wanted, recording
from spd.licensing.warning import note_warnings
from spd.parties import Party, PartyKind

_SOON = {"S03": 21, "S06": 48, "S09": 83, "M04": 12, "M08": 75, "S12": -8}
"""Days until the licence to trade or to make ends; everybody else's ends in years."""
_WATCHED = (26, 18, 9, 1)  # days ago on which the worker looked


def record(world: World) -> None:
    """Put every licence on record as of three months ago, and let the worker have looked at them since."""
    begun = world.occasion(world.staff["buyer"], world.at(world.today - timedelta(days=89), 9), "office-2")
    paper = _paper(world, begun)
    for party in world.session.scalars(select(Party).where(Party.kind != PartyKind.HOSPITAL).order_by(Party.code)):
        for seen in _of_party(world.today, party):
            _add(world, begun, seen, paper.id if party.code in _SOON else None)
    lapsed = _registrations(world, begun)
    _authorisations(world, begun)
    world.session.flush()  # what follows reads it
    for days in _WATCHED:
        day = world.today - timedelta(days=days)
        note_warnings(world.session, on=day, at=world.at(day, 5, 30))
    note_warnings(world.session, on=world.today, at=min(world.at(world.today, 5, 30), world.now))
    _ask(world, lapsed)


def _of_party(today: date, party: Party) -> list[LicenceSeen]:
    """A supplier does business and trades in devices, a maker makes them."""
    number = int(party.code[1:])
    begins = date(today.year - 3, 1 + number % 9, 10)
    ends = today + timedelta(days=_SOON.get(party.code, 500 + 37 * number))
    if party.kind == PartyKind.MANUFACTURER:
        made = LicenceKind.PRODUCTION
        return [LicenceSeen(
            kind=made, number=f"演示药监械生产许{begins.year}{number:04d}号", party_id=party.id,
            valid_from_on=begins, valid_to_on=ends, authority="演示省药品监督管理局",
        )]  # fmt: skip
    return [
        LicenceSeen(
            kind=LicenceKind.BUSINESS, number=f"91990000DEMO{number:06d}", party_id=party.id,
            valid_from_on=date(2015, 1, 1), authority="演示市市场监督管理局",
        ),
        LicenceSeen(
            kind=LicenceKind.OPERATION, number=f"演示药监械经营许{begins.year}{number:04d}号", party_id=party.id,
            device_classes="23", valid_from_on=begins, valid_to_on=ends, authority="演示市市场监督管理局",
        ),
    ]  # fmt: skip


def _registrations(world: World, begun: Occasion) -> int:
    """A certificate for every product; some end this quarter, the last one's ended nine days ago: that product."""
    registered = Product.registration_number != ""  # what is only asked for has none yet
    numbers = list(world.session.scalars(select(Product.id).where(registered).order_by(Product.id)))
    products = world.session.scalars(select(Product).where(registered).order_by(Product.id)).all()
    for at, product in enumerate(products):
        left = -9 if product.id == numbers[-1] else 25 + at if at % 97 == 5 else 400 + at % 900
        ends = world.today + timedelta(days=left)
        seen = LicenceSeen(
            kind=LicenceKind.REGISTRATION, number=product.registration_number, party_id=product.manufacturer_id,
            valid_from_on=date(2024, 1, 1), valid_to_on=max(ends, date(2024, 1, 2)),
        )  # fmt: skip
        _add(world, begun, recording.check(seen), None)
    return numbers[-1]


def _authorisations(world: World, begun: Occasion) -> None:
    """Every supplier was authorised by the makers whose goods it sells."""
    sells = (
        select(Product.manufacturer_id, Price.supplier_id)
        .join(Price, Price.product_id == Product.id)
        .where(Product.manufacturer_id.is_not(None))
        .distinct()
        .order_by(Product.manufacturer_id, Price.supplier_id)
    )
    for at, (maker, supplier) in enumerate(world.session.execute(sells).all()):
        seen = LicenceSeen(
            kind=LicenceKind.AUTHORISATION, number=f"DEMO-SQ-{at + 1:03d}", party_id=maker, grantee_id=supplier,
            maker_id=maker, valid_from_on=date(world.today.year - 1, 1, 1),
            valid_to_on=world.today + timedelta(days=57 if at == 0 else 300 + at),
        )  # fmt: skip
        _add(world, begun, seen, None)


def _add(world: World, begun: Occasion, seen: LicenceSeen, attachment_id: int | None) -> None:
    world.session.add(
        Licence(
            kind=str(seen.kind), subject=recording.subject_of(seen), number=seen.number, party_id=seen.party_id,
            grantee_id=seen.grantee_id, maker_id=seen.maker_id, device_classes=seen.device_classes,
            authority=seen.authority, valid_from_on=seen.valid_from_on, valid_to_on=seen.valid_to_on,
            attachment_id=attachment_id, recorded_at=begun.recorded_at, recorded_by_id=begun.staff_id,
        )
    )  # fmt: skip


def _paper(world: World, begun: Occasion) -> attachments.Attachment:
    """A scanned document, plainly made up."""
    sheet = FPDF()
    sheet.set_creation_date(begun.recorded_at)
    sheet.add_page()
    sheet.set_font("helvetica", size=20)
    sheet.cell(text="Demo licence. Everything in it is made up.")
    upload = Upload(name="demo-licence.pdf", content=bytes(sheet.output()))
    return attachments.keep(world.session, upload, at=begun.recorded_at, by_id=begun.staff_id)


def _ask(world: World, product_id: int) -> None:
    """The keeper asks that the product whose certificate ended may be received today."""
    supplier = world.session.scalars(select(Price.supplier_id).where(Price.product_id == product_id).limit(1)).one()
    asking = world.occasion(world.staff["keeper"], world.now - timedelta(minutes=25), "bench-1")
    wanted = [Wanted(supplier_id=supplier, product_id=product_id)]
    licensing.ask_override(world.session, asking, wanted, act="receive", reason="续证已受理, 明日手术急用")
