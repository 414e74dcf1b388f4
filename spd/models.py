"""This file is all tables in one place, for migrations and checks: importing it makes the metadata complete."""

from __future__ import annotations

from spd import (
    admission,
    commitments,
    devices,
    donation,
    parties,
    payment_terms,
    places,
    policies,
    procedures,
    staff,
    unscanned,
)
from spd.accounting import models as accounting
from spd.catalog import agreements, changes, mapping
from spd.catalog import models as catalog
from spd.charging import models as charging
from spd.closing import models as closing
from spd.closing import month_models as closing_months
from spd.consumption import models as consumption
from spd.core import attachments, import_files, job_runs, kept_figures, tasks
from spd.core.base import Base
from spd.costing import budgets, case_models, saved, step_models, versions
from spd.costing import inputs as costing_inputs
from spd.costing import standing as budget_standing
from spd.counting import models as counting
from spd.disposal import models as disposal
from spd.encounters import alerts as encounter_alerts
from spd.encounters import events as encounter_events
from spd.encounters import models as encounters
from spd.encounters import pasts as encounter_pasts
from spd.interceptions import models as interceptions
from spd.labelling import models as labelling
from spd.ledger import kept
from spd.ledger import models as ledger
from spd.licensing import models as licensing
from spd.offline import models as offline
from spd.ordering import models as ordering
from spd.packing import models as packing
from spd.recalls import models as recalls
from spd.receiving import models as receiving
from spd.receiving import records as receiving_records
from spd.reconciliation import models as reconciliation
from spd.reconciliation import rejects as charge_rejects
from spd.replenishment import models as replenishment
from spd.reviewing import models as reviewing
from spd.settlement import models as settlement
from spd.signing_on import models as signing_on
from spd.stock import abc, deny_list, fixed_quantities, holds, kits, loaned, opened, operations
from spd.theatre import label_photos
from spd.trace_codes import models as trace_codes

metadata = Base.metadata

__all__ = [
    "abc",
    "accounting",
    "admission",
    "agreements",
    "attachments",
    "budget_standing",
    "budgets",
    "case_models",
    "catalog",
    "changes",
    "charge_rejects",
    "charging",
    "closing",
    "closing_months",
    "commitments",
    "consumption",
    "costing_inputs",
    "counting",
    "deny_list",
    "devices",
    "disposal",
    "donation",
    "encounter_alerts",
    "encounter_events",
    "encounter_pasts",
    "encounters",
    "fixed_quantities",
    "holds",
    "import_files",
    "interceptions",
    "job_runs",
    "kept",
    "kept_figures",
    "kits",
    "label_photos",
    "labelling",
    "ledger",
    "licensing",
    "loaned",
    "mapping",
    "metadata",
    "offline",
    "opened",
    "operations",
    "ordering",
    "packing",
    "parties",
    "payment_terms",
    "places",
    "policies",
    "procedures",
    "recalls",
    "receiving",
    "receiving_records",
    "reconciliation",
    "replenishment",
    "reviewing",
    "saved",
    "settlement",
    "signing_on",
    "staff",
    "step_models",
    "tasks",
    "trace_codes",
    "unscanned",
    "versions",
]
