"""This file is whatever may come down a wire: it is answered, and nothing but Unreadable is ever raised."""

import json
import os
import random
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import Profile, Unreadable, own, read
from scanners.gs1.table import TABLE
from scanners.report import as_json, of_line

SEEDS = (
    "]d201069012345678921728093010L2601\x1d21SN0007",
    "(01)06901234567892(17)280930(10)L2601",
    "https://id.gs1.org/01/06901234567892/10/ABC?17=280930",
    "+A99912345/$$52001510X3/16D20111212/S77DEFG457",
    "+$$8244050928223C001LC",
    "=/A9999XYZ100T0476=,000025=A99972312345600=>025032",
    "MA.156.M0.100350.01004YA10017.SLMSAGAAAC.M210628.C3",
    "[)>\x1e06\x1d9N111234568408\x1dSX1\x1e\x04",
    "3034257BF7194E4000001A85",
    "C15011121200000107660000016",
    "国械注准20213030647",
    "^01069012345678921728093010L2601|^99X",
    "006141411234567890",
    own.make("wristband", 12345),
    own.make("chart_copy", 12345),
)
ALPHABET = "0123456789ABCXYZabcxyz]()[^|+$/=&,.:%?#{}<>~*\\\"' \t\r\n\x00\x04\x1c\x1d\x1e\x80ñ啊０￥²፩ \u200b😀\ud800"
COUNT = int(os.environ.get("SCANNERS_FUZZ", "50000"))


def mutations(count, seed):
    dice = random.Random(seed)
    for _ in range(count):
        text = list(dice.choice(SEEDS))
        for _ in range(dice.randint(0, 6)):
            place = dice.randint(0, len(text))
            match dice.randint(0, 4):
                case 0:
                    text[place:place] = dice.choice(ALPHABET)
                case 1:
                    del text[place : place + dice.randint(1, 5)]
                case 2:
                    text[place : place + 1] = dice.choice(ALPHABET)
                case 3:
                    text[place:place] = dice.choice(SEEDS)[dice.randint(0, 10) :]
                case 4:
                    text = text[:place] if dice.random() < 0.3 else text * dice.randint(1, 2)
        yield "".join(text)[:300]


def inventions(count, seed):
    """Identifiers of all kinds with values that are hardly ever right, in every way that GS1 is written."""
    dice, known = random.Random(seed), list(TABLE)
    keys = [ai for ai in known if TABLE[ai].paths is not None]

    def value(ai):
        size = dice.randint(0, TABLE[ai].maximum + 1)
        return "".join(dice.choice("0123456789" if dice.random() < 0.8 else ALPHABET) for _ in range(size))

    for _ in range(count):
        pairs = [(ai, value(ai)) for ai in (dice.choice(keys), *dice.choices(known, k=dice.randint(0, 4)))]
        path, query = pairs[: dice.randint(1, 3)], pairs[1:]
        yield dice.choice(
            (
                dice.choice(("]d2", "]C1", "")) + "".join(ai + text + dice.choice(("", "\x1d")) for ai, text in pairs),
                "".join(f"^{ai}{text}" for ai, text in pairs),
                "".join(f"({ai}){text}" for ai, text in pairs),
                "https://id.example.org/" + "/".join(f"{ai}/{text}" for ai, text in path)
                + "?" + "&".join(f"{ai}={text}" for ai, text in query),
            )
        )  # fmt: skip


@pytest.mark.parametrize("made", [mutations, inventions])
def test_fifty_thousand_damaged_codes_raise_nothing_but_unreadable(made):
    slowest = 0.0
    for text in made(COUNT // 2, 11):
        began = time.perf_counter()
        try:
            scan = read(text)
        except Unreadable as refusal:
            assert refusal.zh
            assert refusal.en
            assert 0 <= refusal.position <= 20_000
        else:
            assert scan.raw == text
            assert all(doubt.zh and doubt.en for doubt in scan.warnings)
        slowest = max(slowest, time.perf_counter() - began)
    assert slowest < 0.5  # a hang, not a busy machine


@pytest.mark.parametrize(
    "text",
    [
        "MA.156.M0.100350.፩1004YA10017",
        "MA.156.M0.100350.²1004YA10017",
        "[)>\x1e06\x1dQ፩\x1e\x04",
        "[)>\x1e06\x1d8P፩\x1e\x04",
    ],
)
def test_a_digit_of_another_script_is_refused_where_a_number_is_meant(text):
    with pytest.raises(Unreadable, match="keyboard"):
        read(text)


@pytest.mark.parametrize("text", ["+A99912345/Q{}E", "[)>\x1e06\x1d9N111234568408\x1dQ{}\x1e\x04"])
def test_a_quantity_longer_than_any_number_is_no_quantity(text):
    said = as_json(text.format("9" * 5_000))
    assert (said["valid"], said["quantity"]) == (False, None)
    assert "structure" in [doubt["code"] for doubt in said["warnings"]]


@given(st.text(max_size=300))
def test_any_text_is_answered_as_json(text):
    assert json.loads(json.dumps(as_json(text)))["input"] == text


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(data):
    try:
        read(data)
    except Unreadable:
        as_json(data)


@given(st.sampled_from(SEEDS), st.text(max_size=3), st.text(max_size=3), st.booleans())
def test_any_profile_is_answered(code, prefix, suffix, swaps):
    profile = Profile(prefix=prefix, suffix=suffix, swaps_case=swaps, separators=("|",), rfid=True)
    try:
        read(prefix + code + suffix, profile=profile)
    except Unreadable as refusal:
        assert refusal.code


@pytest.mark.parametrize(
    "unit", ["1", "01", "(01)", "+A", "10A", "\x1d", "^", "]C1", "{GS}", "啊", "91", "https://a/", "%"]
)
@pytest.mark.parametrize("size", [4_000, 100_000, 1_000_000])
def test_a_very_long_input_is_answered_at_once(unit, size):
    text = (unit * (size // len(unit) + 1))[:size]
    began = time.perf_counter()
    as_json(text)
    assert time.perf_counter() - began < 0.2  # 50 ms on a machine that is doing nothing else


def test_a_line_of_a_file_is_a_json_string_or_the_scan_itself():
    assert of_line('"]d2010690123456789210L1\\u001d21S"\n')["serial"] == "S"
    assert of_line("6901234567892\r\n")["gtin"] == "06901234567892"
    assert of_line('"broken\n')["valid"] is False
    assert of_line('"a"b"')["valid"] is False


@pytest.mark.parametrize("raw", [b"https://\xff\xfe", b"\x80\x81", "https://\ud800", "\udfff", b"+A1\xff", b"]d1\xff"])
def test_half_characters_never_stop_the_report_from_being_written(raw):
    assert json.dumps(as_json(raw), ensure_ascii=False).encode()


def test_an_unreadable_input_is_reported_with_its_reason():
    said = as_json("")
    assert (said["valid"], said["warnings"][0]["code"], said["elements"]) == (False, "empty", [])
    assert (said["error"], said["warnings"][0]["position"]) == ("Nothing was read. Scan again.", 0)


@pytest.mark.parametrize("today", [date(1, 1, 1), date(9999, 12, 31), None])
def test_no_year_of_any_clock_makes_a_day_that_cannot_be(today):
    for year in ("00", "49", "50", "51", "99"):
        scan = read(f"]d2010690123456789217{year}1231", today=today)
        assert scan.expires_on is None or scan.expires_on.year % 100 == int(year)
        for text in (
            f"MA.156.M0.100350.01004YA10017.E{year}0101",
            f"+A99912345/{year}001L",
            f"+A99912345/$$6{year}00112L",
        ):
            assert read(text, today=today).kind in ("ma", "hibc")


def test_a_time_cut_short_in_a_link_is_a_fault_and_no_crash():
    scan = read("https://id.example.org/01/06901234567892/10/A1?7003=26123112")
    assert (scan.valid, scan.expires_at, scan.gtin) == (False, None, "06901234567892")
