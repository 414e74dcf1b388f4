"""What can be stocked: products, their packagings, prices by date, and lots."""

from spd.catalog.models import Lot, Packaging, Price, Product, ProductClass, SettlementMode
from spd.catalog.service import (
    LotDiffers,
    NoPrice,
    UnknownProduct,
    find_packaging,
    get_or_add_lots,
    get_price,
    get_product,
)

__all__ = [
    "Lot",
    "LotDiffers",
    "NoPrice",
    "Packaging",
    "Price",
    "Product",
    "ProductClass",
    "SettlementMode",
    "UnknownProduct",
    "find_packaging",
    "get_or_add_lots",
    "get_price",
    "get_product",
]
