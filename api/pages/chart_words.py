"""This file is the words of the chart of accounts: events, kinds of accounts, what a check finds."""

from __future__ import annotations

from api.i18n import gettext as _
from api.pages.journal import event_names as of_journal


def event_names() -> dict[str, str]:
    """What the events of the rules are called."""
    return of_journal() | {
        "donation_store": _("gift taken into the store"),
        "donation_ward": _("gift taken on a ward"),
        "invoice_goods": _("goods by their invoice"),
        "variance_on_hand": _("price difference on goods on hand"),
        "variance_used": _("price difference of goods used"),
        "variance_lost": _("price difference of goods lost in the stores or sent back"),
        "variance_lost_later": _("price difference of goods lost in the stores or sent back since"),
    }


def version_states() -> dict[str, tuple[str, str]]:
    """How a version stands, and the colour of that."""
    return {
        "draft": (_("draft"), "caution"), "coming": (_("coming"), "queued"), "holds": (_("holds"), "ok"),
        "replaced": (_("replaced"), "quiet"),
    }  # fmt: skip


def kind_names() -> dict[str, str]:
    """What the kinds of accounts are called."""
    return {
        "asset": _("asset"),
        "liability": _("liability"),
        "equity": _("net assets"),
        "income": _("income"),
        "expense": _("expense of departments"),
        "disposal": _("disposal"),
        "budget": _("budget side"),
    }


def class_names() -> dict[str, str]:
    """Which departments a line is for."""
    return {
        "": _("all"),
        "clinical": _("clinical departments"),
        "medical_technology": _("medical technology"),
        "medical_auxiliary": _("medical support"),
        "administrative": _("administration"),
    }


def naming() -> dict[str, str]:
    """Whom a line names."""
    return {"": _("nobody"), "department": _("the department"), "supplier": _("the supplier")}


def fault_names() -> dict[str, str]:
    """What a check finds."""
    return {
        "not_covered": _("no line says what to post"),
        "not_balanced": _("debit and credit are not the same"),
        "no_such_account": _("the account is not in the chart"),
        "not_expense": _("a line on an expense account names the department, and no other does"),
        "role_moved": _("an account that carries balances is changed"),
        "unknown_event": _("nothing in the software does this"),
    }


def state_names() -> dict[str, str]:
    """How far a gift is."""
    return {"asked": _("waits for a second person"), "taken": _("taken"), "refused": _("refused")}
