"""This file is the bar above a report of cost: which months, compared with what, told apart by what."""

from __future__ import annotations

from typing import Any

from api import access
from api.here import person, read
from api.i18n import gettext as _
from api.pages.report import linked, this_month
from spd import costing, ledger


def bar(said: costing.Filter, *, here: str, endpoint: str = "pages.finance") -> dict[str, Any]:
    """The bar's links: `spans` of months, `ways` to tell the cost apart, `comparisons`."""
    others = [("", _("nothing")), ("prior", _("the months before")), ("year", _("last year"))]
    if here == "department":
        others.append(("budget", _("budget")))
    compares = here not in ("", "week", "movement")
    return {"spans": _spans(said, endpoint), "ways": _ways(said, here), "comparisons": others if compares else None}


def spans_alone(said: costing.Filter, endpoint: str) -> dict[str, Any]:
    """The bar of a report that is told apart in one way and compared with nothing: its months."""
    return {"spans": _spans(said, endpoint), "ways": [], "comparisons": None}


def _spans(said: costing.Filter, endpoint: str) -> list[dict[str, Any]]:
    now = this_month()
    closed = read(ledger.closed_through)
    spans = [
        (_("This month"), None, now),
        (_("Last month"), None, ledger.shifted(now, -1)),
        (_("Last closed"), None, closed),
        (_("This quarter"), ledger.quarter_of(now), now),
        (_("This year"), ledger.year_of(now), now),
    ]
    shown = []
    for text, since, until in spans:
        if not until:
            continue
        first = None if since == until else since
        here = (said.since, said.period) == (first, until)
        href = linked(said, endpoint, **{"from": first, "month": until, "as_of": None})
        shown.append({"text": text, "href": href, "current": here})
    return shown


def _ways(said: costing.Filter, here: str) -> list[dict[str, Any]]:
    """By what the chosen cost may be told apart: not by what is chosen already."""
    ways: list[tuple[str, str, Any]] = [
        ("campus", _("Campus"), said.campus),
        ("department", _("Department"), said.department),
        ("product_class", _("Class"), said.product_class),
        ("chargeable", _("Chargeable or not"), said.chargeable),
        ("product", _("Product"), said.product),
        ("lot", _("Lot"), said.lot),
        ("encounter", _("Encounter"), said.encounter),
        ("week", _("Week"), said.week),
        ("movement", _("Movement"), None),
    ]
    return [
        {"text": text, "href": linked(said, by=name), "current": name == here}
        for name, text, chosen in ways
        if chosen is None and (name != "encounter" or sees_cases())
    ]


def sees_cases() -> bool:
    """Whether this reader may see cost by encounter."""
    return bool(access.TABLE["pages.finance_encounters"].roles & person().roles)
