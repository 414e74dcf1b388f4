"""The pages of statements, without scripts: finance approves and sends, the supplier answers; a stranger sees none."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from flask import Flask
from fpdf.table import Row
from openpyxl.utils import get_column_letter
from sqlalchemy.orm import Session

from api.pages.supplier_goods import event_name
from spd import settlement
from spd.catalog.changes import change_product
from spd.parties import PartySaid, change_party
from tests import build
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


def test_a_statement_is_read_as_it_stood(
    enter: Callable[..., Visitor], there: SimpleNamespace, act: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    where, hour = f"/finance/statements/{there.statement}", timedelta(hours=1)

    def later(session: Session) -> None:
        statement = settlement.get_statement(session, there.statement)
        occasion = build.occasion(there.h.keeper, at=build.NOW + hour)
        settlement.decide(session, occasion, statement, "dispute", reason="Price of line 1")
        renamed = build.occasion(there.h.keeper, at=build.NOW + 2 * hour)
        change_product(session, renamed, "STENT", {"name_en": "Mesh"}, moved=True)
        for code in ("SUP-STENT", "SUP-GAUZE"):
            change_party(session, renamed, code, PartySaid(name="新公司", name_en="Renamed Ltd"))

    act(later)
    monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW + 3 * hour)
    finance = enter("finance")
    now, then = finance.look(where).text, finance.look(f"{where}?as_of={at(build.NOW + hour / 2)}").text
    shown = (
        ("disputes this statement", False),
        ("Price of line 1", False),
        (">Mesh<", False),
        (">Stent<", True),
        ("Renamed", False),
    )
    for words, was in shown:
        assert (words in now, words in then) == (not was, was), words
    assert ("Data as of" in then, "were not kept" in then, 'name="step"' in then) == (True, False, False)
    opened = finance.look(f"/finance/statements?as_of={at(build.NOW + hour / 2)}").text
    assert re.search(rf'href="{where}\?as_of=[^"]+"', opened)
    for path in ("statements", "invoices", "payments", "payables", "uninvoiced", "scorecards"):
        lists = [finance.look(f"/finance/{path}{more}").text for more in ("", f"?as_of={at(build.NOW + hour / 2)}")]
        assert ["Renamed" in page for page in lists] == [True, False], path
    assert finance.look(f"{where}?as_of={at(build.NOW - 99 * hour)}").status_code == 404
    assert finance.look(f"{where}/statement.pdf?as_of={at(build.NOW + hour / 2)}").data[:4] == b"%PDF"


def at(moment: datetime) -> str:
    return moment.isoformat().replace("+", "%2B")


def test_each_line_opens_to_its_item(enter: Callable[..., Visitor], there: SimpleNamespace) -> None:
    page = enter("finance").look(f"/finance/statements/{there.statement}").text
    assert len(re.findall(r'<a class="code" href="/trace\?code=[^"#]+">', page)) == 3  # used, used, undone
    assert len(re.findall(r'href="/trace\?code=[^"#]+#m\d+"', page)) == 3  # and to the very movement


def test_its_paper_names_the_movement_of_each_line(
    enter: Callable[..., Visitor], there: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[str] = []
    told = Row.cell

    def kept(self: Row, text: str = "", *more: Any, **said: Any) -> Any:
        rows.append(text)
        return told(self, text, *more, **said)

    monkeypatch.setattr(Row, "cell", kept)
    enter("finance").look(f"/finance/statements/{there.statement}/statement.pdf")
    assert len([text for text in rows if re.search(r" #\d+$", text)]) == 3


def test_what_is_undone_has_words_however_long_its_name(app: Flask) -> None:
    """The journal keeps the first letters of a long name."""
    with app.test_request_context("/"):
        for event in ("return_supplier_store", "return_supplier_ward", "loss_consigned_store", "loss_consigned_ward"):
            said = event_name(f"reverse_{event}"[:24])
            assert "_" not in said


def test_a_stranger_sees_no_statement(stranger: Visitor, there: SimpleNamespace) -> None:
    assert there.statement not in stranger.look("/supplier/statements").text
    assert stranger.look(f"/supplier/statements/{there.statement}").status_code == 404
    assert stranger.look(f"/supplier/statements/{there.statement}/statement.pdf").status_code == 404


def test_days_are_chosen_in_place_of_a_month(enter: Callable[..., Visitor], there: SimpleNamespace) -> None:
    finance = enter("finance")
    finance.look("/finance/statements")
    page = finance.fill("/finance/statements", since_on="2026-03-03", until_on="2026-03-02").text
    assert "A statement from 2026-03-03 until 2026-03-02 cannot be." in page
    assert "Statements drafted: 1" in finance.fill("/finance/statements", since_on="", until_on="2026-03-02").text
    assert "– 2026-03-02" in finance.look("/finance/statements?q=SUP-GAUZE").text


def test_the_file_says_whose_it_is_and_that_its_lines_are_its_total(
    enter: Callable[..., Visitor], there: SimpleNamespace
) -> None:
    answer = enter("finance").look(f"/finance/statements/{there.statement}?as=xlsx")
    lines, about = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets
    heads = [cell.value for cell in lines[1]]
    cells = lines[get_column_letter(heads.index("Movement") + 1)][1:-1]
    assert len(cells) == 3
    assert all(type(cell.value) is str for cell in cells)  # a number that is a name
    for cell in cells:  # and leads to the movement
        assert re.fullmatch(rf"http://localhost/trace\?code=\S+#m{cell.value}", cell.hyperlink.target)
    told = dict(row[:2] for row in about.iter_rows(values_only=True))
    assert (told["Period"], told["Lines − total of the statement"]) == ("2026-03", "0.00")
    assert "SUP-STENT" in str(told["Supplier"])


def test_a_supplier_opens_each_line_to_what_happened_to_its_thing_and_knows_nothing_of_where(
    enter: Callable[..., Visitor], stranger: Visitor, there: SimpleNamespace
) -> None:
    supplier = enter("supplier")
    page = supplier.look(f"/supplier/statements/{there.statement}").text
    lines = sorted(set(re.findall(r'<a class="code" href="(/supplier/movements/(\d+))">', page)))
    assert len(lines) == 3
    life = supplier.look(lines[0][0]).text
    assert [words in life for words in ("received", ">used<", there.statement, "Lot L1")] == [True] * 4
    assert not re.search("CARD|Cardiology|某某|张", life.split("<main")[1])
    sheet = openpyxl.load_workbook(io.BytesIO(supplier.look(f"{lines[0][0]}?as=xlsx").data)).worksheets[0]
    assert sum(cell.value for cell in sheet["F"][1:-1]) == sheet["F"][len(sheet["F"]) - 1].value > 0
    assert stranger.look(lines[0][0]).status_code == 404
    file = openpyxl.load_workbook(io.BytesIO(supplier.look(f"/supplier/statements/{there.statement}?as=xlsx").data))
    led = [cell.hyperlink.target for row in file.worksheets[0] for cell in row if cell.hyperlink]
    assert {f"http://localhost{address}" for address, _number in lines} <= set(led)


def test_terms_of_payment_are_agreed_on_the_suppliers_page(
    enter: Callable[..., Visitor], there: SimpleNamespace
) -> None:
    finance = enter("finance")
    assert "90 days" in finance.look("/suppliers/SUP-GAUZE").text
    page = finance.fill("/terms", from_on="2026-03-02", days="45", number="C-9", term_reason="framework").text
    assert "fall due by it" in page
    assert "45 days" in page
    assert "C-9" in page
    assert "today or later" in finance.fill("/terms", from_on="2026-03-01", days="45").text
    assert "/terms" not in enter("buyer").look("/suppliers/SUP-GAUZE").text
