"""This file is what a row of the table of access is: a scope, and the roles it is for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from spd.staff import Role

R = Role


class Scope(StrEnum):
    """Where a role holds."""

    OPEN = "open"
    """Anybody, also without a name."""
    ANYONE = "anyone"
    """Anybody with a name, whatever their role."""
    HOSPITAL = "hospital"
    """The whole hospital, whatever departments the grant names."""
    OWN_DEPARTMENT = "own department"
    """The departments of the grant; a grant without one holds everywhere."""


@dataclass(frozen=True)
class Access:
    """One row of the table."""

    scope: Scope
    roles: frozenset[Role] = frozenset()


def hospital(*roles: Role) -> Access:
    """These roles, in the whole hospital."""
    return Access(Scope.HOSPITAL, frozenset(roles))


def own(*roles: Role) -> Access:
    """These roles, in the departments of their grants."""
    return Access(Scope.OWN_DEPARTMENT, frozenset(roles))


OPEN = Access(Scope.OPEN)
ANYONE = Access(Scope.ANYONE)
STORE = (R.STOREKEEPER, R.INTEGRATION)
WARD = (R.NURSE, R.HEAD_NURSE)
READERS = (R.AUDITOR, R.QUALITY)
EVERYBODY = hospital(*(role for role in Role if role not in (R.SUPPLIER, R.SECURITY_ADMIN)))
