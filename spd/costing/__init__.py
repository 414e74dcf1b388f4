"""What was used costs: by department, by encounter, by DRG, always as sums of postings that open down to movements."""

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
    uses,
)
from spd.costing.drgs import Discharges, DrgCost, by_drg
from spd.costing.encounters import EncounterCost, Partition, by_encounter, of_encounter, partition
from spd.costing.filters import DEPARTMENT_ALONE, Filter
from spd.costing.groups import Dimension, Group, by
from spd.costing.movement_cost import UseCost
from spd.costing.stock_book import BookLine, department_book, stock_book

__all__ = [
    "DEPARTMENT_ALONE",
    "BookLine",
    "DepartmentCost",
    "Dimension",
    "Discharges",
    "DrgCost",
    "EncounterCost",
    "Filter",
    "Group",
    "MonthCost",
    "Partition",
    "ProductCost",
    "RollUp",
    "UseCost",
    "by",
    "by_department",
    "by_drg",
    "by_encounter",
    "by_month",
    "by_product",
    "by_week",
    "cells_of",
    "count_uses",
    "department_book",
    "of_department_months",
    "of_encounter",
    "partition",
    "posted",
    "roll_up",
    "stock_book",
    "uses",
]
