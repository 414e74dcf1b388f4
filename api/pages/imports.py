"""This file is the pages of imports: a file, how its columns are read, what it would change, what it did."""

from __future__ import annotations

import json
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import case, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import background, importing
from api.fields import Text
from api.headers import name_file
from api.here import database, person, read, settings, write
from api.i18n import gettext as _
from api.i18n import short
from api.pages import bp, office
from api.pages.import_words import COLOURS, changes, crumbs, kind_names, outcomes, problems, states, title
from api.pages.listing import Choice, Column, Listing, Words, exported, listed, table
from api.pages.sheet_words import sheet_words
from spd.core import clock
from spd.core.errors import NotAllowed, Refused
from spd.core.import_files import ImportFile, ImportMapping, ImportRow
from spd.exchange import imports, tables
from spd.exchange.imports import headers, runs
from spd.exchange.sheets import About, Head, stream_xlsx
from spd.staff import Role, Staff

AT_ONCE = 200_000  # bytes of a file that is looked at while the page is waited for
_SAMPLES = 3
_BUYERS = (
    "products", "suppliers", "licences", "prices", "agreements", "opening-stock", "mappings", "trace-codes",
    "deliveries",
)  # fmt: skip
_FINANCE = (
    "charges", "invoices", "supplier-terms", "budgets", "workloads", "department-costs", "department-revenue",
    "department-drivers", "step-rules",
    "payment-groups", "payment-terms", "outlier-rules", "group-standards", "groupings", "case-revenue", "case-services",
    "case-physicians", "service-unit-costs",
)  # fmt: skip


class UploadForm(Schema):
    """A file of a kind."""

    kind = Text(required=True, longest=24)


class FileMissing(Refused):
    """No file was chosen."""

    code = "file-missing"
    say = {
        "zh": "未选择文件。请选择 .xlsx 或 .csv 文件。",
        "en": "No file was chosen. Choose one of .xlsx or .csv.",
    }


class ColumnsForm(Schema):
    """The name under which a mapping is kept for files to come."""

    save_as = fields.String(load_default="", validate=validate.Length(0, 100))


@bp.get("/imports")
def imports_listed() -> str | Response:
    """Every file that was imported, the newest first."""
    named = states()
    state = case(
        (ImportFile.applied_at.is_not(None), "applied"),
        ((ImportFile.problem != "") | (ImportFile.refused > 0), "refused"),
        (ImportFile.previewed_at.is_not(None), "previewed"), else_="uploaded",
    )  # fmt: skip
    listing = Listing(
        name="imports",
        base=select(ImportFile.id.label("id")).join(Staff, Staff.id == ImportFile.uploaded_by_id),
        columns=(
            Column("number", _("Import"), ImportFile.id, kind="code", href=_page),
            Column("file", _("File"), ImportFile.file_name),
            Column("kind", _("Kind"), ImportFile.kind, show=kind_names()),
            Column("state", _("State"), state, kind="pill", show=named, colour=COLOURS.get),
            Column("created", _("New"), ImportFile.created, kind="quantity"),
            Column("changed", _("Changed"), ImportFile.changed, kind="quantity"),
            Column("refused", _("Refused"), ImportFile.refused, kind="quantity"),
            Column("uploaded_at", _("Uploaded"), ImportFile.uploaded_at, kind="instant"),
            Column("name", _("By"), Staff.name),
        ),
        filters=(
            Words("q", _("Search"), lambda words: ImportFile.file_name.icontains(words, autoescape=True)),
            Choice("state", _("State"), list(named.items()), lambda value: state == value),
            Choice("kind", _("Kind"), list(kind_names().items()), lambda value: ImportFile.kind == value),
        ),
        order="-number",
        tie=ImportFile.id,
    )
    new = {"text": _("Import a file"), "href": url_for("pages.imports_new"), "kind": "primary"}
    return listed(
        listing, title=_("Imports"), actions=[new], empty=_("Nothing was imported yet"),
        hint=_("Upload a spreadsheet; you see every change before anything is done."),
    )  # fmt: skip


@bp.route("/imports/new", methods=["GET", "POST"])
def imports_new() -> str | Response:
    """A file is uploaded; what is dangerous or cannot be read is refused at once."""
    kind = request.args.get("kind", "")[:24]
    form = office.filled(UploadForm) if request.method == "POST" else office.blank({"kind": kind})
    if form.sent:
        with form.attempt():
            number = write(form.occasion, lambda session: _keep(session, form))
            return redirect(url_for("pages.imports_columns", number=number))
    names = {name: words for name, words in kind_names().items() if name in _mine()}
    return render_template("import_new.html", form=form, kinds=list(names.items()), crumbs=crumbs(_("Import a file")))


@bp.get("/imports/template/<kind>.xlsx")
def imports_template(kind: str) -> Response:
    """An empty workbook with the columns of a kind."""
    _refuse_foreign(kind)
    heads = [Head(headers.title(column, english=short() == "en")) for column in imports.columns_of(kind)]
    title = kind_names()[kind]
    about = About(title=title, at=clock.now(), by=person().name, said="", rows=0, words=sheet_words())
    response = Response(stream_xlsx(heads, [], about, zone=settings().zone))
    name_file(response, f"{kind}.xlsx")
    return response


@bp.route("/imports/<int:number>/columns", methods=["GET", "POST"])
def imports_columns(number: int) -> str | Response:
    """How the columns are read: theirs to ours, guessed or as saved before; then the preview."""
    found, columns, samples = read(lambda session: _peeked(session, number))
    form = office.filled(ColumnsForm) if request.method == "POST" else office.blank()
    if form.sent:
        with form.attempt():
            chosen = {name: request.form.get(f"column-{at}", "") for at, name in enumerate(columns)}
            _refuse_twice(chosen)
            save_as = form.said["save_as"]
            write(
                form.occasion,
                lambda session: runs.set_columns(session, form.occasion, number, chosen, save_as=save_as).id,
            )
            return _begin(found, importing.PREVIEW)
    known: dict[str, str] = json.loads(found.columns)
    return render_template(
        "import_columns.html", form=form, file=found, columns=columns, samples=samples, known=known,
        options=[(ours, title(ours)) for ours in imports.columns_of(found.kind)], saved=read(_saved(found.kind)),
        kind=kind_names()[found.kind], crumbs=crumbs(found.file_name),
    )  # fmt: skip


@bp.get("/imports/<int:number>")
def imports_show(number: int) -> str | Response:
    """What the file would change or did, row by row, and what stands in its way."""
    found = read(lambda session: _mine_of(session, number))
    listing = Listing(
        name=f"import_{number}",
        base=select(ImportRow.id.label("id")).where(ImportRow.import_file_id == number),
        columns=(
            Column("row", _("Row"), ImportRow.row, kind="quantity"),
            Column("outcome", _("State"), ImportRow.outcome, kind="pill", show=outcomes(), colour=COLOURS.get),
            Column("subject", _("Of"), ImportRow.subject),
            Column("fields", _("Changes"), ImportRow.fields, show=changes, sortable=False),
            Column("problems", _("What to correct"), ImportRow.problems, show=problems, sortable=False),
        ),
        filters=(
            Words("q", _("Search"), lambda words: ImportRow.subject.icontains(words, autoescape=True)),
            Choice("outcome", _("State"), list(outcomes().items()), lambda value: ImportRow.outcome == value),
        ),
        order="row",
        tie=ImportRow.id,
    )
    if answer := exported(listing, title=found.file_name):
        return answer
    return read(
        lambda session: render_template(
            "import.html", list=table(session, listing), title=found.file_name, file=found,
            kind=kind_names()[found.kind],
            problem=json.loads(found.problem)[short()] if found.problem else "", key=office.blank().key,
            crumbs=crumbs(found.file_name), empty=_("No row changes anything"),
            by=session.get_one(Staff, found.uploaded_by_id).name,
        )
    )  # fmt: skip


@bp.post("/imports/<int:number>/apply")
def imports_apply(number: int) -> Response:
    """What was shown is done."""
    return _begin(read(lambda session: _mine_of(session, number)), importing.APPLY)


@bp.post("/imports/<int:number>/preview")
def imports_preview(number: int) -> Response:
    """It is looked at again, as things stand now."""
    return _begin(read(lambda session: _mine_of(session, number)), importing.PREVIEW)


def _begin(found: ImportFile, act: str) -> Response:
    """A small file at once; a large one in the background, with its progress on a page."""
    if found.size > AT_ONCE:
        said = {"number": found.id, "act": act, "zone": str(settings().zone)}
        return redirect(background.begin(importing.KIND, said, title=f"{_('Import')} {found.file_name}"))
    doing = runs.Doing(
        database=database(), staff_id=person().id, zone=settings().zone, now=clock.now, tell=lambda _done, _of: None
    )
    importing.act(doing, found.id, act)
    return redirect(url_for("pages.imports_show", number=found.id))


def _keep(session: Session, form: office.Form) -> int:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise FileMissing()
    kind = form.said["kind"]
    _refuse_foreign(kind)
    name = sent.filename.replace("\\", "/").rsplit("/", 1)[-1][-200:]
    return runs.keep(session, form.occasion, kind, name=name, content=sent.read()).id


def _mine() -> tuple[str, ...]:
    """The kinds this person may import."""
    everything = tuple(kind for kind in imports.kinds() if kind not in ("parties", "udid"))
    roles = person().roles
    if Role.SYSTEM_ADMIN in roles:
        return everything
    return (*(_BUYERS if Role.BUYER in roles else ()), *(_FINANCE if Role.FINANCE in roles else ()))


def _refuse_foreign(kind: str) -> None:
    """Raises: UnknownKind, NotAllowed."""
    imports.columns_of(kind)
    if kind not in _mine():
        raise NotAllowed()


def _mine_of(session: Session, number: int) -> ImportFile:
    found = runs.get(session, number)
    _refuse_foreign(found.kind)
    return found


def _peeked(session: Session, number: int) -> tuple[ImportFile, list[str], list[list[str]]]:
    found = _mine_of(session, number)
    columns, rows = tables.peek(found.content, file=found.file_name, rows=_SAMPLES)
    samples = [[row[at] for row in rows if at < len(row) and row[at]] for at in range(len(columns))]
    return found, columns, samples


class ColumnTwice(Refused):
    """Two columns of the file are to be one of ours."""

    code = "column-twice"
    say = {
        "zh": "“{first}”和“{second}”都对应到同一列。只保留一个, 另一个选“不导入”。",
        "en": "“{first}” and “{second}” are to be one and the same column. Keep one, leave the other out.",
    }


def _refuse_twice(chosen: dict[str, str]) -> None:
    seen: dict[str, str] = {}
    for theirs, ours in chosen.items():
        if ours and ours in seen:
            raise ColumnTwice(first=seen[ours], second=theirs)
        seen[ours] = theirs


def _saved(kind: str) -> Any:
    query = select(ImportMapping.name).where(ImportMapping.kind == kind).order_by(ImportMapping.name)
    return lambda session: list(session.scalars(query))


def _page(row: Any) -> str:
    return url_for("pages.imports_show", number=row.id)
