"""This file is the initials by which a Chinese name is searched: 冠脉支架 is GMZJ."""

from __future__ import annotations

import unicodedata

LONGEST = 80


def initials_of(name: str) -> str:
    """The first letter of each character's first reading, upper case; Latin letters and digits stay, the rest goes."""
    from pypinyin import Style, pinyin  # its dictionaries are large: only what names things loads them

    plain = unicodedata.normalize("NFKC", name)
    parts = pinyin(plain, style=Style.FIRST_LETTER)
    letters = "".join(part[0] for part in parts)
    return "".join(sign for sign in letters if sign.isascii() and sign.isalnum()).upper()[:LONGEST]
