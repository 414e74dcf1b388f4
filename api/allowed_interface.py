"""This file is who may ask what of the HTTP interface, in the order of the day."""

from __future__ import annotations

from api.allowing import ANYONE, EVERYBODY, READERS, STORE, WARD, Access, R, hospital, own

_COSTS = own(R.FINANCE, R.HEAD_NURSE, R.AUDITOR)
_USES = own(*WARD, R.INTEGRATION)
_STOCK = own(*STORE, *WARD, R.PORTER, R.BUYER, R.FINANCE, *READERS)
_TRACE = own(R.STOREKEEPER, *WARD, R.FINANCE, *READERS)
_BAY = hospital(*STORE, R.BUYER, *READERS)
_NOTES = hospital(*STORE, R.BUYER, R.SUPPLIER, *READERS)
_TESTS = hospital(R.STOREKEEPER, *WARD, R.SYSTEM_ADMIN)
_PRINT = hospital(*STORE, *WARD, R.SYSTEM_ADMIN, R.SECURITY_ADMIN)
_COUNT = own(R.STOREKEEPER, *WARD, R.QUALITY, R.FINANCE)
_COUNTS = own(*STORE, *WARD, R.QUALITY, R.FINANCE, R.AUDITOR)
_DECIDE = own(R.STOREKEEPER, R.HEAD_NURSE, R.QUALITY)
_REVIEW = own(*STORE, R.HEAD_NURSE, R.QUALITY, R.FINANCE, R.AUDITOR)
_HOLDERS = hospital(*STORE, *WARD, R.PORTER, R.BUYER, R.FINANCE, *READERS)
_HELD = own(*STORE, *WARD, R.BUYER, R.FINANCE, *READERS)
_STOP = own(*STORE, *WARD, R.QUALITY)
_LET_GO = own(R.STOREKEEPER, R.HEAD_NURSE, R.QUALITY)
_LOSSES = own(*STORE, *WARD, R.FINANCE, *READERS)
_LOSE = own(*STORE, *WARD)
_DECIDE_LOSS = own(R.STOREKEEPER, R.HEAD_NURSE, R.FINANCE, R.QUALITY)
_RETURNS = own(*STORE, R.HEAD_NURSE, R.BUYER, R.FINANCE, *READERS)
_SEND_BACK = own(*STORE, R.HEAD_NURSE)
_RECALL = hospital(R.QUALITY, R.STOREKEEPER)
_RECALLS = hospital(R.STOREKEEPER, R.HEAD_NURSE, R.BUYER, *READERS)
_PATIENTS = own(R.HEAD_NURSE, *READERS)

ROWS: dict[str, Access] = {
    "me.show": ANYONE,
    "scans.identify": EVERYBODY,
    "scans.image": EVERYBODY,
    "products.listing": EVERYBODY,
    "products.show": EVERYBODY,
    "products.add": hospital(R.BUYER, R.INTEGRATION),
    "products.change": hospital(R.BUYER, R.INTEGRATION),
    "prices.listing": hospital(R.STOREKEEPER, R.BUYER, R.FINANCE, *READERS, R.INTEGRATION),
    "prices.settle": hospital(R.BUYER, R.INTEGRATION),
    "admissions.listing": own(R.HEAD_NURSE, R.BUYER, R.FINANCE, *READERS),
    "admissions.ask": own(R.HEAD_NURSE, R.BUYER),
    "admissions.assess": hospital(R.BUYER, R.QUALITY),
    "admissions.decide": hospital(R.QUALITY, R.FINANCE),
    "commitments.listing": hospital(R.BUYER, R.FINANCE, *READERS),
    "commitments.add": hospital(R.BUYER),
    "packagings.bind": hospital(R.BUYER),
    "mappings.listing": hospital(*STORE, R.BUYER, R.FINANCE, *READERS),
    "suppliers.listing": hospital(*STORE, R.BUYER, R.FINANCE, *READERS),
    "departments.listing": EVERYBODY,
    "locations.listing": EVERYBODY,
    "encounters.listing": own(*WARD, R.INTEGRATION, R.QUALITY, R.AUDITOR),
    "encounters.show": own(*WARD, R.INTEGRATION, R.QUALITY, R.AUDITOR),
    "deliveries.listing": _NOTES,
    "deliveries.show": _NOTES,
    "deliveries.announce": hospital(R.STOREKEEPER, R.BUYER, R.INTEGRATION, R.SUPPLIER),
    "deliveries.amend": hospital(R.STOREKEEPER, R.BUYER, R.INTEGRATION, R.SUPPLIER),
    "deliveries.close": hospital(*STORE),
    "receipts.receive": hospital(*STORE),
    "receipts.measure": hospital(*STORE),
    "receiving-exceptions.listing": _BAY,
    "receiving-exceptions.resolve": hospital(*STORE),
    "receiving-exceptions.take_in": hospital(*STORE),
    "inspections.listing": _BAY,
    "inspections.inspect": hospital(*STORE, R.QUALITY),
    "inspections.decide": hospital(R.STOREKEEPER, R.QUALITY),
    "packs.make": hospital(*STORE),
    "labels.show": hospital(*STORE, R.HEAD_NURSE),
    "labels.make": _PRINT,
    "labels.prints": hospital(*STORE, R.HEAD_NURSE, R.SYSTEM_ADMIN, *READERS),
    "labels.test_card": ANYONE,
    "printers.listing": _PRINT,
    "printers.settle": hospital(R.SYSTEM_ADMIN),
    "print-jobs.listed": _PRINT,
    "print-jobs.ask": _PRINT,
    "print-jobs.show": _PRINT,
    "print-jobs.send": _PRINT,
    "print-jobs.cancel": _PRINT,
    "pages.test_card": _TESTS,
    "pages.test_card_symbol": _TESTS,
    "pages.test_card_read": _TESTS,
    "devices.listing": hospital(*STORE, *WARD, R.SYSTEM_ADMIN),
    "devices.settle": _TESTS,
    "devices.test": _TESTS,
    "trace-codes.act": hospital(*STORE, *WARD),
    "trace-codes.alarms": hospital(R.STOREKEEPER, *READERS),
    "trace-codes.resolve": hospital(R.STOREKEEPER, R.QUALITY),
    "dispatches.send": own(*STORE, R.PORTER, R.HEAD_NURSE),
    "dispatches.show": own(*STORE, R.PORTER, *WARD, *READERS),
    "dispatches.sign": own(*WARD, R.STOREKEEPER, R.PORTER),
    "transfers.move": own(*STORE, R.HEAD_NURSE),
    "items.listing": _STOCK,
    "items.show": _STOCK,
    "stock.show": _STOCK,
    # Stocktaking
    "counts.listing": _COUNTS,
    "counts.due": _COUNTS,
    "counts.plan": _COUNT,
    "counts.show": _COUNTS,
    "counts.begin": _COUNT,
    "counts.line": _COUNT,
    "counts.recount": _COUNT,
    "counts.finish": _COUNT,
    "counts.differences": _REVIEW,
    "counts.explain": _DECIDE,
    "counts.approve": _DECIDE,
    "counts.close": _DECIDE,
    "counts.cancel": _DECIDE,
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
    "write-offs.refuse": own(R.STOREKEEPER, *WARD, R.FINANCE, R.QUALITY),
    "write-offs.found": _DECIDE_LOSS,
    "returns.listing": _RETURNS,
    "returns.show": _RETURNS,
    "returns.prepare": _SEND_BACK,
    "returns.sign_out": own(*STORE),
    "returns.cancel": _SEND_BACK,
    "uses.record": _USES,
    "uses.listing": own(*WARD, R.INTEGRATION, R.FINANCE, *READERS),
    "reversals.reverse": _USES,
    "trace.item": _TRACE,
    "trace.lot": hospital(R.STOREKEEPER, R.FINANCE, *READERS),
    "costs.departments": _COSTS,
    "costs.products": _COSTS,
    "costs.uses": _COSTS,
    "costs.encounters": own(R.FINANCE, R.AUDITOR),
    "costs.encounter": own(R.FINANCE, R.AUDITOR),
    "costs.drgs": hospital(R.FINANCE, R.AUDITOR),
    "costs.partition": hospital(R.FINANCE, R.AUDITOR),
    # Recalls
    "recalls.listing": _RECALLS,
    "recalls.draft": _RECALL,
    "recalls.deny_list": EVERYBODY,
    "recalls.drills": _RECALLS,
    "recalls.show": _RECALLS,
    "recalls.preview": _RECALL,
    "recalls.open_recall": _RECALL,
    "recalls.places": _RECALLS,
    "recalls.patients": _PATIENTS,
    "recalls.outreach": own(R.QUALITY, R.HEAD_NURSE),
    "recalls.release": _RECALL,
    "recalls.explain": _RECALL,
    "recalls.close": hospital(R.QUALITY),
    "recalls.reopen": hospital(R.QUALITY),
    "recalls.withdraw": hospital(R.QUALITY),
    "pages.recalls": _RECALLS,
    "pages.recalls_new": _RECALL,
    "pages.recalls_worklist": _PATIENTS,
    "pages.recalls_patient": _PATIENTS,
    "pages.recalls_outreach": own(R.QUALITY, R.HEAD_NURSE),
    "pages.recalls_contacted": own(R.QUALITY, R.HEAD_NURSE),
    "pages.recalls_drill": _RECALLS,
    "pages.recalls_one": _RECALLS,
    "pages.recalls_progress": _RECALLS,
    "pages.recalls_act": _RECALL,
    "pages.recalls_decide": hospital(R.QUALITY),
    "journal.listing": hospital(R.FINANCE, R.AUDITOR),
    "verifications.listing": hospital(R.AUDITOR, R.FINANCE, R.SYSTEM_ADMIN, R.QUALITY),
}
