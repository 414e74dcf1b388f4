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
_NOTES = _hospital(*STORE, R.BUYER, *READERS)
_DELIVER = _hospital(*STORE, R.PORTER)
_TESTS = _hospital(R.STOREKEEPER, *WARD, R.SYSTEM_ADMIN)
_PRINT = _hospital(*STORE, *WARD, R.SYSTEM_ADMIN, R.SECURITY_ADMIN)

_LICENCES = _hospital(R.BUYER, R.QUALITY, R.STOREKEEPER, R.AUDITOR)
_LICENSE = _hospital(R.BUYER, R.QUALITY)
_IMPORT = _hospital(R.BUYER, R.SYSTEM_ADMIN)
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
    "pages.pack": _hospital(R.STOREKEEPER),
    "pages.pack_scan": _hospital(R.STOREKEEPER),
    "pages.deliver": _CARRY,
    "pages.deliver_scan": _CARRY,
    "pages.deliver_seal": _CARRY,
    "pages.bedside": _own(*WARD),
    "pages.bedside_scan": _own(*WARD),
    "pages.bedside_undo": _own(*WARD),
    "pages.stock": _STOCK,
    "pages.trace": _TRACE,
    "pages.finance": _COSTS,
    "pages.finance_encounters": _own(R.FINANCE, R.AUDITOR),
    "pages.finance_encounter": _own(R.FINANCE, R.AUDITOR),
    "pages.finance_drgs": _hospital(R.FINANCE, R.AUDITOR),
    "pages.finance_export": _COSTS,
    "pages.products": EVERYBODY,
    "pages.hospital": _hospital(R.SYSTEM_ADMIN, R.QUALITY, R.FINANCE, R.BUYER, R.STOREKEEPER, R.HEAD_NURSE, R.AUDITOR),
    "pages.hospital_settle": _hospital(R.SYSTEM_ADMIN, R.QUALITY, R.FINANCE),
    "pages.task": ANYONE,
    "pages.task_progress": ANYONE,
    "pages.task_file": ANYONE,
    # The HTTP interface, in the order of the day
    "me.show": ANYONE,
    "scans.identify": EVERYBODY,
    "scans.image": EVERYBODY,
    "products.listing": EVERYBODY,
    "products.show": EVERYBODY,
    "packagings.bind": _hospital(R.BUYER),
    "mappings.listing": _hospital(*STORE, R.BUYER, R.FINANCE, *READERS),
    "suppliers.listing": _hospital(*STORE, R.BUYER, R.FINANCE, *READERS),
    "departments.listing": EVERYBODY,
    "locations.listing": EVERYBODY,
    "encounters.listing": _own(*WARD, R.INTEGRATION, R.QUALITY, R.AUDITOR),
    "encounters.show": _own(*WARD, R.INTEGRATION, R.QUALITY, R.AUDITOR),
    "deliveries.listing": _NOTES,
    "deliveries.show": _NOTES,
    "deliveries.announce": _hospital(R.STOREKEEPER, R.BUYER, R.INTEGRATION),
    "deliveries.close": _hospital(*STORE),
    "receipts.receive": _hospital(*STORE),
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
    "journal.listing": _hospital(R.FINANCE, R.AUDITOR),
    # Licences
    "pages.imports_listed": _IMPORT,
    "pages.imports_new": _IMPORT,
    "pages.imports_template": _IMPORT,
    "pages.imports_columns": _IMPORT,
    "pages.imports_show": _IMPORT,
    "pages.imports_preview": _IMPORT,
    "pages.imports_apply": _IMPORT,
    "pages.licences": _LICENCES,
    "pages.licences_missing": _LICENCES,
    "pages.licences_show": _LICENCES,
    "pages.licences_document": _LICENCES,
    "pages.licences_new": _LICENSE,
    "pages.licences_withdraw": _LICENSE,
    "pages.licences_overrides": _LICENCES,
    "pages.licences_override": _LICENCES,
    "pages.licences_ask": _hospital(R.STOREKEEPER, R.BUYER, R.QUALITY),
    "pages.licences_decide": _LICENSE,
    "licences.listing": _hospital(*STORE, R.BUYER, *READERS),
    "licences.show": _hospital(*STORE, R.BUYER, *READERS),
    "licences.document": _hospital(*STORE, R.BUYER, *READERS),
    "licences.add": _hospital(R.BUYER, R.QUALITY, R.INTEGRATION),
    "licences.overrides": _hospital(*STORE, R.BUYER, *READERS),
    "licences.ask_override": _hospital(R.STOREKEEPER, R.BUYER, R.QUALITY),
    "licences.decide": _LICENSE,
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


def refuse_undeclared(app: Flask) -> None:
    """Refuse to start with an endpoint that the table does not name, or a row that names none."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    undeclared, unknown = sorted(endpoints - TABLE.keys()), sorted(TABLE.keys() - endpoints)
    assert not undeclared, f"not in the access table: {undeclared}"
    assert not unknown, f"in the access table, but no endpoint: {unknown}"
