"""This file is what the rules of the bedside look at, and what each of them finds there: pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum

from spd.core.errors import Refusal
from spd.core.occasion import Moment
from spd.encounters import Alert, EncounterMerged, Stay, find_closed
from spd.ledger import ItemKind, ItemStateName
from spd.stock import use_refusals as no
from spd.stock.goods import Goods
from spd.stock.safety import NEAR_DAYS, Caution, Check, find_expired, near_expiry
from spd.stock.sterility import UNKNOWN, lost
from spd.stock.suits import conflicts

SIDES = frozenset({"侧别", "侧", "side", "laterality"})
"""The attributes of a product that say for which side of the body it is."""
BOTH_SIDES = frozenset({"双侧", "both", "bilateral"})
_WARD = "ward"


class Registered(IntEnum):
    """Whether the product's certificate covers the day it was made: as the database answers."""

    MISSING = 0
    LAPSED = 1
    UNSURE = 2
    HOLDS = 3


@dataclass(frozen=True, kw_only=True)
class AtBedside:
    """All that the rules look at. What is not known is left empty, and then says nothing against the use."""

    goods: Goods
    quantity: int
    on: date
    at: datetime
    stay: Stay | None = None
    user_department_id: int | None = None
    registered: Registered = Registered.HOLDS
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What tells the product's variants apart."""
    planned: Mapping[str, str] = field(default_factory=dict)
    """What the planned procedure asks of them."""
    kept_for_id: int | None = None
    """The encounter it was drawn or kept for."""
    merged_into: str = ""
    """The encounter that this one was merged into."""
    listed: bool | None = None
    """Whether the ward's catalogue has the product."""
    open_until: date | None = None
    """The last day on which what was opened may be used."""
    sterile: str | None = None
    """What the last sterilisation of its loaner set says; nothing for what the hospital does not sterilise."""
    sooner: date | None = None
    """The last day of another of the product that lies usable in the ward, and ends before this one."""
    price: Decimal | None = None
    """What its supplier asks for one today, where a patient is charged for it."""
    alerts: frozenset[str] = frozenset()
    """What the patient must not get: of `Alert`."""

    @property
    def when(self) -> Moment:
        """When it is used."""
        return Moment(self.on, self.at)


Finds = Callable[[AtBedside], Refusal | Caution | None]


def goods(check: Check) -> Finds:
    """What a check of the thing alone finds."""
    return lambda here: check(here.goods, here.quantity, here.when)


def wrong_patient(here: AtBedside) -> Refusal | None:
    """It is kept for somebody else."""
    if here.kept_for_id is None or here.stay is None:
        return None
    if here.kept_for_id in (here.stay.id, here.stay.merged_into_id):  # before a merge it was used on the merged stay
        return None
    return no.WrongPatient(item=here.goods.item.code)


def merged(here: AtBedside) -> Refusal | None:
    """The wristband is of a stay that stands for another now."""
    return EncounterMerged(survivor=here.merged_into) if here.merged_into else None


def closed(here: AtBedside) -> Refusal | None:
    """The patient was not here then."""
    return None if here.stay is None else find_closed(here.stay, at=here.at)


def elsewhere(here: AtBedside) -> Refusal | None:
    """The patient lies on another ward."""
    if here.stay is None or here.user_department_id is None:
        return None
    away = of_another_ward(here.stay, {here.goods.location_kind}, {here.user_department_id}, at=here.at)
    return no.PatientElsewhere() if away else None


def of_another_ward(stay: Stay, kinds: AbstractSet[str], departments: AbstractSet[int], *, at: datetime) -> bool:
    """Whether it is an inpatient of another ward than of these departments.

    kinds: of the places they use from; theatres and stores use on everybody's patients.
    """
    theirs = stay.department_at(at)
    return stay.encounter_class == "inpatient" and bool(theirs) and kinds == {_WARD} and theirs not in departments


def differing(wanted: Mapping[str, str], is_: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(name, wanted, is) of the attributes that the plan and the product both name, and say otherwise."""
    return [
        (name, wanted[name], is_[name])
        for name in sorted(wanted.keys() & is_.keys())
        if wanted[name].casefold() != is_[name].casefold()
    ]


def wrong_side(here: AtBedside) -> Refusal | None:
    """The plan says the other side."""
    for name, wanted, said in differing(here.planned, here.attributes):
        if name.casefold() in SIDES and wanted.casefold() not in BOTH_SIDES and said.casefold() not in BOTH_SIDES:
            return no.WrongSide(wanted=wanted, said=said)
    return None


def wrong_size(here: AtBedside) -> Refusal | None:
    """The plan says another size or type."""
    for name, wanted, said in differing(here.planned, here.attributes):
        if name.casefold() not in SIDES:
            return no.NotAsPlanned(name=name, wanted=wanted, said=said)
    return None


def uncatalogued(here: AtBedside) -> Refusal | None:
    """The ward holds things by fixed quantities, and not this."""
    return no.NotInCatalogue(product=here.goods.product_code) if here.listed is False else None


def unregistered(here: AtBedside) -> Refusal | None:
    """Its certificate did not hold when it was made."""
    return no.Unregistered() if here.registered is Registered.LAPSED else None


def registered_unsure(here: AtBedside) -> Caution | None:
    """Its certificate has ended, and when it was made is not known."""
    if here.registered is not Registered.UNSURE:
        return None
    return Caution(
        code="registration-unsure", error="E11", zh="注册证已到期, 生产日期未知, 请核对标签",
        en="The registration has ended and the day of manufacture is not known: check the label",
    )  # fmt: skip


def expired_implant(here: AtBedside) -> Refusal | None:
    """An implant past its last day or hour."""
    return find_expired(here.goods, here.quantity, here.when) if here.goods.implant else None


def sterility_lost(here: AtBedside) -> Refusal | None:
    """A loaner of a set that is not sterile any more, or whose load failed."""
    why = lost(here.sterile, here.on)
    return None if why is None else no.SterilityLost(item=here.goods.item.code, why_zh=why[0], why=why[1])


def not_sterilised(here: AtBedside) -> Refusal | None:
    """A loaner of a set that nobody said was sterilised."""
    return no.NotSterilised(item=here.goods.item.code) if here.sterile == UNKNOWN else None


def open_too_long(here: AtBedside) -> Refusal | None:
    """An opened thing past its own last day. A pack that was put back sealed is no opened one."""
    item, until = here.goods.item, here.open_until
    opened = item.state == ItemStateName.OPEN or item.kind == ItemKind.BULK
    if until is None or not opened or here.on <= until:
        return None
    return no.OpenTooLong(item=item.code, until=until.isoformat())


def near(here: AtBedside) -> Caution | None:
    """Few days are left."""
    found = near_expiry(here.goods.expires_on, on=here.on, near_days=NEAR_DAYS)
    return found[0] if found else None


def latex(here: AtBedside) -> Refusal | None:
    """Latex for a patient who is allergic to it."""
    return (
        no.LatexConflict(product=here.goods.name) if Alert.LATEX in here.alerts & conflicts(here.attributes) else None
    )


def magnet(here: AtBedside) -> Refusal | None:
    """What must not go near a magnet, for a patient who has to."""
    return no.MriConflict(product=here.goods.name) if Alert.MRI in here.alerts & conflicts(here.attributes) else None


def later_first(here: AtBedside) -> Refusal | None:
    """Another one in the ward ends before it."""
    if here.sooner is None:
        return None
    return no.SoonerHere(sooner=here.sooner.isoformat(), expires_on=str(here.goods.expires_on or "–"))


def price_differs(here: AtBedside) -> Refusal | None:
    """It came at another price than its supplier asks today, and the patient is charged for it."""
    paid = here.goods.item.unit_price
    return None if here.price in (None, paid) else no.PriceMismatch(paid=f"{paid:f}", price=f"{here.price:f}")
