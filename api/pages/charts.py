"""This file is charts: drawn here as SVG that takes its colours and letters from the page, each bar a link."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
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
_CLASSES = {_INK: "var-ink", _GRID: "var-grid", _BAR: "var-bar", _NOW: "var-now"}


@dataclass(frozen=True)
class Bar:
    """One bar: what it is of, how much, where it leads."""

    name: str
    amount: Decimal
    href: str
    now: bool = False


def columns(bars: Sequence[Bar], *, label: str, unit: str) -> Markup:
    """Bars over time."""
    x = {"field": "name", "type": "ordinal", "sort": None, "axis": _axis(labelAngle=0, title=None, labelExpr=_MONTH)}
    y = {"field": "amount", "type": "quantitative", "axis": _axis(grid=True, title=unit, tickCount=5, format=",~f")}
    return _drawn(bars, {"x": x, "y": y}, width=390, height=190, label=label)


def ranking(bars: Sequence[Bar], *, label: str, unit: str, wide: bool = False) -> Markup:
    """Bars by size, the largest above; wide where it has the page's width to itself."""
    x = {"field": "amount", "type": "quantitative", "axis": _axis(grid=True, title=unit, tickCount=5, format=",~f")}
    y = {"field": "name", "type": "nominal", "sort": None, "axis": _axis(title=None, labelLimit=460 if wide else 190)}
    return _drawn(bars, {"x": x, "y": y}, width=640 if wide else 300, height={"step": 22}, label=label)


def _axis(**more: Any) -> dict[str, Any]:
    return {"domain": False, "ticks": False, "grid": False, "labelPadding": 8, "titleFontWeight": "normal", **more}


def _drawn(bars: Sequence[Bar], places: dict[str, Any], *, width: int, height: Any, label: str) -> Markup:
    values = [
        {"name": bar.name, "amount": float(bar.amount) / _SCALE[short()], "href": bar.href, "now": bar.now,
         "said": f"{bar.name}: {money(bar.amount)}"}
        for bar in bars
    ]  # fmt: skip
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "background": None,
        "padding": 2,
        "data": {"values": values},
        "mark": {"type": "bar", "cursor": "pointer"},
        "encoding": {
            **places,
            "color": {"condition": {"test": "datum.now", "value": _NOW}, "value": _BAR},
            "href": {"field": "href"},
            "description": {"field": "said"},
        },
        "config": {
            "font": _FONT,
            "view": {"stroke": None},
            "axis": {
                "labelColor": _INK, "titleColor": _INK, "gridColor": _GRID, "labelFontSize": 12, "titleFontSize": 12,
            },
        },
    }  # fmt: skip
    return Markup(_svg(json.dumps(spec, ensure_ascii=False), label))  # noqa: S704 - drawn from our own figures


@lru_cache(maxsize=64)
def _svg(spec: str, label: str) -> str:
    """The picture; the same figures are drawn once."""
    svg = vl_convert.vegalite_to_svg(spec)
    for colour, name in _CLASSES.items():
        svg = re.sub(rf'(fill|stroke)="{colour}"', rf'class="chart-\1 {name}"', svg)
    svg = svg.replace(f' font-family="{_FONT}"', "")
    svg = svg.replace(f'xlink:href="{_BASE}/', 'href="/')
    said = Markup.escape(label)
    return re.sub(
        r'<svg ([^>]*?)class="marks" width="[0-9.]+" height="[0-9.]+"',
        rf'<svg \1class="chart__picture chart__drawn" role="group" aria-label="{said}"',
        svg,
        count=1,
    )
