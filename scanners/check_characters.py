"""This file is the check digits and check characters that carriers end with."""

from __future__ import annotations

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CODE_39 = ALPHANUMERIC + "-. $/+%"
CSET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
CSET_32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

_CODE_39_VALUE = {character: value for value, character in enumerate(CODE_39)}
_ALPHANUMERIC_VALUE = {character: value for value, character in enumerate(ALPHANUMERIC)}
_CSET_82_VALUE = {character: value for value, character in enumerate(CSET_82)}
# Weights of the pair that ends a GMN: the first 23 primes, from the right. GenSpecs 7.9.5.
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)


def gs1_digit(payload: str) -> str:
    """The check digit that follows `payload`, ASCII digits only: weights 3, 1, 3 … from the right.

    Source: GS1 General Specifications 7.9.1.
    """
    digits = payload.encode()  # codes 48..57, so 48 is taken off once for each weight
    odd, even = digits[-1::-2], digits[-2::-2]
    total = 3 * (sum(odd) - 48 * len(odd)) + sum(even) - 48 * len(even)
    return "0987654321"[total % 10]


def gs1_holds(number: str) -> bool:
    """Whether the last digit of `number`, ASCII digits only, is its check digit."""
    digits = number.encode()
    threes = len(digits) // 2
    total = 3 * sum(digits[-2::-2]) + sum(digits[::-2]) - 48 * (2 * threes + len(digits))
    return len(number) > 1 and total % 10 == 0


def gs1_pair(payload: str) -> str:
    """The two characters that end a GMN or MUDI. Source: GS1 General Specifications 7.9.5."""
    total = sum(_CSET_82_VALUE[character] * prime for character, prime in zip(reversed(payload), _PRIMES, strict=False))
    high, low = divmod(total % 1021, 32)
    return CSET_32[high] + CSET_32[low]


def modulo_43(text: str) -> str:
    """The check character of HIBC: the sum of Code 39 values, modulo 43.

    Raises: KeyError for a character outside Code 39.
    """
    values = _CODE_39_VALUE
    return CODE_39[sum(values[character] for character in text) % 43]


def modulo_37_36(text: str) -> str:
    """The check character of ISO/IEC 7064 MOD 37,36; catches every wrong character.

    Of swaps of neighbours it misses one in six hundred.
    """
    remainder = 36
    for character in text:
        remainder = (remainder + _ALPHANUMERIC_VALUE[character]) % 36 or 36
        remainder = remainder * 2 % 37
    return ALPHANUMERIC[(37 - remainder) % 36]


def modulo_97(text: str) -> bool:
    """Whether an IBAN's two check digits hold. Source: ISO 13616."""
    turned = text[4:] + text[:4]
    return int("".join(str(_ALPHANUMERIC_VALUE[character]) for character in turned)) % 97 == 1


def luhn(digits: str) -> str:
    """The check digit that doubles every second digit, the rightmost one not doubled."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
