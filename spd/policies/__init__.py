"""Policies of the hospital: numbers and choices that differ between hospitals, as data with a default."""

from spd.policies.declared import DECLARED
from spd.policies.kept import BadPolicy, PolicyValue, UnknownPolicy, get, in_force, refuse_bad, settle, several
from spd.policies.policy import Policy

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
