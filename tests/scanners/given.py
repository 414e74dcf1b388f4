"""This file is the data that nobody here wrote, read from beside the repository where it is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of one file of shared data; the test module is skipped where the data are absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not beside this repository", allow_module_level=True)
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
