"""This file is the pages of step-down: a month's cost from administration down to the clinical departments."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.access import may_open
from api.fields import Month
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.i18n import instant
from api.pages import bp, office, report
from api.pages.cost_words import driver_name, item_names, level_names
from api.pages.frame import place_name
from api.pages.listing import Choice, Column, Listing, exported, listed, table
from api.pages.scanned import named, named_column
from spd.core.money import ZERO
from spd.costing import CostItem, StepCell, StepDown, step_run, step_sheet
from spd.places import CostClass, Department


class StepDownForm(Schema):
    """Which month is stepped down."""

    month = Month(required=True)


@bp.get("/finance/step-down")
def finance_step_down() -> str | Response:
    """Where every cent of a month's cost went, by department; of one item where it is chosen."""
    return _sheet(office.blank())


@bp.post("/finance/step-down")
def finance_step_down_run() -> str | Response:
    """A month is stepped down."""
    form = office.filled(StepDownForm)
    if form.sent:
        with form.attempt():
            month, zone = form.said["month"], settings().zone
            version = write(
                form.occasion, lambda session: step_run.run(session, form.occasion, month, zone=zone).version
            )
            office.tell(_("%(month)s is stepped down: version %(version)s.") % {"month": month, "version": version})
            return redirect(url_for("pages.finance_step_down", month=month))
    return _sheet(form)


def _sheet(form: office.Form) -> str | Response:
    month = form.texts.get("month") or report.chosen_month()
    item = request.args.get("item", "")
    item = item if item in [str(one) for one in CostItem] else ""
    version, at = request.args.get("version", type=int), report.asked_as_of(request.args.get("as_of", ""))
    made, sheet = read(lambda session: _asked(session, month, item, version, at))
    listing = _listing(made, sheet, item)
    if answer := exported(listing, title=f"{_('Step-down')} {month}"):
        return answer
    return read(
        lambda session: render_template(
            "finance_step_down.html",
            list=table(session, listing),
            title=_("Step-down"),
            made=made,
            sheet=sheet,
            item=item,
            items=item_names(),
            versions=step_run.versions(session, month, at),
            **report.list_frame(month, at, again=True),
            tabs=report.tabs("finance_step_down", month),
            linked=report.address,
            crumbs=[(_("Step-down"), None)],
            form=form,
            may_run=may_open("pages.finance_step_down_run", person()),
            may_import=may_open("pages.imports_new", person()),
        )
    )


def _asked(
    session: Session, month: str, item: str, version: int | None, at: datetime | None
) -> tuple[StepDown | None, step_sheet.Matrix | None]:
    made = step_run.find(session, month, version, at=at)
    return made, None if made is None else step_sheet.matrix(session, made, item or None)


def _listing(made: StepDown | None, sheet: step_sheet.Matrix | None, item: str) -> Listing:
    """The sheet as a list: a row for each department, a column for each that passed something on."""
    if made is None or sheet is None:
        return Listing(name="step-down", base=[], columns=(Column("name", _("Department")),))

    def to(**more: Any) -> str:
        said: dict[str, Any] = {"month": made.period, "version": made.version} | ({"item": item} if item else {})
        return url_for("pages.finance_step_flows", **(said | more))

    def given(one: Any) -> Column:
        key = f"from_{one.id}"

        def href(row: Any) -> str | None:
            return to(source=one.code, target=row.code) if getattr(row, key) else None

        return Column(key, named(one.name, one.name_en), kind="money", total=True, href=href)

    return Listing(
        name=f"step-down_{made.period}_v{made.version}{'_' + item if item else ''}",
        base=[_row(row, sheet) for row in sheet.rows],
        columns=(
            Column("name", _("Department"), href=lambda row: to(target=row.code)),
            Column("cost_class", _("Cost class"), show=class_names()),
            Column("own", _("Own cost"), kind="money", total=True,
                   href=lambda row: to(level=0, target=row.code) if row.own else None),
            *(given(one) for one in sheet.sources),
            Column("passed", _("Passed on"), kind="money", total=True,
                   href=lambda row: to(level="passed", source=row.code) if row.passed else None),
            Column("final", _("At the end"), kind="money", total=True,
                   href=lambda row: to(target=row.code) if row.final else None),
        ),
        ties=[(_("Own cost − at the end"), sheet.difference)],
        facts=[(_("Version"), f"{made.version} · {instant(made.made_at)}")],
    )  # fmt: skip


def _row(row: step_sheet.MatrixRow, sheet: step_sheet.Matrix) -> Any:
    given = {f"from_{one.id}": row.received.get(one.id) for one in sheet.sources}
    one = row.department
    return SimpleNamespace(
        code=one.code, name=named(one.name, one.name_en), cost_class=one.cost_class, own=row.own,
        passed=-row.passed, final=row.final, **given,
    )  # fmt: skip


def class_names() -> dict[str, str]:
    """What the cost classes of departments are called."""
    return {
        CostClass.CLINICAL.value: _("clinical"),
        CostClass.TECHNOLOGY.value: _("medical technology"),
        CostClass.AUXILIARY.value: _("medical support"),
        CostClass.ADMINISTRATIVE.value: _("administration"),
    }


@bp.get("/finance/step-down/flows")
def finance_step_flows() -> str | Response:
    """What went from whom to whom, by how much of which driver; own material cost opens down to the scan."""
    month = report.chosen_month()
    made = read(lambda session: step_run.get(session, month, request.args.get("version", type=int)))
    query, source, target = step_sheet.select_cells(made)
    listing = Listing(
        name=f"step-flows_{made.period}_v{made.version}",
        base=query.add_columns(
            source.code.label("source_code"), target.code.label("target_code"), StepCell.level.label("step")
        ),
        columns=(
            Column("level", _("Level"), StepCell.level, show=level_names()),
            Column("item", _("Cost item"), StepCell.item, show=item_names()),
            Column("source", _("From"), named_column(source)),
            Column("target", _("To"), named_column(target)),
            Column("amount", _("Amount"), StepCell.amount, kind="money", total=True,
                   href=lambda row: _below(row, made)),
            Column("driver", _("Shared by"), StepCell.driver, show=driver_name),
            Column("weight", _("Has"), StepCell.weight, show=_plain, href=lambda row: _told(row, made)),
            Column("of_weight", _("Of the driver in all"), StepCell.of_weight, show=_plain),
        ),
        filters=(
            Choice("item", _("Cost item"), list(item_names().items()), lambda value: StepCell.item == value),
            Choice("level", _("Level"),
                   [*((str(n), words) for n, words in level_names().items()), ("passed", _("all that was passed on"))],
                   lambda value: StepCell.level > 0 if value == "passed" else StepCell.level == int(value)),
            Choice("source", _("From"), read(_departments), lambda value: source.code == value),
            Choice("target", _("To"), read(_departments), lambda value: target.code == value),
        ),
        tie=StepCell.id,
    )  # fmt: skip
    back = url_for("pages.finance_step_down", month=month, version=made.version, item=listing.chosen.get("item"))
    title = _("Step-down %(month)s, version %(version)s") % {"month": month, "version": made.version}
    return listed(
        listing, title=title, tabs=report.tabs("finance_step_down", month), template="finance_listing.html",
        picked=False, **report.list_frame(made.period), ties=read(lambda session: _ties(session, made, listing)),
        crumbs=[(_("Step-down"), back), (_("From whom to whom"), None)],
    )  # fmt: skip


_STEPS = {CostClass.ADMINISTRATIVE: "1", CostClass.AUXILIARY: "2", CostClass.TECHNOLOGY: "3"}


def _ties(session: Session, made: StepDown, listing: Listing) -> list[tuple[str, Decimal, str, Decimal]]:
    """What the lines chosen come to, and what the sheet says of the same."""
    said = listing.chosen
    level, source, target = said.get("level", ""), said.get("source", ""), said.get("target", "")
    sheet = step_sheet.matrix(session, made, said.get("item"))
    givers = {one.id: one for one in sheet.sources}
    above = ZERO
    for row in sheet.rows:
        if target not in ("", row.department.code):
            continue
        if level in ("", "0") and source in ("", row.department.code):
            above += row.own
        for number, amount in row.received.items():
            giver = givers[number]
            if source in ("", giver.code) and level in ("", "passed", _STEPS[CostClass(giver.cost_class)]):
                above += amount
    lines = Decimal(table(session, listing).totals.get("amount") or 0)
    return [(_("Sum of the lines"), lines, _("Level above"), above)]


def _below(row: Any, made: StepDown) -> str | None:
    """A department's own consumables as they were when the run was made: what came later is not in it."""
    if row.step == 0 and row.item == CostItem.MATERIALS:
        at = made.made_at.isoformat()
        return url_for("pages.finance", month=made.period, department=row.target_code, as_of=at)
    if row.step == 0:
        said = {"what": "costs", "item": row.item, "department": row.target_code}
        return url_for("pages.finance_inputs", month=made.period, as_of=made.made_at.isoformat(), **said)
    return None


def _told(row: Any, made: StepDown) -> str | None:
    """The driver that a share went by, where it was told; what revenue is a driver opens to revenue."""
    if row.step == 0 or not row.weight:
        return None
    said: dict[str, Any] = {"what": "drivers", "driver": row.driver, "department": row.target_code}
    if row.driver == "ordered_revenue":
        said = {"what": "revenue", "department": row.source_code}
    elif row.driver == "revenue":
        said = {"what": "revenue", "department": row.target_code}
    elif row.driver == "bed_days":
        return None
    return url_for("pages.finance_inputs", month=made.period, as_of=made.made_at.isoformat(), **said)


def _plain(value: Any) -> str:
    return f"{value.normalize():f}" if value else "–"


def _departments(session: Session) -> list[tuple[str, str]]:
    departments = session.scalars(select(Department).order_by(Department.code))
    return [(one.code, place_name(one.name, one.code)) for one in departments]
