"""This file is what a payer pays for a case: weight × rate or points × point value, and otherwise for an outlier.

Source: domain facts C3. Multipliers and what is paid for an outlier differ by region: they are rows of a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from spd.core.money import ZERO, to_cent


class Outlier(StrEnum):
    """How a case's fee lies to the mean of its group."""

    NONE = ""
    LOW = "low"
    HIGH = "high"


class Pays(StrEnum):
    """What is paid for an outlier."""

    FULL = "full"
    """As for any case of the group."""
    FEE = "fee"
    """What it was billed."""
    RATIO = "ratio"
    """The group's payment by fee to mean (DIP below half)."""
    EXCESS = "excess"
    """The group's payment, and what the fee is above the limit."""
    RATIO_EXCESS = "ratio_excess"
    """The group's payment × (fee to mean − multiplier + 1) (DIP above twice)."""


@dataclass(frozen=True, kw_only=True)
class Band:
    """For groups from a weight on: the multipliers of the mean, and what is paid beyond them."""

    weight_from: Decimal
    low_below: Decimal
    high_above: Decimal
    low_pays: str
    high_pays: str


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a unit of weight or a point pays, and the hospital's coefficient."""

    rate: Decimal
    coefficient: Decimal = Decimal(1)


def band_of(bands: Sequence[Band], weight: Decimal | None) -> Band | None:
    """The band a weight lies in: the last that begins at it or below."""
    fit = [band for band in bands if weight is not None and band.weight_from <= weight]
    return max(fit, key=lambda band: band.weight_from, default=None)


def outlier(fee: Decimal, mean: Decimal | None, band: Band | None) -> Outlier:
    """How a fee lies to the mean; nothing where either is not known."""
    if band is None or not mean or fee <= 0:
        return Outlier.NONE
    if fee < band.low_below * mean:
        return Outlier.LOW
    return Outlier.HIGH if fee > band.high_above * mean else Outlier.NONE


def base_payment(weight: Decimal, terms: Terms) -> Decimal:
    """What any case of a group is paid, to the cent."""
    return to_cent(weight * terms.rate * terms.coefficient)


def payment(base: Decimal, fee: Decimal, mean: Decimal | None, band: Band | None) -> Decimal:
    """What a case is paid, to the cent: the group's payment, or for an outlier what its band says."""
    how = outlier(fee, mean, band)
    if how is Outlier.NONE or band is None or not mean:
        return base
    limit, pays = (band.low_below, band.low_pays) if how is Outlier.LOW else (band.high_above, band.high_pays)
    return to_cent(
        {
            Pays.FULL: lambda: base,
            Pays.FEE: lambda: fee,
            Pays.RATIO: lambda: base * fee / mean,
            Pays.EXCESS: lambda: base + max(fee - limit * mean, ZERO),
            Pays.RATIO_EXCESS: lambda: base * (fee / mean - limit + 1),
        }[Pays(pays)]()
    )


def case_mix(weighed: Sequence[tuple[Decimal, int]]) -> Decimal | None:
    """CMI: the mean weight of (weight, cases), to four decimals; none where no case has a weight."""
    cases = sum(count for _, count in weighed)
    if not cases:
        return None
    whole = sum((weight * count for weight, count in weighed), ZERO)
    return (whole / cases).quantize(Decimal("0.0001"))
