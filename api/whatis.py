"""This file is what a scan is to this hospital: an item, kit, product, note, tote, place, person, stay."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access
from api.here import person
from scanners import Scan
from spd import stock
from spd.catalog import Product, find_packaging
from spd.core.errors import NotFound, Refused
from spd.encounters import Encounter
from spd.packing import KitRecipe, contents, find_kit, find_kit_recipe, find_recipe
from spd.places import Location
from spd.receiving import Delivery
from spd.replenishment import Wave, find_card, find_dispatch, find_tote, find_wave
from spd.staff import Staff
from spd.theatre import find_operation

_ITEM_PAGES = {
    "bulk": ("pages.pack", "pages.bedside", "pages.trace"),
    "sealed": ("pages.bedside", "pages.deliver", "pages.trace"),
}
"""Where an item leads, the first that the person may open."""
_KIT_PAGES = ("pages.bedside", "pages.kit", "pages.deliver")


def what_is(session: Session, scan: Scan, *, departments: frozenset[int] | None = None) -> dict[str, Any]:
    """`kind`, `code`, names, `detail`, and the `page` where who asks handles such a thing."""
    code = scan.code or scan.data
    for ask in (_wristband, _place, _person, _document):
        if found := ask(session, code):
            return found
    try:
        return _item(session, stock.item_code(session, scan, departments=departments))
    except (NotFound, Refused):
        return _product(session, scan) or _told("unknown", code, "", "")


def _told(kind: str, code: str, name: str, name_en: str, *pages: str, **detail: Any) -> dict[str, Any]:
    page = next((page for page in pages if access.TABLE[page].roles & person().roles), None)
    return {"kind": kind, "code": code, "name": name, "name_en": name_en or name, "page": page, "detail": detail}


def _wristband(session: Session, code: str) -> dict[str, Any] | None:
    either = (Encounter.wristband == code) | (Encounter.code == code)  # the number of one may be the band of another
    stay = session.scalars(select(Encounter).where(either).order_by(Encounter.code == code)).first()
    if stay is None:
        return None
    detail = {"encounter": stay.code, "bed": stay.bed, "discharged": stay.discharged_at is not None}
    return _told("wristband", stay.code, stay.patient_name, stay.patient_name, "pages.bedside", **detail)


def _place(session: Session, code: str) -> dict[str, Any] | None:
    either = (Location.label == code) | (Location.code == code)
    place = session.scalars(select(Location).where(either).order_by(Location.code == code)).first()
    if place is None:
        return None
    return _told("location", place.code, place.name, place.name_en, "pages.stock", place=place.kind)


def _person(session: Session, code: str) -> dict[str, Any] | None:
    found = session.scalars(select(Staff).where(Staff.badge == code, ~Staff.disabled)).one_or_none()
    return None if found is None else _told("staff", found.code, found.name, found.name)


def _document(session: Session, code: str) -> dict[str, Any] | None:
    either = (Delivery.label == code) | (Delivery.code == code)
    note = session.scalars(select(Delivery).where(either).order_by(Delivery.code == code)).first()
    if note is not None:
        return _told("delivery", note.code, note.code, note.code, "pages.receive", closed=note.closed_at is not None)
    if (operation := find_operation(session, code)) is not None:
        room = session.get_one(Location, operation.location_id)
        return _told(
            "operation",
            operation.code,
            room.name,
            room.name_en,
            "pages.theatre_operation_scan",
            operation=operation.code,
        )
    tote = find_dispatch(session, code)
    if tote is None:
        return _of_refill(session, code)
    place = session.get_one(Location, tote.to_location_id)
    return _told("dispatch", tote.code, place.name, place.name_en, "pages.deliver", to=place.code)


def _of_refill(session: Session, code: str) -> dict[str, Any] | None:
    """A wave, a tote that is being filled, the card of a bin."""
    if (wave := find_wave(session, code)) is not None:
        store = session.get_one(Location, wave.from_location_id)
        return _told("wave", wave.code, store.name, store.name_en, "pages.refill_pick", wave=wave.code)
    if (filling := find_tote(session, code)) is not None:
        place = session.get_one(Location, filling.location_id)
        wave = session.get_one(Wave, filling.wave_id)
        return _told("tote", filling.code, place.name, place.name_en, "pages.refill_pick", wave=wave.code)
    if (card := find_card(session, code)) is not None:
        place, product = session.get_one(Location, card.location_id), session.get_one(Product, card.product_id)
        return _told("refill_card", card.code, product.name, product.name_en, place=place.code)
    return _kit(session, code)


def _kit(session: Session, code: str) -> dict[str, Any] | None:
    """A kit of a procedure, with how much is in it."""
    kit = find_kit(session, code)
    if kit is None:
        return _recipe(session, code)
    recipe = session.get_one(KitRecipe, kit.recipe_id)
    detail = {"state": kit.state, "items": len(contents(session, kit))}
    return _told("kit", kit.code, recipe.name, recipe.name_en, *_KIT_PAGES, **detail)


def _item(session: Session, code: str) -> dict[str, Any]:
    goods = stock.get_goods(session, code)
    item = goods.item
    told = _told(
        "item",
        code,
        goods.name,
        goods.name_en,
        *_ITEM_PAGES["bulk" if item.kind == "bulk" else "sealed"],
        item_kind=item.kind,
        state=item.state,
        quantity=item.quantity,
        base_unit=goods.base_unit,
        specification=goods.specification,
        location=goods.location_code,
        location_name=goods.location_name,
    )
    return told | {"lot": goods.lot, "expires_on": goods.expires_on}


def _product(session: Session, scan: Scan) -> dict[str, Any] | None:
    packaging = find_packaging(session, scan.bound_by) if scan.bound_by else None
    if packaging is None:
        return None
    product = session.get_one(Product, packaging.product_id)
    return _told(
        "product", product.code, product.name, product.name_en, level=packaging.level, holds=packaging.base_units
    )


def _recipe(session: Session, code: str) -> dict[str, Any] | None:
    """The card of a recipe: of packs, or of a kit."""
    if (recipe := find_recipe(session, code)) is not None:
        product = recipe.product
        return _told("recipe", code, product.name, product.name_en, "pages.pack", quantity=recipe.quantity)
    if (filled := find_kit_recipe(session, code)) is not None:
        return _told("kit_recipe", code, filled.name, filled.name_en, "pages.kit")
    return None
