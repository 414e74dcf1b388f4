"""Closing: days by their wards, months by finance with a list of what must be done first, and reopening by two."""

from spd.closing.days import DayNotOver, DayOpen, NothingNew, close_day, holders, late_of, mark_late, mark_missed
from spd.closing.models import DayClose, DayRemain, LateArrival, MissedDay, Remain
from spd.closing.remaining import remaining
from spd.closing.seen import DayState, Square, first_day, squares, unclosed

__all__ = [
    "DayClose",
    "DayNotOver",
    "DayOpen",
    "DayRemain",
    "DayState",
    "LateArrival",
    "MissedDay",
    "NothingNew",
    "Remain",
    "Square",
    "close_day",
    "first_day",
    "holders",
    "late_of",
    "mark_late",
    "mark_missed",
    "remaining",
    "squares",
    "unclosed",
]
