"""Licences of suppliers, makers and products: what is on record, what ends, and whether goods may be had.

An order asks `refuse_unlicensed(session, wanted, on=day, act="order")`, a receipt the same with `act="receive"`.
"""

from spd.licensing import worklist
from spd.licensing.findings import KIND_NAMES, Act, Finding, Matter, Severity
from spd.licensing.judging import Wanted
from spd.licensing.models import (
    Licence,
    LicenceDecision,
    LicenceKind,
    LicenceOverride,
    LicenceProduct,
    LicenceWarning,
)
from spd.licensing.override import decide, find_override
from spd.licensing.recording import LicenceSeen, get, record, withdraw
from spd.licensing.service import Unlicensed, ask_override, findings, refuse_unlicensed

__all__ = [
    "KIND_NAMES",
    "Act",
    "Finding",
    "Licence",
    "LicenceDecision",
    "LicenceKind",
    "LicenceOverride",
    "LicenceProduct",
    "LicenceSeen",
    "LicenceWarning",
    "Matter",
    "Severity",
    "Unlicensed",
    "Wanted",
    "ask_override",
    "decide",
    "find_override",
    "findings",
    "get",
    "record",
    "refuse_unlicensed",
    "withdraw",
    "worklist",
]
