"""This file is what devices do to codes on their way, and that none of it passes in silence."""

import random
import string

import pytest

from scanners import DEFAULT, Profile, Unreadable, own, proving_card, read
from scanners.check_characters import CSET_82, gs1_digit
from scanners.gs1.element_string import elements_text
from scanners.gs1.lost_separator import MOST_SPLITS

GS = "\x1d"
STENT = f"01069012345678921728093010L2601{GS}21SN0007"


def labels(count, seed):
    """Element strings as boxes carry them: a product, days, a lot, a serial, now and then more."""
    dice = random.Random(seed)
    for _ in range(count):
        body = "".join(dice.choices(string.digits, k=13))
        elements = [("01", body + gs1_digit(body))]
        day = f"{dice.randint(20, 49):02}{dice.randint(1, 12):02}{dice.randint(0, 28):02}"
        rest = [
            ("17", day), ("11", day), ("10", text(dice, 20)), ("21", text(dice, 20)), ("240", text(dice, 30)),
            ("30", str(dice.randint(1, 9999))), ("22", text(dice, 20)), ("91", text(dice, 30)),
        ]  # fmt: skip
        yield elements + dice.sample(rest, k=dice.randint(1, 5))


def text(dice, most):
    letters = dice.choice((CSET_82, string.ascii_uppercase + string.digits, string.digits))
    return "".join(dice.choices(letters, k=dice.randint(1, most)))


FULL_WIDTH = {ord(c): ord(c) + 0xFEE0 for c in map(chr, range(0x21, 0x7F))}
SUFFIXED = Profile(name="wedge", suffix="\r")
WAYS = {
    "separator as it is": lambda s, dice: "]d2" + s,
    "without identifier": lambda s, dice: s,
    "{GS}": lambda s, dice: "]C1" + s.replace(GS, "{GS}"),
    "<GS>": lambda s, dice: "]C1" + s.replace(GS, "<GS>"),
    "^]": lambda s, dice: "]Q3" + s.replace(GS, "^]"),
    "Alt-code": lambda s, dice: "]C1" + s.replace(GS, "{Alt+0029}"),
    "F8": lambda s, dice: "]C1" + s.replace(GS, "{F8}"),
    "picture of a separator": lambda s, dice: "]C1" + s.replace(GS, "␝"),
    "full width": lambda s, dice: ("]C1" + s).translate(FULL_WIDTH),
    "caps lock": lambda s, dice: ("]d2" + s).swapcase(),
    "caps lock, without identifier": lambda s, dice: s.swapcase(),
    "twice": lambda s, dice: ("]d2" + s) * 2,
    "separator lost": lambda s, dice: "]d2" + s.replace(GS, ""),
    "input method": lambda s, dice: scattered(s, "的", dice),
}


def scattered(code, noise, dice):
    place = dice.randint(0, len(code))
    return "]d2" + code[:place] + noise + code[place:]


def outcome(raw, truth, profile=DEFAULT):
    try:
        scan = read(raw, profile=profile)
    except Unreadable:
        return "refused"
    if not scan.valid:
        return "reported"
    if scan.ambiguous:
        assert scan.serial is None
        listed = [list(other.elements) for other in scan.alternatives]
        if truth in listed or len(listed) == MOST_SPLITS:
            return "ambiguous"
        return "warned" if scan.warns("letter-case") else "WRONG"
    if list(scan.elements) == truth:
        return "right"
    return "warned" if scan.warns("letter-case") else "WRONG"


@pytest.mark.parametrize("way", WAYS)
def test_nothing_a_device_does_is_silently_wrong(way):
    dice = random.Random(7)
    known = labels(20_000, way)
    if way == "caps lock, without identifier":  # what is printed in small letters arrives in capitals, like any label
        known = (truth for truth in known if any(letter.isupper() for _, value in truth for letter in value))
    found = [outcome(WAYS[way](elements_text(truth), dice), truth) for truth in known]
    assert "WRONG" not in found
    if way == "caps lock, without identifier":
        assert set(found) <= {"right", "ambiguous", "warned", "reported", "refused"}
        assert found.count("warned") > 9_000
    elif way not in ("separator lost", "input method"):
        # Without a separator in it, even a whole code may have lost one: that is asked, and all else is right.
        assert set(found) <= {"right", "ambiguous"}
        assert found.count("right") > 14_000


def test_a_code_cut_short_is_refused_by_a_device_that_ends_its_codes():
    dice = random.Random(3)
    for truth in labels(2_000, "cut"):
        whole = "]d2" + elements_text(truth) + "\r"
        assert outcome(whole, truth, SUFFIXED) in ("right", "ambiguous")
        assert outcome(whole[: dice.randint(1, len(whole) - 1)], truth, SUFFIXED) == "refused"


def test_a_device_that_sends_separators_is_not_asked_about_lost_ones():
    plain = STENT.replace(GS, "")
    assert read(plain).ambiguous
    assert not read(plain, profile=Profile(sends_separator=True)).ambiguous


def test_a_lost_separator_offers_every_reading_and_binds_no_serial():
    scan = read(STENT.replace(GS, ""))
    assert (scan.gtin, scan.lot, scan.serial) == ("06901234567892", None, None)
    assert [(other.lot, other.serial) for other in scan.alternatives] == [("L260121SN0007", None), ("L2601", "SN0007")]
    reversed_order = read("010690123456789221SN000710L2601")
    assert reversed_order.serial is None
    assert ("L2601", "SN0007") in [(other.lot, other.serial) for other in reversed_order.alternatives]


@pytest.mark.parametrize("separator", ["|", "~", "0029", "#"])
def test_a_device_may_have_a_separator_of_its_own(separator):
    scan = read("]C1" + STENT.replace(GS, separator), profile=Profile(separators=(separator,)))
    assert (scan.lot, scan.serial) == ("L2601", "SN0007")


@pytest.mark.parametrize("separator", ["Alt+029", "{alt+029}", "<F8>", "{FNC1}", "[GS]", "\\x1d", "\\u001D"])
def test_other_names_of_the_separator_are_known(separator):
    assert read(STENT.replace(GS, separator)).serial == "SN0007"


@pytest.mark.parametrize(
    "raw",
    [STENT + "\r\n", "\ufeff" + STENT, "\x02" + STENT + "\x03", GS + STENT, STENT + GS, " " + STENT, STENT + "\t"],
)
def test_what_stands_around_a_code_is_taken_off(raw):
    assert (read(raw).lot, read(raw).serial) == ("L2601", "SN0007")


@pytest.mark.parametrize(
    ("raw", "kind", "valid"),
    [
        ("]E02112345678900", "gs1", True),
        ("]E0614141123452", "gs1", False),  # twelve digits where thirteen are promised
        ("]E02112345678900|]e0", "gs1", False),
        ("]E02112345678900|]e099COMPOSITE\x1d98XYZ", "gs1", True),
        ("]E412345670", "gs1", True),
        ("]C0HELLO", "unknown", True),
        ("]d1", "unknown", True),
        ("]XX", "unknown", False),
        ("]Q1https://example.com/about", "unknown", False),
        ("HELLO", "unknown", False),
        ("]d8010690123456789210L1", "gs1", True),
    ],
)
def test_the_identifier_of_the_symbol_is_held_to_what_it_promises(raw, kind, valid):
    assert (read(raw).kind, read(raw).valid) == (kind, valid)


def test_caps_lock_on_a_databar_is_told_from_ean_by_its_letters():
    scan = read("]E0010690123456789210l2601")
    assert (scan.symbology, scan.lot, scan.warns("caps-lock")) == ("]e0", "L2601", True)


@pytest.mark.parametrize("identifier", ["]A0", "]C0", "]L0", "]z0", "]d1", "]Q1"])
def test_caps_lock_on_any_symbol_is_undone(identifier):
    sent = (identifier + "+A123BJC5D6E71G").swapcase()
    scan = read(sent)
    assert (scan.symbology, scan.di, scan.valid) == (identifier, "A123BJC5D6E71", True)
    assert scan.warns("caps-lock")


def test_small_letters_without_an_identifier_are_doubted_as_caps_lock():
    for raw in (STENT.swapcase(), "10l2601" + GS + "17280930"):
        scan = read(raw)
        assert (scan.valid, scan.warns("letter-case"), scan.doubt) == (True, True, None)
    for raw in (STENT, "]d2" + STENT.swapcase(), "(10)l2601"):
        assert not read(raw).warns("letter-case")
    assert not read(STENT.swapcase(), profile=Profile(swaps_case=True)).warnings


def test_a_link_whose_scheme_and_host_are_in_capitals_alone_is_turned_back():
    scan = read("HTTPS://ID.GS1.ORG/01/06901234567892/10/aBc?17=280930")
    assert (scan.lot, scan.valid, scan.warns("caps-lock")) == ("AbC", True, True)
    for link in ("HTTPS://ID.GS1.ORG/01/06901234567892/10/ABC", "https://ID.GS1.ORG/01/06901234567892/10/ABC"):
        assert (read(link).lot, read(link).warns("caps-lock")) == ("ABC", False)
    assert read("]Q1HTTPS://ID.GS1.ORG/01/06901234567892/10/aBc").lot == "aBc"


@pytest.mark.parametrize(
    "code",
    [
        "6901234567892", "12345670", "614141123452", "006141411234567890", "C15011121200000107660000016",
        "C1501112120000010766", "81234567890123456789", "3074257BF7194E4000001A85", "国械注准20213030647",
        "MA.156.M0.100350.01004YA10017", "=/A9999XYZ100T0476", "=/A9999XYZ100T0476=,000025",
        "https://id.gs1.org/01/06901234567892/10/L1", "*+A123BJC5D6E71G*",
    ],
)  # fmt: skip
def test_whatever_arrives_twice_counts_once(code):
    once, twice = read(code), read(code * 2)
    assert once.kind != "unknown"
    assert (twice.kind, twice.di, twice.code, twice.sscc, twice.elements) == (
        once.kind, once.di, once.code, once.sscc, once.elements
    )  # fmt: skip
    assert twice.warns("double-read")


@pytest.mark.parametrize("between", ["", "\r", "\n"])
def test_a_double_read_counts_once(between):
    scan = read(STENT + between + STENT)
    assert (scan.serial, scan.warns("double-read")) == ("SN0007", True)
    code = own.make("pack", 77)
    assert read(code + between + code).code == code


def test_chinese_in_a_code_asks_for_the_english_keyboard():
    with pytest.raises(Unreadable) as refused:
        read("01069012345678921728啊0930")
    assert refused.value.code == "input-method"
    assert "英文输入法" in refused.value.zh


@pytest.mark.parametrize("raw", ["690123456789²", "①901234567892", "10L½"])
def test_what_only_looks_like_a_digit_is_none(raw):
    with pytest.raises(Unreadable) as refused:
        read(raw)
    assert refused.value.code == "input-method"
    assert read("690123456789２").gtin == "06901234567892"
    assert not read("]d2010690123456789210L½").valid


def test_several_symbols_of_one_trigger_pull_are_one_code():
    scan = read("]C10106901234567892]C117280930]C110L2601")
    assert (scan.gtin, scan.lot, scan.valid) == ("06901234567892", "L2601", True)


def test_a_device_proves_itself_on_the_card():
    findings = [proving_card.judge(task.name, task.sent, DEFAULT) for task in proving_card.TASKS]
    assert all(finding.passed for finding in findings)
    assert proving_card.profile_after(findings, DEFAULT).sends_separator
    assert not proving_card.profile_after(findings[1:], DEFAULT).sends_separator


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("separator", lambda s: s.replace(GS, ""), "no-separator"),
        ("separator", lambda s: s[3:], "no-identifier"),
        ("separator", str.swapcase, "caps-lock"),
        ("signs", lambda s: s.replace("_", "?"), "layout"),
        ("length", lambda s: s[:60], "cut"),
        ("signs", lambda s: s + "啊", "input-method"),
    ],
)
def test_the_card_names_what_a_device_does_wrong(name, change, fault):
    sent = next(task.sent for task in proving_card.TASKS if task.name == name)
    assert fault in proving_card.judge(name, change(sent), DEFAULT).faults


def test_the_card_can_be_printed():
    assert proving_card.card().startswith(b"%PDF")
