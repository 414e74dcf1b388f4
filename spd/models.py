"""This file is all tables in one place, for migrations and checks: importing it makes the metadata complete."""

from __future__ import annotations

from spd import encounters, parties, places, staff
from spd.accounting import models as accounting
from spd.catalog import models as catalog
from spd.core import job_runs
from spd.core.base import Base
from spd.ledger import models as ledger
from spd.receiving import models as receiving
from spd.replenishment import models as replenishment

metadata = Base.metadata

__all__ = [
    "accounting", "catalog", "encounters", "job_runs", "ledger", "metadata", "parties", "places", "receiving",
    "replenishment", "staff",
]  # fmt: skip
