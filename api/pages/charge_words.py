"""This file is the words of charges: verdicts, rules, owners, resolutions, states of messages."""

from __future__ import annotations

from typing import Any

from flask import url_for

from api import access
from api.here import person
from api.i18n import gettext as _
from spd.reconciliation import Resolution, Verdict

COLOURS = {
    Verdict.MATCHED: "ok", Verdict.LATE: "info", Verdict.USED_NOT_CHARGED: "stop", Verdict.CHARGED_NOT_USED: "stop",
    Verdict.NOT_CHARGEABLE: "quiet",
}  # fmt: skip
STATE_COLOURS = {"dead": "stop", "waiting": "queued", "sent": "ok", "given_up": "quiet"}


def verdict_names() -> dict[str, str]:
    """What a case is, in the order of a report."""
    return {
        Verdict.MATCHED: _("matched"),
        Verdict.LATE: _("other day"),
        Verdict.USED_NOT_CHARGED: _("used, not charged"),
        Verdict.CHARGED_NOT_USED: _("charged, not used"),
        Verdict.QUANTITY: _("quantity differs"),
        Verdict.PRICE: _("price differs"),
        Verdict.PRODUCT: _("product differs"),
        Verdict.PATIENT: _("patient or department differs"),
        Verdict.ORPHAN_REFUND: _("refund without charge"),
        Verdict.NOT_CHARGEABLE: _("not to be charged"),
    }


def rule_names() -> dict[str, str]:
    """By what a case was put together."""
    return {
        "linked": _("charged first, confirmed by its scan"),
        "item": _("code of the piece"),
        "lot": _("stay, product and lot"),
        "day": _("stay, product and day"),
        "stay": _("stay and product"),
        "product": _("stay, day and amount"),
        "netted": _("charge and refund, or use and reversal"),
        "alone": _("nothing on the other side"),
    }


def owner_names() -> dict[str, str]:
    """Whose duty a case is until somebody takes it."""
    return {"ward": _("ward"), "price": _("price office"), "finance": _("finance")}


def resolution_names() -> dict[str, str]:
    """What was done about a case."""
    return {
        Resolution.CHARGED: _("charged in HIS"),
        Resolution.REFUNDED: _("refunded in HIS"),
        Resolution.USE_CORRECTED: _("use corrected"),
        Resolution.PRICE_CORRECTED: _("price corrected in HIS"),
        Resolution.WAIVED: _("charge waived"),
        Resolution.ACCEPTED: _("accepted as it is"),
    }


def act_names() -> dict[str, str]:
    """What people and the sender do."""
    return {
        "take": _("taken on"), "resolve": _("resolved"), "reopen": _("opened again"), "sent": _("sent"),
        "failed": _("failed"), "refused": _("refused"), "resent": _("sent again"),
        "held": _("left to people"), "given_up": _("given up"),
    }  # fmt: skip


def state_names() -> dict[str, str]:
    """How far a message is."""
    return {"dead": _("waits for you"), "waiting": _("waits"), "sent": _("sent"), "given_up": _("given up")}


def topic_names() -> dict[str, str]:
    """What a message says."""
    return {"charge": _("charge"), "credit": _("credit")}


def tabs(current: str) -> list[dict[str, Any]]:
    """The pages of charges this person may open."""
    every = (
        ("finance_charges", _("Charged against used")),
        ("finance_differences", _("Differences")),
        ("finance_unsent", _("Not sent")),
        ("finance_rejects", _("Not kept")),
    )
    return [
        {"text": text, "href": url_for(f"pages.{name}"), "current": name == current}
        for name, text in every
        if access.may_open(f"pages.{name}", person())
    ]
