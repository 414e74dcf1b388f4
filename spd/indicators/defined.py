"""This file is the indicators: what each divides by what. Where practice differs, both ways stand beside each other.

Source: domain facts C4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

Facts = Mapping[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One fact (or sum of facts; a - before a name takes it off) over another, times a scale.

    `unit`: percent, yuan, times or days. `hospital`: known for the whole hospital alone.
    """

    code: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    scale: int = 1
    unit: str = "yuan"
    hospital: bool = False
    less_is_better: bool = False


@dataclass(frozen=True, kw_only=True)
class Figure:
    """An indicator's value with what it was made of; no value where there is nothing to divide by."""

    indicator: Indicator
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None


def _share(code: str, numerator: tuple[str, ...], denominator: tuple[str, ...], **more: bool) -> Indicator:
    return Indicator(code=code, numerator=numerator, denominator=denominator, scale=100, unit="percent", **more)


_COST, _REVENUE = ("material_cost",), ("medical_revenue",)
_DRUGLESS = ("medical_revenue", "-drug_revenue")

INDICATORS: tuple[Indicator, ...] = (
    _share("material_share", ("material_revenue",), _REVENUE, less_is_better=True),
    _share("material_cost_share", _COST, ("all_revenue",), less_is_better=True),
    Indicator(code="per_100_without_drugs", numerator=_COST, denominator=_DRUGLESS, scale=100, less_is_better=True),
    Indicator(code="per_100", numerator=_COST, denominator=("all_revenue",), scale=100, less_is_better=True),
    _share("monitored_share", ("monitored_revenue",), ("material_revenue",), less_is_better=True),
    _share("drug_share", ("drug_revenue",), _REVENUE, less_is_better=True),
    _share("service_share", ("medical_revenue", "-drug_revenue", "-material_revenue", "-test_revenue"), _REVENUE),
    Indicator(
        code="bed_day_revenue", numerator=("inpatient_revenue", "-inpatient_drugs", "-inpatient_materials"),
        denominator=("bed_days",),
    ),
    Indicator(code="turns", numerator=("used_own",), denominator=("stock_mean",), unit="times", hospital=True),
    Indicator(code="days_on_hand", numerator=("stock_days",), denominator=("used_own",), unit="days", hospital=True,
              less_is_better=True),
    Indicator(code="turns_held", numerator=("held_used",), denominator=("held_mean",), unit="times"),
    Indicator(code="days_held", numerator=("held_days",), denominator=("held_used",), unit="days", less_is_better=True),
    _share("fill_rate", ("filled",), ("wanted",)),
    _share("shelf_accuracy", ("matched_shelves",), ("counted_shelves",)),
    _share("expiry_loss", ("expired_value",), ("held_mean",), less_is_better=True),
    _share("trace_completeness", ("serials_traced",), ("serials_used",)),
    _share("charge_match", ("charges_settled",), ("charges_and_uses",)),
    _share("recall_close", ("recalls_closed",), ("recalls_opened",), hospital=True),
    Indicator(code="per_bed", numerator=_COST, denominator=("beds",)),
    Indicator(code="per_bed_day", numerator=_COST, denominator=("bed_days",)),
    Indicator(code="per_capita", numerator=_COST, denominator=("staff",)),
    Indicator(code="per_case", numerator=_COST, denominator=("discharges",)),
)  # fmt: skip


def figure(indicator: Indicator, facts: Facts) -> Figure:
    """An indicator from facts, to two decimals. A fact nobody told is not zero: there is no value then."""
    numerator, denominator = _sum(indicator.numerator, facts), _sum(indicator.denominator, facts)
    value = None
    if numerator is not None and denominator:
        value = (numerator * indicator.scale / denominator).quantize(Decimal("0.01"))
    return Figure(indicator=indicator, numerator=numerator, denominator=denominator, value=value)


def _sum(names: tuple[str, ...], facts: Facts) -> Decimal | None:
    """The first must be there; what is added to it or taken off may be missing, and is nothing then."""
    if names[0] not in facts:
        return None
    return sum(
        (-facts.get(name[1:], Decimal(0)) if name.startswith("-") else facts.get(name, Decimal(0)) for name in names),
        Decimal(0),
    )
