"""This file is which uses somebody scanned: what orders, charges and corrections book was no scan of its own."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_

from spd.ledger import Movement, MovementKind

DRAWN = "drawn"
"""The reason of what was drawn from open packs by an order or a charge."""
VARIANCE = "loose-variance"
"""The reason of what was in a finished pack and nobody was charged for."""
ASSIGNED = "emergency-assigned"
"""The reason of what was scanned in an emergency and booked anew on its patient."""


def was_scanned() -> ColumnElement[bool]:
    """Whether a movement is a use that was scanned, or typed in place of a scan."""
    return and_(Movement.kind == MovementKind.CONSUME, Movement.reason.not_in((DRAWN, VARIANCE, ASSIGNED)))
