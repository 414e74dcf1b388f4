"""This file is a ward mode as a door is told it: product and ward by their codes."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from spd import policies
from spd.catalog import get_product
from spd.core.errors import NotAllowed
from spd.core.occasion import Occasion
from spd.places import get_department
from spd.policies import ModeSaid, WardMode
from spd.policies.wards import EVERY


def settle(session: Session, when: Occasion, said: dict[str, Any], mine: frozenset[int] | None) -> bool:
    """The mode in force from now on; False where it was said before. Who holds in some wards says it of those alone.

    Raises: UnknownProduct, UnknownDepartment, NotAllowed, ModeOfNothing.
    """
    product = get_product(session, said["product"]).id if said.get("product") else EVERY
    department = get_department(session, said["department"]).id if said.get("department") else EVERY
    if mine is not None and department not in mine:
        raise NotAllowed()
    mode = WardMode(opening=said["opening"], open_days=said["open_days"], charging=said["charging"])
    asked = ModeSaid(
        product_id=product, department_id=department, mode=None if said["withdraw"] else mode,
        reason=said.get("reason", ""),
    )  # fmt: skip
    return policies.settle_mode(session, when, asked)
