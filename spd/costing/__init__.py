"""What was used costs: by department, by encounter, by DRG, always as sums of postings that open down to movements."""

from spd.costing.apportion import apportion
from spd.costing.bed_days import Month
from spd.costing.case_inputs import DRIVERS
from spd.costing.case_methods import CaseItem, CaseMethod, Why
from spd.costing.case_models import (
    CaseLine,
    CaseRest,
    CaseRevenue,
    CaseRun,
    CaseService,
    Grouping,
    GroupStandard,
    OutlierBand,
    PaymentGroup,
    PaymentTerms,
    ServiceUnitCost,
    StayCost,
    StayRoll,
)
from spd.costing.cells import RollUp, of_department_months, posted, roll_up
from spd.costing.cells import of as cells_of
from spd.costing.departments import (
    DepartmentCost,
    MonthCost,
    ProductCost,
    by_department,
    by_month,
    by_product,
    by_week,
    count_uses,
    every_use,
    uses,
)
from spd.costing.drgs import CaseOfDrg, Discharges, DrgCost, by_drg, cases_of_drg
from spd.costing.encounters import EncounterCost, Partition, by_encounter, count_encounters, of_encounter, partition
from spd.costing.filters import DEPARTMENT_ALONE, Filter
from spd.costing.inputs import CostInput, CostItem, DriverInput, RevenueInput, RevenueKind, Setting
from spd.costing.movement_cost import UseCost
from spd.costing.parts import Dimension, Group, by
from spd.costing.payment import Pays
from spd.costing.step_models import StepCell, StepDown, StepRule
from spd.costing.stock_book import BookLine, book_sides, department_book, stock_book
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
    "DEPARTMENT_ALONE",
    "DRIVERS",
    "BookLine",
    "CaseItem",
    "CaseLine",
    "CaseMethod",
    "CaseOfDrg",
    "CaseRest",
    "CaseRevenue",
    "CaseRun",
    "CaseService",
    "CostInput",
    "CostItem",
    "CostTable",
    "DepartmentCost",
    "Dimension",
    "Discharges",
    "DrgCost",
    "DriverInput",
    "EncounterCost",
    "Filter",
    "Group",
    "GroupStandard",
    "Grouping",
    "Month",
    "MonthCost",
    "NewVersion",
    "OutlierBand",
    "Partition",
    "Payer",
    "PaymentGroup",
    "PaymentTerms",
    "Pays",
    "ProductCost",
    "RevenueInput",
    "RevenueKind",
    "RollUp",
    "ServiceUnitCost",
    "Setting",
    "StayCost",
    "StayRoll",
    "StepCell",
    "StepDown",
    "StepRule",
    "TableKind",
    "UnknownCostTable",
    "UseCost",
    "Why",
    "add_version",
    "apportion",
    "book_sides",
    "by",
    "by_department",
    "by_drg",
    "by_encounter",
    "by_month",
    "by_product",
    "by_week",
    "cases_of_drg",
    "cells_of",
    "count_encounters",
    "count_uses",
    "department_book",
    "every_use",
    "get_version",
    "in_force",
    "newest",
    "of_department_months",
    "of_encounter",
    "partition",
    "posted",
    "roll_up",
    "stock_book",
    "uses",
]
