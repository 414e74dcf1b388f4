"""This file is the imports of payers and cases: groups, terms, outliers, standards in versions; groupings, bills."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from spd.costing import (
    CaseRevenue,
    CaseRevenuePast,
    CaseService,
    Grouping,
    GroupingPast,
    GroupStandard,
    OutlierBand,
    Payer,
    PaymentGroup,
    PaymentTerms,
    Pays,
    RevenueKind,
    ServiceUnitCost,
    TableKind,
)
from spd.encounters import Encounter
from spd.exchange.imports.cost_kinds import REVENUES, column, money, period, whose
from spd.exchange.imports.kind import Column, Importing, Kind, keep_pasts
from spd.exchange.imports.versioned import Cells, Line, Versioned
from spd.exchange.values import Cell
from spd.places import Department
from spd.reviewing import CasePhysician, CasePhysicianPast

METHODS = ("drg", "dip")
DRG_CODE = re.compile(r"\A[A-Z0-9]{3,5}\Z")
_SCHEME = re.compile(r"\A(.+?)[_\- ]((?:19|20)[0-9]{2})\Z")
LOW = (Pays.FULL.value, Pays.FEE.value, Pays.RATIO.value)
HIGH = (Pays.FULL.value, Pays.FEE.value, Pays.EXCESS.value, Pays.RATIO_EXCESS.value)


def payer_of(cells: Cells) -> Payer:
    """The payer a row is of: region and year, or a scheme such as beijing_2022. DRG unless it says DIP.

    A scheme without a year (a national list) is of the year 1900: it holds until a year's own comes.
    Raises: BadValue.
    """
    region, year, method = cells["region"], cells["year"], cells["method"]
    how = method.one_of(METHODS, also={"DRG": "drg", "DIP": "dip"}) if method.value else "drg"
    if year.value:
        return Payer(region=region.text(24), year=year.whole(least=1900), method=how)
    scheme = _SCHEME.match(region.value)
    if scheme is not None:
        return Payer(region=scheme[1][:24], year=int(scheme[2]), method=how)
    return Payer(region=region.text(24), year=NATIONAL, method=how)


NATIONAL = 1900
"""The year of what has none."""


def group_code(cell: Cell, method: str) -> str:
    """A DRG of three to five letters and digits; a DIP disease is named longer. Raises: BadValue."""
    code = cell.text(80).upper().replace(" ", "")
    if method == "drg" and not DRG_CODE.match(code):
        raise cell.bad("a DRG of 3 to 5 letters and digits", "3 到 5 位字母或数字的 DRG 编码")
    return code


def _maybe(cell: Cell) -> Any:
    return cell.money() if cell.value else None


def _group(_: Importing, cells: Cells) -> Line:
    payer = payer_of(cells)
    code = group_code(cells["drg_code"], payer.method)
    values = {
        "code": code, "name": cells["name"].text(200), "weight": _maybe(cells["weight"]),
        "mean_fee": _maybe(cells["mean_fee"]),
    }  # fmt: skip
    return Line(scope=payer.scope, key=(code,), values=values)


def _terms(_: Importing, cells: Cells) -> Line:
    values = {"rate": cells["rate"].money(), "coefficient": _maybe(cells["coefficient"]) or Decimal(1)}
    return Line(scope=payer_of(cells).scope, key=(), values=values)


def _band(_: Importing, cells: Cells) -> Line:
    begins = _maybe(cells["weight_from"]) or Decimal(0)
    low, high = cells["low_below"].money(), cells["high_above"].money()
    if low >= high:
        raise cells["high_above"].bad("more than the lower multiplier", "大于低倍率")
    values = {
        "weight_from": begins, "low_below": low, "high_above": high,
        "low_pays": cells["low_pays"].one_of(LOW) if cells["low_pays"].value else Pays.FULL.value,
        "high_pays": cells["high_pays"].one_of(HIGH) if cells["high_pays"].value else Pays.FULL.value,
    }  # fmt: skip
    return Line(scope=payer_of(cells).scope, key=(begins,), values=values)


def _standard(_: Importing, cells: Cells) -> Line:
    payer = payer_of(cells)
    code = group_code(cells["drg_code"], payer.method)
    return Line(scope=payer.scope, key=(code,), values={"code": code, "standard": cells["standard"].money()})


def _unit_cost(importing: Importing, cells: Cells) -> Line:
    begins, service = period(importing, cells["period"]), cells["service"].text(80)
    values = {"service": service, "unit_cost": cells["unit_cost"].money()}
    return Line(scope=begins, valid_from=begins, key=(service,), values=values)


def _versioned(name: str, table: TableKind, model: Any, columns: tuple[str, ...], line: Any) -> Versioned:
    """Columns without a ? at their end are needed."""
    needed = tuple(one for one in columns if not one.endswith("?"))
    return Versioned(
        name=name, table=table, model=model, needed=needed, columns=tuple(one.rstrip("?") for one in columns), line=line
    )


VERSIONED: dict[str, Versioned] = {
    kind.name: kind
    for kind in (
        _versioned("payment-groups", TableKind.GROUPS, PaymentGroup,
                   ("region", "year?", "method?", "drg_code", "name", "weight?", "mean_fee?"), _group),
        _versioned("payment-terms", TableKind.TERMS, PaymentTerms,
                   ("region", "year", "method?", "rate", "coefficient?"), _terms),
        _versioned("outlier-rules", TableKind.OUTLIERS, OutlierBand,
                   ("region", "year", "method?", "weight_from?", "low_below", "high_above", "low_pays?", "high_pays?"),
                   _band),
        _versioned("group-standards", TableKind.STANDARDS, GroupStandard,
                   ("region", "year", "method?", "drg_code", "standard"), _standard),
        _versioned("service-unit-costs", TableKind.UNIT_COSTS, ServiceUnitCost, ("period", "service", "unit_cost"),
                   _unit_cost),
    )
}  # fmt: skip


def _grouped(_: Importing, cell: Cell) -> str:
    """What the grouper gave: also 0000 and *QY, which are no group of any set."""
    return cell.text(80).upper()


CASE_KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="groupings",
            model=Grouping,
            key=("encounter", "region", "year", "method"),
            columns=(
                whose("encounter", "encounter_id", Encounter),
                column("region", lambda _, cell: cell.text(24)),
                column("year", lambda _, cell: cell.whole(least=1900)),
                column("method", lambda _, cell: cell.one_of(METHODS, also={"DRG": "drg", "DIP": "dip"})),
                Column(name="drg_code", attribute="code", read=_grouped),
                column("status", lambda _, cell: cell.text(200)),
            ),
            made=lambda *_: {"code": "", "status": ""},
            keep=keep_pasts(GroupingPast),
        ),
        Kind(
            name="case-revenue",
            model=CaseRevenue,
            key=("encounter", "period", "department", "revenue_kind"),
            columns=(
                whose("encounter", "encounter_id", Encounter),
                column("period", period),
                whose("department", "department_id", Department),
                Column(
                    name="revenue_kind", attribute="kind",
                    read=lambda _, cell: cell.one_of([str(one) for one in RevenueKind], also=REVENUES),
                ),
                column("amount", money, needed=True),
            ),
            keep=keep_pasts(CaseRevenuePast),
        ),
        Kind(
            name="case-physicians",
            model=CasePhysician,
            key=("encounter",),
            columns=(
                whose("encounter", "encounter_id", Encounter),
                column("physician", lambda _, cell: cell.text(80), needed=True),
            ),
            keep=keep_pasts(CasePhysicianPast),
        ),
        Kind(
            name="case-services",
            model=CaseService,
            key=("encounter", "period", "service"),
            columns=(
                whose("encounter", "encounter_id", Encounter),
                column("period", period),
                column("service", lambda _, cell: cell.text(80)),
                column("quantity", lambda _, cell: cell.whole(least=1), needed=True),
            ),
        ),
    )
}  # fmt: skip
