"""The main job, walked in a real browser: delivery, packs, ward, bedside, undo, cost, trace."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select

from spd.catalog import Product
from spd.ledger import Item, Movement
from tests.browser.user import Hospital, User

Enter = Callable[..., User]
AFTER_BOUNCE_MS = 850  # only then is the same label a new scan


def test_from_the_note_to_the_patient_and_down_again_from_the_cost(enter: Enter, hospital: Hospital) -> None:
    demo = hospital.summary
    whole = [note for note in demo.notes if note.scans and all("(21)" not in scan for scan in note.scans)]
    note = min(whole, key=lambda note: len(note.scans))
    keeper = enter("keeper", by_password=True)
    bulk = _receive(keeper, hospital, note.label, note.number, note.scans)
    packs = _pack(keeper, bulk)
    tote = _send(keeper, demo.examples["location"], packs)
    nurse = enter("nurse", by_password=True)
    _sign(nurse, tote, demo.examples["store"], demo.examples["location"])
    item, movement = _use_and_undo(nurse, hospital, demo.examples["wristband"], packs)
    _find_it_in_the_cost(enter("finance", phone=False), hospital, item, movement)


def _receive(keeper: User, hospital: Hospital, label: str, number: str, scans: tuple[str, ...]) -> str:
    """1 + k + 1: the note, the cases, finish. The code of a bulk that came."""
    keeper.scan_to(label, f"/receive/{number}")
    before = keeper.page.locator(".line__count b").all_inner_texts()
    for code in scans:
        kind, words = keeper.scan(code)
        assert kind in ("ok", "caution"), words
    assert keeper.page.locator(".line__count b").all_inner_texts() != before
    assert keeper.page.locator(".line--full").count() == keeper.page.locator(".line").count()
    keeper.page.wait_for_timeout(AFTER_BOUNCE_MS)
    kind, words = keeper.scan(scans[0])
    assert (kind, "E09" in words) == ("caution", True)
    keeper.page.get_by_role("button", name="More than ordered, sent back").click()
    keeper.page.wait_for_url(re.compile("/receive\\?finished="))
    free = select(Product.id).where(~Product.chargeable, Product.product_class == "low_value")
    newest = select(Item.code).where(Item.kind == "bulk", Item.quantity > 0, Item.product_id.in_(free))
    newest = newest.order_by(Item.id.desc())
    return str(hospital.ask(lambda session: session.scalar(newest.limit(1))))


def _pack(keeper: User, bulk: str) -> list[str]:
    """Two packs, their number keyed in on the keypad."""
    keeper.go("/pack")
    keeper.listening()
    assert keeper.scan(bulk)[0] == "ok"
    keeper.page.click("#count")
    keeper.page.click("[data-key='2']")
    keeper.page.click("[data-keypad=ok]")
    keeper.page.click(".bench button[type=submit]")
    keeper.page.wait_for_function(
        "() => [...document.querySelectorAll('.label-sheet img')].filter(one => one.naturalWidth > 0).length === 2"
    )
    shown = keeper.page.locator(".label-sheet img").evaluate_all("all => all.map(one => one.src)")
    return [re.findall(r"code=(\w+)", src)[0] for src in shown]


def _send(keeper: User, ward: str, packs: list[str]) -> str:
    keeper.go("/deliver")
    keeper.listening()
    for code in [packs[0], ward, packs[1]]:
        assert keeper.scan(code)[0] == "ok"
    keeper.page.get_by_role("button", name="Seal and send").click()
    return str(keeper.page.locator("[data-part=tote_sent] .code").first.inner_text())


def _sign(nurse: User, tote: str, wrong: str, ward: str) -> None:
    """Two scans sign for any number of items; the wrong place is a stop that holds."""
    nurse.scan_to(tote, f"/deliver?scan={tote}")
    kind, words = nurse.scan(wrong)
    assert (kind, "E14" in words) == ("stop", True)
    nurse.shoot(ward)
    nurse.page.wait_for_function("() => document.querySelector('[data-stop=missed]').textContent !== ''")
    nurse.page.click("[data-stop=ok]")
    nurse.page.wait_for_timeout(AFTER_BOUNCE_MS)
    kind, words = nurse.scan(ward)
    assert (kind, "Signed for" in words) == ("ok", True)


def _use_and_undo(nurse: User, hospital: Hospital, wristband: str, packs: list[str]) -> tuple[str, int]:
    """Wristband, item, undo; then a ward pack with one scan from home. The item used and its movement."""
    nurse.go("/bedside")
    nurse.listening()
    kind, words = nurse.scan(wristband)
    assert kind == "ok"
    assert nurse.page.locator(".banner__big").is_visible()
    assert nurse.page.locator("[data-strip=patient]").inner_text() != ""
    kind, words = nurse.scan(packs[0])
    assert kind in ("ok", "caution"), words
    assert "checked" in words
    nurse.page.locator("#scans button").first.click()
    nurse.page.wait_for_selector(".scan-line[data-undone]")
    nurse.go("/")
    nurse.listening()
    nurse.scan_to(packs[1], "/bedside")
    nurse.page.wait_for_selector('#verdict[data-class="ok"], #verdict[data-class="caution"]')
    used = select(Movement.id).join(Item, Item.id == Movement.item_id).where(Item.code == packs[1])
    return packs[1], hospital.ask(lambda session: session.scalar(used.order_by(Movement.id.desc()).limit(1)))


def _find_it_in_the_cost(finance: User, hospital: Hospital, item: str, movement: int) -> None:
    """Hospital, department, product, movement, trace: each figure is a link, and every level ties out."""
    month = hospital.ask(lambda session: f"{session.get(Movement, movement).day_on:%Y-%m}")
    product = hospital.ask(lambda session: session.scalar(select(Item.product_id).where(Item.code == item)))
    finance.go(f"/finance?month={month}")
    _ties_out(finance)
    finance.page.get_by_role("link", name="Cardiology", exact=True).first.click()
    _ties_out(finance)
    code = hospital.ask(lambda session: session.get(Product, product).code)
    finance.page.locator(f'.table a[href*="product={code}"]').first.click()
    _ties_out(finance)
    finance.page.locator(f'a[href$="#m{movement}"]').first.click()
    finance.page.wait_for_url(re.compile(f"code={item}"))
    assert finance.page.locator(".chain__node--used").count() == 1
    assert finance.page.locator(f"#m{movement}").is_visible()


def _ties_out(user: User) -> None:
    assert user.page.locator(".tieout").count() >= 1
    assert user.page.locator(".tieout--broken").count() == 0
