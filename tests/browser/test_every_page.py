"""Every page on a phone and a desktop, in both languages: it fits, it can be read by everybody, it keeps the policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.user import DESKTOP, PHONE, Hospital, User

Enter = Callable[..., User]

PAGES = {
    "keeper": ["/", "/receive", "/receive/{note}", "/pack?scan={bulk}", "/deliver", "/stock?location=CARD-K",
               "/trace?code={pack}"],
    "nurse": ["/", "/bedside?scan={wristband}", "/deliver?scan={tote}", "/stock"],
    "finance": ["/", "/finance", "/finance?by=product", "/finance?department=CARD", "/finance/lots",
                "/finance/encounters", "/finance/drgs", "/nothing"],
}  # fmt: skip
_SEEN = "[...document.querySelectorAll('%s')].filter(one => one.getBoundingClientRect().height)"
CUT = _SEEN % ".card--flush" + ".filter(one => one.scrollWidth > one.clientWidth).length"
SMALL = _SEEN % ".asof a, .sort-menu > summary" + ".filter(one => one.getBoundingClientRect().height < 43.5).length"


@pytest.mark.parametrize("who", PAGES)
def test_pages_fit_and_can_be_read_by_everybody(who: str, enter: Enter, hospital: Hospital) -> None:
    from axe_core_python.sync_playwright import Axe

    names = hospital.summary.examples | {"note": hospital.summary.notes[0].number}
    user = enter(who, language="en")
    wrong: list[tuple[str, str]] = []
    for path in PAGES[who]:
        for size in (DESKTOP, PHONE):
            user.page.set_viewport_size(size)  # type: ignore[arg-type]
            user.go(path.format(**names))
            if user.page.evaluate("document.documentElement.scrollWidth") > size["width"]:
                wrong.append((path, "wider than the screen"))
            if user.page.evaluate(CUT):
                wrong.append((path, "a table cut off by its card"))
        if user.page.evaluate(SMALL):
            wrong.append((path, "too small to tap on a phone"))
        found = Axe().run(user.page)["violations"]
        wrong += [(path, one["id"] + ": " + one["nodes"][0]["html"][:100]) for one in found
                  if one["impact"] in ("serious", "critical")]  # fmt: skip
    assert wrong == []


def test_points_of_amounts_stand_below_each_other(enter: Enter) -> None:
    user = enter("finance", phone=False)
    user.go("/finance")
    room = user.page.evaluate("""async () => {
      const frame = document.querySelector(".table-frame");
      frame.innerHTML = '<table class="table"><tr><td>¥1.50</td></tr><tr><td>-¥2,000.3456</td></tr></table>';
      await import(document.querySelector('script[src*="tables"]').src + "#again");
      return [...frame.querySelectorAll("td")].map((cell) => cell.dataset.room ?? "");
    }""")
    assert room == ["00", ""]


def test_the_documentation_reads_itself_offline(enter: Enter) -> None:
    user = enter("finance", phone=False)
    user.go("/docs")
    user.page.wait_for_selector(".opblock-tag")
    groups = user.page.request.get(f"{user.hospital.address}/api/v1/openapi.json").json()["tags"]
    assert user.page.locator(".opblock-tag").count() == len(groups)
    user.page.locator(".opblock-tag").last.click()
    user.page.wait_for_selector(".opblock-summary")


def test_the_log_in_is_quick_for_a_keyboard_and_kind_to_a_mistake(hospital: Hospital, enter: Enter) -> None:
    user = enter("nurse")
    user.context.clear_cookies()
    user.go("/login")
    user.page.keyboard.type("nurse")
    user.page.keyboard.press("Tab")
    user.page.keyboard.type("wrong")
    user.page.keyboard.press("Enter")
    user.page.wait_for_selector(".error-summary")
    assert user.page.input_value("#code") == "nurse"
