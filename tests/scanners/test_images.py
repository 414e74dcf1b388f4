"""This file is photographs of labels, and what must be found in them."""

import io

import pytest
import zxingcpp
from given import SHARED, cases
from PIL import Image

from scanners import Unreadable
from scanners.images import read_image

LABELS = cases("label_images/index.json")


def seen_in(case):
    return read_image((SHARED / "label_images" / case["file"]).read_bytes())


@pytest.mark.parametrize("case", LABELS, ids=lambda c: c["file"])
def test_at_least_what_the_decoder_alone_finds_is_found(case):
    image = Image.open(SHARED / "label_images" / case["file"])
    alone = {found.bytes for found in zxingcpp.read_barcodes(image)}
    ours = {seen.text for seen in seen_in(case)}
    assert len(ours) >= len(alone)
    assert {text.decode("ascii") for text in alone if text.isascii()} <= ours


@pytest.mark.parametrize("case", [c for c in LABELS if c.get("gs1_engine_ais")], ids=lambda c: c["file"])
def test_the_elements_of_a_gs1_symbol_are_the_engines(case):
    elements = [[list(pair) for pair in seen.scan.elements] for seen in seen_in(case) if seen.scan]
    if not elements:
        pytest.skip("the decoder finds no symbol in this photograph")
    assert case["gs1_engine_ais"] in elements


@pytest.mark.parametrize(
    "case", [c for c in LABELS if c["file"].startswith("hibc_rendered/hu")], ids=lambda c: c["file"]
)
def test_hibc_in_a_picture_is_read(case):
    assert [seen.text for seen in seen_in(case)] == [case["text"]]
    assert [seen.scan.kind for seen in seen_in(case)] == ["hibc"]


def test_the_full_ascii_trap_is_raised_to_capitals():
    case = next(c for c in LABELS if "trap" in c)
    assert [seen.scan.di for seen in seen_in(case)] == ["A123BJC5D6E71"]


def test_several_symbols_are_found_from_the_top_down():
    page = Image.new("L", (400, 700), 255)
    for place, text in enumerate(("U0000003NQK8NJ", "+A123BJC5D6E71G")):
        made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
        page.paste(Image.fromarray(made.to_image(scale=8)), (20, 20 + place * 330))
    found = read_image(as_png(page))
    assert [seen.scan.kind for seen in found] == ["unit", "hibc"]


def as_png(image):
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_an_empty_picture_has_no_codes():
    assert read_image(as_png(Image.new("L", (300, 300), 255))) == ()


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, b"GIF89a" + b"\xff" * 20])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(Unreadable) as refused:
        read_image(data)
    assert refused.value.code == "image-format"


def test_too_many_bytes_or_pixels_are_refused_before_they_are_unpacked():
    with pytest.raises(Unreadable) as refused:
        read_image(b"\0" * 12_000_001)
    assert refused.value.code == "image-size"
    bomb = as_png(Image.new("1", (9_000, 9_000)))
    assert len(bomb) < 100_000
    with pytest.raises(Unreadable) as refused:
        read_image(bomb)
    assert refused.value.code == "image-size"
