"""This file is symbols as rows of dark and light modules, each read back before it is used."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import barcode
import zxingcpp
from PIL import Image

from scanners.gs1.bracketed import pairs_of_text
from scanners.gs1.element_string import elements_text
from scanners.gs1.elements import read_elements
from scanners.labels.label import Carrier, Unprintable

if TYPE_CHECKING:
    from typing_extensions import Buffer

FNC1 = "\xf1"  # how python-barcode is told to put one
# Light modules that must surround a symbol: Data Matrix one, QR four, Code 128 ten to the left and right.
_QUIET: dict[Carrier, int] = {"datamatrix": 1, "gs1-datamatrix": 1, "qr": 4, "code128": 10, "gs1-128": 10}


@dataclass(frozen=True, slots=True)
class Symbol:
    """Modules, dark ones true. rows: one row for bars; quiet: light modules around; carries: what a scanner sends."""

    carrier: Carrier
    rows: tuple[tuple[bool, ...], ...]
    quiet: int
    carries: str

    @property
    def is_linear(self) -> bool:
        """Whether the symbol is bars, whose height may be chosen."""
        return len(self.rows) == 1

    @property
    def across(self) -> int:
        """Modules from edge to edge, without the light ones around."""
        return len(self.rows[0])


@lru_cache(maxsize=512)
def symbol(carrier: Carrier, code: str) -> Symbol:
    """The symbol of `code`, read back once.

    Raises: Unprintable where it does not read as what was to be carried, or the GS1 text breaks GS1's rules.
    """
    gs1 = carrier.startswith("gs1")
    carries = _element_string(code) if gs1 else code
    if not carries or not carries.isascii():
        raise Unprintable(f"A symbol carries plain characters only: {code!r}")
    rows = _bars(carries, gs1=gs1) if carrier.endswith("128") else _matrix(carrier, code)
    made = Symbol(carrier, rows, _QUIET[carrier], carries)
    prove(made, bitmap(made, 3))
    return made


def _element_string(code: str) -> str:
    pairs = pairs_of_text(code)
    text = elements_text(pairs)
    reading = read_elements(text)
    if not reading.sound or reading.elements != pairs:
        said = reading.faults[0].en if reading.faults else "not one element string"
        raise Unprintable(f"{code} cannot be printed: {said}")
    return text


def _matrix(carrier: Carrier, code: str) -> tuple[tuple[bool, ...], ...]:
    if carrier == "qr":
        made = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    elif carrier == "gs1-datamatrix":
        # Square brackets mark identifiers for the writer, because round ones may stand in a lot.
        text = "".join(f"[{ai}]{value}" for ai, value in pairs_of_text(code))
        made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, gs1=True, force_square=True)
    else:
        made = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
    pixels: Any = memoryview(cast("Buffer", made.to_image(scale=1, add_quiet_zones=False))).tolist()
    return tuple(tuple(pixel == 0 for pixel in row) for row in pixels)


def _bars(carries: str, *, gs1: bool) -> tuple[tuple[bool, ...], ...]:
    kind, text = ("gs1_128", carries.replace("\x1d", FNC1)) if gs1 else ("code128", carries)
    pattern: str = barcode.get(kind, text).build()[0]
    return (tuple(module == "1" for module in pattern),)


def bitmap(made: Symbol, scale: int) -> Image.Image:
    """The symbol with its light margin, `scale` pixels to the module; bars are 40 modules high."""
    high = 40 if made.is_linear else len(made.rows)
    image = Image.new("L", (made.across, high), 255)
    image.putdata([0 if dark else 255 for row in made.rows * (high // len(made.rows)) for dark in row])
    image = image.resize((made.across * scale, high * scale), Image.Resampling.NEAREST)
    edge = max(made.quiet, 2) * scale
    framed = Image.new("L", (image.width + 2 * edge, image.height + 2 * edge), 255)
    framed.paste(image, (edge, edge))
    return framed


def prove(made: Symbol, image: Image.Image) -> None:
    """The image reads as what the symbol must carry.

    Raises: Unprintable.
    """
    found = [read.bytes.decode("utf-8", "replace") for read in zxingcpp.read_barcodes(image)]
    if made.carries not in found:
        raise Unprintable(f"The label must read {made.carries!r}, but reads {found!r}")
