"""A scan page is light: 60 kB of script at the most, compressed, and no library among it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from tests.static.harness import API

TEMPLATES, JS = API / "templates", API / "static" / "js"
BEGUN = re.compile(r"""<script[^>]*js/([\w/]+\.js)""")
OFFICE = re.compile(r"{% block office_scripts %}.*?{% endblock %}", re.DOTALL)
"""What `scan_base.html` leaves out."""
IMPORTED = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*(?:[^"';()]*\?\s*)?["'](\.{1,2}/[\w./]+\.js)["']""")
CHOSEN = re.compile(r"""["'](\.{1,2}/[\w./]+\.js)["']""")
SCAN_PAGES = sorted(page for page in TEMPLATES.glob("*.html") if 'extends "scan_base.html"' in page.read_text())


def begun(page: Path) -> set[Path]:
    """The scripts that a page names, with those of the page it stands on."""
    base = OFFICE.sub("", (TEMPLATES / "base.html").read_text(encoding="utf-8"))
    return {JS / name for text in (page.read_text(encoding="utf-8"), base) for name in BEGUN.findall(text)}


def loaded(page: Path) -> set[Path]:
    """Every module a page may load, imports followed to their end; of those imported by choice, all."""
    found, open_ = set[Path](), begun(page)
    while open_:
        script = open_.pop().resolve()
        if script not in found:
            found.add(script)
            text = script.read_text(encoding="utf-8")
            names = {*IMPORTED.findall(text), *(CHOSEN.findall(text) if "await import(" in text else ())}
            open_ |= {script.parent / name for name in names}
    return found


@pytest.mark.parametrize("page", SCAN_PAGES, ids=lambda page: page.stem)
def test_scripts_of_a_scan_page_weigh_at_most_60_kb(page: Path) -> None:
    scripts = loaded(page)
    assert JS.resolve() / "scanpage.js" in scripts
    assert "{% block office_scripts %}{% endblock %}" in (TEMPLATES / "scan_base.html").read_text(encoding="utf-8")
    assert sum(len(gzip.compress(script.read_bytes())) for script in scripts) <= 60_000


def test_what_is_weighed_is_all_that_a_page_without_network_loads() -> None:
    parts = {script.relative_to(JS.resolve()).as_posix() for script in loaded(TEMPLATES / "offline.html")}
    assert parts >= {
        "pages/shell.js",
        "pages/bedside.js",
        "offline/sign.js",
        "offline/chain.js",
        "queue.js",
        "wedge.js",
    }


def test_styles_and_icons_weigh_at_most_30_kb():
    parts = [*(API / "static" / "css").glob("*.css"), API / "static" / "icons.svg"]
    assert sum(len(gzip.compress(part.read_bytes())) for part in parts) <= 30_000
