"""The HTTP interface, /api/v1: one file for each noun, in the order of the day."""

from flask import Flask

from api.documentation import Interface
from api.v1 import (
    admissions,
    announcing,
    catalogue,
    costs,
    deliveries,
    devices,
    dispatches,
    encounters,
    holds,
    inspections,
    items,
    journal,
    labels,
    me,
    order_steps,
    orders,
    packagings,
    packs,
    printers,
    proposals,
    recalls,
    receipts,
    receiving_exceptions,
    reference,
    returns,
    scans,
    stock_views,
    trace,
    trace_codes,
    uses,
    verifications,
    write_offs,
)

assert stock_views  # its routes are in the noun of items.py by being imported

NOUNS = (
    me.bp,
    scans.bp,
    reference.products,
    catalogue.prices,
    admissions.bp,
    admissions.promises,
    packagings.bp,
    packagings.mappings,
    reference.suppliers,
    reference.departments,
    reference.locations,
    encounters.bp,
    orders.bp,
    deliveries.bp,
    receipts.bp,
    receiving_exceptions.bp,
    inspections.bp,
    packs.bp,
    labels.bp,
    printers.bp,
    printers.jobs,
    devices.bp,
    trace_codes.bp,
    dispatches.bp,
    dispatches.transfers,
    items.bp,
    items.stock,
    holds.bp,
    write_offs.bp,
    returns.bp,
    uses.bp,
    uses.reversals,
    recalls.bp,
    trace.bp,
    costs.bp,
    journal.bp,
    verifications.bp,
)


for module in (announcing, order_steps, proposals):
    assert module  # its routes are of the noun of orders or deliveries by being imported


def install(app: Flask) -> None:
    """Serve every noun."""
    interface = Interface(app)
    for noun in NOUNS:
        interface.register_blueprint(noun)
