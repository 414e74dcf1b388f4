"""This file is /scans: what any code is, where it leads, and what to do with one that nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import UnprocessableEntity

import scanners
from api import access, patients, reading
from api.fields import Scan, Text
from api.here import person, read, settings
from api.noun import Noun
from api.whatis import what_is
from scanners import Unreadable, images
from spd import trace_codes
from spd.catalog.mapping import find_named
from spd.core import clock
from spd.stock import Identified
from spd.stock import identify as identified
from spd.stock.doubtful import readings
from spd.trace_codes import TraceCode

bp = Noun("scans", "What any code is.")
PRODUCT_CODES = ("nhsa",)


class ScanIn(Schema):
    """A code as the scanner sent it, or all codes of one label, which come within a moment of each other."""

    scan = Scan()
    codes = fields.List(Text(longest=4000), validate=validate.Length(1, 20))

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        """Either the one or the other."""
        if ("scan" in data) == ("codes" in data):
            raise ValidationError("Send scan or codes.", "scan")


class NextOut(Schema):
    """What to do about a code that is not known."""

    do = fields.String(metadata={"description": "bind, ask-buyer, scan-other, compare, come-nearer"})
    zh = fields.String()
    en = fields.String()
    href = fields.String(allow_none=True)


class ReadingOut(Schema):
    """One of several readings; `scan` is what to send in place of the ambiguous code, once somebody has compared."""

    scan = fields.String()
    di = fields.String(allow_none=True)
    lot = fields.String(allow_none=True)
    serial = fields.String(allow_none=True)
    expires_on = fields.String(allow_none=True)


class DoubtOut(Schema):
    """Something about a code to be known: `check-digit`, `caps-lock`, `missing-companion` …"""

    code = fields.String()
    position = fields.Integer(metadata={"description": "Counted from 0 in the cleaned text."})
    zh = fields.String()
    en = fields.String()


class ScanOut(Schema):
    """What the code is. `go` is the page that handles it."""

    kind = fields.String(
        metadata={"description": "item, product, delivery, dispatch, location, wristband, staff, trace, unknown …"}
    )
    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    carrier = fields.String(metadata={"description": "The grammar the code was read by: gs1, hibc, pack, wristband …"})
    lot = fields.String(allow_none=True)
    serial = fields.String(allow_none=True)
    expires_on = fields.Date(allow_none=True)
    expires_at = fields.Time(allow_none=True, metadata={"description": "On that day; UTC in HIBC, local in GS1."})
    produced_on = fields.Date(allow_none=True)
    produced_at = fields.Time(allow_none=True, metadata={"description": "On that day, local."})
    quantity = fields.Integer(allow_none=True, metadata={"description": "The count that the label itself states."})
    di = fields.String(allow_none=True)
    issuer = fields.String(allow_none=True, metadata={"description": "Who allots the identifier: GS1, HIBCC, ZIIOT …"})
    valid = fields.Boolean(metadata={"description": "Whether the code meets its standard as it stands."})
    doubts = fields.List(fields.Nested(DoubtOut), metadata={"description": "What had to be undone, or is doubtful."})
    ambiguous = fields.Boolean()
    readings = fields.List(
        fields.Nested(ReadingOut),
        metadata={"description": "Of an ambiguous code, to choose from: `scan` says it surely."},
    )
    product = fields.String(allow_none=True)
    level = fields.String(allow_none=True)
    base_units = fields.Integer(allow_none=True, metadata={"description": "In one package such as was scanned."})
    counted = fields.Integer(
        allow_none=True, metadata={"description": "The same, times the count that the label itself states."}
    )
    base_unit = fields.String(allow_none=True)
    go = fields.String(allow_none=True)
    next = fields.List(fields.Nested(NextOut))
    detail = fields.Dict(keys=fields.String(), values=fields.Raw())


class ImageIn(Schema):
    """A photograph: PNG, JPEG, WebP, GIF or BMP, at most 12 MB and 50 million pixels."""

    image = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class SeenOut(Schema):
    """One symbol of a photograph. `scan` is what POST /scans takes."""

    scan = fields.String()
    format = fields.String()
    symbology = fields.String()
    kind = fields.String(allow_none=True)
    di = fields.String(allow_none=True)
    lot = fields.String(allow_none=True)
    serial = fields.String(allow_none=True)
    expires_on = fields.Date(allow_none=True)
    valid = fields.Boolean()
    elements = fields.List(fields.List(fields.String()))
    corners = fields.List(fields.List(fields.Integer()))
    zh = fields.String(allow_none=True, metadata={"description": "Why it says nothing."})
    en = fields.String(allow_none=True)


class ImageOut(Schema):
    """Every symbol in the photograph, from the top down."""

    symbols = fields.List(fields.Nested(SeenOut))
    next = fields.List(fields.Nested(NextOut))


@bp.post("")
@bp.arguments(ScanIn)
@bp.response(200, ScanOut)
def identify(said: dict[str, Any]) -> dict[str, Any]:
    """Say what a code is, or the codes of one label together. Unknown is an answer too, with what to do next."""
    scan: scanners.Scan = said["scan"] if "scan" in said else _one_label(said["codes"])
    return read(lambda session: _answer(session, scan))


def _one_label(codes: Sequence[str]) -> scanners.Scan:
    """One reading of all; what cannot be read beside what can is left. Raises: Unreadable, where nothing can."""
    scans: list[scanners.Scan] = []
    refusal: Unreadable | None = None
    for code in codes:
        try:
            scans.append(reading.heard(code))
        except Unreadable as reason:
            refusal = refusal or reason
    if refusal is not None and not scans:
        raise refusal
    return reading.one_label(scans)


def _answer(session: Session, scan: scanners.Scan) -> dict[str, Any]:
    departments = access.departments()
    found = what_is(session, scan, departments=departments)
    if found["kind"] == "wristband" and not patients.sees_patients():
        found |= {"code": scan.code or scan.data, "name": "", "name_en": "", "detail": {}}
    if found["kind"] == "unknown":
        found |= _of_authorities(session, scan)
    here = identified(session, [scan], departments=departments) if scan.di else Identified(scan=scan)
    product = here.product
    if found["kind"] == "unknown" and product is not None:  # a level that is known through another
        found |= {"kind": "product", "code": product.code, "name": product.name, "name_en": product.name_en}
    return found | {
        "carrier": scan.kind,
        "lot": found.get("lot") or scan.lot,
        "serial": scan.serial,
        "expires_on": found.get("expires_on") or scan.expires_on,
        "expires_at": scan.expires_at,
        "produced_on": scan.produced_on,
        "produced_at": scan.produced_at,
        "quantity": scan.quantity,
        "di": scan.di,
        "issuer": scan.issuer,
        "valid": scan.valid,
        "doubts": scan.warnings,
        "ambiguous": scan.ambiguous,
        "readings": readings(scan),
        "product": product.code if product else None,
        "level": here.level,
        "base_units": here.base_units,
        "counted": here.counted,
        "base_unit": product.base_unit if product else None,
        "go": _address(found, scan) if found.get("page") else None,
        "next": _next(scan, found["kind"]),
    }


def _address(found: dict[str, Any], scan: scanners.Scan) -> str:
    """The page that handles it; that of a wave is its own."""
    on = {"code": found["detail"]["wave"]} if "wave" in found["detail"] else {}
    return url_for(found["page"], scan=scan.raw, **on)


def _of_authorities(session: Session, scan: scanners.Scan) -> dict[str, Any]:
    """What a code of the insurance or a trace code names; a DI that the authorities list though we do not stock it."""
    if scan.kind == "trace":
        inside = trace_codes.what_holds(session, scan.data)
        standing = session.scalar(select(TraceCode.standing).where(TraceCode.code == scan.data))
        return {"kind": "trace", "code": scan.data, "detail": {"standing": standing, "inside": len(inside)}}
    wanted = scan.di or (scan.code if scan.kind in PRODUCT_CODES else None)
    named = find_named(session, wanted) if wanted else []
    if not named:
        return {}
    listed = [{"di": one.di, "product": one.product, "name": one.name, "specification": one.specification,
               "insurance_code": one.insurance_code, "charge_code": one.charge_code} for one in named]  # fmt: skip
    ours = {one.product for one in named if one.product}
    if len(ours) == 1:
        one = next(one for one in named if one.product)
        return {"kind": "product", "code": one.product, "name": one.name, "name_en": "", "detail": {"listed": listed}}
    return {"name": named[0].name, "detail": {"listed": listed}}


def _next(scan: scanners.Scan, kind: str) -> list[dict[str, Any]]:
    """What to do about a code that is not known, or reads in several ways."""
    todo: list[tuple[str, str, str, str | None]] = []
    if scan.ambiguous:
        todo.append(("compare", "分隔符丢失, 核对批号和序列号, 或扫另一个码。",
                     "The separator is missing: compare lot and serial, or scan the other code.", None))  # fmt: skip
    if kind == "unknown":
        todo.append(("scan-other", "换扫标签上的另一个码。", "Scan the label's other code.", None))
        if scan.bound_by and access.TABLE["packagings.bind"].roles & person().roles:
            todo.append(("bind", "绑定到此品规。", "Bind to this product.", url_for("packagings.bind")))
        elif scan.bound_by:
            todo.append(("ask-buyer", "请采购员绑定到品规, 实物放待处理架。",
                         "Ask a buyer to bind it to a product; put the goods aside.", None))  # fmt: skip
    return [{"do": do, "zh": zh, "en": en, "href": href} for do, zh, en, href in todo]


@bp.post("/image")
@bp.arguments(ImageIn, location="files")
@bp.response(200, ImageOut)
def image(said: dict[str, Any]) -> dict[str, Any]:
    """Read every code in a photograph, up to 12 MB and 50 million pixels. No code in it is an answer too."""
    if strange := sorted({*request.form, *request.files} - {"image"}):
        error = UnprocessableEntity()
        error.data = {"messages": {"files": {name: ["Unknown field."] for name in strange}}}  # type: ignore[attr-defined]
        raise error
    file: FileStorage = said["image"]
    today = clock.day_of(clock.now(), settings().zone)
    with file.stream:  # a large one lies in a temporary file
        data = file.stream.read(images.MOST_BYTES + 1)
    seen = [_seen(one) for one in images.read_image(data, today=today)]
    nearer = [{"do": "come-nearer", "zh": "照片中没有条码。靠近些, 光线充足再拍。",
               "en": "There is no code in the picture. Come nearer, with more light.", "href": None}]  # fmt: skip
    return {"symbols": seen, "next": [] if seen else nearer}


def _seen(one: images.Seen) -> dict[str, Any]:
    scan, refusal = one.scan, one.refusal
    return {
        "scan": one.symbology + one.text,
        "format": one.format,
        "symbology": one.symbology,
        "kind": scan.kind if scan else None,
        "di": scan.di if scan else None,
        "lot": scan.lot if scan else None,
        "serial": scan.serial if scan else None,
        "expires_on": scan.expires_on if scan else None,
        "valid": scan.valid if scan else False,
        "elements": [list(element) for element in scan.elements] if scan else [],
        "corners": [list(corner) for corner in one.corners],
        "zh": refusal.zh if refusal else None,
        "en": refusal.en if refusal else None,
    }
