"""This file is the pages of DRG and DIP by a payer's set: cost, payment, margin, outliers, down to the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.access import may_open
from api.here import person, read, settings
from api.i18n import gettext as _
from api.months import instants_of
from api.pages import bp, kept_shown, report
from api.pages.cost_words import method_names, outlier_names, stay_class_names
from api.pages.listing import Choice, Column, Listing, exported, listed, table
from api.pages.scanned import named
from spd import ledger
from spd.core.money import ZERO
from spd.costing import Payer, TableKind, group_cases, group_costs, group_sets, groups, kept_groups, versions
from spd.costing.groups import GroupsAsked

NATIONAL = 1900
SPANS = ("month", "quarter", "year")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def payer_name(payer: Payer) -> str:
    """A payer as it is read."""
    year = "" if payer.year == NATIONAL else f" {payer.year}"
    return f"{payer.region}{year} · {payer.method.upper()}"


def asked(session: Session) -> tuple[GroupsAsked | None, list[Payer]]:
    """Which cases by whose groups; None where no payer's groups are here. Raises: UnknownCostTable."""
    month = report.chosen_month()
    year = int(month[:4])
    known = group_sets.payers_in(session, year)
    if not known:
        return None, []
    named_one = [
        group_sets.payer_of_year(session, one, year)
        for one in group_sets.payers(session)
        if one.scope == request.args.get("payer")
    ]
    of_year = [one for one in known if one.year == year]
    first = ledger.shifted(month, 1 - report.months_together(month, _MONTHS))
    since, until = instants_of(first, month)
    at = report.asked_as_of(request.args.get("as_of", ""))
    chosen = GroupsAsked(
        since=since, until=until, zone=settings().zone, payer=(named_one or of_year or known)[0],
        version=request.args.get("version", type=int),
        cost=group_costs.cost_by(session, request.args.get("cost", ""), month, at),
    )  # fmt: skip
    return chosen, known


@bp.get("/finance/groups")
def finance_groups() -> str | Response:
    """Groups of the cases discharged: what they cost, what is paid, the margin."""
    month, at = report.chosen_month(), report.asked_as_of(request.args.get("as_of", ""))

    def ask(session: Session) -> tuple[GroupsAsked | None, list[Payer], groups.GroupReport | None, list[str]]:
        chosen, known = asked(session)
        costed = group_costs.methods(session, month, at)
        return chosen, known, _report(session, chosen, at) if chosen else None, costed

    chosen, known, found, costed = read(ask)
    listing = _listing(found, chosen)
    if answer := exported(listing, title=f"{_('DRG and DIP')} {month}"):
        return answer
    return read(
        lambda session: render_template(
            "finance_groups.html",
            list=table(session, listing),
            title=_("DRG and DIP"),
            found=found,
            chosen=chosen,
            payers=[(one.scope, payer_name(one)) for one in known],
            spans=_spans(month),
            costs=[("", _("consumables of the case, whenever used")), *((m, method_names()[m]) for m in costed)],
            uncosted=_uncosted(session, chosen, month, at),
            versions=versions.known(session, TableKind.GROUPS, chosen.payer.scope) if chosen else [],
            address=report.address,
            **report.list_frame(month, at, again=True),
            tabs=report.tabs("finance_groups", month),
            linked=report.address,
            crumbs=[(_("DRG and DIP"), None)],
            may_import=may_open("pages.imports_new", person()),
            **_kept(session, chosen),
        )
    )


def _spans(month: str) -> list[tuple[str, str]]:
    """Which months may be chosen together; those that are, where they were named one by one."""
    since = report.since_asked(month)
    named_months = [("", f"{since} – {month}")] if since and request.args.get("span", "") not in SPANS else []
    return [*named_months, ("month", _("this month")), ("quarter", _("3 months")), ("year", _("12 months"))]


def _uncosted(session: Session, chosen: GroupsAsked | None, month: str, at: datetime | None) -> Sequence[str]:
    if chosen is None or chosen.cost is None:
        return ()
    cases = groups.cases_asked(replace(chosen, at=at))
    return group_costs.uncosted(session, cases, chosen.cost, month, settings().zone)


def _kept(session: Session, chosen: GroupsAsked | None) -> dict[str, Any]:
    if chosen is None:
        return {}
    return kept_shown.kept(session, kept_groups.REPORT, kept_groups.asked_of(chosen), exactly=True)


def _report(session: Session, chosen: GroupsAsked, at: datetime | None) -> groups.GroupReport:
    return groups.report(session, chosen) if at is None else kept_groups.report(session, chosen, at)


def _listing(found: groups.GroupReport | None, chosen: GroupsAsked | None) -> Listing:
    if found is None or chosen is None:
        return Listing(name="groups", base=[], columns=(Column("code", _("Group")),))
    kept = {
        name: value
        for name, value in request.args.items()
        if name in ("month", "from", "payer", "span", "version", "cost", "as_of")
    }

    def opened(row: Any, **more: str) -> str:
        said: dict[str, Any] = kept | {"code": row.code} | more
        return url_for("pages.finance_group_cases", **said)

    over = found.cost - sum((row.cost for row in found.rows), ZERO)
    words_of_weight = _("Points") if chosen.payer.method == "dip" else _("Weight")
    return Listing(
        name=f"groups_{chosen.payer.region}_{chosen.payer.year}_{report.chosen_month()}",
        base=found.rows,
        columns=(
            Column("code", _("Group"), kind="code", show=lambda code: code or _("ungrouped"), href=opened),
            Column("name", _("Name")),
            Column("cases", _("Cases"), kind="quantity", total=True, href=opened),
            Column("cost", _("Cost"), kind="money", total=True, href=opened),
            Column("mean", _("Mean"), kind="money", href=opened),
            Column("standard", _("Standard"), kind="money", href=opened),
            Column("deviation", _("Mean − standard"), kind="money", href=opened),
            Column("weight", words_of_weight, show=lambda weight: f"{weight.normalize():f}", numeral=True),
            Column("payment", _("Payment"), kind="money", total=True, href=opened),
            Column("margin", _("Margin"), kind="money", total=True, href=opened),
            Column("low", _("Low outliers"), kind="quantity", total=True, href=lambda row: opened(row, outlier="low")),
            Column("high", _("High outliers"), kind="quantity", total=True,
                   href=lambda row: opened(row, outlier="high")),
        ),
        order="-cost",
        ties=[(_("Cost of all cases − groups and ungrouped"), over)],
    )  # fmt: skip


@bp.get("/finance/groups/cases")
def finance_group_cases() -> str | Response:
    """The cases of one group, each opened down to the scan; of the empty code the ungrouped, with what was said."""
    code, month = request.args.get("code", "")[:80], report.chosen_month()
    at = report.asked_as_of(request.args.get("as_of", ""))

    def ask(session: Session) -> tuple[list[group_cases.CaseOfGroup], Decimal]:
        chosen, _known = asked(session)
        if chosen is None:
            return [], ZERO
        whole = sum((row.cost for row in _report(session, chosen, at).rows if row.code == code), ZERO)
        if at is not None:
            return kept_groups.cases_in(session, chosen, code, at), whole
        return group_cases.cases_in(session, chosen, code), whole

    rows, whole = read(ask)
    opened: Any = lambda row: url_for(  # noqa: E731
        "pages.finance_encounter", code=row.encounter, month=month, as_of=at.isoformat() if at else None
    )
    colours = {"low": "caution", "high": "caution"}
    wanted = request.args.get("outlier", "")
    names = {row.department: named(row.department, row.department_en) for row in rows}
    told = () if code else (Column("said", _("Group said"), kind="code"), Column("status", _("Status")))
    listing = Listing(
        name=f"cases_{code or 'ungrouped'}_{month}",
        base=[row for row in rows if wanted in ("", row.outlier)],
        columns=(
            Column("encounter", _("Encounter"), kind="code", href=opened),
            Column("department", _("Department"), show=names),
            Column("encounter_class", _("Patients"), show=stay_class_names()),
            Column("discharged_at", _("Discharged"), kind="instant"),
            *told,
            Column("cost", _("Cost"), kind="money", total=True, href=opened),
            Column("deviation", _("Cost − standard"), kind="money", total=True),
            Column("fee", _("Billed to patients"), kind="money", total=True),
            Column("payment", _("Payment"), kind="money", total=True),
            Column("margin", _("Margin"), kind="money", total=True),
            Column("outlier", _("Outlier"), kind="pill", show=outlier_names(), colour=colours.get),
        ),
        filters=(
            Choice("outlier", _("Outlier"), [(name, words) for name, words in outlier_names().items() if name]),
            Choice("patients", _("Patients"), list(stay_class_names().items()), of=lambda row: row.encounter_class),
        ),
        order="-cost",
    )  # fmt: skip
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name != "code"}
    return listed(
        listing, title=_("Cases of %(group)s") % {"group": code or _("no group")},
        tabs=report.tabs("finance_groups", month),
        template="finance_listing.html", picked=False, **report.list_frame(month, at, again=True),
        ties=[] if wanted or request.args.get("patients") else [
            (_("Sum of the cases"), sum((row.cost for row in rows), ZERO), _("Level above"), whole)
        ],
        crumbs=[(_("DRG and DIP"), url_for("pages.finance_groups", **kept)), (code or _("ungrouped"), None)],
    )  # fmt: skip
