"""Closing: days by their wards, months by finance with a list of what must be done first, and reopening by two."""

from spd.closing.checklist import Line, NothingToWave, checklist, stopping, wave_through
from spd.closing.counted import Month
from spd.closing.days import DayNotOver, DayOpen, NothingNew, close_day, holders, late_of, mark_late, mark_missed
from spd.closing.models import DayClose, DayRemain, LateArrival, MissedDay, Remain
from spd.closing.month_models import Check, CheckedLine, Rule, Waiver
from spd.closing.months import ListOpen, lock, lock_again, month_of
from spd.closing.proof import problems
from spd.closing.remaining import remaining
from spd.closing.reopening import AskedAlready, Asking, NothingAsked, OtherRole, TooLong, ask, decide, pending
from spd.closing.seen import DayState, Square, first_day, squares, unclosed

__all__ = [
    "AskedAlready",
    "Asking",
    "Check",
    "CheckedLine",
    "DayClose",
    "DayNotOver",
    "DayOpen",
    "DayRemain",
    "DayState",
    "LateArrival",
    "Line",
    "ListOpen",
    "MissedDay",
    "Month",
    "NothingAsked",
    "NothingNew",
    "NothingToWave",
    "OtherRole",
    "Remain",
    "Rule",
    "Square",
    "TooLong",
    "Waiver",
    "ask",
    "checklist",
    "close_day",
    "decide",
    "first_day",
    "holders",
    "late_of",
    "lock",
    "lock_again",
    "mark_late",
    "mark_missed",
    "month_of",
    "pending",
    "problems",
    "remaining",
    "squares",
    "stopping",
    "unclosed",
    "wave_through",
]
