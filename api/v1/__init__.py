"""The HTTP interface, /api/v1: one file for each noun, in the order of the day."""

from flask import Flask

from api.documentation import Interface
from api.v1 import (
    admissions,
    announcing,
    catalogue,
    charge_messages,
    charges,
    costs,
    count_reviews,
    counts,
    deliveries,
    devices,
    dispatches,
    disputes,
    encounters,
    fixed_quantities,
    holds,
    inspections,
    interceptions,
    items,
    journal,
    labels,
    licence_overrides,
    me,
    offline,
    order_steps,
    orders,
    packagings,
    packs,
    printers,
    proposals,
    recalls,
    receipts,
    receiving_exceptions,
    reconciliations,
    reference,
    refills,
    returns,
    scans,
    statements,
    stock_views,
    trace,
    trace_codes,
    unscanned,
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
    licence_overrides.bp,  # the noun of licences, with what is in both files
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
    counts.bp,
    uses.bp,
    uses.kit_uses,
    uses.reversals,
    unscanned.bp,
    offline.wards,
    disputes.bp,
    disputes.gaps,
    interceptions.bp,
    recalls.bp,
    trace.bp,
    costs.bp,
    charges.bp,
    reconciliations.bp,
    charge_messages.bp,
    statements.bp,
    journal.bp,
    verifications.bp,
)


for module in (announcing, count_reviews, order_steps, proposals):
    assert module  # its routes are of the nouns of orders, deliveries or counts by being imported


def install(app: Flask) -> None:
    """Serve every noun."""
    interface = Interface(app)
    for noun in NOUNS:
        interface.register_blueprint(noun)
