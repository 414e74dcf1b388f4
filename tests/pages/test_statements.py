"""The pages of statements, without scripts: finance approves and sends, the supplier answers; a stranger sees none."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

from tests.pages.test_orders import database, press, stranger
from tests.pages.visiting import Visitor

__all__ = ["database", "stranger"]


def test_a_supplier_disputes_and_finance_answers(enter: Callable[..., Visitor], there: SimpleNamespace) -> None:
    supplier, finance = enter("supplier"), enter("finance")
    where = f"/supplier/statements/{there.statement}"
    supplier.look(where)
    form = supplier.form(where)
    supplier.client.post(where, data=form["fields"] | {"step": "dispute", "reason": "Price of line 1"})
    page = finance.look(f"/finance/statements/{there.statement}").text
    assert "disputes this statement" in page
    assert "Price of line 1" in page
    assert "Give the reason" in press(finance, step="send", reason="")
    finance.look(f"/finance/statements/{there.statement}")
    assert "As agreed" in press(finance, step="send", reason="As agreed")
    assert "某某" not in supplier.look(where).text.split("What was done")[-1]


def test_finance_drafts_what_is_owed_to_the_others(enter: Callable[..., Visitor], there: SimpleNamespace) -> None:
    finance = enter("finance")
    finance.look("/finance/statements")
    form = finance.form("/finance/statements")
    answer = finance.client.post("/finance/statements", data=form["fields"] | {"month": "2026-03", "supplier": ""})
    assert answer.status_code == 302, answer.text
    page = finance.look("/finance/statements?state=draft").text
    assert "ST-2026-03-SUP-GAUZE-1" in page


def test_each_line_opens_to_its_item(enter: Callable[..., Visitor], there: SimpleNamespace) -> None:
    page = enter("finance").look(f"/finance/statements/{there.statement}").text
    assert page.count("/trace?code=") == 3  # used, used, undone


def test_a_stranger_sees_no_statement(stranger: Visitor, there: SimpleNamespace) -> None:
    assert there.statement not in stranger.look("/supplier/statements").text
    assert stranger.look(f"/supplier/statements/{there.statement}").status_code == 404
    assert stranger.look(f"/supplier/statements/{there.statement}/statement.pdf").status_code == 404
