"""This file is the documentation of the interface: OpenAPI 3.1, and /docs to read it offline."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Flask, Response, render_template, send_from_directory
from flask_smorest import Api
from marshmallow import Schema, fields

from api.problems import MEDIA_TYPE

bp = Blueprint("documentation", __name__, url_prefix="/docs")
_ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"
_SERVED = ("swagger-ui.css", "index.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js")


class Problem(Schema):
    """A refusal or an error. Source: RFC 9457."""

    type = fields.String(metadata={"description": "urn:spd:problem: and the code"})
    title = fields.String()
    status = fields.Integer()
    code = fields.String(metadata={"description": "Stable, for programs"})
    detail = fields.String(metadata={"description": "For the person at the scanner: what, why, what to do"})
    error = fields.String(metadata={"description": "Row of the error table of scan pages, E01 to E24"})
    verdict = fields.String(metadata={"description": "stop, caution or repeat"})
    facts = fields.Dict(keys=fields.String(), values=fields.Raw())
    errors = fields.Dict(keys=fields.String(), values=fields.Raw(), metadata={"description": "By field, if invalid"})


class Interface(Api):  # type: ignore[misc]
    """The interface with our answers to errors: problem+json everywhere, documented as such."""

    ERROR_SCHEMA = Problem

    def __init__(self, app: Flask) -> None:
        super().__init__(
            app,
            spec_kwargs={
                "info": {
                    "description": "Every medical consumable from supplier to patient.",
                    "license": {"name": "Apache-2.0"},
                },
                "security": [{"session": []}, {"bearer": []}],
            },
        )
        schemes = self.spec.components
        schemes.security_scheme("session", {"type": "apiKey", "in": "cookie", "name": "spd"})
        schemes.security_scheme("bearer", {"type": "http", "scheme": "bearer"})

    def _register_error_handlers(self) -> None:
        """Ours are installed for the whole application."""

    def _register_responses(self) -> None:
        """Refusals and errors of every operation, under the media type they are sent with."""
        for name in (*(status.name for status in HTTPStatus), "DEFAULT_ERROR"):
            schema = {"schema": self.ERROR_SCHEMA}
            response = {"description": "Refused, or failed", "content": {MEDIA_TYPE: schema}}
            self.spec.components.response(name, response, lazy=True)


@bp.get("")
def page() -> str:
    """The interface, to read and try."""
    return render_template("docs.html")


@bp.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """The reader's own files, from its package."""
    return send_from_directory(_ASSETS, name if name in _SERVED else "missing")


def install(app: Flask) -> None:
    """Serve the documentation."""
    app.register_blueprint(bp)
