"""This file is /labels: labels of items, places, badges, wristbands, documents and the test card, as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from flask import Response
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.fields import Text, Whole, Write
from api.here import occasion, person, read, write
from api.noun import Noun
from scanners import labels, proving_card
from scanners.labels.label import Carrier
from spd import labelling, stock
from spd.core.errors import NotAllowed, Refused
from spd.labelling.subjects import of_goods as label_of
from spd.staff import Role

bp = Noun("labels", "Labels to print.")

MEDIA = {"pdf": "application/pdf", "zpl": "text/plain", "svg": "image/svg+xml", "png": "image/png"}
CARRIERS = ["datamatrix", "qr", "code128"]
_SIZES = [*labels.SIZES, *labels.SHEETS]
# Who may print what; items are for all who may print at all.
MAY = {
    "item": frozenset((Role.STOREKEEPER, Role.INTEGRATION, Role.HEAD_NURSE)),
    "location": frozenset((Role.STOREKEEPER, Role.HEAD_NURSE, Role.SYSTEM_ADMIN)),
    "badge": frozenset((Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)),
    "wristband": frozenset((Role.NURSE, Role.HEAD_NURSE)),
    "chart": frozenset((Role.NURSE, Role.HEAD_NURSE)),
    "document": frozenset((Role.STOREKEEPER, Role.INTEGRATION)),
    "test_card": frozenset(Role),
}


class LabelTooSmall(Refused):
    """What is to be on the label cannot be read in that size."""

    code = "label-too-small"
    say = {
        "zh": "所选标签尺寸放不下全部内容。换大一号的标签纸。",
        "en": "Not everything fits readably on a label of this size. Choose a larger one.",
    }


class LabelAsked(Schema):
    """Which label, as what."""

    code = Text(required=True, longest=80)
    format = fields.String(load_default="svg", validate=validate.OneOf(["svg", "png"]))
    size = fields.String(load_default="60x40", validate=validate.OneOf([*labels.SIZES]))
    carrier = fields.String(validate=validate.OneOf(CARRIERS))
    dpi = fields.Integer(load_default=203, validate=validate.OneOf([203, 300]))


class SubjectIn(Schema):
    """One thing to label: its code, and what it is."""

    kind = fields.String(load_default="item", validate=validate.OneOf([*labelling.KINDS]))
    code = Text(required=True, longest=80)


class PrintIn(Write):
    """Labels to be printed and counted. A label printed before needs a reason, and says that it is a reprint."""

    labels = fields.List(fields.Nested(SubjectIn), required=True, validate=validate.Length(1, 200))
    format = fields.String(load_default="pdf", validate=validate.OneOf([*MEDIA]))
    size = fields.String(
        validate=validate.OneOf(_SIZES),
        metadata={"description": "Left out, the size that the first label is made for."},
    )
    carrier = fields.String(
        validate=validate.OneOf(CARRIERS), metadata={"description": "Left out, what such a label is made with."}
    )
    dpi = Whole(
        load_default=203,
        validate=validate.OneOf([203, 300]),
        metadata={"description": "Of the printer: every module is a whole number of its dots."},
    )
    reason = Text(load_default="", shortest=0)


class PrintsAsked(Schema):
    """Which code."""

    code = Text(required=True, longest=80)


class LabelPrintOut(Schema):
    """One print: 0 the first, others reprints."""

    number = fields.Integer()
    printed_at = fields.AwareDateTime()
    staff_id = fields.Integer()
    reason = fields.String()
    medium = fields.String()


class PrintsOut(Schema):
    """Every print of one code, the first one first."""

    prints = fields.List(fields.Nested(LabelPrintOut))


class TestCardAsked(Schema):
    """The card as what. PDF is all of it on A4, ZPL all of it on labels; SVG and PNG are one symbol of it."""

    format = fields.String(load_default="pdf", validate=validate.OneOf([*MEDIA]))
    size = fields.String(load_default=proving_card.SIZE, validate=validate.OneOf([*labels.SIZES]))
    symbol = fields.String(
        load_default=proving_card.TASKS[0].name, validate=validate.OneOf([task.name for task in proving_card.TASKS])
    )
    dpi = fields.Integer(load_default=203, validate=validate.OneOf([203, 300]))


_FILES: dict[int, Any] = {200: {"content": {media: {} for media in MEDIA.values()}}}


@bp.get("")
@bp.arguments(LabelAsked, location="query")
@bp.response(200, content_type=MEDIA["svg"])
@bp.doc(responses={200: {"content": {MEDIA["svg"]: {}, MEDIA["png"]: {}}}})
def show(asked: dict[str, Any]) -> Response:
    """The label of an item to be looked at, as it says itself. What sticks on goods is printed by POST, and counted."""
    goods = read(lambda session: stock.get_goods(session, asked["code"]))
    return rendered([replace(label_of(goods), preview=True)], asked)


@bp.post("")
@bp.arguments(PrintIn)
@bp.response(200, content_type=MEDIA["pdf"])
@bp.doc(responses=_FILES)
def make(said: dict[str, Any]) -> Response:
    """The same of anything that carries a code of ours, each print counted: who, when, and why it was printed again.

    Refused wholly, and nothing counted, where one of them cannot be printed. Sent again with its key, the same file.
    """
    when = occasion(said)

    def act(session: Session) -> Response:
        subjects = subjects_of(session, said["labels"])
        wanted = labelling.print_subjects(session, when, subjects, medium=said["format"], reason=said["reason"])
        return rendered(wanted, {"size": subjects[0].size} | said)

    return write(when, act)


@bp.get("/prints")
@bp.arguments(PrintsAsked, location="query")
@bp.response(200, PrintsOut)
def prints(asked: dict[str, Any]) -> dict[str, Any]:
    """Every print of a code: who, when, and why it was printed again."""
    return {"prints": read(lambda session: labelling.prints_of(session, asked["code"]))}


@bp.get("/test-card")
@bp.arguments(TestCardAsked, location="query")
@bp.response(200, content_type=MEDIA["pdf"])
@bp.doc(responses=_FILES)
def test_card(asked: dict[str, Any]) -> Response:
    """The card that a scanner must read before it may do lot-tracked work. Print jobs take it too: kind `test_card`."""
    if asked["format"] == "pdf":
        return Response(proving_card.card(asked["dpi"]), mimetype=MEDIA["pdf"])
    symbols = dict(zip([task.name for task in proving_card.TASKS], proving_card.card_labels(), strict=True))
    return rendered([*symbols.values()] if asked["format"] == "zpl" else [symbols[asked["symbol"]]], asked)


def subjects_of(session: Session, said: Sequence[dict[str, Any]]) -> list[labelling.Subject]:
    """What is to be labelled, for who may. Raises: NotAllowed, and what each kind raises."""
    found = []
    for one in said:
        roles = MAY[one["kind"]] & person().roles
        if not roles:
            raise NotAllowed()
        subject = labelling.subject(session, one["kind"], one["code"])
        mine = person().departments(*roles)
        if subject.counted and mine is not None and subject.department_id not in mine:
            raise NotAllowed()
        found.append(subject)
    return found


def carried(wanted: Sequence[labels.Label], carrier: str | None) -> list[labels.Label]:
    """The labels with this symbol, where their code may stand in any: what is GS1's stays in GS1's."""
    if carrier is None:
        return list(wanted)
    return [one if one.carrier.startswith("gs1") else replace(one, carrier=cast("Carrier", carrier)) for one in wanted]


def rendered(wanted: Sequence[labels.Label], asked: dict[str, Any]) -> Response:
    """The labels as a file of the format asked for. Raises: LabelTooSmall."""
    wanted, dpi = carried(wanted, asked.get("carrier")), asked.get("dpi", 203)
    sheet = labels.SHEETS.get(asked["size"])
    size = sheet.size if sheet else labels.SIZES[asked["size"]]
    makers: dict[str, Callable[[], str | bytes]] = {
        "pdf": lambda: labels.pdf(wanted, sheet or size, dpi=dpi),
        "zpl": lambda: "".join(labels.zpl(one, size, dpi=dpi) for one in wanted),
        "svg": lambda: labels.svg(wanted[0], size, dpi=dpi),
        "png": lambda: labels.png(wanted[0], size, dpi=dpi),
    }
    try:
        return Response(makers[asked["format"]](), mimetype=MEDIA[asked["format"]])
    except labels.DoesNotFit as trouble:
        raise LabelTooSmall() from trouble


__all__ = ["LabelTooSmall", "SubjectIn", "bp", "label_of", "rendered", "subjects_of"]
