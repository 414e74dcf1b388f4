"""What is on hand, what a code means here, and whether a thing may be used."""

from spd.stock.doubtful import LabelInDoubt
from spd.stock.fefo import first_expired_first_out
from spd.stock.goods import ForUse, Goods, find_goods, find_goods_of_product, get_for_use, get_goods
from spd.stock.identify import Identified, NotAnItem, SeveralLots, goods_of, identify, item_code
from spd.stock.on_hand import OnHand, StockLine, items_at, stock_at
from spd.stock.safety import (
    AlreadyUsed,
    Caution,
    Expired,
    Gone,
    Held,
    NotEnough,
    NotSignedYet,
    OtherDepartment,
    Recalled,
    cautions,
    near_expiry,
    refuse_gone,
    refuse_unsafe,
)

__all__ = [
    "AlreadyUsed",
    "Caution",
    "Expired",
    "ForUse",
    "Gone",
    "Goods",
    "Held",
    "Identified",
    "LabelInDoubt",
    "NotAnItem",
    "NotEnough",
    "NotSignedYet",
    "OnHand",
    "OtherDepartment",
    "Recalled",
    "SeveralLots",
    "StockLine",
    "cautions",
    "find_goods",
    "find_goods_of_product",
    "first_expired_first_out",
    "get_for_use",
    "get_goods",
    "goods_of",
    "identify",
    "item_code",
    "items_at",
    "near_expiry",
    "refuse_gone",
    "refuse_unsafe",
    "stock_at",
]
