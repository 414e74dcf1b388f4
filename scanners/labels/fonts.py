"""This file is finding a font with Chinese characters on the machine that prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from scanners.labels.label import NoFont

FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/System/Library/Fonts"),
    Path("/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
# The file, and which face of a collection is the one for simplified Chinese.
KNOWN = (
    ("wqy-microhei.ttc", 0),
    ("NotoSansCJK-Regular.ttc", 2),
    ("NotoSansSC-Regular.otf", 0),
    ("NotoSansSC-Regular.ttf", 0),
    ("SourceHanSansSC-Regular.otf", 0),
    ("SourceHanSansCN-Regular.otf", 0),
    ("wqy-zenhei.ttc", 0),
    ("DroidSansFallbackFull.ttf", 0),
    ("msyh.ttc", 0),
    ("simhei.ttf", 0),
    ("PingFang.ttc", 2),
    ("STHeiti Light.ttc", 1),
)
_EM = 1000


@dataclass(frozen=True, slots=True)
class Font:
    """A font file and the face in it."""

    path: Path
    face: int


@lru_cache(maxsize=8)
def find(folders: tuple[Path, ...] = FOLDERS) -> Font:
    """The first known font in the usual folders.

    Raises: NoFont, saying what to install.
    """
    present = {path.name: path for folder in folders if folder.is_dir() for path in folder.rglob("*.[ot]t[cf]")}
    for name, face in KNOWN:
        if name in present:
            return Font(present[name], face)
    looked = ", ".join(str(folder) for folder in folders)
    raise NoFont(
        "没有找到中文字体，无法打印标签。No font with Chinese characters was found, so labels cannot be printed. "
        f"Install one, for instance `apt-get install fonts-wqy-microhei`. Looked in: {looked}."
    )


@lru_cache(maxsize=64)
def at_size(font: Font, pixels: int) -> ImageFont.FreeTypeFont:
    """The font for drawing at so many pixels to the em."""
    return ImageFont.truetype(str(font.path), pixels, index=font.face)


def width(font: Font, text: str) -> float:
    """The width of the text in ems."""
    return at_size(font, _EM).getlength(text) / _EM


def wrap(font: Font, text: str, ems: float) -> list[str]:
    """The text in lines no wider than so many ems, broken at a space where there is one near the end."""
    lines: list[str] = []
    rest = text
    while rest:
        cut = _longest(font, rest, ems)
        space = rest.rfind(" ", 0, cut + 1)
        if cut < len(rest) and space > cut * 2 // 3:
            cut = space
        lines.append(rest[:cut].strip())
        rest = rest[cut:].lstrip()
    return lines


def _longest(font: Font, text: str, ems: float) -> int:
    for cut in _downward(len(text)):
        if width(font, text[:cut]) <= ems:
            return cut
    return 1


def _downward(start: int) -> Iterable[int]:
    return range(start, 0, -1)
