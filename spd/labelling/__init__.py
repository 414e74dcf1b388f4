"""Labels to print: of what, which print it is of its code, and the queue of each printer."""

from spd.labelling.models import JobState, LabelPrint, Printer, PrintJob, QueuedLabel
from spd.labelling.prints import ReasonMissing, count_prints, prints_of
from spd.labelling.queue import (
    Batch,
    NotWaiting,
    UnknownPrinter,
    UnknownPrintJob,
    acknowledge,
    cancel,
    claim,
    enqueue,
    get_job,
    get_printer,
    jam,
    waiting_jobs,
)
from spd.labelling.subjects import KINDS, NoCode, Subject, badge, document, item, location, subject, wristband

__all__ = [
    "KINDS",
    "Batch",
    "JobState",
    "LabelPrint",
    "NoCode",
    "NotWaiting",
    "PrintJob",
    "Printer",
    "QueuedLabel",
    "ReasonMissing",
    "Subject",
    "UnknownPrintJob",
    "UnknownPrinter",
    "acknowledge",
    "badge",
    "cancel",
    "claim",
    "count_prints",
    "document",
    "enqueue",
    "get_job",
    "get_printer",
    "item",
    "jam",
    "location",
    "prints_of",
    "subject",
    "waiting_jobs",
    "wristband",
]
