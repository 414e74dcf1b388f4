"""This file is charts: drawn here as SVG that takes its colours and letters from the page, each bar a link."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import vl_convert
from markupsafe import Markup

from api.i18n import money, short

_INK = "#010203"  # stands for the ink of the page, which differs between light and dark
_GRID = "#010204"
_BAR = "#010205"
_NOW = "#010206"
_FONT = "page"
_BASE = "https://vega.github.io/vega-datasets/"  # what the drawer puts before every address that names no host
_SCALE = {"zh": 10_000, "en": 1_000}  # large sums are counted in 万 or in thousands
# The month alone; the year below the first of each.
_MONTH = "slice(datum.label, 5) == '01' ? ['01', slice(datum.label, 0, 4)] : slice(datum.label, 5)"
_LINE = "#010207"
_HEAT = tuple(f"#01020{step}" for step in "89abc")
_CLASSES = {
    _INK: "var-ink", _GRID: "var-grid", _BAR: "var-bar", _NOW: "var-now", _LINE: "var-line",
    **{colour: f"var-heat-{step}" for step, colour in enumerate(_HEAT, 1)},
}  # fmt: skip


@dataclass(frozen=True)
class Bar:
    """One bar: what it is of, how much, where it leads."""

    name: str
    amount: Decimal
    href: str
    now: bool = False
    said: str = ""
    """What is read out where it is not its name and amount."""


@dataclass(frozen=True)
class Cell:
    """One field of a heat map: its row, its column, how much, where it leads."""

    row: str
    column: str
    amount: Decimal
    href: str


def columns(
    bars: Sequence[Bar],
    *,
    label: str,
    unit: str,
    budget: Mapping[str, Decimal] | None = None,
    budget_label: str = "",
    plain: bool = False,
) -> Markup:
    """Bars over time; a stroke over each for what was allowed, where that is known. `plain`: the figures are no money,
    are drawn as they are, and have the page's width to themselves."""
    x = {"field": "name", "type": "ordinal", "sort": None, "axis": _axis(labelAngle=0, title=None, labelExpr=_MONTH)}
    y = {"field": "amount", "type": "quantitative", "axis": _axis(grid=True, title=unit, tickCount=5, format=",~f")}
    layers = [_bars(bars, {"x": x, "y": y}, plain=plain)]
    if budget:
        values = [
            {"name": bar.name, "allowed": _scaled(budget[bar.name]),
             "said": f"{budget_label} {bar.name}: {money(budget[bar.name])}"}
            for bar in bars if bar.name in budget
        ]  # fmt: skip
        layers.append(
            {
                "data": {"values": values},
                "mark": {"type": "tick", "thickness": 3, "size": 28, "opacity": 1, "color": _LINE},
                "encoding": {"x": x, "y": {"field": "allowed", "type": "quantitative", "axis": y["axis"]},
                             "description": {"field": "said"}},
            }
        )  # fmt: skip
    return _drawn(layers, width=1040 if plain else 390, height=190, label=label, own=plain)


def ranking(bars: Sequence[Bar], *, label: str, unit: str, wide: bool = False) -> Markup:
    """Bars by size, the largest above; wide where it has the page's width to itself. Drawn a second time for a phone,
    whose page shows that one: made smaller, the words of the first could not be read."""
    roomy = _ranked(bars, label=label, unit=unit, names=460 if wide else 190, width=640 if wide else 300)
    tight = _ranked(bars, label=label, unit=unit, names=165, width=160)
    return Markup('<div class="chart__roomy">{}</div><div class="chart__tight">{}</div>').format(roomy, tight)


def _ranked(bars: Sequence[Bar], *, label: str, unit: str, names: int, width: int) -> Markup:
    along = _axis(grid=True, title=unit, tickCount=width // 60, format=",~f")
    x = {"field": "amount", "type": "quantitative", "axis": along}
    y = {"field": "name", "type": "nominal", "sort": None, "axis": _axis(title=None, labelLimit=names)}
    return _drawn([_bars(bars, {"x": x, "y": y})], width=width, height={"step": 22}, label=label)


def pareto(bars: Sequence[Bar], whole: Decimal, *, label: str, unit: str) -> Markup:
    """Bars by size from the left, and how much of the whole they come to together, as a line in per cent."""
    x = {"field": "name", "type": "nominal", "sort": None, "axis": _axis(title=None, labelAngle=-40, labelLimit=110)}
    y = {"field": "amount", "type": "quantitative", "axis": _axis(grid=True, title=unit, tickCount=5, format=",~f")}
    summed, values = Decimal(0), []
    for bar in bars:
        summed += bar.amount
        share = float(100 * summed / whole) if whole else 0.0
        values.append({"name": bar.name, "share": share, "said": f"{bar.name}: {share:.1f} %"})
    line = {
        "data": {"values": values},
        "mark": {"type": "line", "color": _LINE, "strokeWidth": 2, "point": {"color": _LINE, "size": 30}},
        "encoding": {
            "x": x,
            "y": {"field": "share", "type": "quantitative", "scale": {"domain": [0, 100]},
                  "axis": _axis(title="%", orient="right", tickCount=5)},
            "description": {"field": "said"},
        },
    }  # fmt: skip
    return _drawn(
        [_bars(bars, {"x": x, "y": y}), line], width={"step": 52}, height=220, label=label, apart=True, own=True
    )


def heat(cells: Sequence[Cell], *, label: str) -> Markup:
    """Fields of rows × columns, the fuller the more; five steps of as many fields each, so that small rows can be told
    apart beside large ones."""
    ranked = sorted(cell.amount for cell in cells if cell.amount > 0)
    values = [
        {"row": cell.row, "column": cell.column, "href": cell.href, "step": heat_step(cell.amount, ranked),
         "said": f"{cell.row}, {cell.column}: {money(cell.amount)}"}
        for cell in cells
    ]  # fmt: skip
    layer = {
        "data": {"values": values},
        "mark": {"type": "rect", "cursor": "pointer", "cornerRadius": 2},
        "encoding": {
            "x": {"field": "column", "type": "ordinal", "sort": None,
                  "axis": _axis(title=None, labelAngle=0, orient="top")},
            "y": {"field": "row", "type": "nominal", "sort": None, "axis": _axis(title=None, labelLimit=190)},
            "color": {"field": "step", "type": "ordinal", "legend": None,
                      "scale": {"domain": [1, 2, 3, 4, 5], "range": list(_HEAT)}},
            "href": {"field": "href"},
            "description": {"field": "said"},
        },
    }  # fmt: skip
    return _drawn([layer], width={"step": 62}, height={"step": 26}, label=label, own=True)


def heat_step(amount: Decimal, ranked: Sequence[Decimal]) -> int:
    """Which fifth of all amounts above nothing, in their order, an amount falls into, from 1 to 5; nothing is 1."""
    if amount <= 0:
        return 1
    return -(-5 * bisect_right(ranked, amount) // len(ranked))


def _axis(**more: Any) -> dict[str, Any]:
    return {"domain": False, "ticks": False, "grid": False, "labelPadding": 8, "titleFontWeight": "normal", **more}


def _scaled(amount: Decimal) -> float:
    return float(amount) / _SCALE[short()]


def _bars(bars: Sequence[Bar], places: dict[str, Any], *, plain: bool = False) -> dict[str, Any]:
    values = [
        {"name": bar.name, "amount": float(bar.amount) if plain else _scaled(bar.amount), "href": bar.href,
         "now": bar.now, "said": bar.said or f"{bar.name}: {bar.amount if plain else money(bar.amount)}"}
        for bar in bars
    ]  # fmt: skip
    return {
        "data": {"values": values},
        "mark": {"type": "bar", "cursor": "pointer"},
        "encoding": {
            **places,
            "color": {"condition": {"test": "datum.now", "value": _NOW}, "value": _BAR},
            "href": {"field": "href"},
            "description": {"field": "said"},
        },
    }


def _drawn(
    layers: list[dict[str, Any]], *, width: Any, height: Any, label: str, apart: bool = False, own: bool = False
) -> Markup:
    """The layers over each other; each with a scale of its own upwards if they are `apart`.

    `own`: as large as it is drawn, however wide the page; else as wide as its place.
    """
    shape: dict[str, Any] = layers[0] if len(layers) == 1 else {"layer": layers}
    if apart:
        shape["resolve"] = {"scale": {"y": "independent"}}
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "background": None,
        "padding": 2,
        **shape,
        "config": {
            "font": _FONT,
            "view": {"stroke": None},
            "axis": {
                "labelColor": _INK, "titleColor": _INK, "gridColor": _GRID, "labelFontSize": 12, "titleFontSize": 12,
            },
        },
    }  # fmt: skip
    return Markup(_svg(json.dumps(spec, ensure_ascii=False), label, own))  # noqa: S704 - drawn from our own figures


@lru_cache(maxsize=64)
def _svg(spec: str, label: str, own: bool) -> str:
    """The picture; the same figures are drawn once."""
    svg = vl_convert.vegalite_to_svg(spec)
    for colour, name in _CLASSES.items():
        svg = re.sub(rf'(fill|stroke)="{colour}"', rf'class="chart-\1 {name}"', svg)
    svg = svg.replace(f' font-family="{_FONT}"', "")
    svg = svg.replace(f'xlink:href="{_BASE}/', 'href="/')
    said = Markup.escape(label)
    look, size = ("chart__drawn chart__own", r"\2 ") if own else ("chart__drawn", "")
    return re.sub(
        r'<svg ([^>]*?)class="marks" (width="[0-9.]+" height="[0-9.]+")',
        rf'<svg \1class="chart__picture {look}" {size}role="group" aria-label="{said}"',
        svg,
        count=1,
    )
