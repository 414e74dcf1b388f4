"""This file is the pages of usage review: the worklist, and one line of it with verdict, history and effect."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.access import may_open
from api.fields import Month, Text
from api.here import person, read, write
from api.i18n import gettext as _
from api.i18n import money
from api.pages import bp, office, report
from api.pages.groups import payer_name
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named_column
from api.v1.reviews import effect_of, looked_at
from spd import ledger, reviewing
from spd.catalog import products_at
from spd.costing import Payer, UnknownCostTable, group_sets
from spd.places import departments_at
from spd.reviewing import Subject, UsageReview, Verdict

COLOURS = {
    "": "queued", "reasonable": "ok", "unreasonable": "stop", "data_error": "caution", "submitted": "info",
    "granted": "ok", "refused": "stop", "not_submitted": "quiet",
}  # fmt: skip
_RATIOS = (Subject.DEPARTMENT, Subject.PHYSICIAN)


class LookForm(Schema):
    """Which month is looked at, by whose groups."""

    month = Month(required=True)
    payer = Text(required=True, longest=80)


class VerdictForm(Schema):
    """What is said, and why; `reopen` says nothing any more."""

    verdict = fields.String(required=True, validate=validate.OneOf([*(str(one) for one in Verdict), "reopen"]))
    note = Text(load_default="", shortest=0)


def subject_names() -> dict[str, str]:
    """What stands out."""
    return {
        "case": _("Case"),
        "department": _("Department"),
        "physician": _("Physician"),
        "product": _("Product"),
        "special": _("Special case"),
    }


def verdict_names() -> dict[str, str]:
    """What was said."""
    return {
        "": _("to judge"),
        "reasonable": _("reasonable"),
        "unreasonable": _("not reasonable"),
        "data_error": _("wrong data"),
        "submitted": _("put to the payer"),
        "granted": _("granted by the payer"),
        "refused": _("refused by the payer"),
        "not_submitted": _("not put to the payer"),
    }


def why_names() -> dict[str, str]:
    """Why it stands out."""
    return {"high": _("high"), "low": _("low")}


@bp.get("/finance/reviews")
def finance_reviews() -> str | Response:
    """What stands out against its peers, to be judged."""
    return _worklist(office.blank({"month": report.chosen_month()}))


@bp.post("/finance/reviews")
def finance_reviews_look() -> str | Response:
    """A month is looked at."""
    form = office.filled(LookForm)
    if form.sent:
        with form.attempt():
            at = looked_at(form.said["month"], _payer(form.said["payer"]))
            came = write(form.occasion, lambda session: reviewing.look(session, form.occasion, at))
            told = _("Cases: %(cases)s. New on the worklist: %(found)s.")
            office.tell(told % {"cases": came.cases, "found": came.found})
            return redirect(url_for("pages.finance_reviews", month=at.period))
    return _worklist(form)


def _payer(scope: str) -> Payer:
    """The payer chosen. Raises: UnknownCostTable."""
    known = read(group_sets.payers)
    found = next((one for one in known if one.scope == scope), None)
    if found is None:
        raise UnknownCostTable(kind="groups", scope=scope, version=1)
    return found


def _worklist(form: office.Form) -> str | Response:
    month, at = report.chosen_month(), report.asked_as_of(request.args.get("as_of", ""))
    seen, stamp = reviewing.reviews_seen(at), at.isoformat() if at else None
    product, department = named_column(seen.product), named_column(seen.department)
    ratio = UsageReview.subject.in_([str(one) for one in _RATIOS])
    about = func.coalesce(func.nullif(product, ""), department, UsageReview.of)
    opened: Any = lambda row: url_for("pages.finance_review", number=row.id, as_of=stamp)  # noqa: E731
    payers = [(one.scope, payer_name(one)) for one in read(group_sets.payers)]
    listing = Listing(
        name="usage-reviews",
        base=seen.select.add_columns(UsageReview.subject.label("kind")),
        columns=(
            Column("verdict", _("Verdict"), func.coalesce(func.nullif(seen.verdict, ""), "open"), kind="pill",
                   show=verdict_names() | {"open": _("to judge")}, colour=(COLOURS | {"open": "queued"}).get,
                   href=opened),
            Column("period", _("Month"), UsageReview.period, kind="code"),
            Column("subject", _("What"), UsageReview.subject, show=subject_names()),
            Column("of", _("Of"), seen.of, kind="code", href=opened),
            Column("about", _("Named"), about),
            Column("payer", _("Payer"), UsageReview.payer, show=lambda scope: payer_name(Payer.of(scope))),
            Column("group_code", _("Group"), UsageReview.group_code, kind="code"),
            Column("cases", _("Cases"), UsageReview.cases, kind="quantity", href=opened),
            Column("value", _("A case"), case((ratio, None), else_=UsageReview.value), kind="money", href=opened),
            Column("median", _("Median of peers"), case((ratio, None), else_=UsageReview.median), kind="money",
                   href=opened),
            Column("times", _("By the median"), case((ratio, UsageReview.value), else_=None),
                   show=lambda times: f"{times:.2f} ×", href=opened, numeral=True),
            Column("score", _("Deviations away"), UsageReview.score, show=lambda score: f"{score:.2f}", numeral=True),
        ),
        filters=(
            Choice("state", _("State"), [("open", _("to judge")), ("decided", _("judged")), ("all", _("all"))],
                   lambda value: _standing(seen.verdict, value), default="open"),
            Choice("payer", _("Payer"), payers, lambda value: UsageReview.payer == value),
            Choice("subject", _("What"), list(subject_names().items()), lambda value: UsageReview.subject == value),
            Words("month", _("Month"), lambda words: UsageReview.period == words, type="month"),
            Words("q", _("Search"), lambda words: _matching(seen.of, words)),
        ),
        order="-score",
        tie=UsageReview.id,
    )  # fmt: skip
    return listed(
        listing, title=_("Usage review"), tabs=report.tabs("finance_reviews", month), template="finance_reviews.html",
        form=form, payers=payers,
        may_look=at is None and may_open("pages.finance_reviews_look", person()), **report.stamped(at),
        empty=_("Nothing stands out"),
        hint=_("Look at a month: cases, departments, physicians and products far above their DRG peers come here."),
        crumbs=[(_("Usage review"), None)],
    )  # fmt: skip


def _standing(verdict: Any, value: str) -> Any:
    return {"open": verdict == "", "decided": verdict != ""}.get(value, UsageReview.id > 0)


def _matching(of: Any, words: str) -> Any:
    return of.icontains(words, autoescape=True) | UsageReview.group_code.icontains(words, autoescape=True)


@bp.get("/finance/reviews/<int:number>")
def finance_review(number: int) -> str:
    """One thing that stands out: against whom, what was said, what became of it."""
    return _one(number, office.blank())


@bp.post("/finance/reviews/<int:number>")
def finance_review_decide(number: int) -> str | Response:
    """A verdict is given, or taken back."""
    form = office.filled(VerdictForm)
    if form.sent:
        with form.attempt():
            said, note = form.said["verdict"], form.said["note"]

            def do(session: Session) -> int:
                if said == "reopen":
                    return reviewing.reopen(session, form.occasion, number, note).id
                return reviewing.decide(session, form.occasion, number, Verdict(said), note).id

            write(form.occasion, do)
            office.tell(_("Done."))
            return redirect(url_for("pages.finance_review", number=number))
    return _one(number, form)


def _one(number: int, form: office.Form) -> str:
    at = report.asked_as_of(request.args.get("as_of", ""))
    stamp = at.isoformat() if at else None

    def draw(session: Session) -> str:
        review, verdict = reviewing.get_seen(session, number, at)
        names = verdict_names()
        open_to = [*reviewing.verdicts_of(review.subject)] if not verdict else []
        if verdict == Verdict.SUBMITTED:
            open_to = [Verdict.GRANTED, Verdict.REFUSED]
        choices = [(str(one), names[one]) for one in open_to] + ([("reopen", _("open again"))] if verdict else [])
        ratio = review.subject in _RATIOS
        code, effect = reviewing.code_of(session, review), effect_of(session, review, at)
        return render_template(
            "finance_review.html",
            review=review,
            verdict=verdict,
            about=_about(session, review, at),
            payer=payer_name(Payer.of(review.payer)),
            acts=session.execute(reviewing.select_acts(number, at)).all(),
            code=code,
            effect=effect,
            measured=[(one, _uses_of(one, review, code, stamp)) for one in effect.cases[:_CASES]],
            special=review.subject == Subject.SPECIAL,
            ratio=ratio,
            shown=lambda value: "–" if value is None else f"{value:.2f} ×" if ratio else money(value),
            names=names,
            colours=COLOURS,
            subjects=subject_names(),
            whys=why_names(),
            choices=choices,
            links=_links(review, code, stamp),
            may_decide=at is None and may_open("pages.finance_review_decide", person()),
            form=form,
            **report.stamped(at),
            crumbs=[(_("Usage review"), url_for("pages.finance_reviews", as_of=stamp)), (code, None)],
        )

    return read(draw)


def _about(session: Session, review: UsageReview, at: datetime | None) -> str:
    if review.product_id is not None:
        product = products_at(at)
        return session.scalar(select(named_column(product)).where(product.id == review.product_id)) or ""
    if review.department_id is not None and review.subject == Subject.DEPARTMENT:
        department = departments_at(at)
        return session.scalar(select(named_column(department)).where(department.id == review.department_id)) or ""
    return ""


_CASES = 100
"""As many cases as are shown of a subject."""


def _uses_of(one: reviewing.Measured, review: UsageReview, code: str, stamp: str | None) -> str | None:
    """Where what a case used can be looked into: of a product its movements, else all of it."""
    month, me = one.period, person()
    if review.subject == Subject.PRODUCT and may_open("pages.finance", me):
        said: dict[str, Any] = {
            "from": ledger.shifted(month, -11),
            "month": month,
            "encounter": one.case.encounter,
            "product": code,
        }
        return url_for("pages.finance", **said, as_of=stamp)
    if not may_open("pages.finance_encounter", me):
        return None
    return url_for("pages.finance_encounter", code=one.case.encounter, month=month, as_of=stamp)


def _links(review: UsageReview, code: str, stamp: str | None) -> list[tuple[str, str]]:
    """Where the figures can be looked into, as far as this person may."""
    said: dict[str, Any] = {"month": review.period, "payer": review.payer, "code": review.group_code, "as_of": stamp}
    me, links = person(), []
    if review.encounter_id is not None and may_open("pages.finance_encounter", me):
        used = url_for("pages.finance_encounter", code=review.of, month=review.period, as_of=stamp)
        links.append((_("What was used on it"), used))
    if review.group_code and may_open("pages.finance_group_cases", me):
        links.append((_("Cases of its group"), url_for("pages.finance_group_cases", **said)))
    if review.subject == Subject.PRODUCT and may_open("pages.finance", me):
        cost = url_for("pages.finance", month=review.period, product=code, by="encounter", as_of=stamp)
        links.append((_("Its cost"), cost))
    if review.subject == Subject.DEPARTMENT and may_open("pages.finance", me):
        links.append((_("Its cost"), url_for("pages.finance", month=review.period, department=review.of, as_of=stamp)))
    return links
