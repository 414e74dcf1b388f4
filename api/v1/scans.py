"""This file is /scans: what any code is, and where it leads."""

from __future__ import annotations

from typing import Any

from flask import url_for
from marshmallow import Schema, fields

from api import access, patients
from api.fields import Scan
from api.here import read
from api.noun import Noun
from api.whatis import what_is

bp = Noun("scans", "What any code is.")


class ScanIn(Schema):
    """A code as the scanner sent it."""

    scan = Scan(required=True)


class ScanOut(Schema):
    """What the code is. `go` is the page that handles it."""

    kind = fields.String(
        metadata={"description": "item, product, delivery, dispatch, location, wristband, staff, unknown …"}
    )
    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    carrier = fields.String(metadata={"description": "The grammar the code was read by: gs1, hibc, pack, wristband …"})
    lot = fields.String(allow_none=True)
    serial = fields.String(allow_none=True)
    expires_on = fields.Date(allow_none=True)
    ambiguous = fields.Boolean()
    go = fields.String(allow_none=True)
    detail = fields.Dict(keys=fields.String(), values=fields.Raw())


@bp.post("")
@bp.arguments(ScanIn)
@bp.response(200, ScanOut)
def identify(said: dict[str, Any]) -> dict[str, Any]:
    """Say what a code is. Unknown is an answer too."""
    scan = said["scan"]
    found = read(lambda session: what_is(session, scan, departments=access.departments()))
    if found["kind"] == "wristband" and not patients.sees_patients():
        found |= {"code": scan.code or scan.data, "name": "", "name_en": "", "detail": {}}
    return found | {
        "carrier": scan.kind,
        "lot": found.get("lot") or scan.lot,
        "serial": scan.serial,
        "expires_on": found.get("expires_on") or scan.expires_on,
        "ambiguous": scan.ambiguous,
        "go": url_for(found["page"], scan=scan.raw) if found.get("page") else None,
    }
