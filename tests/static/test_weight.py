"""A scan page is light: 60 kB of script at the most, compressed, and no library among it."""

from __future__ import annotations

import gzip

from tests.static.harness import API


def test_scripts_of_a_scan_page_weigh_at_most_60_kb():
    scripts = sorted((API / "static" / "js").glob("*.js"))
    assert sum(len(gzip.compress(script.read_bytes())) for script in scripts) <= 60_000


def test_styles_and_icons_weigh_at_most_30_kb():
    parts = [*(API / "static" / "css").glob("*.css"), API / "static" / "icons.svg"]
    assert sum(len(gzip.compress(part.read_bytes())) for part in parts) <= 30_000
