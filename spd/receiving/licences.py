"""This file is licences at the bay: goods against which something stands are received held, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from spd import licensing
from spd.licensing import Act, Finding, Severity, Wanted
from spd.receiving.packages import Bay, Piece, Quarantine
from spd.receiving.records import InspectionReason

REFUSE = "refuse"
Key = tuple[int, date | None]
"""A product, and when it was made where the label says so."""


def blocked(session: Session, bay: Bay, pieces: Iterable[Piece]) -> dict[Key, list[Finding]]:
    """What stands against pieces, by product and day of production; nothing for those that may come."""
    keys = {(piece.ware.id, piece.produced_on): None for piece in pieces if piece.ware}
    if not _blocks(session, bay, keys):
        return {}
    each = {key: _blocks(session, bay, [key]) for key in keys}
    return {key: found for key, found in each.items() if found}


def _blocks(session: Session, bay: Bay, keys: Iterable[Key]) -> list[Finding]:
    supplier = bay.delivery.supplier_id
    wanted = [Wanted(supplier_id=supplier, product_id=product, produced_on=made) for product, made in keys]
    found = licensing.findings(session, wanted, on=bay.on, act=Act.RECEIVE)
    return [finding for finding in found if finding.severity is Severity.BLOCK]


def judge(bay: Bay, found: list[Finding]) -> Quarantine | None:
    """Why a piece is held, where something stands against it. Raises: Unlicensed, where this hospital refuses such."""
    if not found:
        return None
    first = found[0]
    if bay.policies["receiving.unlicensed"] == REFUSE:
        raise licensing.Unlicensed(
            why_zh=first.zh, why=first.en, count=len(found), findings=[one.as_json() for one in found]
        )
    return Quarantine(reason=InspectionReason.LICENCE, note=first.zh[:200])
