"""This file is what tells the variants of a product apart: diopter, size, side, as pairs of texts."""

from __future__ import annotations

import json
import re

from spd.core.errors import Refused

_PAIR = re.compile(r"\s*([^=;；＝]+?)\s*[=＝:：]\s*([^;；]*?)\s*")
_MOST = 20


class BadAttributes(Refused):
    """The attributes cannot be read as pairs."""

    code = "bad-attributes"
    say = {
        "zh": "属性 {said} 无法识别。写成“名称=值; 名称=值”, 例如“屈光度=21.5; 侧别=左”。",
        "en": "The attributes {said} cannot be read. Write “name=value; name=value”, as “diopter=21.5; side=left”.",
    }


def read_attributes(said: str) -> str:
    """Pairs written as `name=value; name=value`, or as a JSON object, as they are kept. Raises: BadAttributes."""
    text = said.strip()
    if not text:
        return "{}"
    pairs = _object(text) if text.startswith("{") else _pairs(text)
    if pairs is None or len(pairs) > _MOST:
        raise BadAttributes(said=said[:80])
    return json.dumps(pairs, ensure_ascii=False, sort_keys=True)


def _object(text: str) -> dict[str, str] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict) or not all(isinstance(value, str | int) for value in found.values()):
        return None
    return {str(name): str(value) for name, value in found.items()}


def _pairs(text: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for part in re.split(r"[;；]", text):
        if not part.strip():
            continue
        pair = _PAIR.fullmatch(part)
        if pair is None or pair[1] in found:
            return None
        found[pair[1]] = pair[2]
    return found


def attributes_of(kept: str) -> dict[str, str]:
    """The pairs as they are kept."""
    return dict(json.loads(kept or "{}"))


def written(kept: str) -> str:
    """The pairs as people write them."""
    return "; ".join(f"{name}={value}" for name, value in attributes_of(kept).items())
