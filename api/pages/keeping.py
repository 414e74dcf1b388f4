"""This file is keeping figures of what others told, as a person asks for it on their page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import redirect
from marshmallow import Schema
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.fields import Month
from api.here import write
from api.i18n import gettext as _
from api.pages import bp, groups, office, report
from api.pages.indicators import months_asked
from api.v1.indicators import span_of
from spd import indicators
from spd.costing import kept_groups


class KeepForm(Schema):
    """Which month; what else was chosen stands in the address."""

    month = Month(required=True)


@bp.post("/finance/indicators/keep")
def finance_indicators_keep() -> Response:
    """The facts behind indicators as they are told now, kept; back to the page."""

    def act(session: Session, form: office.Form) -> datetime:
        span = span_of(form.said["month"], months_asked())
        return indicators.keep(session, form.occasion, span).made_at

    return _keep("pages.finance_indicators", act)


@bp.post("/finance/groups/keep")
def finance_groups_keep() -> Response:
    """The report on groups as it is now, kept with its cases; back to the page."""

    def act(session: Session, form: office.Form) -> datetime:
        chosen, _known = groups.asked(session)
        if chosen is None:  # there is no button where there are no groups
            raise NotFound
        return kept_groups.keep(session, form.occasion, chosen).made_at

    return _keep("pages.finance_groups", act)


def _keep(page: str, act: Callable[[Session, office.Form], datetime]) -> Response:
    form = office.filled(KeepForm)
    if form.sent:
        with form.attempt():
            at = write(form.occasion, lambda session: act(session, form))
            office.tell(_("Kept: these figures can be asked for as of now."))
            return redirect(report.address(endpoint=page, as_of=at.isoformat()))
    if form.refusal:
        office.tell(form.refusal, "caution")
    return redirect(report.address(endpoint=page))
