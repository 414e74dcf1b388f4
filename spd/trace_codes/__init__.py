"""20-digit trace codes: which is packed in which, and an alarm where one comes in or is sold twice."""

from spd.trace_codes.models import Act, Standing, TraceAlarm, TraceCode, TraceEvent
from spd.trace_codes.service import Answer, Done, UnknownAlarm, act, note, open_alarms, resolve, sold_under, what_holds

__all__ = [
    "Act",
    "Answer",
    "Done",
    "Standing",
    "TraceAlarm",
    "TraceCode",
    "TraceEvent",
    "UnknownAlarm",
    "act",
    "note",
    "open_alarms",
    "resolve",
    "sold_under",
    "what_holds",
]
