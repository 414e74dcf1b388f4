"""This file is what a label says, by what it is for: an item, a place, a person, a patient, a document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import own, proving_card
from scanners.labels import Label
from spd.core.errors import NotFound, Refused
from spd.encounters import Encounter, UnknownEncounter
from spd.parties import Party
from spd.places import Department, get_location
from spd.receiving import get_delivery
from spd.staff import get_staff
from spd.stock import Goods, get_goods

TITLES = {
    "pack": ("定数包", "Fixed-quantity pack"),
    "bulk": ("散货", "Bulk"),
    "unit": ("一物一码", "Unit"),
    "kit": ("手术套包", "Kit"),
}


class NoCode(Refused):
    """The place, person or patient has no code of its own yet."""

    code = "no-code"
    say = {
        "zh": "{what} 还没有编码, 不能打印标签。先在系统中为其建立编码。",
        "en": "{what} has no code of its own yet, so there is nothing to print. Give it one first.",
    }


class UnknownSymbol(NotFound):
    """The test card has no such symbol."""

    code = "unknown-symbol"
    say = {
        "zh": "测试卡上没有 {symbol} 这一项。可选: separator, signs, length, bars。",
        "en": "The test card has no symbol {symbol}. It has separator, signs, length and bars.",
    }


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a label is for. size: the one it is made for; department_id: whose it is, where it is somebody's.

    counted: it sticks on a thing, so that a second one says that it is a reprint.
    """

    label: Label
    size: str
    department_id: int | None = None
    counted: bool = True


def of_goods(goods: Goods, *, reprint: int = 0) -> Label:
    """What the label of an item says."""
    title_zh, title_en = TITLES[goods.item.kind]
    return Label(
        code=goods.item.code,
        title_zh=title_zh,
        title_en=title_en,
        name=goods.name,
        name_en=goods.name_en,
        specification=goods.specification,
        quantity=f"{goods.item.quantity} {goods.base_unit}",
        lot=goods.lot,
        serial=goods.item.serial,
        expires_on=goods.expires_on,
        reprint=reprint,
    )


def item(session: Session, code: str) -> Subject:
    """An item: a unit, a pack, a bulk, a kit. Raises: UnknownItem."""
    goods = get_goods(session, code)
    return Subject(label=of_goods(goods), size="60x40", department_id=goods.department_id)


def location(session: Session, code: str) -> Subject:
    """A shelf. Raises: UnknownLocation, NoCode."""
    place = get_location(session, code)
    if not place.label:
        raise NoCode(what=place.code)
    label = Label(
        code=place.label,
        title_zh="货位",
        title_en="Location",
        name=place.name,
        name_en=place.name_en,
        notes=(place.code,),
    )
    return Subject(label=label, size="60x40", department_id=place.department_id)


def badge(session: Session, code: str) -> Subject:
    """A person's badge. Raises: UnknownStaff, NoCode."""
    who = get_staff(session, code)
    if not who.badge:
        raise NoCode(what=who.code)
    label = Label(
        code=who.badge, carrier="qr", title_zh="工牌", title_en="Staff badge", name=who.name, notes=(who.code,)
    )
    return Subject(label=label, size="badge")


def wristband(session: Session, code: str) -> Subject:
    """A patient's wristband: the least that does the job. Raises: UnknownEncounter, NoCode."""
    stay, ward = _stay(session, code)
    if not stay.wristband:
        raise NoCode(what=stay.code)
    label = _of_patient(stay, ward, stay.wristband, ("腕带", "Wristband"))
    return Subject(label=label, size="wristband", department_id=stay.department_id)


def chart(session: Session, code: str) -> Subject:
    """A label for the patient's papers. Its code is no wristband's, so that a clipboard never stands for a patient.

    Raises: UnknownEncounter.
    """
    stay, ward = _stay(session, code)
    copy = own.derive("chart_copy", f"chart:{stay.code}".encode())
    label = _of_patient(stay, ward, copy, ("病历标签", "Chart label"))
    return Subject(label=label, size="60x40", department_id=stay.department_id)


def _of_patient(stay: Encounter, ward: Department, code: str, title: tuple[str, str]) -> Label:
    return Label(
        code=code,
        title_zh=title[0],
        title_en=title[1],
        name=stay.patient_name,
        ward=ward.name,
        notes=(f"床号 Bed {stay.bed}",) if stay.bed else (),
    )


def _stay(session: Session, code: str) -> tuple[Encounter, Department]:
    query = select(Encounter, Department).join(Department, Department.id == Encounter.department_id)
    either = (Encounter.code == code) | (Encounter.wristband == code)
    found = session.execute(query.where(either).order_by(Encounter.code != code)).first()  # asked for by its number
    if found is None:
        raise UnknownEncounter(encounter=code)
    return found[0], found[1]


def document(session: Session, code: str) -> Subject:
    """A delivery note. Raises: UnknownDelivery."""
    note = get_delivery(session, code)
    supplier = session.get_one(Party, note.supplier_id)
    label = Label(
        code=note.label, title_zh="送货单", title_en="Delivery note", name=supplier.name, name_en=supplier.name_en,
        notes=(note.code,),
    )  # fmt: skip
    return Subject(label=label, size="60x40")


def test_card(session: Session, code: str) -> Subject:
    """One symbol of the test card, by its name. Raises: UnknownSymbol."""
    for task, label in zip(proving_card.TASKS, proving_card.card_labels(), strict=True):
        if task.name == code:
            return Subject(label=label, size=proving_card.SIZE, counted=False)
    raise UnknownSymbol(symbol=code)


KINDS: dict[str, Callable[[Session, str], Subject]] = {
    "item": item,
    "location": location,
    "badge": badge,
    "wristband": wristband,
    "chart": chart,
    "document": document,
    "test_card": test_card,
}


def subject(session: Session, kind: str, code: str) -> Subject:
    """What the label of a thing of this kind says. Raises: what its kind raises."""
    return KINDS[kind](session, code)
