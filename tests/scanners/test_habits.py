"""This file is what a device's readings of the test card teach about it."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners import Profile, proving_card
from scanners.habits import learnt, meant

SENT = {task.name: task.sent for task in proving_card.TASKS}
NEW = Profile(name="new")


def read_by(prefix="", suffix="", separator="\x1d", identifier=True):
    return {
        name: prefix + (text if identifier else text[3:]).replace("\x1d", separator) + suffix
        for name, text in SENT.items()
    }


def passed(readings, profile):
    return all(proving_card.judge(name, text, profile).passed for name, text in readings.items())


def test_a_device_that_passes_is_left_as_it_is():
    for readings in (read_by(), read_by(separator="{GS}"), read_by(identifier=False)):
        assert learnt(readings, NEW) is NEW


@settings(max_examples=20)
@given(
    prefix=st.text("<#~$", max_size=3), suffix=st.text(">#~$", max_size=3),
    separator=st.sampled_from(["|", "~~", "\\F", "{FNC1}", "[GS]"]), identifier=st.booleans(),
)  # fmt: skip
def test_what_is_written_round_codes_and_between_them_is_learnt(prefix, suffix, separator, identifier):
    readings = read_by(prefix, suffix, separator, identifier)
    told = learnt(readings, NEW)
    if told is not NEW:
        assert passed(readings, told)
        assert (told.prefix, told.suffix, told.separators) == (prefix, suffix, (separator,))
    else:
        assert passed(readings, NEW) or {*prefix, *suffix} & {*separator}


def test_the_first_symbol_alone_teaches_the_separator():
    assert learnt({"separator": read_by(separator="|")["separator"]}, NEW).separators == ("|",)


@pytest.mark.parametrize("separator", ["", "0029", "029", "x", "--", "<;"])
def test_what_could_stand_in_a_lot_is_never_learnt_as_a_separator(separator):
    readings = read_by(separator=separator)
    assert learnt(readings, NEW) is NEW
    assert not passed(readings, NEW)


def test_what_differs_from_symbol_to_symbol_is_no_habit():
    readings = {name: f"{number}#{text}" for number, (name, text) in enumerate(read_by(separator="|").items())}
    assert learnt(readings, NEW) is NEW


@pytest.mark.parametrize("name", SENT)
def test_a_symbol_is_known_however_it_was_spoilt(name):
    sent = SENT[name]
    for spoilt in (
        sent, sent[3:], sent.swapcase(), sent * 2, sent[: len(sent) // 2], sent.replace("\x1d", ""), "<<" + sent + ">",
        sent.translate({ord(sign): ord(sign) + 0xFEE0 for sign in string.printable[:94]}),
    ):  # fmt: skip
        assert meant(spoilt) == name, spoilt


def test_another_keyboard_layout_is_known_by_how_much_came():
    german = str.maketrans("yYzZ\"&'()*+-/:;<=>?_#", "zZyYÄ/ä)=(`ß-ÖöC´D_?§")
    assert meant(SENT["signs"].translate(german)) == "signs"


@pytest.mark.parametrize("other", ["", "]d201069070000000031728093010L1", "6901234567892", "P-1", "5", "SPD-CMD-DONE"])
def test_what_is_not_on_the_card_is_none_of_its_symbols(other):
    assert meant(other) is None
