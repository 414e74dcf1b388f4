"""This file is what HIS is told to charge of a use: all of it, or what it has not charged before it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from spd.core.money import shown
from spd.encounters import Stay
from spd.ledger import Draft
from spd.policies import WardMode
from spd.stock import Caution, Goods

if TYPE_CHECKING:
    from spd.consumption.record import Bedside

Claim = Callable[[Session, Goods, Stay, int], int]


@dataclass(frozen=True, kw_only=True)
class ToldCharge:
    """How much HIS had charged before, and what the person should know of it."""

    quantity: int = 0
    cautions: list[Caution]


def tell_charge(session: Session, draft: Draft, bedside: Bedside, mode: WardMode, *, line: int = 0) -> ToldCharge:
    """HIS told to charge the use, but what it charged before; `line` tells the things of one act apart."""
    stay, goods = bedside.stay, bedside.goods
    if stay is None or not goods.chargeable:
        return ToldCharge(cautions=[])
    claim = bedside.use.claim if mode.charged_first else None
    charged = claim(session, goods, stay, bedside.quantity) if claim is not None else 0
    more = bedside.quantity - charged
    if more:
        draft.tell("charge", _message(bedside, stay, more, line=line))
    if claim is None or not more:
        return ToldCharge(quantity=charged, cautions=[])
    said = Caution(
        code="not-charged-yet", error="E19", zh=f"HIS 尚未收费 {more} {goods.base_unit}, 已发补收",
        en=f"{more} not charged yet: HIS is told to charge it",
    )  # fmt: skip
    return ToldCharge(quantity=charged, cautions=[said])


def _message(bedside: Bedside, stay: Stay, quantity: int, *, line: int) -> str:
    """What HIS is told, so that it can bill the use."""
    use, goods = bedside.use, bedside.goods
    message: dict[str, Any] = {
        "id": f"{use.occasion.request_key}-{line}" if line else str(use.occasion.request_key),
        "encounter": stay.code,
        "department": bedside.user.code,
        "charge_code": goods.charge_code,
        "product": goods.product_code,
        "item": goods.item.code,
        "lot": goods.lot,
        "quantity": quantity,
        "unit_price": shown(goods.item.unit_price),
        "amount": shown(quantity * goods.item.unit_price),
        "occurred_at": use.occasion.occurred_at.isoformat(),
    }
    return json.dumps(message, ensure_ascii=False)
