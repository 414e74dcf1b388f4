"""This file is what must hold of the codes we print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import own, read
from scanners.scan import OWN_KINDS

KINDS = st.sampled_from(sorted(OWN_KINDS))
NUMBERS = st.integers(0, 2**60 - 1)


@given(KINDS, NUMBERS)
def test_a_printed_code_is_read_as_what_was_printed(kind, number):
    code = own.make(kind, number)
    scan = read(code)
    assert (scan.kind, scan.code, own.number_of(code), len(code)) == (kind, code, number, 14)


def test_a_check_character_that_looks_like_another_is_not_taken_for_it():
    assert own.canonical("P0000008000310") is None
    assert own.canonical("P000000800031O") == "P000000800031O"


@given(KINDS, NUMBERS, st.integers(0, 13), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_one_wrong_character_never_makes_another_code(kind, number, place, character):
    code = own.make(kind, number)
    wrong = code[:place] + character + code[place + 1 :]
    assert own.canonical(wrong) in (None, code)


def test_hardly_any_swap_of_neighbours_makes_another_code():
    missed = swaps = 0
    for number in range(0, 2**60, 2**60 // 700):
        code = own.make("pack", number)
        for place in range(1, 11):
            swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
            swaps += swapped != code
            missed += swapped != code and own.canonical(swapped) is not None
    assert missed / swaps < 1 / 300


@given(KINDS, NUMBERS)
def test_caps_lock_and_letters_that_look_like_digits_change_nothing(kind, number):
    code = own.make(kind, number)
    assert own.canonical(code.lower()) == code
    assert own.canonical(code[0] + code[1:-1].replace("0", "O").replace("1", "l") + code[-1]) == code


def test_a_seed_gives_the_same_code_for_ever():
    assert own.derive("unit", b"x") == "U5NRHCGNQ4TR40"


def test_a_number_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="60 bits"):
        own.make("unit", 2**60)
    with pytest.raises(ValueError, match="not one of our own"):
        own.make("gs1", 1)


@given(st.text(max_size=20))
def test_other_text_is_hardly_ever_ours(text):
    assert own.canonical(text) is None or len(text) == 14
