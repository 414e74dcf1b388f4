"""This file is what is scanned of a loaner set: each piece by product, lot and serial, or by our own label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from scanners import Scan
from spd.catalog import Product
from spd.catalog.mapping import find_level
from spd.core.errors import Refused
from spd.ledger import UnknownItem
from spd.stock.doubtful import refuse_doubtful
from spd.stock.identify import ITEM_LABELS
from spd.theatre.loaner_list import ListedLine


@dataclass(frozen=True, kw_only=True)
class Counted:
    """One scan at the tray, and how many such pieces; none said is one."""

    scan: Scan
    quantity: int | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one scan is: `code` where it is our own label, else product, lot and serial."""

    code: str = ""
    product: Product | None = None
    di: str = ""
    lot: str = ""
    serial: str = ""
    expires_on: date | None = None
    quantity: int = 1
    raw: bytes | None = None
    scan: Scan | None = None

    @property
    def item_code(self) -> str:
        """What a piece with a serial is known by."""
        return f"{self.di}.{self.serial}"

    @property
    def what(self) -> str:
        """What to call it to the person."""
        return self.code or f"{self.product.code if self.product else ''} {self.serial or self.lot}".strip()


class LotUnread(Refused):
    """The label says which product but not which lot."""

    code = "loaner-lot-missing"
    error = "E01"
    say = {
        "zh": "{product} 的标签没有批号或序列号, 无法核对清单。扫描另一个码。",
        "en": "The label of {product} has neither lot nor serial to hold against the list. Scan the other code.",
    }


def hear(session: Session, said: Iterable[Counted]) -> Iterator[Seen]:
    """What was scanned, in order; a serial scanned twice is one piece. Raises: LabelInDoubt, UnknownItem, LotUnread."""
    once: set[str] = set()
    for one in said:
        scan = one.scan
        if scan.kind in ITEM_LABELS and scan.code:
            yield Seen(code=scan.code, quantity=one.quantity or 1)
            continue
        refuse_doubtful(scan)
        level = find_level(session, scan.bound_by) if scan.bound_by else None
        if level is None:
            raise UnknownItem(item=scan.code or scan.data)
        product = session.get_one(Product, level.product_id)
        if not scan.lot and not scan.serial:
            raise LotUnread(product=product.name)
        seen = Seen(
            product=product, di=scan.di or level.code, lot=scan.lot or "", serial=scan.serial or "",
            expires_on=scan.expires_on, raw=scan.raw.encode() if scan.raw else None, scan=scan,
            quantity=1 if scan.serial else (one.quantity or 1) * level.base_units,
        )  # fmt: skip
        if seen.serial:
            if seen.item_code in once:
                continue
            once.add(seen.item_code)
        yield seen


def listed_by_scan(session: Session, said: Iterable[Counted]) -> list[ListedLine]:
    """The list of a set that came without one: what is scanned, each lot and serial a line. Raises: as `hear`."""
    lines: dict[tuple[str, str, str], ListedLine] = {}
    for seen in hear(session, said):
        if seen.product is None:
            raise UnknownItem(item=seen.code)
        key = (seen.product.code, seen.lot, seen.serial)
        before = lines[key].quantity if key in lines and not seen.serial else 0
        lines[key] = ListedLine(
            product=seen.product.code, lot=seen.lot, serial=seen.serial, quantity=before + seen.quantity,
            expires_on=seen.expires_on,
        )  # fmt: skip
    return list(lines.values())
