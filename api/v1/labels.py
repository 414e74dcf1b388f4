"""This file is /labels: the label of an item, as PDF, ZPL, SVG or PNG."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.fields import Text
from api.here import read
from api.noun import Noun
from scanners import labels
from spd import stock
from spd.stock import Goods

bp = Noun("labels", "Labels to print.")

TITLES = {
    "pack": ("定数包", "Fixed-quantity pack"),
    "bulk": ("散货", "Bulk"),
    "unit": ("一物一码", "Unit"),
    "kit": ("手术套包", "Kit"),
}
MEDIA = {"pdf": "application/pdf", "zpl": "text/plain", "svg": "image/svg+xml", "png": "image/png"}


class LabelAsked(Schema):
    """Which labels, as what."""

    code = fields.List(Text(longest=80), required=True, validate=validate.Length(1, 200))
    format = fields.String(load_default="pdf", validate=validate.OneOf([*MEDIA]))
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
@bp.response(200, content_type=MEDIA["pdf"])
@bp.doc(responses={200: {"content": {media: {} for media in MEDIA.values()}}})
def show(asked: dict[str, Any]) -> Response:
    """The labels, each decoded once before it leaves. SVG and PNG are one label; PDF and ZPL any number."""

    def ask(session: Session) -> list[Goods]:
        return [stock.get_goods(session, code) for code in asked["code"]]

    return rendered([label_of(goods, reprint=asked["reprint"]) for goods in read(ask)], asked)


def rendered(wanted: list[labels.Label], asked: dict[str, Any]) -> Response:
    """The labels as a file of the format asked for."""
    sheet = labels.SHEETS.get(asked["size"])
    size = sheet.size if sheet else labels.SIZES[asked["size"]]
    makers: dict[str, Callable[[], str | bytes]] = {
        "pdf": lambda: labels.pdf(wanted, sheet or size),
        "zpl": lambda: "".join(labels.zpl(one, size) for one in wanted),
        "svg": lambda: labels.svg(wanted[0], size),
        "png": lambda: labels.png(wanted[0], size),
    }
    return Response(makers[asked["format"]](), mimetype=MEDIA[asked["format"]])
