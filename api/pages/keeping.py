"""This file is keeping figures of what others told, as a person asks for it on their page."""

from __future__ import annotations

from datetime import datetime

from flask import redirect
from marshmallow import Schema
from sqlalchemy.orm import Session
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


@bp.post("/finance/keep/<any(indicators,groups):name>")
def finance_keep(name: str) -> Response:
    """The report as it is now, kept; back to it."""
    form = office.filled(KeepForm)
    if form.sent:
        with form.attempt():
            at = write(form.occasion, lambda session: _kept(session, form, name))
            office.tell(_("Kept: these figures can be asked for as of now."))
            return redirect(report.address(endpoint=f"pages.finance_{name}", name=None, as_of=at.isoformat()))
    if form.refusal:
        office.tell(form.refusal, "caution")
    return redirect(report.address(endpoint=f"pages.finance_{name}", name=None))


def _kept(session: Session, form: office.Form, name: str) -> datetime:
    if name == "indicators":
        span = span_of(form.said["month"], months_asked())
        return indicators.keep(session, form.occasion, span).made_at
    chosen, _known = groups.asked(session)
    assert chosen is not None  # there is no button where there are no groups
    return kept_groups.keep(session, form.occasion, chosen).made_at
