"""This file is registration numbers: how they are kept, wherever they come in, so that the same certificate is found.

Devices have a registration or a filing; what is no device (a drug, a disinfectant) has a number of another authority.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from scanners.chinese_numbers import certificate
from spd.core.errors import Refused


class BadNumber(Refused):
    """The number is none that an authority gives."""

    code = "bad-registration-number"
    say = {
        "zh": "“{number}”不是注册证或备案号。应如 国械注准20213030647, 按证书原文填写。",
        "en": "“{number}” is no registration or filing number. Write it as the certificate has it, such as "
        "“国械注准20213030647”.",
    }


class NumberContradicts(Refused):
    """Authority, origin and class of the number do not go together, or are not those said."""

    code = "registration-contradicts"
    say = {
        "zh": "注册证号 {number} 与所填内容矛盾: {why_zh}。对照证书更正。",
        "en": "Number {number} contradicts what was said: {why}. Compare it with the certificate.",
    }


@lru_cache(maxsize=20_000)
def plain_number(number: str) -> str:
    """A registration number as it is kept: the same for the same certificate, however it was typed."""
    found = certificate(number)
    return found.number if found else "".join(unicodedata.normalize("NFKC", number).split())


def registration_of(text: str) -> str:
    """The number of a product as it is kept; nothing where none is said. Raises: BadNumber, NumberContradicts."""
    said = certificate(text)
    if said is None:
        if "械" in text:
            raise BadNumber(number=text)
        return plain_number(text)
    if not said.consistent:
        raise NumberContradicts(
            number=said.number,
            why="authority, origin and class do not go together",
            why_zh="批准机关、来源与类别不相符",
        )
    return said.number
