"""Policies of the hospital: numbers and choices that differ between hospitals, as data with a default."""

from spd.policies.declared import DECLARED
from spd.policies.kept import BadPolicy, PolicyValue, UnknownPolicy, get, in_force, refuse_bad, settle, several
from spd.policies.of_devices import UNTESTED
from spd.policies.policy import Policy
from spd.policies.wards import ModeSaid, WardMode, mode_of, settle_mode

__all__ = [
    "DECLARED",
    "UNTESTED",
    "BadPolicy",
    "ModeSaid",
    "Policy",
    "PolicyValue",
    "UnknownPolicy",
    "WardMode",
    "get",
    "in_force",
    "mode_of",
    "refuse_bad",
    "settle",
    "settle_mode",
    "several",
]
