"""This file is thousands of codes received in the background: in parts, each an act of its own that is done once.

A part's request key follows from the task and its number, so a run that broke off is taken up where it stopped.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

import scanners
from scanners import Scan, Unreadable, own
from spd import ordering, receiving
from spd.catalog import Packaging, get_product
from spd.core import clock
from spd.core.occasion import Occasion, digest_of
from spd.core.transaction import reading, transaction
from spd.jobs import running
from spd.jobs.running import Outcome, Work
from spd.ledger import Moved, Racing
from spd.receiving import Arrived, Delivered, DeliveryPackage, Receipt

RECEIVE = "receive"
AT_ONCE = 1000  # codes to a part: half a second, after which its progress is told
_TRIES = 5


@dataclass
class _Tally:
    """What has come of the parts so far."""

    counts: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)

    def add(self, receipt: Receipt) -> None:
        self.counts["items"] += len(receipt.items)
        self.counts["aside"] += len(receipt.asides)
        self.counts["already"] += len(receipt.already)

    def told(self, delivery: str) -> dict[str, Any]:
        items, aside, already = (self.counts[name] for name in ("items", "aside", "already"))
        bad = len(self.unreadable)
        listed = "; ".join(self.unreadable[:5])
        zh = f"收货 {items} 件, 另放 {aside} 件, 已收过 {already} 件, 无法识别 {bad} 行。{listed}"
        en = f"{items} items received, {aside} put aside, {already} received before, {bad} lines unreadable. {listed}"
        return {
            "received": items, "aside": aside, "already": already, "unreadable": self.unreadable[:200],
            "zh": zh.strip(), "en": en.strip(), "page": f"/receive/{quote(delivery)}",
        }  # fmt: skip


def receive_all(work: Work) -> Outcome:
    """Everything on the list, or in the note's own cases. Raises: what receiving raises of the note as a whole."""
    said = work.task.said
    tally = _Tally()
    parts = _cases(work) if said["source"] == "cases" else _listed(work, tally)
    for number, part in enumerate(parts):
        if part:
            tally.add(_receive(work, number, part))
        work.progress(number + 1, len(parts))
    return Outcome(told=tally.told(str(said["delivery"])))


def _listed(work: Work, tally: _Tally) -> Sequence[list[Arrived]]:
    """The lines of the list in parts, each line a label as scanned, or a serial of the product that was named."""
    said = work.task.said
    di = _di_of(work, said["product"]) if said["product"] else ""
    told = (work.task.content or b"").removeprefix(BOM_UTF8)
    lines = [line.decode("utf-8", "replace").strip() for line in told.splitlines()]  # of bytes: in text, GS ends a line
    arrivals = list(_read(dict.fromkeys(line for line in lines if line), di, said, tally))
    return [arrivals[start : start + AT_ONCE] for start in range(0, len(arrivals), AT_ONCE)]


def _read(lines: dict[str, None], di: str, said: dict[str, Any], tally: _Tally) -> Iterator[Arrived]:
    expires_on, today = (date.fromisoformat(said["expires_on"]) if said["expires_on"] else None), clock.now().date()
    for line in lines:
        try:
            scan = scanners.read(line, today=today)
        except Unreadable as why:
            tally.unreadable.append(f"{line[:40]} ({why.en})")
            continue
        if di and not scan.di:
            scan = Scan(raw=line, kind="unknown", data=line, di=di, serial=line)
        yield Arrived(scan=scan, lot=said["lot"] or None, expires_on=expires_on)


def _di_of(work: Work, product: str) -> str:
    """The device identifier of one base unit. Raises: UnknownProduct."""
    with reading(work.database) as session:
        of_unit = (Packaging.product_id == get_product(session, product).id) & (Packaging.base_units == 1)
        return session.scalar(select(Packaging.code).where(of_unit).order_by(Packaging.id).limit(1)) or ""


def _cases(work: Work) -> Sequence[list[Arrived]]:
    """The note's cases and pallets that have a code, each a part of its own. Raises: UnknownDelivery."""
    with reading(work.database) as session:
        note = receiving.get_delivery(session, work.task.said["delivery"])
        outermost = select(DeliveryPackage.sscc).where(
            DeliveryPackage.delivery_id == note.id,
            DeliveryPackage.parent_id.is_(None),
            DeliveryPackage.sscc.is_not(None),
        )
        codes = [str(code) for code in session.scalars(outermost.order_by(DeliveryPackage.id))]
    return [[Arrived(scan=_case_scan(code))] for code in codes]


def _case_scan(code: str) -> Scan:
    if own.is_own(code):
        return Scan(raw=code, kind="document", data=code, code=code)
    return Scan(raw=f"(00){code}", kind="gs1", data=f"00{code}", sscc=code)


def _receive(work: Work, number: int, part: list[Arrived]) -> Receipt:
    said, task = work.task.said, work.task
    delivered = Delivered(
        occasion=Occasion(
            request_key=uuid5(NAMESPACE_OID, f"spd:{RECEIVE}:{task.id}:{task.asked_at.isoformat()}:{number}"),
            staff_id=task.asked_by_id,
            occurred_at=task.asked_at,
            recorded_at=work.now(),
            day=date.fromisoformat(said["day"]),
            zone=ZoneInfo(said.get("zone", "UTC")),
            device="list",
            content=digest_of([task.id, number]),
        ),
        delivery=said["delivery"],
        location=said["location"],
        arrivals=part,
        aside=True,
        ask=False,
    )
    for attempt in range(_TRIES):
        try:
            with transaction(work.database) as session:
                return _one(session, delivered)
        except receiving.PackageReceived as before:
            return Receipt(delivery=said["delivery"], items=(), cautions=(), already=(before.facts["package"],))
        except (Moved, Racing):  # somebody scans on the same note at this moment
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("a part is done or refused")


def _one(session: Session, delivered: Delivered) -> Receipt:
    ordering.refuse_buyer_receives(session, delivered.delivery, delivered.occasion.staff_id)
    return receiving.receive(session, delivered)


running.does(RECEIVE, receive_all)
