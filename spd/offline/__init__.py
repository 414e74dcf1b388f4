"""What devices did without network: events in their order, one verdict each, gaps listed, refusals kept as disputes."""

from spd.offline.chain import START, Queued, digest, written
from spd.offline.disputes import (
    call_lost,
    dispute,
    done,
    get_dispute,
    history,
    own,
    resolve,
    scanned_of,
    verdicts,
    waiting,
)
from spd.offline.keep import LATE, LIMIT, PATIENCE, Brought, Received, lock, missing, ready, take
from spd.offline.models import (
    DeviceEvent,
    DeviceGap,
    Dispute,
    DisputeStep,
    EventKind,
    EventVerdict,
    Resolution,
    Verdict,
)
from spd.offline.proof import problems
from spd.offline.refusals import ChainBroken, DisputeResolved, PersonLeft, Unclear, UnknownDispute, UnknownGap
from spd.offline.snapshot import Lying, Snapshot, snapshot

__all__ = [
    "LATE",
    "LIMIT",
    "PATIENCE",
    "START",
    "Brought",
    "ChainBroken",
    "DeviceEvent",
    "DeviceGap",
    "Dispute",
    "DisputeResolved",
    "DisputeStep",
    "EventKind",
    "EventVerdict",
    "Lying",
    "PersonLeft",
    "Queued",
    "Received",
    "Resolution",
    "Snapshot",
    "Unclear",
    "UnknownDispute",
    "UnknownGap",
    "Verdict",
    "call_lost",
    "digest",
    "dispute",
    "done",
    "get_dispute",
    "history",
    "lock",
    "missing",
    "own",
    "problems",
    "ready",
    "resolve",
    "scanned_of",
    "snapshot",
    "take",
    "verdicts",
    "waiting",
    "written",
]
