"""This file is several codes on one label making one thing."""

from datetime import date
from itertools import permutations

import pytest

from scanners import hibc, own, read
from scanners.merge import merge

PRODUCT = read("]E06901234567892")
DETAILS = read("]C11728093010L2601\x1d21SN0007")
FULL = "]d201069012345678921728093010L2601\x1d21SN0007"
CARTON = read("]C10106901234567892")


@pytest.mark.parametrize("codes", [(PRODUCT, DETAILS), (DETAILS, PRODUCT), (CARTON, DETAILS), (DETAILS, CARTON)])
def test_the_product_on_one_code_and_lot_and_day_on_the_other_are_one_thing(codes):
    scan = merge(codes)
    assert (scan.gtin, scan.lot, scan.serial) == ("06901234567892", "L2601", "SN0007")
    assert scan.expires_on == date(2028, 9, 30)
    assert (scan.valid, scan.strict_valid, scan.ambiguous, scan.warnings) == (True, True, False, ())


def test_details_alone_lack_their_product():
    assert not DETAILS.strict_valid
    assert DETAILS.warns("missing-companion")


def test_a_code_without_lot_never_blanks_the_lot_of_the_other():
    full = read("]d201069012345678921728093010L2601")
    for codes in ((full, PRODUCT), (PRODUCT, full), (full, CARTON, PRODUCT)):
        assert (merge(codes).lot, merge(codes).expires_on) == ("L2601", date(2028, 9, 30))


OF_MANY_GRAMMARS = [
    read(text)
    for text in (
        "]E06901234567892",
        "]C110L1",
        "]C110L1\x1d21S1",
        "]d201069012345678921728093010L1",
        hibc.primary("A123", "BJC5D6E7", 1),
        "+$$3280930L1H2",
        "[)>\x1e06\x1d9N111234568408\x1d1TL1\x1e\x04",
        "MA.156.M0.100350.01004YA10017.LL1",
        "=/A9999XYZ100T0476&,1L1",
        "3074257BF7194E4000001A85",
        "81234567890123456789",
    )
]


def test_codes_of_whatever_grammars_are_put_together_and_no_lot_is_lost():
    for three in permutations(OF_MANY_GRAMMARS, 3):
        scan = merge(three)
        lots = {one.lot for one in three if one.lot} or {None}
        assert scan.ambiguous or {scan.lot} == lots, [one.raw for one in three]


def test_our_own_label_comes_before_all():
    ours = read(own.make("unit", 5))
    assert merge([DETAILS, PRODUCT, ours]) == ours


def test_a_stranger_beside_the_product_is_ignored():
    assert merge([read("]C0HELLO"), PRODUCT]) == PRODUCT


def test_two_lots_on_one_label_leave_the_lot_open():
    scan = merge([read("]C1010690123456789210L1"), read("]C10106901234567892" + "10L2")])
    assert (scan.lot, scan.ambiguous, scan.gtin, scan.warns("differ")) == (None, True, "06901234567892", True)


def test_a_third_code_does_not_outvote_two_that_differ_and_no_serial_is_bound():
    codes = [read(text) for text in (FULL, "]C110L2699", "]C110L2601")]
    for three in permutations(codes):
        scan = merge(three)
        assert (scan.ambiguous, scan.lot, scan.serial, scan.doubt.code) == (True, None, None, "differ")
        assert {one.lot for one in scan.alternatives} == {"L2601", "L2699"}


def test_two_products_at_once_are_never_one():
    scan = merge([PRODUCT, read("]E0" + "6901234500009")])
    assert (scan.ambiguous, scan.warns("two-products"), len(scan.alternatives)) == (True, True, 2)
    one, two = read(FULL), read(FULL.replace("06901234567892", "06901234500009"))
    for scan in (merge([one, two]), merge([one, two, DETAILS])):
        assert (scan.di, scan.gtin, scan.lot, scan.serial, scan.expires_on, scan.valid) == (*[None] * 5, False)
        assert scan.doubt


def test_a_product_beside_an_ambiguous_code_has_every_reading_of_it():
    scan = merge([PRODUCT, read("]C11728093010L260121SN0007")])
    assert (scan.ambiguous, scan.gtin, scan.lot, scan.serial) == (True, "06901234567892", None, None)
    assert [(one.gtin, one.lot, one.serial, one.valid) for one in scan.alternatives] == [
        ("06901234567892", "L260121SN0007", None, True), ("06901234567892", "L2601", "SN0007", True)
    ]  # fmt: skip


def test_a_code_that_is_certain_tells_which_reading_of_the_other_is_meant():
    scan = merge([read("]C11728093010L260121SN0007"), read(FULL)])
    assert (scan.ambiguous, scan.lot, scan.serial) == (False, "L2601", "SN0007")
    other = merge([read("]C11728093010L260121SN0007"), read(FULL.replace("SN0007", "SN0008"))])
    assert (other.ambiguous, other.serial, bool(other.doubt)) == (True, None, True)


def test_hibc_primary_and_secondary_are_one_if_their_link_holds():
    primary = hibc.primary("A123", "BJC5D6E7", 1)
    secondary = hibc.secondary("$$3280930L1", primary[-1])
    scan = merge([read(secondary), read(primary)])
    assert (scan.di, scan.lot, scan.strict_valid, scan.warnings) == ("A123BJC5D6E71", "L1", True, ())
    stranger = merge([read(primary), read(hibc.secondary("$$3280930L1", "Q"))])
    assert (stranger.valid, stranger.warns("link-character")) == (False, True)


def test_the_same_code_twice_is_that_code():
    assert merge([PRODUCT, PRODUCT]) == PRODUCT


def test_nothing_cannot_be_merged():
    with pytest.raises(ValueError, match="nothing"):
        merge([])


def test_the_trace_code_beside_a_product_code_is_kept_with_it():
    scan = merge([PRODUCT, read("81000000000000000010"), DETAILS])
    assert (scan.gtin, scan.lot, scan.trace_code) == ("06901234567892", "L2601", "81000000000000000010")
    assert (scan.serial, scan.ambiguous) == ("SN0007", False)
