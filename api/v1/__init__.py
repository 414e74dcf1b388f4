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
    holds,
    items,
    journal,
    labels,
    licence_overrides,
    me,
    packagings,
    packs,
    printers,
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
    licence_overrides.bp,  # the noun of licences, with what is in both files
    deliveries.bp,
    deliveries.receipts,
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
