"""Policies of the hospital: numbers and choices that differ between hospitals, as data with a default."""

from spd.policies.declared import DECLARED, Policy
from spd.policies.kept import BadPolicy, PolicyValue, UnknownPolicy, get, in_force, refuse_bad, settle, several

__all__ = [
    "DECLARED",
    "BadPolicy",
    "Policy",
    "PolicyValue",
    "UnknownPolicy",
    "get",
    "in_force",
    "refuse_bad",
    "settle",
    "several",
]
