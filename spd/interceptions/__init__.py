"""What the bedside caught: each time a rule stopped a use, warned, or was let pass by two; what became of it."""

from spd.interceptions.models import Interception
from spd.interceptions.record import Caught, keep, note, note_each
from spd.interceptions.report import CHANGED, FATES, Asked, ByPerson, ByRule, Totals, by_person, by_rule, rows, totals

__all__ = [
    "CHANGED",
    "FATES",
    "Asked",
    "ByPerson",
    "ByRule",
    "Caught",
    "Interception",
    "Totals",
    "by_person",
    "by_rule",
    "keep",
    "note",
    "note_each",
    "rows",
    "totals",
]
