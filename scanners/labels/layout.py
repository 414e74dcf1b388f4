"""This file is where everything on a label goes, in millimetres, so that every renderer draws the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scanners.labels import fonts
from scanners.labels.fonts import Font
from scanners.labels.label import DoesNotFit, Label, Size
from scanners.labels.symbols import Symbol, symbol

MARGIN = 1.5
INCH = 25.4
_LEAD = 1.18  # from one baseline to the next, in ems
_SHARE = 0.36  # of the width, at most, for a square symbol
_SMALLEST = 0.25  # a module narrower than this is lost on a 203 dpi thermal printer
_LARGEST = 0.64
_BAR_HEIGHT = 9.0
_SIZES_DOWN = (1.8, 1.6, 1.4, 1.2, 1.1, 1.0, 0.92, 0.85, 0.78, 0.72, 0.66, 0.6)


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text: left end and baseline, size of the em, and its width."""

    x: float
    y: float
    em: float
    text: str
    width: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A label laid out. module: width of one module; dots: of how many printer dots; bar_height: of one row."""

    size: Size
    texts: tuple[Text, ...]
    symbol: Symbol
    x: float
    y: float
    module: float
    dots: int
    row_height: float
    font: Font

    @property
    def bottom(self) -> float:
        """Where the symbol ends."""
        return self.y + self.row_height * len(self.symbol.rows)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    em: float
    least: float = 1.7
    rows: int = 1
    may_cut: bool = False


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where lines may stand."""

    x: float
    top: float
    width: float
    height: float


def lay_out(label: Label, size: Size, *, dpi: int = 203, font: Font | None = None) -> Layout:
    """The label at this size for a printer of so many dots to the inch.

    Raises: DoesNotFit where lot, day or code would not be readable or the symbol would run over the edge;
    NoFont; Unprintable.
    """
    face = font or fonts.find()
    made = symbol(label.carrier, label.code)
    heading = _heading(label)
    width = size.width - 2 * MARGIN
    top = MARGIN
    texts: list[Text] = []
    if heading:
        texts += _flow([heading], _Frame(MARGIN, top, width, 2.6 * _LEAD), face)
        top += texts[-1].em * _LEAD
    written = _flow([_Line(_readable(label, made), 2.4, 1.5, 3)], _Frame(MARGIN, 0, width, 7.0), face)
    foot = sum(text.em * _LEAD for text in written)
    below = size.height - MARGIN - foot
    x, y, dots, row_height = _place(made, size, top, below, dpi)
    module = dots * INCH / dpi
    texts += [Text(text.x, text.y + below, text.em, text.text, text.width) for text in written]
    if made.is_linear:
        texts += _flow(_body(label), _Frame(MARGIN, top, width, y - top - 0.5), face, _grown(size))
    else:
        left = x + made.across * module + made.quiet * module + 1
        frame = _Frame(left, top, size.width - MARGIN - left, below - top)
        texts += _flow(_body(label), frame, face, _grown(size))
    return Layout(size, tuple(texts), made, x, y, module, dots, row_height, face)


def _place(made: Symbol, size: Size, top: float, below: float, dpi: int) -> tuple[float, float, int, float]:
    """Left, top, dots to the module and height of a row, the module being as large as it fits."""
    dot = INCH / dpi
    modules = made.across + 2 * made.quiet
    room = size.width - 2 if made.is_linear else min(size.width * _SHARE, below - top)
    dots = min(int(room / modules / dot), round(_LARGEST * _grown(size) / dot))
    if dots * dot < _SMALLEST - 0.01:
        raise DoesNotFit(
            f"{made.carrier} of {modules} modules needs {modules * _SMALLEST:.1f} mm; {room:.1f} mm are free"
        )
    margin = made.quiet * dots * dot
    if made.is_linear:
        left, y, row_height = (size.width - made.across * dots * dot) / 2, below - _BAR_HEIGHT, _BAR_HEIGHT
    else:
        left, y, row_height = max(margin, MARGIN), top + max(margin, 0.5), dots * dot
    # Begun on a dot, every module is a whole number of dots; begun between two, some come out a dot short.
    return round(left / dot) * dot, round(y / dot) * dot, dots, row_height


def _grown(size: Size) -> float:
    """How much larger things may be than on a label of 50 x 30 mm, which all sizes are written for."""
    return max(1.0, min(size.width / 50, size.height / 30, _SIZES_DOWN[0]))


def _heading(label: Label) -> _Line | None:
    parts = [part for part in (label.title_zh, label.title_en) if part]
    if label.preview:
        parts.append("预览 PREVIEW")
    if label.reprint:
        parts.append(f"补打 REPRINT {label.reprint}")
    return _Line("  ".join(parts), 2.6, 1.7) if parts else None


def _readable(label: Label, made: Symbol) -> str:
    """The code as people read it under the symbol."""
    return label.code if made.carries == label.code else label.code.replace("\\(", "(")


def _body(label: Label) -> list[_Line]:
    lines = [_Line(label.name, 3.4, 2.0, 3, may_cut=True), _Line(label.name_en, 2.4, 1.7, 1, may_cut=True)]
    lines.append(_Line(f"规格 {label.specification}" if label.specification else "", 2.4, 1.7, 2, may_cut=True))
    lines.append(_Line(f"数量 Qty {label.quantity}" if label.quantity else "", 2.8, 1.8))
    lines.append(_Line(f"批号 Lot {label.lot}" if label.lot else "", 2.6, 1.7, 2))
    lines.append(_Line(f"序列号 SN {label.serial}" if label.serial else "", 2.6, 1.7, 2))
    lines.append(_Line(f"有效期至 Exp {label.expires_on.isoformat()}" if label.expires_on else "", 2.6, 1.7))
    lines.append(_Line(f"科室 Ward {label.ward}" if label.ward else "", 2.6, 1.7, 2))
    lines += [_Line(note, 2.4, 1.7, 3) for note in label.notes]
    return [line for line in lines if line.text]


def _flow(lines: list[_Line], frame: _Frame, face: Font, largest: float = 1.0) -> list[Text]:
    """The lines one under the other, as large as they fit together."""
    for factor in (factor for factor in _SIZES_DOWN if factor <= largest):
        placed = _try(lines, frame, factor, face)
        if placed is not None and (not placed or placed[-1].y + placed[-1].em * 0.2 <= frame.top + frame.height + 0.01):
            return placed
    wanted = "; ".join(line.text for line in lines)
    raise DoesNotFit(f"{frame.width:.0f} x {frame.height:.0f} mm are too small for: {wanted}")


def _try(lines: list[_Line], frame: _Frame, factor: float, face: Font) -> list[Text] | None:
    placed: list[Text] = []
    y = frame.top
    for line in lines:
        em = max(line.em * factor, line.least)
        rows = fonts.wrap(face, line.text, frame.width / em)
        if len(rows) == 2 and line.rows == 2 and not line.may_cut:
            # A lot or serial in smaller letters is read more surely than one broken in two.
            smaller, single = _shrunk(replace(line, rows=1), frame.width, face, em)
            em, rows = (smaller, single) if len(single) == 1 else (em, rows)
        if len(rows) > line.rows:
            if factor > _SIZES_DOWN[-1] or not line.may_cut:
                em, rows = _shrunk(line, frame.width, face, em)
            if len(rows) > line.rows and not line.may_cut:
                return None
            rows = [*rows[: line.rows - 1], rows[line.rows - 1][:-1] + "…"] if len(rows) > line.rows else rows
        for row in rows:
            y += em * _LEAD
            placed.append(Text(frame.x, y - em * 0.25, em, row, fonts.width(face, row) * em))
    return placed


def _shrunk(line: _Line, width: float, face: Font, em: float) -> tuple[float, list[str]]:
    """The line at the largest size at which it keeps to its rows, down to the least."""
    while True:
        em = max(em * 0.95, line.least)
        rows = fonts.wrap(face, line.text, width / em)
        if len(rows) <= line.rows or em <= line.least:
            return em, rows
