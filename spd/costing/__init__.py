"""What was used costs: by department, by encounter, by DRG, always as sums of postings that open down to movements."""

from spd.costing.apportion import apportion
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
from spd.costing.inputs import CostInput, CostItem, DriverInput, RevenueInput, RevenueKind, Setting
from spd.costing.movement_cost import UseCost
from spd.costing.step_models import StepCell, StepDown, StepRule
from spd.costing.versions import (
    CostTable,
    NewVersion,
    Payer,
    TableKind,
    UnknownCostTable,
    add_version,
    get_version,
    in_force,
    newest,
)

__all__ = [
    "CostInput",
    "CostItem",
    "CostTable",
    "DepartmentCost",
    "Discharges",
    "DrgCost",
    "DriverInput",
    "EncounterCost",
    "Filter",
    "MonthCost",
    "NewVersion",
    "Partition",
    "Payer",
    "ProductCost",
    "RevenueInput",
    "RevenueKind",
    "RollUp",
    "Setting",
    "StepCell",
    "StepDown",
    "StepRule",
    "TableKind",
    "UnknownCostTable",
    "UseCost",
    "add_version",
    "apportion",
    "by_department",
    "by_drg",
    "by_encounter",
    "by_month",
    "by_product",
    "get_version",
    "in_force",
    "newest",
    "of_encounter",
    "partition",
    "roll_up",
    "uses",
]
