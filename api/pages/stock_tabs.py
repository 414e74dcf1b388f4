"""This file is the tabs of stock: those the reader may open."""

from __future__ import annotations

from typing import Any

from flask import url_for

from api import access
from api.here import person
from api.i18n import gettext as _


def tabs(current: str) -> list[dict[str, Any]]:
    """The pages of stock this person may open; the one looked at is named."""
    every = (
        ("stock", "pages.stock", _("On hand")),
        ("as_of", "pages.stock_as_of", _("As of")),
        ("expiry", "pages.stock_expiry", _("Expiry")),
        ("slow", "pages.stock_slow", _("Slow")),
        ("held", "pages.stock_held", _("On hold")),
        ("write_offs", "pages.stock_write_offs", _("Write-offs")),
        ("returns", "pages.stock_returns", _("Returns")),
    )
    return [
        {"text": text, "href": url_for(endpoint), "current": name == current}
        for name, endpoint, text in every
        if access.may_open(endpoint, person())
    ]
