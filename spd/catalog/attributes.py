"""This file is what tells variants of a product apart (diopter, size, side), as it is written and as it is kept."""

from __future__ import annotations

import json
import re

_BETWEEN = re.compile(r"[;；\n]+")
_MOST = 20


def parse_attributes(text: str) -> str:
    """The attributes as they are kept, a JSON object of texts, from such an object or from “size=3.0; side=left”.

    Raises: ValueError, where it is neither.
    """
    said = json.loads(text) if text.lstrip().startswith("{") else _pairs(text)
    if not isinstance(said, dict) or len(said) > _MOST:
        raise ValueError("no object of texts")
    kept: dict[str, str] = {}
    for name, value in said.items():
        if isinstance(value, bool | dict | list) or value is None or not name.strip():
            raise ValueError(f"{name} is no text")
        kept[name.strip()[:40]] = str(value).strip()[:80]
    return json.dumps(dict(sorted(kept.items())), ensure_ascii=False)


def _pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in _BETWEEN.split(text):
        if not part.strip():
            continue
        name, sign, value = part.replace("＝", "=").replace("：", ":").partition("=")
        if not sign:
            name, sign, value = part.replace("：", ":").partition(":")
        if not sign:
            raise ValueError(f"{part} is no pair")
        found[name.strip()] = value.strip()
    return found
