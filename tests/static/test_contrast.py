"""Colours can be read: text 4.5:1, verdicts 7:1, edges of what can be touched 3:1, in light and in dark."""

from __future__ import annotations

import re

import pytest

from tests.static.harness import API

TOKENS = (API / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part))
    for part in TOKENS.split("@media (prefers-color-scheme: dark)")
)
THEMES = {"light": LIGHT, "dark": LIGHT | DARK}

TEXT = [
    *[(ink, ground) for ink in ("ink", "ink-soft", "ink-faint") for ground in ("ground", "surface", "sunken")],
    ("brand", "ground"),
    ("brand", "surface"),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("brand-ink", "brand-soft"),
    ("on-header", "header"),
    ("on-header-soft", "header"),
    ("on-header-soft", "header-raised"),
    *[
        (f"{kind}-ink", ground)
        for kind in ("ok", "caution", "stop", "repeat")
        for ground in (f"{kind}-soft", "surface")
    ],
    ("stop-ink", "ground"),
]
VERDICTS = [("on-ok", "ok"), ("on-repeat", "repeat"), ("on-caution", "caution"), ("on-stop", "stop")]
EDGES = [
    ("line-strong", "surface"),
    ("line-strong", "ground"),
    ("focus", "ground"),
    ("focus", "surface"),
    ("celadon", "header"),
]


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("pairs", "least"), [(TEXT, 4.5), (VERDICTS, 7.0), (EDGES, 3.0)], ids=["text", "verdicts", "edges"]
)
def test_colours_are_far_enough_apart(theme, pairs, least):
    colours = THEMES[theme]
    too_close = {
        pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2)
        for pair in pairs
        if contrast(colours[pair[0]], colours[pair[1]]) < least
    }
    assert too_close == {}


def test_verdict_grounds_differ_in_lightness_where_hue_may_not_be_seen():
    """Red from green is the pair that is confused most: the amber between them is far lighter than either."""
    assert contrast(LIGHT["caution"], LIGHT["stop"]) > 5
    assert contrast(LIGHT["caution"], LIGHT["ok"]) > 5
