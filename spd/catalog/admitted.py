"""This file is whether a product may be ordered: admitted, or permitted for a time that is not over."""

from __future__ import annotations

from datetime import date

from spd.catalog.models import Product
from spd.core.errors import Refused

ADMITTED = "admitted"
TEMPORARY = "temporary"


class NotAdmitted(Refused):
    """The product may not be ordered."""

    code = "not-admitted"
    say = {
        "zh": "{product} 未准入, 不能订货。先申请新品准入。",
        "en": "{product} is not admitted and cannot be ordered. Ask for its admission first.",
    }


def may_be_ordered(product: Product, *, on: date) -> bool:
    """Whether a product may be ordered on a day."""
    if product.retired:
        return False
    if product.admission == TEMPORARY:
        return product.admitted_until_on is not None and on <= product.admitted_until_on
    return product.admission == ADMITTED


def refuse_unadmitted(product: Product, *, on: date) -> None:
    """Refuse to order what is not admitted on that day. Raises: NotAdmitted."""
    if not may_be_ordered(product, on=on):
        raise NotAdmitted(product=product.name)
