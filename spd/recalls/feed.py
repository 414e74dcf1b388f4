"""This file is the deny-list as devices keep it: whole, small, with a version that changes whenever it does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.catalog import Packaging
from spd.ledger import Item
from spd.stock.deny_list import RecallException, RecallTarget, in_force
from spd.stock.holds import Hold, HoldReason


@dataclass(frozen=True, kw_only=True)
class Denied:
    """Goods that a device refuses by what their label says."""

    recall: str
    product_id: int
    dis: tuple[str, ...]
    lots: list[list[str]]
    serials: list[list[str]]
    produced_from_on: date | None
    produced_to_on: date | None
    expires_from_on: date | None
    expires_to_on: date | None


@dataclass(frozen=True, kw_only=True)
class DenyList:
    """Everything to refuse. Where `changed` is false, what the device has is current and nothing is repeated."""

    version: int
    changed: bool
    targets: list[Denied] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    """Codes on things that are held for a recall: house labels say nothing of the lot."""
    spared: list[str] = field(default_factory=list)
    """Codes that the targets mean by their label, and that were let go."""


def deny_list(session: Session, *, since: int | None) -> DenyList:
    """The deny-list, for a device that has the version `since`."""
    version = current_version(session)
    if since == version:
        return DenyList(version=version, changed=False)
    targets = in_force(session)
    held = (
        select(Item.code)
        .join(Hold, Hold.item_id == Item.id)
        .where(Hold.reason == HoldReason.RECALL, Hold.released_at.is_(None), Item.quantity > 0)
        .distinct()
        .order_by(Item.code)
    )
    spared = (
        select(Item.code)
        .join(RecallException, RecallException.item_id == Item.id)
        .where(RecallException.reference.in_({target.reference for target in targets}), Item.quantity > 0)
        .distinct()
        .order_by(Item.code)
    )
    dis = _dis(session, {target.product_id for target in targets})
    return DenyList(
        version=version,
        changed=True,
        targets=[_denied(target, dis.get(target.product_id, ())) for target in targets],
        items=list(session.scalars(held)),
        spared=list(session.scalars(spared)),
    )


def current_version(session: Session) -> int:
    """A number that only grows, by one for every line that comes onto the list or leaves it.

    It is counted from what is there, so that no change committed late can hide behind one committed earlier.
    """
    targets = func.count(RecallTarget.denied_at) + func.count(RecallTarget.lifted_at)
    held = select(func.count() + func.count(Hold.released_at)).where(Hold.reason == HoldReason.RECALL)
    return int(session.scalar(select(targets)) or 0) + int(session.scalar(held) or 0)


def _dis(session: Session, product_ids: set[int]) -> dict[int, tuple[str, ...]]:
    """The device identifiers of each product, at every level of packaging."""
    found: dict[int, list[str]] = {}
    query = select(Packaging.product_id, Packaging.code).where(Packaging.product_id.in_(product_ids))
    for product_id, code in session.execute(query.order_by(Packaging.code)):
        found.setdefault(product_id, []).append(code)
    return {product_id: tuple(codes) for product_id, codes in found.items()}


def _denied(target: RecallTarget, dis: tuple[str, ...]) -> Denied:
    return Denied(
        recall=target.reference,
        product_id=target.product_id,
        dis=tuple(sorted({*dis, *([target.di] if target.di.isdigit() else [])})),
        lots=target.lot_ranges,
        serials=target.serial_ranges,
        produced_from_on=target.produced_from_on,
        produced_to_on=target.produced_to_on,
        expires_from_on=target.expires_from_on,
        expires_to_on=target.expires_to_on,
    )
