"""This file is who may do what: one table of endpoint × role × scope. What is not in it does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flask import Flask, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from api.here import person
from spd.core.errors import NotAllowed
from spd.staff import Role

R = Role


class Scope(StrEnum):
    """Where a role holds."""

    OPEN = "open"
    """Anybody, also without a name."""
    ANYONE = "anyone"
    """Anybody with a name, whatever their role."""
    HOSPITAL = "hospital"
    """The whole hospital, whatever departments the grant names."""
    OWN_DEPARTMENT = "own department"
    """The departments of the grant; a grant without one holds everywhere."""


@dataclass(frozen=True)
class Access:
    """One row of the table."""

    scope: Scope
    roles: frozenset[Role] = frozenset()


def _hospital(*roles: Role) -> Access:
    return Access(Scope.HOSPITAL, frozenset(roles))


def _own(*roles: Role) -> Access:
    return Access(Scope.OWN_DEPARTMENT, frozenset(roles))


OPEN = Access(Scope.OPEN)
ANYONE = Access(Scope.ANYONE)
STORE = (R.STOREKEEPER, R.INTEGRATION)
WARD = (R.NURSE, R.HEAD_NURSE)
READERS = (R.AUDITOR, R.QUALITY)
EVERYBODY = _hospital(*(role for role in Role if role not in (R.SUPPLIER, R.SECURITY_ADMIN)))
_COSTS = _own(R.FINANCE, R.HEAD_NURSE, R.AUDITOR)
_USES = _own(*WARD, R.INTEGRATION)
_STOCK = _own(*STORE, *WARD, R.PORTER, R.BUYER, R.FINANCE, *READERS)
_TRACE = _own(R.STOREKEEPER, *WARD, R.FINANCE, *READERS)
_NOTES = _hospital(*STORE, R.BUYER, R.SUPPLIER, *READERS)
_ORDERS = _hospital(*STORE, R.BUYER, R.FINANCE, *READERS)
_BUY = _hospital(R.BUYER)
_APPROVE = _hospital(R.BUYER, R.FINANCE)
_SUPPLY = _hospital(R.SUPPLIER)
_NOTES_READ = _hospital(R.STOREKEEPER, R.BUYER, R.FINANCE, *READERS)
_DELIVER = _hospital(*STORE, R.PORTER)
_TESTS = _hospital(R.STOREKEEPER, *WARD, R.SYSTEM_ADMIN)
_PRINT = _hospital(*STORE, *WARD, R.SYSTEM_ADMIN, R.SECURITY_ADMIN)

_HOLDERS = _hospital(*STORE, *WARD, R.PORTER, R.BUYER, R.FINANCE, *READERS)
_HELD = _own(*STORE, *WARD, R.BUYER, R.FINANCE, *READERS)
_STOP = _own(*STORE, *WARD, R.QUALITY)
_LET_GO = _own(R.STOREKEEPER, R.HEAD_NURSE, R.QUALITY)
_LOSSES = _own(*STORE, *WARD, R.FINANCE, *READERS)
_LOSE = _own(*STORE, *WARD)
_DECIDE_LOSS = _own(R.STOREKEEPER, R.HEAD_NURSE, R.FINANCE, R.QUALITY)
_RETURNS = _own(*STORE, R.HEAD_NURSE, R.BUYER, R.FINANCE, *READERS)
_SEND_BACK = _own(*STORE, R.HEAD_NURSE)

_RECALL = _hospital(R.QUALITY, R.STOREKEEPER)
_RECALLS = _hospital(R.STOREKEEPER, R.HEAD_NURSE, R.BUYER, *READERS)
_PATIENTS = _own(R.HEAD_NURSE, *READERS)
_CARRY = _own(R.STOREKEEPER, R.PORTER, *WARD)

TABLE: dict[str, Access] = {
    "static": OPEN,
    "health.healthz": OPEN,
    "health.readyz": OPEN,
    "api-docs.openapi_json": OPEN,
    "documentation.page": OPEN,
    "documentation.asset": OPEN,
    # Pages
    "pages.login": OPEN,
    "pages.logout": OPEN,
    "pages.language": OPEN,
    "pages.home": ANYONE,
    "pages.home_scan": ANYONE,
    "pages.receive": _hospital(R.STOREKEEPER),
    "pages.receive_scan": _hospital(R.STOREKEEPER),
    "pages.receive_note": _hospital(R.STOREKEEPER),
    "pages.receive_goods": _hospital(R.STOREKEEPER),
    "pages.receive_aside": _hospital(R.STOREKEEPER, R.BUYER, *READERS),
    "pages.receive_aside_one": _hospital(R.STOREKEEPER),
    "pages.receive_held": _hospital(R.STOREKEEPER, R.BUYER, *READERS),
    "pages.receive_held_one": _hospital(R.STOREKEEPER, R.QUALITY),
    "pages.receive_many": _hospital(R.STOREKEEPER),
    "pages.cards": ANYONE,
    "pages.cards_file": ANYONE,
    "pages.pack": _hospital(R.STOREKEEPER),
    "pages.pack_scan": _hospital(R.STOREKEEPER),
    "pages.deliver": _CARRY,
    "pages.deliver_scan": _CARRY,
    "pages.deliver_seal": _CARRY,
    "pages.bedside": _own(*WARD),
    "pages.bedside_scan": _own(*WARD),
    "pages.bedside_undo": _own(*WARD),
    "pages.stock": _STOCK,
    "pages.stock_as_of": _STOCK,
    "pages.stock_expiry": _STOCK,
    "pages.stock_slow": _STOCK,
    "pages.stock_search": _STOCK,
    "pages.stock_holders": _HOLDERS,
    "pages.stock_held": _HELD,
    "pages.stock_hold": _STOP,
    "pages.stock_held_one": _HELD,
    "pages.stock_release": _LET_GO,
    "pages.stock_write_offs": _LOSSES,
    "pages.stock_write_off_new": _LOSE,
    "pages.stock_write_off": _LOSSES,
    "pages.stock_write_off_approve": _DECIDE_LOSS,
    "pages.stock_write_off_refuse": _own(R.STOREKEEPER, *WARD, R.FINANCE, R.QUALITY),
    "pages.stock_write_off_found": _DECIDE_LOSS,
    "pages.stock_returns": _RETURNS,
    "pages.stock_return_new": _SEND_BACK,
    "pages.stock_return": _RETURNS,
    "pages.stock_return_sign_out": _own(R.STOREKEEPER),
    "pages.stock_return_cancel": _SEND_BACK,
    "pages.trace": _TRACE,
    "pages.finance": _COSTS,
    "pages.finance_encounters": _own(R.FINANCE, R.AUDITOR),
    "pages.finance_encounter": _own(R.FINANCE, R.AUDITOR),
    "pages.finance_drgs": _hospital(R.FINANCE, R.AUDITOR),
    "pages.finance_export": _COSTS,
    "pages.packing": _hospital(R.STOREKEEPER, R.BUYER, *READERS),
    "pages.packing_settle": _hospital(R.STOREKEEPER, R.BUYER),
    "pages.packing_cards": _hospital(R.STOREKEEPER),
    "pages.packing_labels": _hospital(R.STOREKEEPER, *READERS),
    "pages.kits": _hospital(R.STOREKEEPER, *WARD, *READERS),
    "pages.kits_settle": _hospital(R.STOREKEEPER, R.HEAD_NURSE),
    "pages.kit": _hospital(R.STOREKEEPER, *WARD),
    "pages.kit_scan": _hospital(R.STOREKEEPER, *WARD),
    "pages.kit_label": _hospital(R.STOREKEEPER, *WARD),
    "pages.fixed": _own(R.STOREKEEPER, *WARD, R.BUYER, *READERS),
    "pages.fixed_proposals": _own(R.STOREKEEPER, R.HEAD_NURSE, R.AUDITOR),
    "pages.fixed_propose": _own(R.STOREKEEPER, R.HEAD_NURSE),
    "pages.fixed_by_hand": _own(R.STOREKEEPER, R.HEAD_NURSE),
    "pages.fixed_pending": _own(R.STOREKEEPER, R.HEAD_NURSE, R.QUALITY, R.AUDITOR),
    "pages.fixed_decide": _own(R.HEAD_NURSE, R.QUALITY),
    "pages.products": EVERYBODY,
    "pages.product": EVERYBODY,
    "pages.product_new": _hospital(R.BUYER),
    "pages.product_change": _hospital(R.BUYER),
    "pages.product_retire": _hospital(R.BUYER),
    "pages.product_price": _hospital(R.BUYER),
    "pages.admissions": _own(R.HEAD_NURSE, R.BUYER, R.FINANCE, *READERS),
    "pages.admission_new": _own(R.HEAD_NURSE, R.BUYER),
    "pages.admission_show": _own(R.HEAD_NURSE, R.BUYER, R.FINANCE, *READERS),
    "pages.admission_assess": _hospital(R.BUYER, R.QUALITY),
    "pages.admission_decide": _hospital(R.QUALITY, R.FINANCE),
    "pages.commitments": _hospital(R.BUYER, R.FINANCE, *READERS),
    "pages.commitment_add": _hospital(R.BUYER),
    "pages.hospital": _hospital(R.SYSTEM_ADMIN, R.QUALITY, R.FINANCE, R.BUYER, R.STOREKEEPER, R.HEAD_NURSE, R.AUDITOR),
    "pages.hospital_settle": _hospital(R.SYSTEM_ADMIN, R.QUALITY, R.FINANCE),
    "pages.bind": _hospital(R.BUYER),
    "pages.bind_code": _hospital(R.BUYER),
    "pages.trace_codes": _hospital(R.STOREKEEPER, *READERS),
    "pages.trace_code": _hospital(R.STOREKEEPER, *READERS),
    "pages.trace_code_answer": _hospital(R.STOREKEEPER, R.QUALITY),
    "pages.task": ANYONE,
    "pages.task_progress": ANYONE,
    "pages.task_file": ANYONE,
    # Orders, and the suppliers' own pages: a supplier sees its own rows alone, by `suppliers()` below
    "pages.orders": _ORDERS,
    "pages.orders_proposals": _ORDERS,
    "pages.orders_accept": _BUY,
    "pages.orders_new": _BUY,
    "pages.orders_notes": _NOTES_READ,
    "pages.orders_note": _NOTES_READ,
    "pages.orders_one": _ORDERS,
    "pages.orders_paper": _ORDERS,
    "pages.orders_amend": _BUY,
    "pages.orders_step": _APPROVE,
    "pages.supplier": _SUPPLY,
    "pages.supplier_orders": _SUPPLY,
    "pages.supplier_order": _SUPPLY,
    "pages.supplier_answer": _SUPPLY,
    "pages.supplier_note_new": _SUPPLY,
    "pages.supplier_notes": _SUPPLY,
    "pages.supplier_note": _SUPPLY,
    "pages.supplier_note_amend": _SUPPLY,
    "pages.supplier_labels": _SUPPLY,
    "pages.supplier_stock": _SUPPLY,
    "pages.supplier_uses": _SUPPLY,
    "pages.supplier_owed": _SUPPLY,
    "orders.listing": _hospital(*_ORDERS.roles, R.SUPPLIER),
    "orders.show": _hospital(*_ORDERS.roles, R.SUPPLIER),
    "orders.proposals": _ORDERS,
    "orders.accept": _BUY,
    "orders.place": _BUY,
    "orders.amend": _BUY,
    "orders.submit": _BUY,
    "orders.approve": _APPROVE,
    "orders.refuse": _APPROVE,
    "orders.send": _BUY,
    "orders.close": _BUY,
    "orders.cancel": _BUY,
    "orders.confirm": _SUPPLY,
    "orders.decline": _SUPPLY,
    # The HTTP interface, in the order of the day
    "me.show": ANYONE,
    "scans.identify": EVERYBODY,
    "scans.image": EVERYBODY,
    "products.listing": EVERYBODY,
    "products.show": EVERYBODY,
    "products.add": _hospital(R.BUYER, R.INTEGRATION),
    "products.change": _hospital(R.BUYER, R.INTEGRATION),
    "prices.listing": _hospital(R.STOREKEEPER, R.BUYER, R.FINANCE, *READERS, R.INTEGRATION),
    "prices.settle": _hospital(R.BUYER, R.INTEGRATION),
    "admissions.listing": _own(R.HEAD_NURSE, R.BUYER, R.FINANCE, *READERS),
    "admissions.ask": _own(R.HEAD_NURSE, R.BUYER),
    "admissions.assess": _hospital(R.BUYER, R.QUALITY),
    "admissions.decide": _hospital(R.QUALITY, R.FINANCE),
    "commitments.listing": _hospital(R.BUYER, R.FINANCE, *READERS),
    "commitments.add": _hospital(R.BUYER),
    "packagings.bind": _hospital(R.BUYER),
    "mappings.listing": _hospital(*STORE, R.BUYER, R.FINANCE, *READERS),
    "suppliers.listing": _hospital(*STORE, R.BUYER, R.FINANCE, *READERS),
    "departments.listing": EVERYBODY,
    "locations.listing": EVERYBODY,
    "encounters.listing": _own(*WARD, R.INTEGRATION, R.QUALITY, R.AUDITOR),
    "encounters.show": _own(*WARD, R.INTEGRATION, R.QUALITY, R.AUDITOR),
    "deliveries.listing": _NOTES,
    "deliveries.show": _NOTES,
    "deliveries.announce": _hospital(R.STOREKEEPER, R.BUYER, R.INTEGRATION, R.SUPPLIER),
    "deliveries.amend": _hospital(R.STOREKEEPER, R.BUYER, R.INTEGRATION, R.SUPPLIER),
    "deliveries.close": _hospital(*STORE),
    "receipts.receive": _hospital(*STORE),
    "receipts.measure": _hospital(*STORE),
    "receiving-exceptions.listing": _NOTES,
    "receiving-exceptions.resolve": _hospital(*STORE),
    "receiving-exceptions.take_in": _hospital(*STORE),
    "inspections.listing": _NOTES,
    "inspections.inspect": _hospital(*STORE, R.QUALITY),
    "inspections.decide": _hospital(R.STOREKEEPER, R.QUALITY),
    "packs.make": _hospital(*STORE),
    "labels.show": _hospital(*STORE, R.HEAD_NURSE),
    "labels.make": _PRINT,
    "labels.prints": _hospital(*STORE, R.HEAD_NURSE, R.SYSTEM_ADMIN, *READERS),
    "labels.test_card": ANYONE,
    "printers.listing": _PRINT,
    "printers.settle": _hospital(R.SYSTEM_ADMIN),
    "print-jobs.listed": _PRINT,
    "print-jobs.ask": _PRINT,
    "print-jobs.show": _PRINT,
    "print-jobs.send": _PRINT,
    "print-jobs.cancel": _PRINT,
    "pages.test_card": _TESTS,
    "pages.test_card_symbol": _TESTS,
    "pages.test_card_read": _TESTS,
    "devices.listing": _hospital(*STORE, *WARD, R.SYSTEM_ADMIN),
    "devices.settle": _TESTS,
    "devices.test": _TESTS,
    "trace-codes.act": _hospital(*STORE, *WARD),
    "trace-codes.alarms": _hospital(R.STOREKEEPER, *READERS),
    "trace-codes.resolve": _hospital(R.STOREKEEPER, R.QUALITY),
    "dispatches.send": _DELIVER,
    "dispatches.show": _own(*STORE, R.PORTER, *WARD, *READERS),
    "dispatches.sign": _own(*WARD),
    "transfers.move": _own(*STORE, R.HEAD_NURSE),
    "items.listing": _STOCK,
    "items.show": _STOCK,
    "stock.show": _STOCK,
    "stock.views": _STOCK,
    "stock.slow": _STOCK,
    "stock.search": _STOCK,
    "stock.holders": _HOLDERS,
    "holds.listing": _HELD,
    "holds.place": _STOP,
    "holds.release": _LET_GO,
    "write-offs.listing": _LOSSES,
    "write-offs.show": _LOSSES,
    "write-offs.ask": _LOSE,
    "write-offs.approve": _DECIDE_LOSS,
    "write-offs.refuse": _own(R.STOREKEEPER, *WARD, R.FINANCE, R.QUALITY),
    "write-offs.found": _DECIDE_LOSS,
    "returns.listing": _RETURNS,
    "returns.show": _RETURNS,
    "returns.prepare": _SEND_BACK,
    "returns.sign_out": _own(*STORE),
    "returns.cancel": _SEND_BACK,
    "uses.record": _USES,
    "uses.listing": _own(*WARD, R.INTEGRATION, R.FINANCE, *READERS),
    "reversals.reverse": _USES,
    "trace.item": _TRACE,
    "trace.lot": _hospital(R.STOREKEEPER, R.FINANCE, *READERS),
    "costs.departments": _COSTS,
    "costs.products": _COSTS,
    "costs.uses": _COSTS,
    "costs.encounters": _own(R.FINANCE, R.AUDITOR),
    "costs.encounter": _own(R.FINANCE, R.AUDITOR),
    "costs.drgs": _hospital(R.FINANCE, R.AUDITOR),
    "costs.partition": _hospital(R.FINANCE, R.AUDITOR),
    # Recalls
    "recalls.listing": _RECALLS,
    "recalls.draft": _RECALL,
    "recalls.deny_list": EVERYBODY,
    "recalls.drills": _RECALLS,
    "recalls.show": _RECALLS,
    "recalls.open_recall": _RECALL,
    "recalls.places": _RECALLS,
    "recalls.patients": _PATIENTS,
    "recalls.outreach": _own(R.QUALITY, R.HEAD_NURSE),
    "recalls.release": _RECALL,
    "recalls.explain": _RECALL,
    "recalls.close": _hospital(R.QUALITY),
    "recalls.reopen": _hospital(R.QUALITY),
    "recalls.withdraw": _hospital(R.QUALITY),
    "pages.recalls": _RECALLS,
    "pages.recalls_new": _RECALL,
    "pages.recalls_worklist": _PATIENTS,
    "pages.recalls_patient": _PATIENTS,
    "pages.recalls_outreach": _own(R.QUALITY, R.HEAD_NURSE),
    "pages.recalls_contacted": _own(R.QUALITY, R.HEAD_NURSE),
    "pages.recalls_drill": _RECALLS,
    "pages.recalls_one": _RECALLS,
    "pages.recalls_act": _RECALL,
    "pages.recalls_decide": _hospital(R.QUALITY),
    "journal.listing": _hospital(R.FINANCE, R.AUDITOR),
    "verifications.listing": _hospital(R.AUDITOR, R.FINANCE, R.SYSTEM_ADMIN, R.QUALITY),
}


def install(app: Flask) -> None:
    """Hold every request against the table."""
    app.before_request(refuse_unallowed)


def refuse_unallowed() -> Response | None:
    """Let through who may; anonymous people are sent to the login page, programs get 401, others 403."""
    if request.endpoint is None:
        return None
    access = TABLE[request.endpoint]
    if access.scope is Scope.OPEN:
        return None
    if g.person is None:
        if request.path.startswith("/api/") or request.method != "GET":
            abort(401)
        return redirect(url_for("pages.login", next=request.full_path.rstrip("?")))
    if access.scope is not Scope.ANYONE and not (g.person.roles & access.roles):
        raise NotAllowed()
    return None


def departments() -> frozenset[int] | None:
    """The departments this request may see and act for; None is all of them."""
    access = TABLE[request.endpoint or ""]
    if access.scope is not Scope.OWN_DEPARTMENT:
        return None
    return person().departments(*access.roles)


def suppliers() -> frozenset[int] | None:
    """The suppliers this request may see and speak for; None is all of them: somebody of the hospital asks."""
    roles = TABLE[request.endpoint or ""].roles
    me = person()
    if (me.roles - {R.SUPPLIER}) & roles:
        return None
    return frozenset(supplier for role, _, supplier in me.places if role is R.SUPPLIER and supplier is not None)


def refuse_undeclared(app: Flask) -> None:
    """Refuse to start with an endpoint that the table does not name, or a row that names none."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    undeclared, unknown = sorted(endpoints - TABLE.keys()), sorted(TABLE.keys() - endpoints)
    assert not undeclared, f"not in the access table: {undeclared}"
    assert not unknown, f"in the access table, but no endpoint: {unknown}"
