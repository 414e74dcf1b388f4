"""This file is what a page of figures that are kept shows of it: the versions kept, the one shown, the button."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy.orm import Session

from api.access import may_open
from api.here import person
from api.pages import office, report
from spd.core import kept_figures


def kept(session: Session, name: str, asked: str, *, exactly: bool = False) -> dict[str, Any]:
    """What a page of a report that is kept shows of it: its versions with their addresses, and the one shown: the last
    kept until the instant asked for, or the one kept at that very instant."""
    at = report.asked_as_of(request.args.get("as_of", ""))
    shown = None if at is None else kept_figures.find(session, name, asked, at)
    versions = [
        {"version": version, "made_at": made_at, "href": report.address(as_of=made_at.isoformat())}
        for version, made_at in kept_figures.versions(session, name, asked)
    ]
    return {
        "kept_versions": versions,
        "kept_shown": shown.version if shown and (shown.made_at == at or not exactly) else None,
        "now_href": report.address(as_of=None),
        "keep_key": office.blank().key,
        "may_keep": at is None and may_open(f"pages.finance_{name}_keep", person()),
        "keep_report": name,
    }
