"""This file is what was scanned at the bay, and what the bay may say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from scanners import Caution, Scan
from spd.accounting import Rules
from spd.catalog import ProductClass
from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Moment, Occasion
from spd.places import Location
from spd.receiving.models import Delivery
from spd.receiving.notes import LineState
from spd.receiving.records import AsideKind, InspectionReason
from spd.stock.holds import HoldReason


class UnknownCode(NotFound):
    """The scan was read, and nothing in the catalogue carries it."""

    code = "unknown-code"
    error = "E01"
    say = {
        "zh": "目录中没有此码 {scan}。换扫另一个码; 或请采购员绑定到品规。",
        "en": "Nothing in the catalogue carries {scan}. Scan the other code, or ask a buyer to bind it to a product.",
    }


class NotOnNote(Refused):
    """The product or lot is not on this note."""

    code = "not-on-note"
    error = "E10"
    say = {
        "zh": "{product} 批号 {lot} 不在本送货单上。放在一边, 核对另一张送货单。",
        "en": "{product} lot {lot} is not on this note. Put it aside and check the other notes.",
    }


class OverDelivered(Refused):
    """More than the note states: it is never received."""

    code = "over-delivered"
    error = "E09"
    say = {
        "zh": "{product} 超出送货单: 单上 {stated}, 将收 {would}。多出的退回供应商。",
        "en": "{product} is more than the note states: {stated} stated, {would} with this. Return the rest.",
    }


class LotMissing(Refused):
    """The label does not say which lot it is."""

    code = "lot-missing"
    error = "E01"
    say = {
        "zh": "{product} 的标签没有批号。扫另一个码, 或键入批号和效期。",
        "en": "The label of {product} has no lot. Scan the other code, or key in lot and expiry.",
    }


class ExpiryMissing(Refused):
    """Neither the label nor anything known of the lot says until when it may be used."""

    code = "expiry-missing"
    error = "E01"
    say = {
        "zh": "{product} 批号 {lot} 的标签没有效期。键入效期, 或注明无效期。",
        "en": "The label of {product} lot {lot} has no expiry. Key it in, or say that it has none.",
    }


class TooNearExpiry(Refused):
    """Fewer days of life are left than the hospital takes."""

    code = "too-near-expiry"
    error = "E07"
    say = {
        "zh": "{product} 效期 {expires_on} 剩余不足 {days} 天, 拒收。放入退货区。",
        "en": "{product} expires {expires_on}: fewer than {days} days are left, so it is not received. Return it.",
    }


class PackageReceived(Conflict):
    """Everything in the case or pallet has been received."""

    code = "package-received"
    error = "E03"
    verdict = "repeat"
    say = {
        "zh": "包装 {package} 的内容已收货, 不重复计。",
        "en": "What is in package {package} has been received. It is not counted again.",
    }


class TemperatureMissing(Refused):
    """Cold goods came, and nobody has said how cold."""

    code = "temperature-missing"
    say = {
        "zh": "{product} 为冷链品。先填写到货温度 (每单一次), 再收货。",
        "en": "{product} is kept cold. State the temperature it arrived at (once for the note), then receive it.",
    }


@dataclass(frozen=True, kw_only=True)
class Quarantine:
    """Why goods are received but held: what was found, and a remark."""

    reason: InspectionReason
    note: str = ""

    @property
    def hold(self) -> HoldReason:
        """What they are held as."""
        return hold_of(self.reason)


def hold_of(reason: InspectionReason) -> HoldReason:
    """What goods are held as for a finding."""
    return {
        InspectionReason.TEMPERATURE: HoldReason.TEMPERATURE,
        InspectionReason.LICENCE: HoldReason.LICENCE,
        InspectionReason.DISPUTE: HoldReason.DISPUTE,
    }.get(reason, HoldReason.INSPECTION)


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """One scanned package; what the label lacks was keyed in. `count` is packages of this kind.

    endless: no expiry is printed on it, and somebody has looked; quantity: base units, where it is fewer than the
    code counts.
    """

    scan: Scan
    count: int = 1
    lot: str | None = None
    expires_on: date | None = None
    endless: bool = False
    quantity: int | None = None


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """What was scanned of one note at one place.

    aside: what the note does not take is put aside and the rest received; else all is received or nothing.
    ask: what a person at the bay can answer is asked, a missing lot or expiry; else such a piece is put aside.
    quarantine: it is received, but held until somebody has inspected it; refused: it is not received at all, for this
    reason, but put aside.
    """

    occasion: Occasion
    delivery: str
    location: str
    arrivals: Sequence[Arrived]
    aside: bool = False
    ask: bool = True
    ask_expiry: bool = False
    quarantine: Quarantine | None = None
    refused: AsideKind | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Ware:
    """A product as the bay needs it. low, high: the temperatures it may arrive at, in tenths; None is the policy's."""

    id: int
    code: str
    name: str
    name_en: str
    product_class: str
    chargeable: bool
    cold_chain: bool
    low: int | None
    high: int | None


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What one label says, before the note has been asked: so many base units of a product, or of nobody knows what.

    line_id: the line of the note that its case names; serial: one code, one item; doubt: why nobody can tell which lot
    or piece it is.
    """

    number: int
    arrived: Arrived
    ware: Ware | None
    quantity: int
    lot: str
    expires_on: date | None
    produced_on: date | None
    serial: str
    di: str
    expires_at: datetime | None = None
    line_id: int | None = None
    doubt: Caution | None = None

    @property
    def raw(self) -> bytes:
        """The label as it was read."""
        return self.arrived.scan.raw.encode("utf-8", "surrogateescape")

    @property
    def item_code(self) -> str:
        """What a piece with a serial is known by."""
        return f"{self.di}.{self.serial}"


@dataclass(frozen=True, kw_only=True)
class Package:
    """A piece that the note takes: so many base units of one product and lot, on one line of the note."""

    piece: Piece
    ware: Ware
    quantity: int
    lot: str
    expires_on: date | None
    line: LineState
    expires_at: datetime | None = None
    held: tuple[Quarantine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Aside:
    """A piece that is not received: how much of it, why, and the other note that it belongs to."""

    piece: Piece
    quantity: int
    kind: AsideKind
    note: str = ""
    other_delivery_id: int | None = None


@dataclass
class Bay:
    """The receiving bay: the note, what has come of each line, where it is put; what the hospital takes."""

    delivery: Delivery
    location: Location
    quarantine: Location | None
    lines: list[LineState]
    came: dict[int, int]
    rules: Rules
    period: str
    policies: dict[str, Any]
    temperature: int | None
    when: Moment

    @property
    def on(self) -> date:
        """The hospital's day of it."""
        return self.when.day


def one_by_one(package: Package) -> bool:
    """High-value goods without a serial are labelled piece by piece: one code, one item."""
    return package.ware.product_class == ProductClass.HIGH_VALUE and not package.piece.serial
