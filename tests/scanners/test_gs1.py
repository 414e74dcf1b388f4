"""This file is GS1 as a hospital reads it: what becomes of good codes, bad codes, and codes written and read again."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import Unreadable, check_characters, read
from scanners.gs1.bracketed import bracketed_text
from scanners.gs1.element_string import elements_text
from scanners.gs1.fields import package_gtin
from scanners.gs1.table import TABLE
from scanners.report import as_json

CSET_82 = st.text(st.sampled_from(check_characters.CSET_82), min_size=1, max_size=20)
DIGITS = st.integers(0, 10**17 - 1).map(lambda n: f"{n:017}")


def checked(body):
    return body + check_characters.gs1_digit(body)


@st.composite
def labels(draw):
    """Elements that may stand together, in any order, with every character that GS1 allows."""
    elements = [("01", checked(draw(DIGITS)[-13:]))]
    rest = {
        "10": CSET_82,
        "21": CSET_82,
        "240": CSET_82,
        "91": CSET_82,
        "17": st.dates(date(2000, 1, 1), date(2049, 12, 31)).map(lambda day: day.strftime("%y%m%d")),
        "11": st.dates(date(2000, 1, 1), date(2049, 12, 31)).map(lambda day: day.strftime("%y%m%d")),
        "30": st.integers(0, 10**8 - 1).map(str),
        "3103": st.integers(0, 10**6 - 1).map(lambda n: f"{n:06}"),
    }
    elements += [(ai, draw(rest[ai])) for ai in draw(st.sets(st.sampled_from(sorted(rest))))]
    return tuple(draw(st.permutations(elements)))


@given(labels())
def test_a_written_element_string_is_read_as_what_was_written(elements):
    scan = read("]d2" + elements_text(elements) + "\x1d")
    assert (scan.elements, scan.valid, scan.strict_valid, scan.ambiguous) == (elements, True, True, False)


@given(labels())
def test_written_brackets_are_read_as_what_was_written(elements):
    assert read(bracketed_text(elements)).elements == elements


@given(
    st.sampled_from([("00", 17), ("01", 13), ("02", 13), ("414", 12), ("8017", 17), ("253", 12), ("402", 16)]),
    DIGITS,
    st.data(),
)
def test_one_wrong_digit_of_a_checked_number_is_always_seen(key, digits, data):
    ai, length = key
    value = checked(digits[:length])
    place = data.draw(st.integers(0, length))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != value[place]]))
    wrong = value[:place] + other + value[place + 1 :]
    assert read(f"]C1{ai}{value}").valid
    scan = read(f"]C1{ai}{wrong}")
    assert (scan.valid, scan.warns("check-digit")) == (False, True)


@given(st.text(st.sampled_from(check_characters.CSET_82), min_size=0, max_size=10), st.data())
def test_one_wrong_character_of_a_model_number_is_always_seen(text, data):
    body = "1987" + text
    value = body + check_characters.gs1_pair(body)
    place = data.draw(st.integers(4, len(body)))
    other = data.draw(st.sampled_from([c for c in check_characters.CSET_82 if c != value[place]]))
    assert read(f"]C18013{value}").valid
    try:
        assert not read(f"]C18013{value[:place]}{other}{value[place + 1 :]}").valid
    except Unreadable as refusal:
        assert refusal.code


@pytest.mark.parametrize(
    ("number", "size", "level"),
    [
        ("6901234567892", 13, 0),
        ("00614141123452", 12, 0),
        ("0614141123452", 12, 0),
        ("16901234567899", 14, 1),
        ("06901234567892", 13, 0),
        ("00000059001270", 8, 0),
        ("614141123452", 12, 0),
        ("59001270", 8, 0),
    ],
)
def test_a_bare_number_is_kept_as_fourteen_digits_with_its_own_size(number, size, level):
    scan = read(number)
    assert (scan.gtin, scan.gtin_format, scan.level, scan.valid) == (number.zfill(14), size, level, True)


def test_a_package_has_its_level_in_its_first_digit():
    carton = package_gtin("06901234567892", 3)
    assert (carton, read(carton).level) == ("36901234567893", 3)


def test_a_wrong_check_digit_loses_no_use():
    for raw in (
        "]d20106901234567890" + "17280930" + "10L2601",
        "(01)06901234567890(17)280930(10)L2601",
        "6901234567890",
    ):
        scan = read(raw)
        assert (scan.gtin, scan.valid, scan.warns("check-digit")) == ("06901234567890", False, True)
        assert scan.error


@pytest.mark.parametrize(
    ("raw", "code"),
    [("6901234567890", "check-digit"), ("+A123BJC5D6E71X", "check-character"), ("HELLO", "unknown"),
     ("]C110L1", "missing-companion")],
)  # fmt: skip
def test_a_strict_reading_refuses_what_a_lenient_one_reports(raw, code):
    assert not read(raw).strict_valid
    with pytest.raises(Unreadable) as refused:
        read(raw, strict=True)
    assert refused.value.code == code


def test_a_day_that_is_none_fills_no_field_and_is_said():
    scan = read("]d2010690123456789217280231" + "10L1")
    assert (scan.expires_on, scan.lot, scan.valid, scan.warns("date")) == (None, "L1", False, True)


@pytest.mark.parametrize(
    ("text", "day"), [("280200", date(2028, 2, 29)), ("270200", date(2027, 2, 28)), ("280930", date(2028, 9, 30))]
)
def test_day_00_is_the_last_of_its_month(text, day):
    assert read(f"]d2010690123456789217{text}").expires_on == day


@pytest.mark.parametrize(
    ("years", "today", "meant"),
    [("76", date(2026, 1, 1), 2076), ("77", date(2026, 1, 1), 1977), ("50", None, 2050), ("51", None, 1951),
     ("01", date(2098, 1, 1), 2101)],
)  # fmt: skip
def test_two_digits_of_a_year_are_within_fifty_years_of_today(years, today, meant):
    assert read(f"]d2010690123456789217{years}0101", today=today).expires_on.year == meant


def test_an_hour_of_expiry_is_read():
    scan = read("]d201069012345678927003" + "2809301430")
    assert (scan.expires_on, scan.expires_at) == (date(2028, 9, 30), time(14, 30))


@pytest.mark.parametrize(
    ("said", "at"),
    [("26030214", time(14)), ("2603021430", time(14, 30)), ("260302143059", time(14, 30, 59)), ("26030225", None)],
)
def test_the_time_of_production_is_read_as_far_as_it_is_said(said, at):
    scan = read("]d20106901234567892" + "8008" + said + "\x1d")
    assert (scan.produced_on, scan.produced_at) == (date(2026, 3, 2), at)
    assert "produced_at" not in as_json("]d20106901234567892" + "8008" + said + "\x1d")


def test_a_case_names_what_is_in_it_and_how_many():
    scan = read("]C100006141411234567890" + "0206901234567892" + "3724")
    assert (scan.sscc, scan.gtin, scan.quantity, scan.strict_valid) == (
        "006141411234567890",
        "06901234567892",
        24,
        True,
    )


@pytest.mark.parametrize(
    ("raw", "field", "value"),
    [
        ("]C14146901234000016", "gln", "6901234000016"),
        ("]C1800306901234567892X7", "grai", "6901234567892X7"),
        ("]C180046901TRAY7", "giai", "6901TRAY7"),
        ("]C18018006141411234567890", "gsrn", "006141411234567890"),
        ("006141411234567890", "sscc", "006141411234567890"),
    ],
)
def test_other_keys_have_their_fields(raw, field, value):
    scan = read(raw)
    assert (getattr(scan, field), scan.valid) == (value, True)


def test_spaces_typed_into_brackets_are_let_pass_and_said():
    scan = read("(01) 06901234567892 (10) L2601")
    assert (scan.gtin, scan.lot, scan.valid) == ("06901234567892", "L2601", False)


@pytest.mark.parametrize(
    "raw",
    [
        " (01)06901234567892(10)A1", "(01)06901234567892(10)A1 ", " https://a/01/06901234567892/10/A1",
        "https://a/01/06901234567892/10/A1 ",
    ],
)  # fmt: skip
def test_a_space_beside_what_is_typed_breaks_the_standard_and_loses_nothing(raw):
    scan = read(raw)
    assert (scan.gtin, scan.lot, scan.valid, scan.doubt) == ("06901234567892", "A1", False, None)


def test_a_typed_element_may_stand_twice_as_gs1_has_it():
    scan = read("(400)ABC(400)ABC")
    assert (scan.elements, scan.valid, scan.strict_valid) == ((("400", "ABC"), ("400", "ABC")), True, True)
    assert scan.warns("double-read")
    assert not read("(400)ABC(99)DEF(400)ABC").warns("double-read")
    assert read("(01)06901234567892(10)A1\r\n" * 2).elements == (("01", "06901234567892"), ("10", "A1"))


def test_a_scheme_in_letters_of_both_sizes_makes_no_link():
    link = "HtTps://example.org/01/06901234567892"
    assert (read(link).valid, read(link).gtin) == (False, "06901234567892")
    assert (read("]Q1" + link).kind, read("]Q1" + link).valid, read("]Q1" + link).elements) == ("unknown", True, ())


def test_what_was_read_before_a_fault_of_structure_is_kept():
    scan = read("]d2010690123456789217280930" + "FF")
    assert (scan.gtin, scan.expires_on, scan.valid, scan.warns("ai-unknown")) == (
        "06901234567892",
        date(2028, 9, 30),
        False,
        True,
    )


@pytest.mark.parametrize("raw", ["]d2FF", "]C1", "]d217", "(10)", "(01)", "((01)1", "]E41234567", "^01123"])
def test_a_code_that_names_nothing_is_refused_with_its_place(raw):
    with pytest.raises(Unreadable) as refused:
        read(raw)
    assert refused.value.position >= 0
    assert refused.value.zh != refused.value.en


@pytest.mark.parametrize("rest", ["AB(1)2", "AB(12)3", "AB(71)CN", "AB("])
def test_a_bracket_that_may_be_of_the_lot_leaves_the_lot_in_doubt(rest):
    scan = read(f"(01)06901234567892(10){rest}")
    assert (scan.gtin, scan.valid, scan.doubt.code) == ("06901234567892", False, "brackets")


def test_a_short_number_that_might_be_anything_is_unknown_with_gs1_as_an_alternative():
    scan = read("10064908")
    assert (scan.kind, scan.ambiguous, scan.alternatives[0].lot) == ("unknown", True, "064908")


def test_a_case_number_misread_is_no_trace_code():
    scan = read("00376130321109103421")
    assert (scan.kind, scan.valid, scan.ambiguous, scan.trace_code) == ("gs1", False, True, None)
    assert (scan.fault.code, [one.kind for one in scan.alternatives]) == ("check-digit", ["gs1", "trace"])


def test_twenty_digits_that_are_trace_code_and_asset_number_are_not_guessed():
    scan = read("80041234567890123456")
    assert (scan.kind, scan.ambiguous, scan.alternatives[1].giai) == ("trace", True, "1234567890123456")


def test_what_is_about_a_person_is_masked_for_the_log():
    scan = read("]d28018006141411234567890\x1d7253ZHANG\x1d7254SAN")
    assert "ZHANG" not in scan.loggable
    assert "SAN" not in scan.loggable
    assert read("6901234567892").loggable == "6901234567892"


def test_every_identifier_of_gs1_is_known():
    assert len(TABLE) == 541
    assert all(entry.minimum <= entry.maximum for entry in TABLE.values())
