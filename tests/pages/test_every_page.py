"""Every page renders for everybody who may open it, in both languages, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from types import SimpleNamespace

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from api.access import TABLE, Scope
from spd.staff import Role
from tests.pages.addresses import PAGES
from tests.pages.visiting import Visitor

CHINESE = re.compile(r"[\u4e00-\u9fff]+")

LANGUAGES = ("zh-Hans", "en")
LETTERS = dict(zip(Role, "nhkpbfqayesi", strict=True))


def looked_at_by(number: int, roles: str) -> str:
    """Who of those who may open a page looks at it here; `tests/api/test_access.py` lets in each of them."""
    who = "nhkpbfqayesi" if roles == "*" else roles
    return who[number % len(who)]


@pytest.mark.parametrize("role", list(Role))
def test_pages_open_for_their_roles_alone(
    role: Role, enter: Callable[..., Visitor], there: SimpleNamespace, app: Flask
) -> None:
    """Each page is seen in both languages by one of its roles, which take turns, and refused to all who may not.

    Nobody is led to a page that is closed to them.
    """
    names = vars(there) | there.counts | {"pack": there.packs[1], "stent": there.stents[0]}
    wrong = []
    for language, who in ((language, enter(role, language)) for language in LANGUAGES):
        for number, (path, roles) in enumerate(PAGES):
            may = roles == "*" or LETTERS[role] in roles
            once = not may or "?" in path  # a list asked in another way is the same list: it is seen in one language
            if (may and looked_at_by(number, roles) != LETTERS[role]) or (once and language == LANGUAGES[number % 2]):
                continue
            page = who.look(path.format(**names), "text/html" if may else "application/json")  # a short answer
            if page.status_code == 302:
                page = who.look(page.location)
            if page.status_code != (200 if may else 403):
                wrong.append((path, page.status_code))
            elif page.mimetype == "text/html":
                assert f'<html lang="{language}">' in page.text, path
                assert "%(" not in re.sub(r"<script.*?</script>|<[^>]+>", "", page.text, flags=re.DOTALL), path
                if path != "/offline":  # the shell that a device keeps, whoever is on
                    wrong += [(path, link) for link in closed_to(role, page.text, app)]
    assert wrong == []


def closed_to(role: Role, page: str, app: Flask) -> list[str]:
    """The links of a page that lead where this role is not let in, or nowhere."""
    addresses, found = app.url_map.bind("localhost"), []
    for link in {unescape(one) for one in re.findall(r'href="(/[^"#]*)"', page)}:
        try:
            row = TABLE[addresses.match(link.partition("?")[0])[0]]
        except HTTPException:
            found.append(link)
            continue
        if row.scope not in (Scope.OPEN, Scope.ANYONE) and role not in row.roles:
            found.append(link)
    return found


# Pages that are asked for elsewhere: logging in, and what there is only in the middle of a flow.
ELSEWHERE = """
pages.admission_show
pages.deliver_seal
pages.finance_budgets_version
pages.imports_columns
pages.imports_show
pages.kit_label
pages.label_photo
pages.licences_document
pages.licences_override
pages.licences_show
pages.login
pages.enrol
pages.revoked
pages.sign_on
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


def test_who_is_logged_in_is_not_asked_again_where_a_spreadsheet_opened_the_link(
    enter: Callable[..., Visitor], there: SimpleNamespace
) -> None:
    who = enter("finance")
    assert who.look("/login?next=/finance?month%3D2026-03").location == "/finance?month=2026-03"
    assert who.look("/login").status_code == 200  # to log in as somebody else


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
