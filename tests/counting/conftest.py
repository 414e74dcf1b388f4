"""This file is the scene of these tests, in their transaction."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.build import Hospital
from tests.counting.scene import Scene, scene


@pytest.fixture
def s(session: Session, h: Hospital) -> Scene:
    return scene(session, h)
