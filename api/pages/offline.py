"""This file is what browsers keep for times without network: manifest, service worker, empty page; and queue files."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path

from flask import Response, jsonify, render_template, url_for

from api.i18n import CATALOGUE
from api.i18n import gettext as _
from api.pages import bp
from api.pages.safety import tabs
from api.static_files import FOLDER, address

_KINDS = (".js", ".css", ".svg")
_NOT_KEPT = ("docs.js", "worker.js")
_MADE_OF = re.compile(r'{%-?\s*(?:extends|import|include|from)\s+"([\w./]+)"')


@bp.get("/offline")
def offline_shell() -> str:
    """What opens in place of a scan page when the server does not answer; it says nothing of anybody."""
    return render_template("offline.html", verdict=None)


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    """What makes the scan pages an app on the device."""
    icon = {"src": url_for("static", filename="favicon.svg"), "sizes": "any", "type": "image/svg+xml"}
    answer = jsonify(
        {
            "name": _("SPD: every consumable, from supplier to patient"),
            "short_name": "SPD",
            "id": "/",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f0f6f7",
            "theme_color": "#0c2a38",
            "icons": [icon | {"purpose": "any"}, icon | {"purpose": "maskable"}],
            "shortcuts": [
                {"name": _("Bedside"), "url": url_for("pages.bedside")},
                {"name": _("Deliver and sign"), "url": url_for("pages.deliver")},
                {"name": _("Stocktake"), "url": url_for("pages.count")},
            ],
        }
    )
    answer.mimetype = "application/manifest+json"
    return answer


@bp.get("/sw.js")
def service_worker() -> Response:
    """The service worker with what it keeps: another content is another version, and the browser takes it anew."""
    version, files = _kept()
    front = f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(files)};\n"
    body = front + (FOLDER / "js" / "offline" / "worker.js").read_text(encoding="utf-8")
    answer = Response(body, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@cache
def _kept() -> tuple[str, list[str]]:
    """The hash of all that is kept, and its addresses."""
    files = sorted(path for path in FOLDER.rglob("*") if path.suffix in _KINDS and path.name not in _NOT_KEPT)
    addresses = [address(path.relative_to(FOLDER).as_posix()) for path in files]
    content = hashlib.sha256(" ".join(addresses).encode())
    for path in [*files, FOLDER / "js" / "offline" / "worker.js", *_said_by_the_shell()]:
        content.update(path.name.encode() + b"\0" + path.read_bytes())
    return content.hexdigest()[:16], addresses


def _said_by_the_shell() -> list[Path]:
    """The files that the page which opens without network is drawn from: its template, all that this is made of, the
    words."""
    templates = Path(__file__).parents[1] / "templates"
    found, left = set[str](), {"offline.html"}
    while left:
        found |= left
        text = "".join((templates / name).read_text(encoding="utf-8") for name in sorted(left))
        left = set(_MADE_OF.findall(text)) - found
    return [*(templates / name for name in sorted(found)), CATALOGUE]


@bp.get("/safety/queue-file")
def queue_file() -> str:
    """Bring the queue of a device that died, from the file it has saved."""
    return render_template("queue_file.html", tabs=tabs("file"))
