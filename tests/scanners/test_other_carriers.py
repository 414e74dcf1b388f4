"""This file is the carriers besides GS1 and HIBC: tissue, MA, Chinese authorities, PPN, RFID."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import Profile, Unreadable, check_characters, epc, own, read
from scanners.chinese_numbers import certificate, nhsa_code

MA = "MA.156.M0.100350.01004YA10017.SLMSAGAAAC.M210628.LAY21062803.E220628.V220627.C3"


def test_an_ma_code_says_product_lot_serial_and_days():
    scan = read(MA)
    assert (scan.kind, scan.issuer, scan.di, scan.level) == ("ma", "ZIIOT", "MA.156.M0.100350.01004YA10017", 0)
    assert (scan.lot, scan.serial) == ("AY21062803", "LMSAGAAAC")
    assert (scan.produced_on, scan.expires_on) == (date(2021, 6, 28), date(2022, 6, 27))
    assert not scan.warnings


def test_the_day_an_ma_code_lapses_is_not_usable_any_more():
    assert read("MA.156.M0.100350.01004YA10017.E220628").expires_on == date(2022, 6, 27)


def test_an_ma_check_that_does_not_hold_only_warns():
    scan = read(MA.replace("AY21062803", "AY21062804"))
    assert (scan.valid, scan.warns("check-character"), scan.lot) == (True, True, "AY21062804")


def test_an_ma_code_from_a_keyboard_with_caps_lock_is_turned_back():
    assert read(MA.swapcase()).di == "MA.156.M0.100350.01004YA10017"


@pytest.mark.parametrize("part", ["L.S1", "S1.S2", "LA.LB", "LA B", "LA\x1dB", "LA.E220600", "LA.V220628.E220601"])
def test_an_ma_part_that_cannot_be_or_says_two_things_binds_nothing(part):
    scan = read(f"MA.156.M0.100350.01004YA10017.{part}")
    assert (scan.di, scan.valid, scan.serial) == ("MA.156.M0.100350.01004YA10017", False, "1" if "S1" in part else None)
    assert scan.fault is not None
    assert scan.expires_on in (None, date(2022, 5, 31))  # the earlier of two that disagree


def test_half_an_ma_code_is_refused():
    with pytest.raises(Unreadable):
        read("MA.156.M0.100350")


def test_tissue_says_product_serial_donation_lot_and_days():
    scan = read("=/A9999XYZ100T0476=,000025=A99972312345600=>025032=}023032&,1000000000000XYZ123")
    assert (scan.di, scan.serial, scan.code) == ("A9999XYZ100T0476", "000025", "A99972312345600")
    assert (scan.lot, scan.expires_on, scan.produced_on) == ("000000000000XYZ123", date(2025, 2, 1), date(2023, 2, 1))


def test_tissue_serial_zero_is_forbidden():
    assert not read("=/A9999XYZ100T0476=,000000").valid


@pytest.mark.parametrize(
    "text",
    [
        "=/A9999XYZ100T0476=,000025=,000026",
        "=/A9999XYZ100T0476=/A9999XYZ100T0477=,000025",
        "[)>\x1e06\x1d9N111234568408\x1d1TA\x1d1TB\x1e\x04",
    ],
)
def test_a_field_that_says_two_things_is_doubted_and_the_first_counts(text):
    scan = read(text)
    assert (scan.valid, scan.doubt.code) == (False, "structure")
    assert (scan.serial or scan.lot) in ("000025", "A")


@pytest.mark.parametrize(
    ("text", "maker", "model"),
    [("C15011121200000107660000016", "10766", "0000016"), ("C03050107901001", None, None)],
)
def test_an_nhsa_code_falls_into_its_parts(text, maker, model):
    found = nhsa_code(text)
    assert (found.maker, found.model, read(text).kind, read(text.lower()).code) == (maker, model, "nhsa", text)


def test_a_trace_code_keeps_the_drug_in_its_first_seven_digits():
    scan = read("81234567890123456789")
    assert (scan.kind, scan.product_code, scan.code) == ("trace", "8123456", "81234567890123456789")


@pytest.mark.parametrize(
    ("text", "device_class", "category", "consistent"),
    [
        ("国械注准20213030647", 3, "03", True),
        ("国 械 注 进 ２０２１３０３０６４７", 3, "03", True),
        ("粤械注准20212140001", 2, "14", True),
        ("粤械注准20213140001", 3, "14", False),
        ("粤械注进20212140001", 2, "14", False),
        ("国食药监械（准）字2013第3460001号", 3, "46", True),
        ("沪浦械备20210001号", 1, None, True),
        ("国械注准20211030647", 1, "03", False),
        ("国械注进20211030647", 1, "03", False),
        ("国食药监械(进)字2012第1460001号", 1, "46", True),
        ("国械注准20213030647（更）", 3, "03", True),
        ("沪食药监械(准)字2013第2640123号（更）", 2, "64", True),
        ("苏宁食药监械(准)字2010第1640001号", 1, "64", True),
        ("粤深药监械（准）字2009第1640123号", 1, "64", True),
        ("苏宁食药监械(准)字2010第3640001号", 3, "64", False),
        ("国药管械(准)字2003第3210123号", 3, "21", True),
    ],
)
def test_a_certificate_says_its_class_and_whether_it_can_be(text, device_class, category, consistent):
    found = certificate(text)
    assert (found.device_class, found.category, found.consistent) == (device_class, category, consistent)
    assert (read(text).kind, read(text).valid) == ("nmpa", consistent)


def test_a_change_of_a_certificate_is_no_part_of_its_number():
    found = certificate("国械注准20213030647（更）")
    assert (found.number, found.amended) == ("国械注准20213030647", True)
    assert read("国械注准20213030647（更）").code == "国械注准20213030647"


@pytest.mark.parametrize("text", ["国械注准2021303064", "国械注准20214030647", "械注准20213030647", "苏食药监械准2010"])
def test_a_number_that_is_not_whole_is_refused_as_such_and_not_for_its_keyboard(text):
    with pytest.raises(Unreadable) as refused:
        read(text)
    assert refused.value.code == "certificate-number"
    assert text in refused.value.zh


def test_a_ppn_message_without_its_end_is_read_and_not_valid():
    scan = read("[)>\x1e06\x1d9N111234568408\x1dSX1")
    assert (scan.valid, scan.di, scan.serial, scan.warns("sentinel")) == (False, "111234568408", "X1", True)


def test_a_published_tag_is_read():
    assert read("3034257BF7194E4000001A85").elements == (("01", "80614141123458"), ("21", "6789"))


COMPANIES = st.integers(6, 12)
DIGITS = st.integers(0, 10**17 - 1)


@given(COMPANIES, DIGITS, st.integers(0, 2**38 - 1))
def test_sgtin_96_is_read_as_it_was_written(company, number, serial):
    body = f"{number:017}"[-13:]
    elements = (("01", body + check_characters.gs1_digit(body)), ("21", str(serial)))
    assert read(epc.tag("SGTIN-96", company, elements), profile=Profile(rfid=True)).elements == elements


@given(COMPANIES, DIGITS, st.text(st.sampled_from(check_characters.CSET_82), min_size=1, max_size=20))
def test_sgtin_198_is_read_as_it_was_written(company, number, serial):
    body = f"{number:017}"[-13:]
    elements = (("01", body + check_characters.gs1_digit(body)), ("21", serial))
    scan = read(epc.tag("SGTIN-198", company, elements))
    assert (scan.kind, scan.elements, scan.serial) == ("epc", elements, serial)


@given(COMPANIES, DIGITS, st.integers(1, 2**38 - 1))
def test_the_other_tags_are_read_as_they_were_written(company, number, serial):
    text = f"{number:017}"
    asset = text[-12:]
    cases = {
        "SSCC-96": (("00", text + check_characters.gs1_digit(text)),),
        "SGLN-96": (("414", asset + check_characters.gs1_digit(asset)), ("254", str(serial))),
        "GRAI-96": (("8003", "0" + asset + check_characters.gs1_digit(asset) + str(serial)),),
        "GIAI-96": (("8004", asset[:company] + str(serial)),),
    }
    for scheme, elements in cases.items():
        tag = epc.tag(scheme, company, elements)
        assert epc.elements_of(tag) == elements, scheme


def test_a_tag_of_plain_digits_is_a_tag_from_its_reader_and_one_reading_from_any_other_device():
    text = "303400000400000400000001"
    scan = read(text)
    assert (scan.kind, scan.ambiguous, scan.serial) == ("unknown", True, None)
    assert scan.alternatives[0].elements == read(text, profile=Profile(rfid=True)).elements


def test_a_serial_that_a_tag_cannot_hold_is_not_written():
    for serial in (str(2**38), "007"):
        with pytest.raises(ValueError, match="does not fit"):
            epc.tag("SGTIN-96", 7, (("01", "06901234567892"), ("21", serial)))


@pytest.mark.parametrize("filled", ["", "00"])
def test_a_long_tag_is_read_whether_filled_up_to_bytes_or_to_words(filled):
    scan = read("3674257BF6B7A659B2C2BF1000000000000000000000000000" + filled)
    assert (scan.kind, scan.elements) == ("epc", (("01", "70614141123451"), ("21", "32a/b")))


def test_a_container_of_tissue_keeps_its_letter_case():
    assert read("=)Ab12345678&)cD00000009").elements == (("=)", "Ab12345678"), ("&)", "cD00000009"))


def test_a_chart_label_is_never_a_wristband():
    scan = read(own.make("chart_copy", 7))
    assert (scan.kind, scan.is_own) == ("chart_copy", True)
