"""This file is our scripts, sheets and icons: each release has addresses of its own, so that a browser asks once.

An address carries the hash of all there is. What it names never changes and is kept for a year; a page that was opened
before an update, or beside a server that has not got it yet, asks for another and gets what this server has.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, send_from_directory

FOLDER = Path(__file__).parent / "static"
_YEAR = 365 * 86_400


def install(app: Flask) -> None:
    """Serve them; `url_for("static", filename=…)` gives the address of this release."""
    app.static_folder = str(FOLDER)
    app.add_url_rule("/static/<string(length=16):version>/<path:filename>", endpoint="static", view_func=_send)

    @app.url_defaults
    def of_this_release(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("version", release())


@cache
def release() -> str:
    """The hash of all files: 16 hexadecimal digits."""
    content = hashlib.sha256()
    for path in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        content.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes())
    return content.hexdigest()[:16]


def address(filename: str) -> str:
    """Where a file of this release is."""
    return f"/static/{release()}/{filename}"


def _send(version: str, filename: str) -> Response:
    ours = version == release()
    answer = send_from_directory(FOLDER, filename, max_age=_YEAR if ours else None)
    answer.cache_control.immutable = ours
    return answer
