"""What was used costs: by department, by encounter, by DRG, always as sums of postings that open down to movements."""

from spd.costing.departments import (
    DepartmentCost,
    Filter,
    MonthCost,
    ProductCost,
    RollUp,
    by_department,
    by_month,
    by_product,
    roll_up,
    uses,
)
from spd.costing.drgs import Discharges, DrgCost, by_drg
from spd.costing.encounters import EncounterCost, Partition, by_encounter, of_encounter, partition
from spd.costing.movement_cost import UseCost

__all__ = [
    "DepartmentCost",
    "Discharges",
    "DrgCost",
    "EncounterCost",
    "Filter",
    "MonthCost",
    "Partition",
    "ProductCost",
    "RollUp",
    "UseCost",
    "by_department",
    "by_drg",
    "by_encounter",
    "by_month",
    "by_product",
    "of_encounter",
    "partition",
    "roll_up",
    "uses",
]
