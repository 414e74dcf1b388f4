"""The HTTP interface, /api/v1: one file for each noun, in the order of the day."""

from flask import Flask

from api.documentation import Interface
from api.v1 import (
    admissions,
    catalogue,
    costs,
    deliveries,
    devices,
    dispatches,
    encounters,
    fixed_quantities,
    holds,
    items,
    journal,
    labels,
    me,
    packagings,
    packs,
    printers,
    reference,
    refills,
    returns,
    scans,
    stock_views,
    trace,
    trace_codes,
    uses,
    verifications,
    waves,
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
    deliveries.bp,
    deliveries.receipts,
    packs.bp,
    labels.bp,
    printers.bp,
    printers.jobs,
    devices.bp,
    trace_codes.bp,
    fixed_quantities.bp,
    refills.bp,
    waves.bp,
    dispatches.bp,
    dispatches.returns,
    dispatches.transfers,
    items.bp,
    items.stock,
    holds.bp,
    write_offs.bp,
    returns.bp,
    uses.bp,
    uses.reversals,
    trace.bp,
    costs.bp,
    journal.bp,
    verifications.bp,
)


def install(app: Flask) -> None:
    """Serve every noun."""
    interface = Interface(app)
    for noun in NOUNS:
        interface.register_blueprint(noun)
