"""This file is reading the codes in a photograph."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date

import zxingcpp
from PIL import Image, ImageOps, UnidentifiedImageError

from scanners.profile import Profile
from scanners.reader import read
from scanners.scan import Scan
from scanners.unreadable import Unreadable

MOST_BYTES = 12_000_000
MOST_PIXELS = 50_000_000  # a phone's largest photograph; counted before it is unpacked
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
# A camera sends what is in the symbol, separators and all.
CAMERA = Profile(name="camera", sends_separator=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """One symbol in a photograph.

    corners: in pixels, from the top left clockwise; scan: what it says; refusal: why it says nothing.
    """

    symbology: str
    format: str
    text: str
    corners: tuple[tuple[int, int], ...]
    scan: Scan | None
    refusal: Unreadable | None = None


def read_image(data: bytes, *, today: date | None = None) -> tuple[Seen, ...]:
    """Every symbol in the image, from the top down; none if there is none.

    Raises: Unreadable where the data are no image of a known format, or too large.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable("image-size", 0, text=f"{len(data) / 1e6:.0f} MB")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Unreadable("image-size", 0, text=f"{image.width} x {image.height}")
            grey = _grey(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as trouble:
        if isinstance(trouble, Unreadable):
            raise
        raise Unreadable("image-format") from trouble
    found = zxingcpp.read_barcodes(grey, text_mode=zxingcpp.TextMode.Plain)
    seen = [_seen(symbol, today) for symbol in found]
    return tuple(sorted(seen, key=lambda one: (one.corners[0][1], one.corners[0][0])))


def _grey(image: Image.Image) -> Image.Image:
    """The image upright and in grey, what is see-through being white."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        clear = upright.convert("RGBA")
        paper = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(paper, clear).convert("L")
    return upright.convert("L")


def _seen(symbol: zxingcpp.Barcode, today: date | None) -> Seen:
    place = symbol.position
    corners = tuple(
        (point.x, point.y) for point in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    )
    text = _text(symbol)
    aim = symbol.symbology_identifier
    # The reader gives extended Code 39 and others an identifier of their own; what is in them is read as it stands.
    try:
        scan, refusal = read(aim + text, profile=CAMERA, today=today), None
    except Unreadable as trouble:
        scan, refusal = None, trouble
    return Seen(aim, str(symbol.format), text, corners, scan, refusal)


def _text(symbol: zxingcpp.Barcode) -> str:
    """The characters in the symbol; its text mode would draw pictures of control characters."""
    try:
        return symbol.bytes.decode("ascii")
    except UnicodeDecodeError:
        return str(symbol.text)
