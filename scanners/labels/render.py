"""This file is a label as SVG, PNG and PDF, all drawn from one layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import groupby
from xml.sax.saxutils import escape

from fpdf import FPDF
from PIL import Image, ImageDraw

from scanners.labels import fonts
from scanners.labels.fonts import Font
from scanners.labels.label import SIZES, Label, Sheet, Size
from scanners.labels.layout import INCH, Layout, lay_out
from scanners.labels.symbols import bitmap, prove

_FAMILIES = "'WenQuanYi Micro Hei','Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif"
_POINTS = 72 / INCH
Box = tuple[float, float, float, float]


def svg(label: Label, size: Size = SIZES["50x30"], *, dpi: int = 203, font: Font | None = None) -> str:
    """The label as SVG in millimetres, every module a whole number of dots of a printer with this `dpi`."""
    layout = lay_out(label, size, dpi=dpi, font=font)
    path = "".join(f"M{x:.3f} {y:.3f}h{w:.3f}v{h:.3f}h-{w:.3f}z" for x, y, w, h in dark_boxes(layout))
    texts = "".join(
        f'<text x="{text.x:.2f}" y="{text.y:.2f}" font-size="{text.em:.2f}" textLength="{text.width:.2f}"'
        f' lengthAdjust="spacingAndGlyphs" xml:space="preserve">{escape(text.text)}</text>'
        for text in layout.texts
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size.width}mm" height="{size.height}mm"'
        f' viewBox="0 0 {size.width} {size.height}" font-family="{_FAMILIES}">'
        f'<rect width="100%" height="100%" fill="#fff"/><path d="{path}" shape-rendering="crispEdges"/>{texts}</svg>'
    )


def dark_boxes(layout: Layout) -> Iterator[Box]:
    """Every run of dark modules as left, top, width and height."""
    for number, row in enumerate(layout.symbol.rows):
        at = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                yield (
                    layout.x + at * layout.module,
                    layout.y + number * layout.row_height,
                    length * layout.module,
                    layout.row_height,
                )
            at += length


def png(label: Label, size: Size = SIZES["50x30"], *, dpi: int = 203, font: Font | None = None) -> bytes:
    """The label as a black and white PNG with one pixel to the printer's dot, read back before it is returned."""
    layout = lay_out(label, size, dpi=dpi, font=font)
    image = raster(layout, dpi)
    prove(layout.symbol, image)
    file = BytesIO()
    image.convert("1", dither=Image.Dither.NONE).save(file, "PNG", dpi=(dpi, dpi))
    return file.getvalue()


def raster(layout: Layout, dpi: int) -> Image.Image:
    """The label as grey pixels, every module a whole number of dots."""
    dots = dpi / INCH
    image = Image.new("L", (round(layout.size.width * dots), round(layout.size.height * dots)), 255)
    draw = ImageDraw.Draw(image)
    left, top = round(layout.x * dots), round(layout.y * dots)
    high = round(layout.row_height * dots) if layout.symbol.is_linear else layout.dots
    for y, row in enumerate(layout.symbol.rows):
        for x, dark in enumerate(row):
            if dark:
                start = (left + x * layout.dots, top + y * high)
                draw.rectangle((start, (start[0] + layout.dots - 1, start[1] + high - 1)), fill=0)
    for text in layout.texts:
        face = fonts.at_size(layout.font, max(1, round(text.em * dots)))
        draw.text((text.x * dots, text.y * dots), text.text, fill=0, font=face, anchor="ls")
    return image.point(lambda grey: 0 if grey < 140 else 255)


def pdf(
    labels: Iterable[Label],
    size: Size | Sheet = SIZES["50x30"],
    *,
    skip: int = 0,
    dpi: int = 203,
    font: Font | None = None,
) -> bytes:
    """The labels as PDF, one to a page or on A4 sheets; `skip` places of the first sheet are left, being used up.

    dpi: of the printer it is meant for: every module is a whole number of its dots.
    """
    face = font or fonts.find()
    one = size.size if isinstance(size, Sheet) else size
    layouts = [lay_out(label, one, dpi=dpi, font=face) for label in labels]
    paper: str | tuple[float, float] = "A4" if isinstance(size, Sheet) else (one.width, one.height)
    document = FPDF(unit="mm", format=paper)
    document.set_auto_page_break(False)
    document.add_font("label", "", str(face.path), collection_font_number=face.face)
    if isinstance(size, Sheet):
        _fill_sheets(document, layouts, size, skip)
    else:
        for layout in layouts:
            document.add_page()
            _draw(document, layout, 0, 0)
    return bytes(document.output())


def _fill_sheets(document: FPDF, layouts: Sequence[Layout], sheet: Sheet, skip: int) -> None:
    places = sheet.across * sheet.down
    for index, layout in enumerate(layouts, start=skip):
        if index % places == 0 or index == skip:
            document.add_page()
        row, column = divmod(index % places, sheet.across)
        left, top = sheet.left + column * sheet.size.width, sheet.top + row * sheet.size.height
        _draw(document, layout, left, top)


def _draw(document: FPDF, layout: Layout, left: float, top: float) -> None:
    prove(layout.symbol, bitmap(layout.symbol, layout.dots))
    for x, y, width, height in dark_boxes(layout):
        document.rect(left + x, top + y, width, height, style="F")
    for text in layout.texts:
        document.set_font("label", size=text.em * _POINTS)
        document.text(left + text.x, top + text.y, text.text)
