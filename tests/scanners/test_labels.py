"""This file is what must hold of every label before a nurse sees it: it reads, it fits, it says what it is."""

import io
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from scanners import own, read
from scanners.labels import SHEETS, SIZES, DoesNotFit, Label, NoFont, Unprintable, fonts, pdf, png, svg, zpl
from scanners.labels.layout import lay_out

try:
    fonts.find()
except NoFont as missing:
    pytest.skip(str(missing), allow_module_level=True)

LONG_NAME = "冠状动脉药物洗脱支架系统（钴铬合金雷帕霉素洗脱快速交换型输送）"
WORST = Label(
    code=own.make("unit", 2**60 - 1),
    title_zh="高值耗材",
    title_en="High-value item",
    name=LONG_NAME,
    name_en="Coronary drug-eluting stent system, rapid exchange",
    specification="3.0 × 24 mm",
    quantity="1 套",
    lot="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123",
    serial="SN345678901234567890",
    expires_on=date(2028, 9, 30),
    ward="心血管内科 CCU",
    reprint=2,
)
GS1_TEXT = "(01)06901234567892(17)280930(10)ABCDEFGHIJ\\(LMNOPQRST(21)12345678901234567890"
GS1 = Label(code=GS1_TEXT, carrier="gs1-datamatrix", name=LONG_NAME, expires_on=date(2028, 9, 30))
KINDS = {
    "worst": WORST,
    "gs1": GS1,
    "qr": Label(code="https://id.gs1.org/01/06901234567892/21/SN7", carrier="qr", name="试剂"),
    "bars": Label(code=own.make("location", 7), carrier="code128", title_zh="货位", name="中心库 A-03-2-14"),
    "gs1 bars": Label(code="(01)06901234567892(10)L26", carrier="gs1-128", name="纱布"),
}
CARRIED = {
    "worst": WORST.code,
    "gs1": "01069012345678921728093010ABCDEFGHIJ(LMNOPQRST\x1d2112345678901234567890",
    "qr": KINDS["qr"].code,
    "bars": KINDS["bars"].code,
    "gs1 bars": "010690123456789210L26",
}
WIDE = {"gs1 bars": SIZES["100x60"], "bars": SIZES["70x40"]}


def size_of(kind):
    return WIDE.get(kind, SIZES["50x30"])


def read_back(image):
    return [found.bytes.decode() for found in zxingcpp.read_barcodes(image.convert("L"))]


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("kind", KINDS)
def test_a_png_reads_as_what_it_must_carry(kind, dpi):
    image = Image.open(io.BytesIO(png(KINDS[kind], size_of(kind), dpi=dpi)))
    assert read_back(image) == [CARRIED[kind]]


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed")
@pytest.mark.parametrize("dpi", [203, 300])
def test_a_pdf_reads_page_by_page_at_the_printers_resolution(tmp_path, dpi):
    labels = [KINDS["worst"], KINDS["gs1"], KINDS["qr"], KINDS["bars"], KINDS["gs1 bars"]]
    pages = _pages(pdf(labels, SIZES["100x60"]), tmp_path, dpi)
    assert [read_back(Image.open(page)) for page in pages] == [[text] for text in CARRIED.values()]


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed")
def test_an_a4_sheet_carries_every_label_once_and_leaves_the_places_that_are_used_up(tmp_path):
    labels = [Label(code=own.make("pack", n), title_zh="定数包", name="纱布", lot=f"L{n}") for n in range(23)]
    pages = _pages(pdf(labels, SHEETS["a4-24"], skip=2), tmp_path, 203)
    found = [text for page in pages for text in read_back(Image.open(page))]
    assert (len(pages), sorted(found)) == (2, sorted(label.code for label in labels))


def _pages(document: bytes, folder: Path, dpi: int) -> list[Path]:
    (folder / "labels.pdf").write_bytes(document)
    subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", "labels.pdf", "page"], cwd=folder, check=True)
    return sorted(folder.glob("page-*.pgm"))


@pytest.mark.parametrize("kind", KINDS)
def test_an_svg_reads_when_it_is_drawn(kind):
    converter = pytest.importorskip("vl_convert")
    drawn = converter.svg_to_png(svg(KINDS[kind], size_of(kind)), scale=4)
    assert read_back(Image.open(io.BytesIO(drawn))) == [CARRIED[kind]]


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("kind", KINDS)
def test_zpl_prints_a_symbol_that_reads_and_nothing_beyond_the_edge(kind, dpi):
    drawn = Thermal(zpl(KINDS[kind], size_of(kind), dpi=dpi)).image
    assert read_back(drawn) == [CARRIED[kind]]


class Thermal:
    """A thermal printer that knows the four commands we send, and refuses a mark outside the label."""

    def __init__(self, text: str) -> None:
        width, length = (int(re.search(rf"\^{name}(\d+)", text)[1]) for name in ("PW", "LL"))
        self.image = Image.new("L", (width, length), 255)
        for left, top, field in re.findall(r"\^FO(\d+),(\d+)\^(.*?)\^FS", text, re.DOTALL):
            drawn = self._graphic(field) if field.startswith("GFA") else self._matrix(field)
            _, _, right, bottom = drawn.getbbox() or (0, 0, 0, 0)  # rows are padded with light dots to whole bytes
            assert int(left) + right <= width
            assert int(top) + bottom <= length
            self.image.paste(0, (int(left), int(top)), drawn)

    def _graphic(self, field: str) -> Image.Image:
        _, total, _, width, data = field.split(",", 4)
        width, rows, at = int(width), [], 0
        while at < len(data):
            row = ""
            while len(row) < width * 2:
                sign = data[at]
                at += 1
                if sign == ":":
                    row = rows[-1]
                elif sign in ",!":
                    row = row.ljust(width * 2, "0" if sign == "," else "F")
                else:
                    row += sign
            rows.append(row)
        assert len(rows) * width == int(total)
        return Image.frombytes("1", (width * 8, len(rows)), bytes.fromhex("".join(rows)))

    def _matrix(self, field: str) -> Image.Image:
        settings, data = field.split("^FD")
        _, dots, quality, side, _, _, escape, _ = settings.split(",")
        assert quality == "200"
        gs1 = data.startswith(escape + "1")
        if gs1:
            scan = read("]d2" + data[2:].replace(escape + "1", "\x1d"))
            text = "".join(f"[{ai}]{value}" for ai, value in scan.elements)
        made = zxingcpp.create_barcode(
            text if gs1 else data, zxingcpp.BarcodeFormat.DataMatrix, gs1=gs1, force_square=True
        )
        matrix = Image.fromarray(made.to_image(scale=1, add_quiet_zones=False)).convert("L")
        assert matrix.width == int(side)
        big = matrix.resize((matrix.width * int(dots), matrix.height * int(dots)), Image.Resampling.NEAREST)
        return big.point(lambda grey: 255 - grey).convert("1")


@pytest.mark.parametrize("size", ["50x30", "60x40", "70x40", "100x60", "badge"])
def test_nothing_is_laid_out_beyond_the_edge(size):
    layout = lay_out(WORST, SIZES[size])
    assert all(text.x >= 0 and text.x + text.width <= layout.size.width for text in layout.texts)
    assert all(0 < text.y <= layout.size.height for text in layout.texts)
    assert layout.bottom <= layout.size.height


def test_lot_serial_and_day_are_never_shortened():
    said = "".join(text.text for text in lay_out(WORST, SIZES["50x30"]).texts)
    assert WORST.lot in said
    assert WORST.serial in said
    assert "2028-09-30" in said


def test_a_reprint_says_so_and_keeps_the_code():
    first = Label(code=WORST.code, name="支架")
    again = Label(code=WORST.code, name="支架", reprint=1)
    assert "补打 REPRINT 1" in svg(again)
    assert "REPRINT" not in svg(first)
    assert lay_out(first, SIZES["50x30"]).symbol == lay_out(again, SIZES["50x30"]).symbol


def test_a_label_too_small_for_its_text_is_refused():
    with pytest.raises(DoesNotFit):
        svg(WORST, SIZES["40x25"])


def test_bars_wider_than_the_label_are_refused():
    with pytest.raises(DoesNotFit, match="free"):
        svg(KINDS["gs1 bars"], SIZES["40x25"])


def test_gs1_text_that_breaks_a_rule_is_not_printed():
    with pytest.raises(Unprintable, match="check digit"):
        svg(Label(code="(01)06901234567890(10)L1", carrier="gs1-datamatrix", name="纱布"))
    with pytest.raises(Unprintable, match="plain"):
        svg(Label(code="支架", name="支架"))


def test_a_machine_without_a_chinese_font_says_what_to_install(tmp_path):
    with pytest.raises(NoFont, match="fonts-wqy-microhei"):
        fonts.find((tmp_path,))
