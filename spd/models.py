"""This file is all tables in one place, for migrations and checks: importing it makes the metadata complete."""

from __future__ import annotations

from spd import admission, commitments, devices, encounters, parties, places, policies, staff
from spd.accounting import models as accounting
from spd.catalog import agreements, changes, mapping
from spd.catalog import models as catalog
from spd.core import attachments, job_runs, tasks
from spd.core.base import Base
from spd.labelling import models as labelling
from spd.ledger import models as ledger
from spd.licensing import models as licensing
from spd.ordering import models as ordering
from spd.recalls import models as recalls
from spd.receiving import models as receiving
from spd.replenishment import models as replenishment
from spd.stock import deny_list, fixed_quantities, holds
from spd.trace_codes import models as trace_codes

metadata = Base.metadata

__all__ = [
    "accounting",
    "admission",
    "agreements",
    "attachments",
    "catalog",
    "changes",
    "commitments",
    "deny_list",
    "devices",
    "encounters",
    "fixed_quantities",
    "holds",
    "job_runs",
    "labelling",
    "ledger",
    "licensing",
    "mapping",
    "metadata",
    "ordering",
    "parties",
    "places",
    "policies",
    "recalls",
    "receiving",
    "replenishment",
    "staff",
    "tasks",
    "trace_codes",
]
