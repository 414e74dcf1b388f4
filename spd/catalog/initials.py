"""This file is pinyin initials, by which people search for a product: 冠脉支架 is GMZJ."""

from __future__ import annotations

import unicodedata

_LONGEST = 80


def initials_of(name: str) -> str:
    """The first letter of each Chinese character by its usual reading, and Latin letters and digits as they are."""
    from pypinyin import Style, lazy_pinyin  # its dictionary takes a tenth of the time in which the program is loaded

    plain = unicodedata.normalize("NFKC", name)
    parts = lazy_pinyin(plain, style=Style.FIRST_LETTER, errors=lambda text: "".join(c for c in text if c.isalnum()))
    return "".join(parts).upper()[:_LONGEST]
