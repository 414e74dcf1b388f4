"""This file is the headers of every answer: what a browser may load, frame, sniff, keep."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Flask, Response, request
from werkzeug.wrappers import Response as Answer

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)


def install(app: Flask) -> None:
    """Put the headers on every answer."""

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"  # over HTTPS the CSRF check wants our own
        response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def name_file(answer: Answer, name: str, *, shown: bool = False) -> None:
    """Say what a file is called, in any script (RFC 6266), and whether it is `shown` or kept."""
    way, printable = "inline" if shown else "attachment", re.sub(r"[\x00-\x1f\x7f]+", "-", name)
    if printable.isascii():
        answer.headers.set("Content-Disposition", way, filename=printable)
        return
    plain = re.sub(r"[^\x20-\x7e]+", "-", printable).lstrip("-_ ")
    plain = f"file{plain}" if plain.startswith(".") else plain
    said = {"filename": plain, "filename*": f"UTF-8''{quote(printable, safe='')}"}
    answer.headers.set("Content-Disposition", way, **said)
