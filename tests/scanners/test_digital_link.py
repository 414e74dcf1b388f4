"""This file is links: read as GS1's engine reads them, written as it writes them."""

import pytest
from given import cases
from hypothesis import given
from hypothesis import strategies as st

from scanners import Unreadable, check_characters, read
from scanners.gs1.digital_link import encoded, link_of
from scanners.report import as_json

ENGINE = cases("gs1/engine_vectors.json")
LOTS = st.text(st.sampled_from(check_characters.CSET_82), min_size=1, max_size=20)


@pytest.mark.parametrize("case", [c for c in ENGINE if c["kind"] == "dl_generate"], ids=lambda c: c["id"])
def test_a_link_is_written_as_gs1s_engine_writes_it(case):
    if "allow_unknown_dl_attr" in case["options"]:
        pytest.skip("we print no identifier that GS1 has not defined")
    if case["valid"]:
        assert link_of([tuple(pair) for pair in case["expected_ais"]], case["stem"]) == case["expected_uri"]
    else:
        with pytest.raises(ValueError, match=r"may not stand"):
            link_of([tuple(pair) for pair in case["expected_ais"]], case["stem"])


@pytest.mark.parametrize("case", [c for c in ENGINE if c["kind"] == "uri_escape"], ids=lambda c: c["id"])
def test_characters_are_escaped_as_gs1s_engine_does(case):
    assert encoded(case["input"]) == case["expected_path"]
    assert encoded(case["input"], in_query=True) == case["expected_query"]


@given(st.integers(0, 10**13 - 1), LOTS, LOTS)
def test_a_written_link_reads_as_what_was_written(number, lot, serial):
    body = f"{number:013}"
    elements = (("01", body + check_characters.gs1_digit(body)), ("10", lot), ("21", serial), ("17", "280930"))
    scan = read(link_of(elements))
    assert scan.elements == elements
    assert (scan.lot, scan.serial, scan.valid) == (lot, serial, True)


@pytest.mark.parametrize(
    "link",
    [
        "https://a/01/12312312312333/10/A/22/B",
        "https://a/01/12312312312333/235/A/21/B",
        "https://a/01/12312312312333/",
        "https://a/01/12312312312333?21=A",
        "https://a/01/12312312312333?17=",
        "https://a/01/12312312312333?1=A",
        "https://a/01/12312312312333/10/A%1D21B",
        "https://www.example.com/about",
        "https://",
    ],
)
def test_an_address_that_is_no_link_is_refused_and_reported(link):
    with pytest.raises(Unreadable):
        read(link)
    assert as_json(link)["valid"] is False


@pytest.mark.parametrize(
    "link",
    [
        "https://a/gtin/12312312312333/ser/ABC123",
        "https://a/01/9520123456788/21/ABC123",
        "Https://a/01/12312312312333/21/ABC123",
        "https://a/01/12312312312333/21/ABC123?10=L1",
    ],
)
def test_a_link_that_breaks_the_standard_is_still_read(link):
    scan = read(link)
    assert (scan.valid, scan.serial) == (False, "ABC123")
    assert scan.warnings
