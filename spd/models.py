"""This file is all tables in one place, for migrations and checks: importing it makes the metadata complete."""

from __future__ import annotations

from spd import admission, commitments, devices, encounters, parties, places, policies, procedures, staff, unscanned
from spd.accounting import models as accounting
from spd.catalog import agreements, changes, mapping
from spd.catalog import models as catalog
from spd.charging import models as charging
from spd.core import attachments, import_files, job_runs, tasks
from spd.core.base import Base
from spd.counting import models as counting
from spd.disposal import models as disposal
from spd.interceptions import models as interceptions
from spd.labelling import models as labelling
from spd.ledger import models as ledger
from spd.licensing import models as licensing
from spd.offline import models as offline
from spd.ordering import models as ordering
from spd.packing import models as packing
from spd.recalls import models as recalls
from spd.receiving import models as receiving
from spd.receiving import records as receiving_records
from spd.reconciliation import models as reconciliation
from spd.replenishment import models as replenishment
from spd.settlement import models as settlement
from spd.stock import abc, deny_list, fixed_quantities, holds, kits
from spd.trace_codes import models as trace_codes

metadata = Base.metadata

__all__ = [
    "abc",
    "accounting",
    "admission",
    "agreements",
    "attachments",
    "catalog",
    "changes",
    "charging",
    "commitments",
    "counting",
    "deny_list",
    "devices",
    "disposal",
    "encounters",
    "fixed_quantities",
    "holds",
    "import_files",
    "interceptions",
    "job_runs",
    "kits",
    "labelling",
    "ledger",
    "licensing",
    "mapping",
    "metadata",
    "offline",
    "ordering",
    "packing",
    "parties",
    "places",
    "policies",
    "procedures",
    "recalls",
    "receiving",
    "receiving_records",
    "reconciliation",
    "replenishment",
    "settlement",
    "staff",
    "tasks",
    "trace_codes",
    "unscanned",
]
