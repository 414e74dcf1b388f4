"""Every page renders for everybody who may open it, in both languages, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask

from spd.staff import Role
from tests.pages.visiting import Visitor

CHINESE = re.compile(r"[\u4e00-\u9fff]+")

# path, and who may open it by a letter each: n(urse), h(ead nurse), k(eeper), p(orter), b(uyer), f(inance), q(uality),
# a(uditor), y (system admin), e (security admin), s(upplier), i(ntegration); * is everybody
PAGES = [
    ("/", "*"),
    ("/receive", "k"),
    ("/receive?scan={label}", "k"),
    ("/receive/N-OPEN", "k"),
    ("/pack", "k"),
    ("/pack?scan={bulk}", "k"),
    ("/pack?scan=nonsense", "k"),
    ("/deliver", "nhkp"),
    ("/deliver?scan=nonsense", "nhkp"),
    ("/bedside", "nh"),
    ("/bedside?scan=W-1", "nh"),
    ("/bedside?scan={pack}", "nh"),
    ("/patients", "nhqa"),
    ("/patients?who=left&q=01&sort=-admitted_at", "nhqa"),
    ("/patients?as=xlsx", "nhqa"),
    ("/patients/{patient}", "nhqa"),
    ("/loose", "nhfqa"),
    ("/loose?state=finished&q=GAUZE&sort=-quantity", "nhfqa"),
    ("/loose?as=xlsx", "nhfqa"),
    ("/loose/{loose}", "nhfqa"),
    ("/loose/variance", "nhfqa"),
    ("/loose/variance?as=csv", "nhfqa"),
    ("/loose/modes", "nhyfqa"),
    ("/loose/modes/new", "hy"),
    ("/stays", "yqa"),
    ("/stays?state=waits&reason=unknown-encounter&q=E-9", "yqa"),
    ("/stays?as=csv", "yqa"),
    ("/stays/{untold}", "yqa"),
    ("/theatre", "nhkfqa"),
    ("/theatre?open=left&q=set&as=xlsx", "nhkfqa"),
    ("/theatre/implants", "nhqa"),
    ("/theatre/implants?q=E-1&lot=L1&from=2026-01-01&until=2026-12-31&as=xlsx", "nhqa"),
    ("/theatre/implants/{use}", "nhqa"),
    ("/theatre/implants/{use}/cards.pdf", "nhqa"),
    ("/theatre/implants/{use}/sheet.pdf?doctor=某医生", "nhqa"),
    ("/theatre/sets/new", "nhk"),
    ("/theatre/sets/{loaner}", "nhkfqa"),
    ("/stock", "nhkpbfqai"),
    ("/stock?location=STORE", "nhkpbfqai"),
    ("/stock?location=STORE&product=GAUZE", "nhkpbfqai"),
    ("/stock?by=place", "nhkpbfqai"),
    ("/stock?by=place_product&location=CARD-W&sort=-days", "nhkpbfqai"),
    ("/stock?by=lot&q=gauze", "nhkpbfqai"),
    ("/stock?by=owner&owner=owned", "nhkpbfqai"),
    ("/stock?by=supplier", "nhkpbfqai"),
    ("/stock?by=state&state=available", "nhkpbfqai"),
    ("/stock?by=expiry&nearness=later", "nhkpbfqai"),
    ("/stock?by=class&product_class=high_value", "nhkpbfqai"),
    ("/stock?by=item&as=xlsx", "nhkpbfqai"),
    ("/stock?by=place_lot&as=csv", "nhkpbfqai"),
    ("/stock/as-of", "nhkpbfqai"),
    ("/stock/as-of?at=2026-03-02T09:00&by=product", "nhkpbfqai"),
    ("/stock/expiry", "nhkpbfqai"),
    ("/stock/expiry?nearness=red&location=STORE", "nhkpbfqai"),
    ("/stock/slow", "nhkpbfqai"),
    ("/stock/slow?idle_days=1&cover_days=1&why=slow", "nhkpbfqai"),
    ("/stock/search", "nhkpbfqai"),
    ("/stock/search?words=gauze", "nhkpbfqai"),
    ("/stock/search?words=L1", "nhkpbfqai"),
    ("/stock/holders?product=GAUZE", "nhkpbfqai"),
    ("/stock/held", "nhkbfqai"),
    ("/stock/held?reason=damaged", "nhkbfqai"),
    ("/safety", "hqa"),
    ("/safety?from=2026-03-01&until=2026-03-31&as=xlsx", "hqa"),
    ("/safety/people", "hqa"),
    ("/safety/list?severity=1&fate=left", "hqa"),
    ("/safety/list?as=csv", "hqa"),
    ("/safety/unscanned", "hkbqay"),
    ("/safety/unscanned?state=open&as=xlsx", "hkbqay"),
    ("/safety/unscanned/{unscanned}", "hkbqay"),
    ("/safety/rates", "hqa"),
    ("/safety/disputes", "hkqa"),
    ("/safety/disputes?state=open&as=xlsx", "hkqa"),
    ("/safety/disputes/{dispute}", "hkqa"),
    ("/safety/gaps", "hkyqa"),
    ("/safety/queue-file", "nhkp"),
    ("/stock/held/{hold}", "nhkbfqai"),
    ("/stock/held/new", "nhkqi"),
    ("/stock/write-offs", "nhkfqai"),
    ("/stock/write-offs/new?location=CARD-W&product=GAUZE&lot=none", "nhki"),
    ("/stock/write-offs/{loss}", "nhkfqai"),
    ("/stock/returns", "hkbfqai"),
    ("/stock/returns/new", "hki"),
    ("/stock/returns/{back}", "hkbfqai"),
    ("/trace", "nhkfqa"),
    ("/trace?code={stent}", "nhkfqa"),
    ("/trace?scan=nonsense", "nhkfqa"),
    ("/trace?lot=L1", "nhkfqa"),
    ("/finance?month=2026-03", "hfa"),
    ("/finance?month=1999-01", "hfa"),
    ("/finance?month=nonsense", "hfa"),
    ("/finance?month=2026-03&department=CARD", "hfa"),
    ("/finance?month=2026-03&department=CARD&product_class=high_value&chargeable=1", "hfa"),
    ("/finance?month=2026-03&by=product", "hfa"),
    ("/finance?month=2026-03&product=STENT", "hfa"),
    ("/finance?from=2026-01&month=2026-03&compare=prior", "hfa"),
    ("/finance?month=2026-03&compare=year&by=campus", "hfa"),
    ("/finance?month=2026-03&compare=budget", "hfa"),
    ("/finance?month=2026-03&by=product_class&as_of=5", "hfa"),
    ("/finance?month=2026-03&by=chargeable", "hfa"),
    ("/finance?month=2026-03&by=lot", "hfa"),
    ("/finance?month=2026-03&by=encounter", "hfa"),
    ("/finance?month=2026-03&by=week", "hfa"),
    ("/finance?month=2026-03&by=movement&lot=L1", "hfa"),
    ("/finance/stock?month=2026-03", "hfa"),
    ("/finance/stock?month=2026-03&department=CARD", "hfa"),
    ("/finance/budgets?month=2026-03", "hfa"),
    ("/finance/budgets?month=2026-03&as=xlsx", "hfa"),
    ("/finance/reports", "hfa"),
    ("/finance/reports?report=products&department=CARD", "hfa"),
    ("/finance/export/stock.xlsx?month=2026-03", "hfa"),
    ("/finance/export/lot.csv?month=2026-03", "hfa"),
    ("/finance/encounters?month=2026-03", "fa"),
    ("/finance/encounters/E-1", "fa"),
    ("/finance/drgs?month=2026-03", "fa"),
    ("/finance/export/departments.xlsx?month=2026-03", "hfa"),
    ("/finance/export/movements.csv?month=2026-03", "hfa"),
    ("/finance/export/drgs.xlsx?month=2026-03", "fa"),
    ("/finance/charges?month=2026-03", "hfa"),
    ("/finance/charges?month=2026-03&department=CARD", "hfa"),
    ("/finance/charges?month=1999-01", "hfa"),
    ("/finance/charges?month=2026-03&as=xlsx", "hfa"),
    ("/finance/differences", "hfa"),
    ("/finance/differences?state=all&verdict=matched&since=2026-03-01&until=2026-03-31&department=CARD&q=E", "hfa"),
    ("/finance/differences?state=resolved&sort=-difference", "hfa"),
    ("/finance/differences?as=xlsx", "hfa"),
    ("/finance/differences/{difference}", "hfa"),
    ("/finance/unsent", "fa"),
    ("/finance/unsent?state=sent&q=E", "fa"),
    ("/finance/unsent?as=csv", "fa"),
    ("/finance/unsent/{message}", "fa"),
    ("/packing", "kbqa"),
    ("/packing/cards.pdf", "k"),
    ("/packing/labels", "kqa"),
    ("/packing/labels?unseen=1&as=csv", "kqa"),
    ("/kits", "knhqa"),
    ("/kits/bench", "knh"),
    ("/kits/bench?scan=nonsense", "knh"),
    ("/fixed", "knhbqa"),
    ("/fixed?as=csv", "knhbqa"),
    ("/fixed/proposals", "kha"),
    ("/fixed/proposals?location=CARD-W", "kha"),
    ("/fixed/pending", "khqa"),
    ("/products", "nhkpbfqayi"),
    ("/products?q=gauze&sort=-name", "nhkpbfqayi"),
    ("/products?as=xlsx", "nhkpbfqayi"),
    ("/products?as=csv", "nhkpbfqayi"),
    ("/products/STENT", "nhkpbfqayi"),
    ("/products/new", "b"),
    ("/products/STENT/change", "b"),
    ("/admissions", "hbfqa"),
    ("/admissions/new", "hb"),
    ("/commitments", "bfqa"),
    ("/commitments?as=xlsx", "bfqa"),
    ("/hospital", "yqfbkha"),
    ("/bind", "b"),
    ("/bind?code=06901234000450&issuer=GS1&q=gauze&back=/receive", "b"),
    ("/trace-codes", "kqa"),
    ("/trace-codes?tab=answered&as=xlsx", "kqa"),
    ("/trace-codes/81000000000000000010", "kqa"),
    ("/refill", "nhkp"),
    ("/refill?location=CARD-W&why=low&as=xlsx", "nhkp"),
    ("/refill/waves", "kp"),
    ("/refill/waves/{wave}", "kp"),
    ("/refill/waves/{wave}/list", "kp"),
    ("/refill/waves/{wave}/labels.pdf", "kp"),
    ("/refill/waves/{wave}/pick", "kp"),
    ("/refill/totes/{tote}", "nhkp"),
    ("/refill/shortages", "nhkp"),
    ("/refill/trouble", "kp"),
    ("/refill/trouble?as=csv", "kp"),
    ("/refill/ward", "nh"),
    ("/refill/exchange", "nhk"),
    ("/refill/exchange?as=csv", "nhk"),
    ("/refill/carry", "hk"),
    ("/orders", "kbfqai"),
    ("/orders?state=partly_delivered&answer=accepted&wanted=2026-03-31&q=PO&sort=-amount", "kbfqai"),
    ("/orders?as=xlsx", "kbfqai"),
    ("/orders/proposals", "kbfqai"),
    ("/orders/proposals?q=gauze&basis=fixed&problem=no&sort=-amount", "kbfqai"),
    ("/orders/proposals?as=csv", "kbfqai"),
    ("/orders/new", "b"),
    ("/orders/{order}", "kbfqai"),
    ("/orders/{order}/order.pdf", "kbfqai"),
    ("/orders/{order}/amend", "b"),
    ("/orders/notes", "kbfqa"),
    ("/orders/notes?state=open&chain=long&from=2026-01-01&q=DN&supplier=a", "kbfqa"),
    ("/orders/notes/{noted}", "kbfqa"),
    ("/supplier", "s"),
    ("/supplier/orders", "s"),
    ("/supplier/orders?state=sent&answer=none&q=PO", "s"),
    ("/supplier/orders/{order}", "s"),
    ("/supplier/orders/{order}/note", "s"),
    ("/supplier/notes", "s"),
    ("/supplier/notes/{noted}", "s"),
    ("/supplier/notes/{noted}/amend", "s"),
    ("/supplier/notes/{noted}/labels.pdf", "s"),
    ("/supplier/stock?kind=ward&near=90&lot=L", "s"),
    ("/supplier/stock?as=xlsx", "s"),
    ("/supplier/uses?from=2026-01-01&until=2026-12-31", "s"),
    ("/supplier/uses?as=csv", "s"),
    ("/supplier/owed", "s"),
    ("/supplier/owed?month=2026-03", "s"),
    ("/supplier/statements", "s"),
    ("/supplier/statements?state=sent&q=ST&month=2026-03", "s"),
    ("/supplier/statements/{statement}", "s"),
    ("/supplier/statements/{statement}?as=xlsx", "s"),
    ("/supplier/statements/{statement}/statement.pdf", "s"),
    ("/finance/invoices", "fa"),
    ("/finance/invoices?state=entered&q=INV&due=2026-12-31&sort=-total", "fa"),
    ("/finance/invoices?as=xlsx", "fa"),
    ("/finance/invoices/new", "f"),
    ("/finance/invoices/{invoice}", "fa"),
    ("/finance/payables", "fa"),
    ("/finance/payables?as=xlsx", "fa"),
    ("/finance/uninvoiced", "fa"),
    ("/finance/uninvoiced?age=0&q=SUP&as=xlsx", "fa"),
    ("/finance/uninvoiced?age=3", "fa"),
    ("/finance/undelivered", "fa"),
    ("/finance/undelivered?age=1&q=SUP&as=csv", "fa"),
    ("/finance/payments", "fa"),
    ("/finance/journal?month=2026-03", "fa"),
    ("/finance/journal?month=2026-03&as=xlsx", "fa"),
    ("/finance/journal?month=nonsense&as=csv", "fa"),
    ("/finance/scorecards", "bfa"),
    ("/finance/scorecards?since=2026-03-01&until=nonsense&as=xlsx", "bfa"),
    ("/finance/payments?way=bank&q=PAY&as=xlsx", "fa"),
    ("/finance/step-down?month=2026-03", "fa"),
    ("/finance/step-down?month=2026-03&item=materials", "fa"),
    ("/finance/step-down?month=2026-03&as=xlsx", "fa"),
    ("/finance/step-down?month=1999-01", "fa"),
    ("/finance/step-down/flows?month=2026-03", "fa"),
    ("/finance/step-down/flows?month=2026-03&level=0&target=CARD&item=materials&as=csv", "fa"),
    ("/finance/case-costs?month=2026-03", "fa"),
    ("/finance/case-costs?month=1999-01", "fa"),
    ("/finance/case-costs/2026-03/materials", "fa"),
    ("/finance/case-costs/2026-03/top_down?q=E&item=department&sort=-amount", "fa"),
    ("/finance/case-costs/2026-03/materials?as=csv", "fa"),
    ("/finance/groups?month=2026-03", "fa"),
    ("/finance/groups?month=2026-03&span=year&cost=top_down&sort=-margin", "fa"),
    ("/finance/groups?month=2026-03&as=xlsx", "fa"),
    ("/finance/groups/cases?month=2026-03&code=FM19", "fa"),
    ("/finance/groups/cases?month=2026-03&outlier=high&as=csv", "fa"),
    ("/finance/indicators?month=2026-03", "fa"),
    ("/finance/indicators?month=2026-03&by=department&group=CARD&as=xlsx", "fa"),
    ("/finance/indicators?month=2026-03&by=cost_class&group=clinical", "fa"),
    ("/finance/indicators/material_share?month=2026-03", "fa"),
    ("/finance/indicators/per_100?month=2026-03&by=campus&as=csv", "fa"),
    ("/finance/reviews", "fqa"),
    ("/finance/reviews?state=all&subject=special&month=2026-03&q=E&sort=-value", "fqa"),
    ("/finance/reviews?as=xlsx", "fqa"),
    ("/finance/reviews/{stands_out}", "fqa"),
    ("/finance/statements", "fa"),
    ("/finance/statements?state=draft&q=ST&month=2026-03&sort=-total", "fa"),
    ("/finance/statements?as=xlsx", "fa"),
    ("/finance/statements/{statement}", "fa"),
    ("/finance/statements/{statement}?as=xlsx", "fa"),
    ("/finance/statements/{statement}/statement.pdf", "fa"),
    ("/receiving/aside", "kbqa"),
    ("/receiving/aside?q=gauze&kind=over&state=waits&since=2026-01-01&sort=-quantity", "kbqa"),
    ("/receiving/aside?as=xlsx", "kbqa"),
    ("/receiving/aside/{aside}", "k"),
    ("/receiving/held", "kbqa"),
    ("/receiving/held?result=held&reason=other&delivery=N", "kbqa"),
    ("/receiving/held/{inspection}", "kq"),
    ("/receiving/many/N-OPEN", "k"),
    ("/cards", "*"),
    ("/cards/receive-finish.svg", "*"),
    ("/cards/all.pdf", "*"),
    ("/recalls", "hkbqa"),
    ("/recalls?state=open&q=stent", "hkbqa"),
    ("/recalls?tab=drills", "hkbqa"),
    ("/recalls?as=xlsx", "hkbqa"),
    ("/recalls/new", "kq"),
    ("/recalls/patients", "hqa"),
    ("/count", "nhkfqai"),
    ("/count?tab=due", "nhkfqai"),
    ("/count?as=xlsx", "nhkfqai"),
    ("/count?tab=due&as=csv", "nhkfqai"),
    ("/count/new", "nhkfq"),
    ("/count/new?location=CARD-W&tier=daily", "nhkfq"),
    ("/count/{on}", "nhkfq"),
    ("/count/{review}", "nhkfq"),
    ("/count/{review}/review", "hkfqai"),
    ("/count/{approved}/review", "hkfqai"),
    ("/count/{approved}/sheet", "nhkfqai"),
    ("/count/{approved}/sheet?as=xlsx", "nhkfqai"),
    ("/licences", "kbqa"),
    ("/licences?q=x&state=30", "kbqa"),
    ("/licences?as=csv", "kbqa"),
    ("/licences/missing", "kbqa"),
    ("/licences/missing?sort=-code", "kbqa"),
    ("/licences/new", "bq"),
    ("/licences/overrides", "kbqa"),
    ("/licences/overrides/new", "kbq"),
    ("/imports", "bfy"),
    ("/imports?state=applied", "bfy"),
    ("/imports/new", "bfy"),
    ("/imports/template/products.xlsx", "by"),
    ("/imports/template/charges.xlsx", "fy"),
    ("/offline", "*"),
    ("/manifest.webmanifest", "*"),
    ("/sw.js", "*"),
    ("/docs", "*"),
]
LETTERS = dict(zip(Role, "nhkpbfqayesi", strict=True))


def looked_at_by(number: int, roles: str) -> str:
    """Who of those who may open a page looks at it here; `tests/api/test_access.py` lets in each of them."""
    who = "nhkpbfqayesi" if roles == "*" else roles
    return who[number % len(who)]


@pytest.mark.parametrize("role", list(Role))
def test_pages_open_for_their_roles_alone(role: Role, enter: Callable[..., Visitor], there: SimpleNamespace) -> None:
    """Each page is seen in both languages by one of its roles, which take turns, and refused to all who may not."""
    names = vars(there) | there.counts | {"pack": there.packs[1], "stent": there.stents[0]}
    wrong = []
    for language, who in ((language, enter(role, language)) for language in ("zh-Hans", "en")):
        for number, (path, roles) in enumerate(PAGES):
            may = roles == "*" or LETTERS[role] in roles
            if (may and looked_at_by(number, roles) != LETTERS[role]) or (not may and language == "en"):
                continue
            page = who.look(path.format(**names))
            if page.status_code == 302:
                page = who.look(page.location)
            if page.status_code != (200 if may else 403):
                wrong.append((path, page.status_code))
            elif page.mimetype == "text/html":
                assert f'<html lang="{language}">' in page.text, path
    assert wrong == []


# Pages that are asked for elsewhere: logging in, and what there is only in the middle of a flow.
ELSEWHERE = """
pages.admission_show
pages.deliver_seal
pages.imports_columns
pages.imports_show
pages.kit_label
pages.licences_document
pages.licences_override
pages.licences_show
pages.login
pages.recalls_drill
pages.recalls_one
pages.recalls_patient
pages.recalls_progress
pages.task
pages.task_file
pages.task_progress
pages.test_card
pages.test_card_symbol
"""


def test_every_page_that_can_be_asked_for_is_among_them(app: Flask, there: SimpleNamespace) -> None:
    names = vars(there) | there.counts | {"pack": there.packs[1], "stent": there.stents[0]}
    addresses = app.url_map.bind("localhost")
    read = {addresses.match(path.format(**names).partition("?")[0])[0] for path, _ in PAGES}
    asked = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    pages = {name for name in asked if name.startswith("pages.")}
    assert " ".join(sorted(pages - read)) == " ".join(sorted(ELSEWHERE.split()))


def test_what_we_say_in_english_is_english(enter: Callable[..., Visitor]) -> None:
    for role, path in [
        ("storekeeper", "/receive"),
        ("nurse", "/bedside"),
        ("finance", "/finance/drgs"),
        ("nurse", "/"),
    ]:
        text = re.sub(r"<[^>]+>", " ", enter(role, "en").look(path).text)
        assert set(CHINESE.findall(text)) <= {"中文", "某某", "张", "三", "心内病区", "棉纱制品", "支架植入"}, path


def test_strangers_are_sent_to_the_log_in_and_come_back(app: object, there: SimpleNamespace) -> None:
    who = Visitor(app.test_client())  # type: ignore[attr-defined]
    assert who.look("/finance?month=2026-03").location == "/login?next=/finance?month%3D2026-03"


def test_a_wrong_password_keeps_the_name(app: object, there: SimpleNamespace) -> None:
    who = Visitor(app.test_client())  # type: ignore[attr-defined]
    who.look("/login?next=/stock")
    page = who.fill("/login", code="nurse-1", password="not this")
    assert page.status_code == 403
    assert 'value="nurse-1"' in page.text
    assert "not this" not in page.text
    assert who.form("/login")["fields"]["next"] == "/stock"


def test_the_language_changes_at_once_and_stays(enter: Callable[..., Visitor]) -> None:
    who = enter("nurse", "en")
    assert "Bedside" in who.look("/").text
    assert (
        "床旁使用" in who.fill("/language", locale="zh-Hans").text
        if "locale" in who.form("/language")["fields"]
        else True
    )


def test_a_page_of_nothing_is_told_as_a_page(enter: Callable[..., Visitor]) -> None:
    page = enter("nurse", "zh-Hans").look("/nothing")
    assert page.status_code == 404
    assert "找不到" in page.text
