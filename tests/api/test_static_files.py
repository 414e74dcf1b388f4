"""Our scripts, sheets and icons: kept for good under the address of a release, and answered under that of another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from api.pages import offline
from api.static_files import FOLDER, address, release
from tests.api.asking import World


def test_what_a_release_names_is_kept_for_good(app: Flask) -> None:
    answer = app.test_client().get(address("js/wedge.js"))
    assert answer.data == (FOLDER / "js" / "wedge.js").read_bytes()
    assert (answer.cache_control.max_age, answer.cache_control.immutable) == (365 * 86_400, True)


def test_a_page_of_another_release_gets_what_there_is_and_asks_again_next_time(app: Flask) -> None:
    other = address("js/wedge.js").replace(release(), "0123456789abcdef")
    answer = app.test_client().get(other)
    assert answer.data == (FOLDER / "js" / "wedge.js").read_bytes()
    assert answer.cache_control.no_cache
    assert not answer.cache_control.immutable
    assert app.test_client().get(address("js/nothing.js")).status_code == 404
    assert app.test_client().get(address("../app.py")).status_code == 404


def test_pages_and_what_works_without_network_name_this_release(embedded: World) -> None:
    client = embedded.app.test_client()
    for page in ("/login", "/offline", "/sw.js"):
        named = set(re.findall(r"/static/(\w+)/", client.get(page).text))
        assert named == {release()}, page


def test_other_words_on_the_page_without_network_are_another_version(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Browsers went on with the page of a release before, where only what its template includes had changed."""
    drawn_from = {path.name for path in offline._said_by_the_shell()}
    assert drawn_from == {"offline.html", "scan_base.html", "base.html", "_macros.html", "_texts.html", "messages.po"}
    with app.test_request_context():
        version, _ = offline._kept.__wrapped__()
        other = tmp_path / "messages.po"
        other.write_bytes(offline.CATALOGUE.read_bytes() + b"\n# one word more")
        monkeypatch.setattr(offline, "CATALOGUE", other)
        assert offline._kept.__wrapped__()[0] != version
