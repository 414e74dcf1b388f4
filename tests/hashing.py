"""This file is how passwords of the tests are hashed: as cheaply as argon2 can. At our own cost they took a minute."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from api import identity

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OWN = identity._hasher
"""The program's."""


def with_hasher(patch: pytest.MonkeyPatch, hasher: PasswordHasher) -> None:
    """Let the program hash and compare by this one."""
    patch.setattr(identity, "_hasher", hasher)
    patch.setattr(identity, "_NOBODY", hasher.hash("nobody"))
