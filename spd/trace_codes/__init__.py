"""20-digit trace codes: which is packed in which, and an alarm where one comes in or is sold twice."""

from spd.trace_codes.life import Happened, Life, UnknownTraceCode, life_of
from spd.trace_codes.models import Act, Standing, TraceAlarm, TraceCode, TraceEvent
from spd.trace_codes.service import (
    LOOKS_SO,
    REASONS,
    Answer,
    Done,
    UnknownAlarm,
    act,
    note,
    open_alarms,
    resolve,
    sold_under,
    what_holds,
)

__all__ = [
    "LOOKS_SO",
    "REASONS",
    "Act",
    "Answer",
    "Done",
    "Happened",
    "Life",
    "Standing",
    "TraceAlarm",
    "TraceCode",
    "TraceEvent",
    "UnknownAlarm",
    "UnknownTraceCode",
    "act",
    "life_of",
    "note",
    "open_alarms",
    "resolve",
    "sold_under",
    "what_holds",
]
