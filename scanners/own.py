"""This file is the codes we print ourselves: a letter for the kind, twelve characters, and a check character.

The twelve are Crockford base 32 (no I, L, O, U), sixty bits; the check is ISO/IEC 7064 MOD 37,36 over the thirteen
before it. The code says nothing about the thing: what it is stands in the database, so a label never has to change.
"""

from __future__ import annotations

import hashlib
from typing import get_args

from scanners import check_characters
from scanners.scan import OWN_KINDS, Kind

LENGTH = 14
BITS = 60
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS: dict[Kind, str] = {
    "unit": "U",
    "pack": "P",
    "bulk": "B",
    "kit": "K",
    "location": "L",
    "staff": "S",
    "wristband": "W",
    "chart_copy": "H",
    "document": "D",
    "command": "C",
    "test_card": "T",
}
KINDS: dict[str, Kind] = {letter: kind for kind, letter in LETTERS.items()}
_BODY = frozenset(CROCKFORD)
_MISTAKEN = str.maketrans("ILO", "110")  # how people read these letters from a worn label


def make(kind: Kind, number: int) -> str:
    """The code of `kind` that carries `number`, 0 to 2**60 - 1.

    Raises: ValueError for a kind that is not ours, or a number that does not fit.
    """
    if kind not in OWN_KINDS:
        raise ValueError(f"{kind!r} is not one of our own labels: {', '.join(sorted(get_args(Kind)))}")
    if not 0 <= number < 1 << BITS:
        raise ValueError(f"{number} does not fit into {BITS} bits")
    body = LETTERS[kind] + "".join(CROCKFORD[number >> shift & 31] for shift in range(BITS - 5, -1, -5))
    return body + check_characters.modulo_37_36(body)


def derive(kind: Kind, seed: bytes) -> str:
    """The code of `kind` for `seed`: the same seed gives the same code for ever."""
    return make(kind, int.from_bytes(hashlib.sha256(seed).digest()[:8]) >> 64 - BITS)


def number_of(code: str) -> int:
    """The number that a canonical code carries."""
    number = 0
    for character in code[1:-1]:
        number = number << 5 | CROCKFORD.index(character)
    return number


def canonical(text: str) -> str | None:
    """The code as we print it, or None if `text` is no code of ours.

    Lower case is raised. I and L are taken for 1 and O for 0 only where the check character then holds.
    """
    if len(text) != LENGTH or not text.isascii():
        return None
    raised = text.upper()
    if raised[0] not in KINDS:
        return None
    # Neither the first letter (L is a location) nor the check character (any letter) is translated: a check that may
    # be two characters would let a wrong digit pass.
    body = raised[1:-1].translate(_MISTAKEN)
    if not _BODY.issuperset(body):
        return None
    check = check_characters.modulo_37_36(raised[0] + body)
    return raised[0] + body + check if raised[-1] == check else None


def is_own(text: str) -> bool:
    """Whether `text` is a code of ours, as printed or as a device or a person may have sent it."""
    return canonical(text) is not None


def kind_of(code: str) -> Kind:
    """The kind of a canonical code."""
    return KINDS[code[0]]
