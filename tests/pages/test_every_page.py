"""Every page renders for everybody who may open it, in both languages, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from api import access
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
    ("/receiving/aside", "kbqa"),
    ("/receiving/aside?q=gauze&kind=over&state=waits&since=2026-01-01&sort=-quantity", "kbqa"),
    ("/receiving/aside?as=xlsx", "kbqa"),
    ("/receiving/aside/{aside}", "k"),
    ("/receiving/held", "kbqa"),
    ("/receiving/held?result=held&reason=other&delivery=N", "kbqa"),
    ("/receiving/held/{held}", "kq"),
    ("/receiving/many/N-OPEN", "k"),
    ("/cards", "*"),
    ("/cards/receive-finish.svg", "*"),
    ("/cards/all.pdf", "*"),
    ("/pack", "k"),
    ("/pack?scan={bulk}", "k"),
    ("/pack?scan=nonsense", "k"),
    ("/deliver", "nhkp"),
    ("/deliver?scan=nonsense", "nhkp"),
    ("/bedside", "nh"),
    ("/bedside?scan=W-1", "nh"),
    ("/bedside?scan={pack}", "nh"),
    ("/stock", "nhkpbfqai"),
    ("/stock?location=STORE", "nhkpbfqai"),
    ("/stock?location=STORE&product=GAUZE", "nhkpbfqai"),
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
    ("/finance/encounters?month=2026-03", "fa"),
    ("/finance/encounters/E-1", "fa"),
    ("/finance/drgs?month=2026-03", "fa"),
    ("/finance/export/departments.xlsx?month=2026-03", "hfa"),
    ("/finance/export/movements.csv?month=2026-03", "hfa"),
    ("/finance/export/drgs.xlsx?month=2026-03", "fa"),
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
    ("/docs", "*"),
]
LETTERS = dict(zip(Role, "nhkpbfqayesi", strict=True))


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize("role", list(Role))
def test_pages_open_for_their_roles_alone(
    role: Role, language: str, enter: Callable[..., Visitor], there: SimpleNamespace
) -> None:
    who = enter(role, language)
    wrong = []
    for path, roles in PAGES:
        page = who.look(
            path.format(
                label=there.label,
                bulk=there.bulk,
                pack=there.packs[1],
                stent=there.stents[0],
                aside=there.aside,
                held=there.held,
            )
        )
        if page.status_code == 302:
            page = who.look(page.location)
        expected = 200 if roles == "*" or LETTERS[role] in roles else 403
        if page.status_code != expected:
            wrong.append((path, page.status_code))
        elif page.mimetype == "text/html":
            assert f'<html lang="{language}">' in page.text, path
    assert wrong == []


def test_every_page_of_the_table_is_among_them(app: object) -> None:
    read = {"pages.home", "pages.receive", "pages.receive_note", "pages.pack", "pages.deliver", "pages.bedside",
            "pages.stock", "pages.trace", "pages.finance", "pages.finance_encounters", "pages.finance_encounter",
            "pages.finance_drgs", "pages.finance_export", "pages.hospital", "pages.products",
            "pages.product", "pages.product_new", "pages.product_change", "pages.admissions", "pages.admission_new",
            "pages.commitments", "pages.receive_aside", "pages.receive_aside_one", "pages.receive_held",
            "pages.receive_held_one", "pages.receive_many", "pages.cards", "pages.cards_file",
            "pages.fixed", "pages.fixed_proposals", "pages.fixed_pending"}  # fmt: skip
    flows = {"pages.login", "pages.logout", "pages.language", "pages.home_scan", "pages.receive_scan",
             "pages.receive_goods", "pages.pack_scan", "pages.deliver_scan", "pages.deliver_seal",
             "pages.bedside_scan", "pages.bedside_undo", "pages.test_card", "pages.test_card_read",
             "pages.test_card_symbol", "pages.hospital_settle", "pages.task", "pages.task_progress",
             "pages.task_file", "pages.product_retire", "pages.product_price", "pages.admission_show",
             "pages.admission_assess", "pages.admission_decide", "pages.commitment_add", "pages.fixed_propose",
             "pages.fixed_by_hand", "pages.fixed_decide"}  # fmt: skip
    assert {name for name in access.TABLE if name.startswith("pages.")} == read | flows


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
