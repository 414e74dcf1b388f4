"""This file is saved reports as files: the page's own export, asked for in the name of whoever saved it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from api import background
from api.background import Again
from spd.costing.saved import SavedReport
from spd.jobs import reporting

CHOSEN = (
    "campus", "department", "product_class", "chargeable", "product", "lot", "encounter", "compare",
    "payer", "span", "cost", "method", "item", "what", "kind", "driver", "by", "group", "stands", "state",
    "subject", "q",
)  # fmt: skip
"""What may be chosen in a saved report, beside its months."""
OF_ONE_MONTH = ("week", "version", "as_of", "at")
"""What may be chosen on a page and is of its month alone: a report that is saved is of another each time."""


def install() -> None:
    """Make saved reports here."""
    reporting.made_by(made)


LISTS = {
    "charges": "/finance/charges", "balances": "/finance/balances", "journal": "/finance/journal",
    "payables": "/finance/payables", "statements": "/finance/statements", "indicators": "/finance/indicators",
    "groups": "/finance/groups", "step-down": "/finance/step-down", "case-costs": "/finance/case-costs",
    "inputs": "/finance/inputs", "budgets": "/finance/budgets", "reviews": "/finance/reviews",
}  # fmt: skip
"""Reports that are lists: the address of each, whose files are asked for there."""


def _asked(report: SavedReport, months: dict[str, str]) -> dict[str, str]:
    """What is chosen, and the months; a range of them stands before so many together."""
    return {name: value for name, value in report.chosen.items() if name != "span" or "from" not in months} | months


def path_of(report: SavedReport, months: dict[str, str]) -> str:
    """The address of the file."""
    if report.report in LISTS:
        return f"{_list_of(report, months)}?{urlencode(_asked(report, months) | {'as': report.format})}"
    return f"/finance/export/{report.report}.{report.format}?{urlencode(_asked(report, months))}"


def _list_of(report: SavedReport, months: dict[str, str]) -> str:
    """The address of a list; of case costs that of the month's file by the method chosen."""
    path = LISTS[report.report]
    return f"{path}/{months['month']}/{report.chosen.get('method', _METHOD)}" if report.report == "case-costs" else path


_METHOD = "materials"
_WAYS = {"departments": "department", "products": "product", "movements": "movement"}


def page_of(report: SavedReport, months: dict[str, str]) -> str:
    """The address of the page that shows the same."""
    if report.report in LISTS:
        return f"{_list_of(report, months)}?{urlencode(_asked(report, months))}"
    if report.report in ("encounters", "drgs"):
        return f"/finance/{report.report}?{urlencode(_asked(report, months))}"
    if report.report == "stock":
        return f"/finance/stock?{urlencode(_asked(report, months))}"
    by = _WAYS.get(report.report, report.report)
    return f"/finance?{urlencode(_asked(report, months) | {'by': by})}"


def made(report: SavedReport, months: dict[str, str]) -> tuple[str, bytes]:
    """The file of a saved report over these months. Raises: NotAllowed, where its owner may no more."""
    asked = Again(path=path_of(report, months), person_id=report.owner_id, language=report.language)
    name, content = background.answer(asked, progress=_untold)
    return f"{_plain(report.name)}_{name}", content


def _plain(name: str) -> str:
    """A name without what a file may not be called."""
    return "".join("-" if sign in '/\\:*?"<>|' or sign < " " else sign for sign in name).strip(". ")[:80] or "report"


def _untold(_done: int, _of: int) -> None:
    """Nobody watches."""


def chosen_in(said: dict[str, Any]) -> dict[str, str]:
    """What is chosen of these, by name; what is empty is not."""
    return {name: str(said[name]) for name in CHOSEN if said.get(name) not in (None, "")}
