"""Where a thing came from, where it went, who moved it; where everything of a lot is now."""

from spd.tracing.item import Chain, Hop, NothingFound, trace_item
from spd.tracing.lot import LotTrace, Whereabouts, trace_lot

__all__ = ["Chain", "Hop", "LotTrace", "NothingFound", "Whereabouts", "trace_item", "trace_lot"]
