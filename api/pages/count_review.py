"""This file is the page of review: what differs, why, counted again or not, and the approval by another person."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.access import may_open
from api.counted import own_count, today, whole_count
from api.here import person, read, write
from api.i18n import gettext as _
from api.i18n import money
from api.pages import bp, count_words, office
from api.pages.office import Form
from spd import accounting, counting
from spd.accounting import OwedFor
from spd.core.money import to_cent
from spd.counting import Count, CountState, Explained, Reason
from spd.places import Location
from spd.staff import Staff

_REASON, _NOTE = "reason:", "note:"


@bp.get("/count/<code>/review")
def count_review(code: str) -> str | Response:
    """What differs. While counting is on, the page of counting; once approved, the exceptions that are left."""
    count = read(lambda session: own_count(session, code))
    if count.state in (CountState.PLANNED, CountState.COUNTING) and count.blind:
        return redirect(url_for("pages.count_scan", code=code))
    return _page(code, office.blank())


@bp.post("/count/<code>/review")
def count_decide(code: str) -> str | Response:
    """Reasons are kept, the count is approved, closed or given up."""
    key = request.form.get("request_key", "")
    form = Form(texts={}, sent=True, key=key or office.blank().key)
    acts = {"reasons": _explain, "approve": _approve, "close": _close, "cancel": _cancel}
    with form.attempt():
        acts.get(request.form.get("act", ""), _explain)(form, code)
    if not form.refusal:
        return redirect(url_for("pages.count_review", code=code))
    kept = (_REASON, _NOTE, "charged_to")
    form.texts = {name: value for name, value in request.form.items() if name.startswith(kept)}
    return _page(code, form)


def _explain(form: Form, code: str) -> None:
    said = [
        Explained(
            subject=name.removeprefix(_REASON),
            reason=Reason(value),
            note=request.form.get(_NOTE + name.removeprefix(_REASON), "").strip()[:200],
        )
        for name, value in request.form.items()
        if name.startswith(_REASON) and value in list(Reason)
    ]
    if said:
        _do(form, code, lambda session: counting.explain(session, form.occasion, code, said))
        office.tell(_("The reasons are kept."))


def _approve(form: Form, code: str) -> None:
    owes = request.form.get("charged_to", "").strip()[:80]
    asked = counting.ToApprove(occasion=form.occasion, count=code, seen=request.form.get("seen", ""), charged_to=owes)
    done: counting.Approved = _do(form, code, lambda session: counting.approve(session, asked))
    facts = {
        "losses": done.losses, "lost": money(to_cent(done.lost)), "gains": done.gains,
        "gained": money(to_cent(done.gained)),
    }  # fmt: skip
    office.tell(_("Approved. Losses: %(losses)s (%(lost)s), gains: %(gains)s (%(gained)s).") % facts)


def _close(form: Form, code: str) -> None:
    _do(form, code, lambda session: counting.close(session, form.occasion, code))
    office.tell(_("The count is closed."))


def _cancel(form: Form, code: str) -> None:
    _do(form, code, lambda session: counting.cancel(session, form.occasion, code))
    office.tell(_("The count is given up. Nothing was booked."))


def _do(form: Form, code: str, act: Any) -> Any:
    def all_of(session: Session) -> Any:
        whole_count(session, code)
        return act(session)

    return write(form.occasion, all_of)


def _page(code: str, form: Form) -> str:
    on = today()
    return read(lambda session: _drawn(session, own_count(session, code), form, on))


def _drawn(session: Session, count: Count, form: Form, on: Any) -> str:
    decided = count.state in (CountState.APPROVED, CountState.CLOSED)
    judged = [] if decided or count.state == CountState.CANCELLED else counting.judge(session, count, on=on)
    rows = counting.to_settle(judged)
    return render_template(
        "count_review.html",
        count=count,
        form=form,
        rows=rows,
        left=counting.exceptions(session, count) if decided else [],
        open_left={row.subject for row in counting.open_exceptions(session, count)} if decided else set(),
        owing=accounting.owing_for(session, OwedFor.COUNT, count.code) if decided else None,
        agreed=len(judged) - len(rows),
        again=sum(one.recount for one in rows),
        unsaid=sum(1 for one in rows if one.difference and not one.reason),
        value=sum((one.value for one in rows), start=Decimal(0)),
        seen=counting.figures(judged),
        places={place.id: place for place in session.scalars(select(Location))},
        names=_names(session, {counter for one in rows for counter in one.counters}),
        may_decide=bool(person().roles & access.TABLE["pages.count_decide"].roles),
        may_count=may_open("pages.count_scan", person()),
        words=_words(),
    )


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    query = select(Staff.id, Staff.name).where(Staff.id.in_(ids))
    return dict(session.execute(query).all())


def _words() -> dict[str, Any]:
    return {
        "state": count_words.states(),
        "state_colour": count_words.STATE_COLOURS,
        "finding": count_words.findings(),
        "colour": count_words.FINDING_COLOURS,
        "reason": count_words.reasons(),
        "exception": count_words.exceptions(),
    }
