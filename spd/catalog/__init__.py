"""What can be stocked: products, their packagings, prices by date, and lots."""

from spd.catalog.agreements import Agreement, agreements_in_force
from spd.catalog.models import Lot, Packaging, Price, Product, ProductClass, SettlementMode
from spd.catalog.offers import Offer, offers, products_by_code
from spd.catalog.pasts import ProductPast, classes_between, product_told_of, products_at, products_classed
from spd.catalog.service import (
    LotDiffers,
    NoPrice,
    UnknownProduct,
    find_lots,
    find_packaging,
    get_or_add_lots,
    get_price,
    get_product,
)

__all__ = [
    "Agreement",
    "Lot",
    "LotDiffers",
    "NoPrice",
    "Offer",
    "Packaging",
    "Price",
    "Product",
    "ProductClass",
    "ProductPast",
    "SettlementMode",
    "UnknownProduct",
    "agreements_in_force",
    "classes_between",
    "find_lots",
    "find_packaging",
    "get_or_add_lots",
    "get_price",
    "get_product",
    "offers",
    "product_told_of",
    "products_at",
    "products_by_code",
    "products_classed",
]
