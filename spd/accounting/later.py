"""This file is what a version of the rules means by events it says nothing of: its own words on what came before them.

A version that holds is not changed, and what it does not say of a loss that a person owes is what it says of the loss,
turned round: what a department or the disposal bore is the person's; of differences of price of what nobody bears, that
they stand with such losses. A version may say otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spd.accounting.rules import Rule, Rules

RECEIVABLE = ("1218", "其他应收款", "Other receivables", "asset")
"""Code, name, name in English, kind: the account of what people owe, in every chart that does not name it."""

LATER: Mapping[str, str] = {
    "loss_charged_store": "loss_store", "loss_charged_ward": "loss_ward", "variance_lost": "loss_store",
    "variance_lost_later": "loss_store",
}  # fmt: skip
"""Events that a version need not say, and what each goes back to. Source: domain facts B3, events 4b and 14."""
_OUT_OF: Mapping[str, str] = {"variance_lost": "variance_used", "variance_lost_later": "variance_released"}
"""Differences of price that nobody bears: what they come off says the event of what a department bears."""


def with_later(said: Rules) -> Rules:
    """What a version says, and what it means by the events it leaves out."""
    meant = {
        event: _meant(said, event, borne)
        for event, loss in LATER.items()
        if event not in said and (borne := _borne(said.get(loss, ())))
    }
    return {**said, **meant}


def _meant(said: Rules, event: str, borne: Sequence[Rule]) -> list[Rule]:
    """The lines of an event: a loss that is owed, turned round; a difference of price, in place of a department."""
    if event not in _OUT_OF:
        return [_owed(borne[0]), *(replace(rule, line=2, sign=-rule.sign) for rule in borne)]
    off = [replace(rule, line=2) for rule in said.get(_OUT_OF[event], ()) if rule.sign < 0]
    return [*(replace(rule, line=1) for rule in borne), *off]


def _borne(loss: Sequence[Rule]) -> list[Rule]:
    """The lines on which a loss comes to rest: what it is passed through is nothing in the end."""
    net: dict[tuple[str, str], int] = {}
    for rule in loss:
        key = (rule.account, rule.cost_class)
        net[key] = net.get(key, 0) + rule.sign
    return [rule for rule in loss if rule.sign > 0 and net[rule.account, rule.cost_class] > 0]


def _owed(like: Rule) -> Rule:
    return replace(
        like, line=1, cost_class="", account=RECEIVABLE[0], sign=1, names_department=False, names_supplier=False
    )
