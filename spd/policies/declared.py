"""This file is all policies that are declared, in the order in which they are shown."""

from __future__ import annotations

from spd.policies.of_closing import OF_CLOSING
from spd.policies.of_cost import OF_COST
from spd.policies.of_devices import OF_DEVICES
from spd.policies.of_money import OF_MONEY
from spd.policies.of_patients import OF_PATIENTS
from spd.policies.of_stock import OF_STOCK
from spd.policies.of_supply import OF_SUPPLY
from spd.policies.policy import Policy

DECLARED: tuple[Policy, ...] = (
    *OF_STOCK, *OF_SUPPLY, *OF_PATIENTS, *OF_MONEY, *OF_COST, *OF_CLOSING, *OF_DEVICES,
)  # fmt: skip
