"""This file is money: exact decimals with at most four places, and their whole-number form."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

PLACES = 4
SCALE = 10**PLACES
CENT = Decimal("0.01")
ZERO = Decimal(0)


def to_scaled(amount: Decimal | int) -> int:
    """Ten-thousandths of a yuan. Raises: ValueError, if digits would be lost; TypeError, for a float."""
    if isinstance(amount, float):
        raise TypeError("money is never a float")
    scaled = amount * SCALE
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{amount} has more than {PLACES} decimals")
    return whole


def from_scaled(scaled: int) -> Decimal:
    """Yuan, from ten-thousandths."""
    return Decimal(scaled).scaleb(-PLACES)


def to_cent(amount: Decimal) -> Decimal:
    """The amount on a document's line: rounded half-up to 0.01, once."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def shown(amount: Decimal) -> str:
    """The amount as written: two decimals, and the third and fourth only where they are not zero."""
    text = f"{amount:.{PLACES}f}"
    whole, _, decimals = text.partition(".")
    kept = decimals[:2] + decimals[2:].rstrip("0")
    return f"{whole}.{kept}"
