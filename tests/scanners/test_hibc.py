"""This file is HIBC, against cases from other people's libraries and back and forth against itself."""

import random
from datetime import date

import pytest
from given import cases
from hypothesis import given
from hypothesis import strategies as st

from scanners import Unreadable, check_characters, hibc, read
from scanners.report import as_json

CASES = [
    case
    for case in cases("hibc_udi/cases.json")
    if isinstance(case["input"], str) and case["direction"] != "append_check"
]
PART = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=18)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
LABELERS = st.from_regex(r"[A-Z][A-Z0-9]{3}", fullmatch=True)


def fields_of(case):
    said, scan = as_json(case["input"]), read(case["input"])
    return {
        "product_code": scan.product_code or scan.di,
        "labeler_id": scan.labeler,
        "lot": said["lot"],
        "serial": said["serial"],
        "unit_of_measure": said["unit_of_measure"],
        "quantity": said["quantity"],
        "expiry": said["expires_on"],
        "production_date": said["produced_on"],
    }


@pytest.mark.parametrize("case", [c for c in CASES if c["valid"]], ids=lambda c: c["id"])
def test_every_expected_field_is_read(case):
    said = fields_of(case)
    for name, wanted in case.get("expected", {}).items():
        if name in ("link", "check"):
            continue
        if isinstance(wanted, dict):
            # A month without a day means its last day here, as in GS1; others take the first, or leave it open.
            length = 7 if wanted.get("format") == "MMyy" else 10
            assert said[name][:length] == wanted["value"][:length], name
        else:
            assert said[name] == wanted, name


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_the_verdict_is_theirs_where_the_check_character_is_real(case):
    valid = case["valid"]
    if case["standard"] == "HIBC":
        # Cases with a placeholder or a wrong check are to be read and refused; two codes sent as one have two checks.
        twice = case["id"] in ("hu-000", "hu-001")
        valid = valid and (case["check_char_mod43_ok_whole_string"] or twice)
    elif case["standard"] == "GS1-128":
        valid = case["gs1_engine"]["valid"]  # that case is about the carrier, which nobody asked for
    assert as_json(case["input"])["valid"] == valid


def test_a_wrong_check_character_is_reported_and_the_fields_are_read():
    scan = read("+A99912345/$$52001510X3/16D20111212/S77DEFG45/")
    assert (scan.valid, scan.lot, scan.serial) == (False, "10X3", "77DEFG45")
    assert scan.warns("check-character")


@pytest.mark.parametrize(
    ("segments", "field", "first"),
    [
        (("$$3280930L1", "$$3280930L2"), "lot", "L1"),
        (("$$+3280930S1", "SS2"), "serial", "S1"),
        (("$$3280930L1", "14D20270101"), "expires_on", date(2028, 9, 30)),
        (("$$8053280930L1", "Q7"), "quantity", 5),
    ],
)
def test_a_field_that_says_two_things_is_doubted_and_the_first_counts(segments, field, first):
    scan = read(hibc.concatenated("A99912345", *segments))
    assert (scan.valid, scan.doubt.code, getattr(scan, field)) == (False, "structure", first)


def test_a_day_said_twice_alike_is_no_fault():
    assert read(hibc.concatenated("A99912345", "$$3280930L1", "14D20280930")).valid


def test_a_serial_that_is_empty_is_none():
    scan = read(hibc.concatenated("A99912345", "S"))
    assert (scan.valid, scan.serial) == (False, None)


def test_an_hour_of_expiry_is_kept():
    scan = read("+$$8244050928223C001LC")
    assert (scan.expires_on.isoformat(), scan.expires_at.hour) == ("2005-09-28", 22)


@pytest.mark.parametrize("segment", ["$$428093024", "$$62827499", "$$42809302"])
def test_an_hour_that_is_none_is_said_and_the_day_is_kept(segment):
    primary = hibc.primary("A123", "BJC5D6E7", 1)
    scan = read(hibc.concatenated(primary[1:-1], segment))
    assert (scan.expires_on.isoformat(), scan.expires_at, scan.valid) == ("2028-09-30", None, False)
    assert scan.warns("date")


def test_full_ascii_code_39_arrives_in_lower_case_and_is_raised():
    scan = read("*+a123bjc5d6e71g*")
    assert (scan.valid, scan.di, scan.warns("lower-case")) == (True, "A123BJC5D6E71", True)


def test_a_secondary_of_another_label_does_not_pass_for_this_ones():
    primary, stranger = hibc.primary("A123", "BJC5D6E7", 1), hibc.primary("A123", "OTHER", 1)
    assert read(primary + hibc.secondary("$$3280930L1", primary[-1])).valid
    assert primary[-1] != stranger[-1]
    scan = read(primary + hibc.secondary("$$3280930L1", stranger[-1]))
    assert (scan.valid, scan.warns("link-character")) == (False, True)


@given(LABELERS, PART, st.integers(0, 9), PART, PART)
def test_what_is_written_is_read(labeler, product, unit, lot, serial):
    primary = hibc.primary(labeler, product, unit)
    text = hibc.concatenated(primary[1:-1], f"$$3280930{lot}", f"S{serial}", "16D20260102")
    scan = read(text)
    assert scan.valid
    assert (scan.labeler, scan.product_code, scan.unit_of_measure) == (labeler, product, unit)
    assert (scan.lot, scan.serial, scan.produced_on.isoformat()) == (lot, serial, "2026-01-02")
    assert scan.expires_on.isoformat() == "2028-09-30"


@given(LABELERS, PART, st.integers(0, 9), st.data())
def test_one_wrong_character_is_never_taken_for_right(labeler, product, unit, data):
    text = hibc.primary(labeler, product, unit)
    place = data.draw(st.integers(1, len(text) - 1))
    other = data.draw(st.sampled_from([c for c in check_characters.CODE_39 if c != text[place]]))
    wrong = text[:place] + other + text[place + 1 :]
    try:
        scan = read(wrong)
    except Unreadable:
        return
    assert not (scan.kind == "hibc" and scan.valid)


@given(LABELERS, PART, st.integers(0, 9), PART, st.booleans())
def test_primary_and_secondary_sent_as_one_are_read_whatever_their_check_characters(labeler, product, unit, lot, late):
    primary = hibc.primary(labeler, product, unit)
    pair = [primary, hibc.secondary(f"$$3280930{lot}", primary[-1])]
    scan = read("".join(reversed(pair) if late else pair))
    assert (scan.valid, scan.ambiguous, scan.di, scan.lot) == (True, False, primary[1:-1], lot)


@pytest.mark.parametrize("seed", range(3))
def test_no_pair_of_thousands_is_refused(seed):
    """One in 43 of them holds as a whole too, which is chance."""
    dice = random.Random(seed)
    for _ in range(1_500):
        product, lot = ("".join(dice.choices(LETTERS, k=dice.randint(1, 13))) for _ in range(2))
        primary = hibc.primary("A" + "".join(dice.choices(LETTERS, k=3)), product, dice.randint(0, 9))
        scan = read(primary + hibc.secondary(f"$$3280930{lot}", primary[-1]))
        assert (scan.valid, scan.di, scan.lot) == (True, primary[1:-1], lot)


@pytest.mark.parametrize("form", ["secondary", "concatenated", "pair"])
def test_one_wrong_character_is_caught_in_every_form(form):
    """But one that makes a label of ours of it: the `+` before it gone, the rest would have to be ours by chance."""
    dice = random.Random(form)
    for _ in range(1_500):
        product, lot = ("".join(dice.choices(LETTERS, k=dice.randint(1, 13))) for _ in range(2))
        primary = hibc.primary("A" + "".join(dice.choices(LETTERS, k=3)), product, dice.randint(0, 9))
        second = hibc.secondary(f"$$3280930{lot}", primary[-1])
        concatenated = hibc.concatenated(primary[1:-1], f"$$3280930{lot}", "S" + lot)
        text = {"secondary": second, "concatenated": concatenated, "pair": primary + second}[form]
        place = dice.randrange(len(text))
        wrong = text[:place] + dice.choice(check_characters.CODE_39.replace(text[place], "")) + text[place + 1 :]
        try:
            scan = read(wrong)
        except Unreadable:
            continue
        assert not scan.valid or scan.kind != "hibc", wrong


def test_a_plus_is_in_no_serial_though_the_check_character_fits_by_chance():
    scan = read("+MJOL1V6/SM03+$$3280930L123%")
    assert (scan.valid, scan.fault.code) == (False, "structure")


def test_strict_reading_names_what_breaks_the_standard_before_what_is_only_missing():
    with pytest.raises(Unreadable) as refused:
        read("+$$52001510X3GE", strict=True)
    assert refused.value.code == "check-character"


@pytest.mark.parametrize("text", ["+A1", "+A123", "+$$9ABC1LC", "+A123B 1G", "+$$82L1LC", "+A12€1G"])
def test_what_is_not_built_as_hibc_is_refused(text):
    with pytest.raises(Unreadable):
        read(text)


def test_a_primary_that_cannot_be_is_not_written():
    for labeler, product in (("foo", "123123"), ("GOOD", ""), ("A123", "X" * 19)):
        with pytest.raises(ValueError, match="LIC"):
            hibc.primary(labeler, product, 0)
