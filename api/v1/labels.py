"""This file is /labels: the label of an item, as PDF, ZPL, SVG or PNG."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.fields import Text
from api.here import read
from scanners import labels
from spd import stock
from spd.stock import Goods

bp = Blueprint("labels", __name__, url_prefix="/api/v1/labels", description="Labels to print.")

TITLES = {
    "pack": ("定数包", "Fixed-quantity pack"),
    "bulk": ("散货", "Bulk"),
    "unit": ("一物一码", "Unit"),
    "kit": ("手术套包", "Kit"),
}
FORMATS = ("pdf", "zpl", "svg", "png")


class LabelAsked(Schema):
    """Which labels, as what."""

    code = fields.List(Text(longest=80), required=True, validate=validate.Length(1, 200))
    format = fields.String(load_default="pdf", validate=validate.OneOf(FORMATS))
    size = fields.String(load_default="60x40", validate=validate.OneOf([*labels.SIZES, *labels.SHEETS]))
    reprint = fields.Integer(load_default=0, validate=validate.Range(0, 99))


def label_of(goods: Goods, *, reprint: int = 0) -> labels.Label:
    """What the label of an item says."""
    title_zh, title_en = TITLES[goods.item.kind]
    return labels.Label(
        code=goods.item.code,
        title_zh=title_zh,
        title_en=title_en,
        name=goods.name,
        name_en=goods.name_en,
        specification=goods.specification,
        quantity=f"{goods.item.quantity} {goods.base_unit}",
        lot=goods.lot,
        serial=goods.item.serial,
        expires_on=goods.expires_on,
        reprint=reprint,
    )


@bp.get("")
@bp.arguments(LabelAsked, location="query")
@bp.response(200, content_type="application/pdf")
def show(asked: dict[str, Any]) -> Response:
    """The labels, each decoded once before it leaves. SVG and PNG are one label; PDF and ZPL any number."""

    def ask(session: Session) -> list[Goods]:
        return [stock.get_goods(session, code) for code in asked["code"]]

    return rendered([label_of(goods, reprint=asked["reprint"]) for goods in read(ask)], asked)


def rendered(wanted: list[labels.Label], asked: dict[str, Any]) -> Response:
    """The labels as a file of the format asked for."""
    sheet = labels.SHEETS.get(asked["size"])
    size = sheet.size if sheet else labels.SIZES[asked["size"]]
    makers: dict[str, tuple[Callable[[], str | bytes], str]] = {
        "pdf": (lambda: labels.pdf(wanted, sheet or size), "application/pdf"),
        "zpl": (lambda: "".join(labels.zpl(one, size) for one in wanted), "text/plain; charset=utf-8"),
        "svg": (lambda: labels.svg(wanted[0], size), "image/svg+xml"),
        "png": (lambda: labels.png(wanted[0], size), "image/png"),
    }
    make, media_type = makers[asked["format"]]
    return Response(make(), content_type=media_type)
