"""This file is the kinds of records that are imported, column by column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scanners import own
from spd.catalog import Price, Product, SettlementMode
from spd.encounters import (
    DrgRate,
    DrgRatePast,
    DrgWeight,
    DrgWeightPast,
    Encounter,
    EncounterPast,
    masked_name,
    patient_now,
)
from spd.exchange.imports.agreements import AGREEMENTS
from spd.exchange.imports.encounter_alerts import COLUMN as ALERTS
from spd.exchange.imports.encounter_alerts import alerts
from spd.exchange.imports.kind import Change, Column, Importing, Kind, keep_pasts
from spd.exchange.imports.passing import pass_on
from spd.exchange.imports.products import PRODUCTS, differences
from spd.exchange.values import Cell
from spd.parties import Party, PartyKind, PartyPast, keep_party_changes
from spd.places import CostClass, Department, DepartmentPast, Location, LocationKind

PARTY_KINDS = {"供应商": "supplier", "生产企业": "manufacturer", "厂家": "manufacturer"}
SETTLEMENT_MODES = {"入库结算": "on_receipt", "出库结算": "on_issue", "消耗结算": "on_use"}
_PLACES = (LocationKind.STORE, LocationKind.WARD, LocationKind.THEATRE)


def _name(_: Importing, cell: Cell) -> str:
    return cell.text(200)


def _code(_: Importing, cell: Cell) -> str:
    return cell.text(80)


def _word(_: Importing, cell: Cell) -> str:
    return cell.text(24)


def _short(_: Importing, cell: Cell) -> str:
    return cell.text(40)


def _group(_: Importing, cell: Cell) -> str:
    return cell.text(16)


def _yes(_: Importing, cell: Cell) -> bool:
    return cell.yes()


def _year(_: Importing, cell: Cell) -> int:
    return cell.whole(least=1900)


def _money(_: Importing, cell: Cell) -> Any:
    return cell.money()


def _day(_: Importing, cell: Cell) -> Any:
    return cell.day()


def _instant(importing: Importing, cell: Cell) -> Any:
    return cell.instant(importing.zone)


def _patient(importing: Importing, cell: Cell) -> str:
    """The patient's number, after all merges."""
    return patient_now(importing.session, cell.text(80))


def _masked(_: Importing, cell: Cell) -> str:
    return masked_name(cell.text(80))


def _column(name: str, read: Any = _name, attribute: str = "", **more: Any) -> Column:
    return Column(name=name, attribute=attribute or name, read=read, **more)


def _one(name: str, words: Any, also: Mapping[str, str] | None = None, **more: Any) -> Column:
    known = [str(word) for word in words]
    return Column(name=name, attribute=name, read=lambda _, cell: cell.one_of(known, also=also), **more)


def _of(name: str, attribute: str, model: Any, *, needed: bool = False, **only: str) -> Column:
    return Column(
        name=name, attribute=attribute, needed=needed, model=model,
        read=lambda importing, cell: importing.number_of(model, cell, **only),
    )  # fmt: skip


def _shelf_label(_: Importing, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"label": own.derive("location", f"location:{values['code']}".encode())}


def _new_price(importing: Importing, _: Mapping[str, Any]) -> dict[str, Any]:
    return {"set_at": importing.occasion.recorded_at, "set_by_id": importing.occasion.staff_id}


def _new_encounter(_: Importing, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "wristband": own.derive("wristband", f"encounter:{values['code']}".encode()),
        "encounter_class": "inpatient",
        "patient_name": "*",
    }


def _keep_parties(importing: Importing, changes: Sequence[Change]) -> Callable[[], None]:
    """What is kept of every supplier and manufacturer: that it is new, or each attribute before and after and how
    it stood."""
    told = [(change, change.record is None, differences(change)) for change in changes]
    keep_how_they_stood = keep_pasts(PartyPast)(importing, [change for change in changes if change.record])

    def keep() -> None:
        rows: list[tuple[int, str, str, str]] = []
        for change, new, differs in told:
            number = change.record.id
            rows += [(number, "code", "", change.record.code)] if new else [(number, *one) for one in differs]
        keep_party_changes(importing.session, importing.occasion, rows)
        keep_how_they_stood()

    return keep


_PARTY = (_column("code", _code), _column("name", needed=True), _column("name_en"), _column("retired", _yes))

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        PRODUCTS,
        Kind(
            name="parties",
            model=Party,
            key=("code",),
            columns=(*_PARTY, _one("kind", (PartyKind.SUPPLIER, PartyKind.MANUFACTURER), PARTY_KINDS)),
            made=lambda *_: {"kind": PartyKind.SUPPLIER.value},
            reserved=lambda party: party.kind == PartyKind.HOSPITAL,
            keep=_keep_parties,
        ),
        Kind(
            name="departments",
            model=Department,
            key=("code",),
            columns=(
                *_PARTY,
                _one("cost_class", CostClass, needed=True),
                _column("campus"),
                _column("parent", attribute="parent_id", parent=True),
            ),
            keep=keep_pasts(DepartmentPast),
        ),
        Kind(
            name="locations",
            model=Location,
            key=("code",),
            columns=(
                *_PARTY,
                _one("kind", _PLACES, needed=True),
                _column("label", _code, unique=True),
                _of("department", "department_id", Department),
                _column("parent", attribute="parent_id", parent=True),
            ),
            made=_shelf_label,
            reserved=lambda place: place.kind not in [str(kind) for kind in _PLACES],
        ),
        Kind(
            name="prices",
            model=Price,
            key=("product", "supplier", "valid_from_on"),
            columns=(
                _of("product", "product_id", Product),
                _of("supplier", "supplier_id", Party, kind=PartyKind.SUPPLIER.value),
                _column("valid_from_on", _day),
                _column("valid_to_on", _day),
                _column("unit_price", _money, needed=True),
                _one("settlement_mode", SettlementMode, SETTLEMENT_MODES, needed=True),
                _column("agreement", _code),
            ),
            made=_new_price,
        ),
        AGREEMENTS,
        Kind(
            name="encounters",
            model=Encounter,
            key=("code",),
            columns=(
                _column("code", _code),
                _column("patient", _patient, needed=True),
                _column("patient_name", _masked),
                _column("wristband", _code, passes=pass_on),
                _column("bed", _word),
                _column("encounter_class", _word),
                _of("department", "department_id", Department, needed=True),
                _column("admitted_at", _instant, needed=True),
                _column("discharged_at", _instant),
                _column("drg_code", _group),
            ),
            made=_new_encounter,
            more=alerts,
            more_columns=(ALERTS,),
            keep=keep_pasts(EncounterPast),
        ),
        Kind(
            name="drg-weights",
            model=DrgWeight,
            key=("region", "year", "drg_code"),
            columns=(
                _column("region", _word),
                _column("year", _year),
                _column("drg_code", _group),
                _column("name", needed=True),
                _column("weight", _money, needed=True),
            ),
            keep=keep_pasts(DrgWeightPast),
        ),
        Kind(
            name="drg-rates",
            model=DrgRate,
            key=("region", "year"),
            columns=(_column("region", _word), _column("year", _year), _column("rate", _money, needed=True)),
            keep=keep_pasts(DrgRatePast),
        ),
    )
}
"""Kinds whose rows are records. `suppliers` is another word for `parties`; `deliveries` have a file of their own."""
