"""The pages of licences: recorded with a document, renewed, withdrawn, listed by what ends; goods let pass."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from spd.core.transaction import transaction
from tests.build import TODAY
from tests.licensing import papers
from tests.licensing.papers import NUMBER
from tests.licensing.test_recording import PDF
from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]


@pytest.fixture
def shelf(app: Flask, there: SimpleNamespace) -> SimpleNamespace:
    """A stent whose certificate ended in January, and a business licence that ends in twenty days."""
    with transaction(app.extensions["spd.database"]) as session:
        papers.stent(session)
        ended = papers.paper(session, there.h, "registration", NUMBER, valid_to_on=TODAY.replace(month=1))
        soon = papers.paper(
            session, there.h, "business", "913100", party=there.h.stents, valid_to_on=TODAY + timedelta(20)
        )
        return SimpleNamespace(ended=ended.id, soon=soon.id, h=there.h)


def _send(who: Visitor, path: str, document: tuple[bytes, str] | None = None, **said: str) -> Any:
    """The form at an address, sent with a file."""
    who.look(path)
    fields = who.form("", "number")["fields"] | said
    fields.pop("document", None)
    data: dict[str, Any] = dict(fields)
    if document is not None:
        data["document"] = (io.BytesIO(document[0]), document[1])
    answer = who.client.post(path, data=data, content_type="multipart/form-data", headers={"Accept": "text/html"})
    who.page = who.client.get(answer.location) if answer.location else answer
    return who.page


def test_a_licence_is_recorded_with_its_document_and_the_same_form_twice_is_one(
    enter: Enter, there: SimpleNamespace
) -> None:
    buyer = enter("buyer")
    said = {"kind": "business", "number": "9131", "holder": "SUP-GAUZE", "valid_from_on": "2024-01-01"}
    page = _send(buyer, "/licences/new", (PDF, "执照.pdf"), **said, request_key="0190a3c2-0000-7000-8000-000000000001")
    assert "9131 is on record." in page.text
    document = enter("auditor").look(f"{page.request.path}/document")
    assert (document.data, document.mimetype) == (PDF, "application/pdf")
    assert "attachment" in document.headers["Content-Disposition"]
    again = _send(buyer, "/licences/new", (PDF, "执照.pdf"), **said, request_key="0190a3c2-0000-7000-8000-000000000001")
    assert again.request.path == page.request.path


def test_a_refused_form_keeps_every_word(enter: Enter, there: SimpleNamespace) -> None:
    page = _send(
        enter("quality", "zh-Hans"), "/licences/new", (b"MZ", "a.pdf"), kind="registration",
        number="国械注准20212130647",
        valid_from_on="2024-01-01", note="留着",
    )  # fmt: skip
    assert "矛盾" in page.text
    assert 'value="国械注准20212130647"' in page.text
    assert 'value="留着"' in page.text
    page = _send(enter("buyer"), "/licences/new", kind="business", number="1", valid_from_on="yesterday")
    assert "Write a day, such as 2026-03-31." in page.text


def test_what_ends_is_found_by_window_and_by_the_product_it_is_about(enter: Enter, shelf: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    page = keeper.look("/licences").text
    assert page.index("2026-01-02") < page.index("2026-03-22")
    assert "within 30 days" in page
    assert "913100" not in keeper.look("/licences?state=expired").text
    assert NUMBER not in keeper.look("/licences?state=30").text
    found = keeper.look("/licences?q=支架").text
    assert NUMBER in found
    assert "913100" not in found
    assert "心脉器械" in enter("buyer", "zh-Hans").look("/licences?q=SUP-STENT").text
    assert keeper.look("/licences?as=xlsx").status_code == 200


def test_a_renewal_takes_over_what_the_old_one_said(enter: Enter, shelf: SimpleNamespace) -> None:
    buyer = enter("buyer")
    path = f"/licences/new?renews={shelf.ended}"
    assert f'value="{NUMBER}"' in buyer.look(path).text
    page = _send(
        buyer, path, valid_from_on="2026-02-03", valid_to_on="2031-02-02", device_classes="3", kind="registration"
    )
    assert "2031-02-02" in page.text
    assert "2026-01-02" in page.text
    assert NUMBER not in buyer.look("/licences?state=expired").text


def test_a_wrong_licence_is_withdrawn_with_a_reason(enter: Enter, shelf: SimpleNamespace) -> None:
    quality = enter("quality")
    quality.look(f"/licences/{shelf.soon}")
    assert "This is needed" in quality.fill("withdraw", reason="").text
    assert "recorded twice" in quality.fill("withdraw", reason="recorded twice").text
    assert "913100" not in quality.look("/licences").text
    assert "Renew" not in enter("storekeeper").look(f"/licences/{shelf.ended}").text


def test_what_is_not_on_record_leads_to_its_form(enter: Enter, shelf: SimpleNamespace) -> None:
    page = enter("buyer").look("/licences/missing?kind=business").text
    assert "SUP-GAUZE" in page
    assert "SUP-STENT" not in page


def test_goods_pass_when_another_person_says_so(enter: Enter, shelf: SimpleNamespace) -> None:
    buyer, quality = enter("buyer"), enter("quality")
    buyer.look("/licences/overrides/new?supplier=SUP-STENT&products=STENT&act=order")
    page = buyer.fill(
        "", act="order", supplier="SUP-STENT", products="STENT", reason="Operation tomorrow", produced_on=""
    )
    assert "ended on 2026-01-02" in page.text
    assert "Let them pass today" not in page.text
    path = page.request.path
    assert "Operation tomorrow" in enter("auditor").look(path).text
    assert "Let them pass today" not in enter("auditor").look(path).text
    quality.look(path)
    form = quality.form("", "reason")
    said = form["fields"] | {"allowed": "true", "reason": "Renewal is filed"}
    assert quality.client.post(path, data=said, headers={"Accept": "text/html"}).status_code == 302
    assert "let pass" in quality.look(path).text
    assert "Renewal is filed" in buyer.look(path).text
    assert "let pass" in enter("storekeeper").look("/licences/overrides?state=allowed").text


def test_what_is_not_there_is_told_as_a_page(enter: Enter, shelf: SimpleNamespace) -> None:
    for path in ("/licences/999", "/licences/999/document", "/licences/overrides/999", "/licences/new?renews=999"):
        assert enter("buyer").look(path).status_code == 404
