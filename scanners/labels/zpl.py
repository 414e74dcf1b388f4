"""This file is a label in ZPL II, the language of thermal printers.

Data Matrix is left to the printer, at the size the layout gave it; text and bars are sent as dots, so that Chinese
prints on a printer without a Chinese font.
Source: ZPL II Programming Guide: ^BX, ^GF, ^PW, ^LL.
"""

from __future__ import annotations

from PIL import Image, ImageDraw

from scanners.labels import fonts
from scanners.labels.fonts import Font
from scanners.labels.label import SIZES, Label, Size, Unprintable
from scanners.labels.layout import INCH, Layout, Text, lay_out
from scanners.labels.symbols import bitmap, prove

_COMMANDS = frozenset("^~")
_ESCAPES = "_@#|"


def zpl(label: Label, size: Size = SIZES["50x30"], *, dpi: int = 203, font: Font | None = None) -> str:
    """The label as one ZPL format, checked against the printed width.

    Raises: DoesNotFit, NoFont, Unprintable.
    """
    layout = lay_out(label, size, dpi=dpi, font=font)
    prove(layout.symbol, bitmap(layout.symbol, layout.dots))
    scale = dpi / INCH
    width, length = round(size.width * scale), round(size.height * scale)
    fields = [_symbol(layout, scale), *(_text(layout, text, scale) for text in layout.texts)]
    return f"^XA^CI28^PW{width}^LL{length}^LH0,0{''.join(fields)}^PQ1^XZ\n"


def _symbol(layout: Layout, scale: float) -> str:
    made = layout.symbol
    left, top = round(layout.x * scale), round(layout.y * scale)
    if made.is_linear or made.carrier == "qr" or _COMMANDS & set(made.carries):
        return _graphic(_dots(layout, scale), left, top)
    escape = next((sign for sign in _ESCAPES if sign not in made.carries), None)
    if escape is None:
        return _graphic(_dots(layout, scale), left, top)
    data = made.carries.replace("\x1d", f"{escape}1")
    if made.carrier == "gs1-datamatrix":
        data = f"{escape}1{data}"
    side = made.across  # told to the printer, so that it cannot choose a larger symbol than was measured
    return f"^FO{left},{top}^BXN,{layout.dots},200,{side},{side},6,{escape},1^FD{data}^FS"


def _dots(layout: Layout, scale: float) -> Image.Image:
    made = layout.symbol
    image = Image.new("1", (made.across, len(made.rows)), 1)
    image.putdata([0 if dark else 1 for row in made.rows for dark in row])
    high = round(layout.row_height * scale) if made.is_linear else layout.dots * len(made.rows)
    return image.resize((made.across * layout.dots, high), Image.Resampling.NEAREST)


def _text(layout: Layout, text: Text, scale: float) -> str:
    face = fonts.at_size(layout.font, max(1, round(text.em * scale)))
    left, top, right, bottom = face.getbbox(text.text, anchor="ls")
    image = Image.new("L", (round(right - left) + 2, round(bottom - top) + 2), 255)
    ImageDraw.Draw(image).text((1 - left, 1 - top), text.text, fill=0, font=face, anchor="ls")
    black = image.point(lambda grey: 0 if grey < 140 else 255)
    return _graphic(black, round(text.x * scale + left), round(text.y * scale + top))


def _graphic(image: Image.Image, left: int, top: int) -> str:
    """Dots as hexadecimal rows; a row equal to the one above is a colon."""
    if left < 0 or top < 0:
        raise Unprintable("A mark would begin outside the label")
    inverted = image.convert("L").point(lambda grey: 255 if grey < 128 else 0).convert("1", dither=Image.Dither.NONE)
    row_bytes = (image.width + 7) // 8
    data = inverted.tobytes()
    rows: list[str] = []
    previous = b""
    for start in range(0, len(data), row_bytes):
        row = data[start : start + row_bytes]
        rows.append(":" if row == previous else _short(row.hex().upper()))
        previous = row
    total = row_bytes * image.height
    return f"^FO{left},{top}^GFA,{total},{total},{row_bytes},{''.join(rows)}^FS"


def _short(row: str) -> str:
    """The row with its tail of zeros, or of Fs, in one sign."""
    for digit, sign in (("0", ","), ("F", "!")):
        stem = row.rstrip(digit)
        if len(stem) < len(row):
            return stem + sign
    return row
