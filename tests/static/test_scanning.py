"""A scan page in a real browser: what a gun types is heard, in order, once, and answered."""

from __future__ import annotations

import re
from time import monotonic, sleep

import pytest

import scanners
from tests.static.harness import HEARD, IN_FLIGHT

pytestmark = pytest.mark.browser

ACK = "SPD-CMD-ACK"


def shoot(page, code: str, end: str = "Enter") -> None:
    """As a gun types: without a pause, then the terminator."""
    page.keyboard.type(code)
    page.keyboard.press(end)


def settle(page, answers: int) -> None:
    page.wait_for_function("n => page.speaker.played.length >= n && page.queue.waiting === 0", arg=answers)


def heard() -> list[str]:
    return [said["codes"][0] for said in HEARD if "codes" in said]


def played(page) -> list[str]:
    return page.evaluate("page.speaker.played")


def test_twenty_scans_at_five_a_second_are_all_answered_in_order(scan_page):
    """The server is slower than the gun, so that scans do queue up."""
    codes = [f"D{number:04}" for number in range(20)]
    for code in codes:
        start = monotonic()
        shoot(scan_page, code)
        sleep(max(0.16, start + 0.2 - monotonic()))
    settle(scan_page, 20)
    assert heard() == codes
    assert len({said["request_key"] for said in HEARD}) == 20
    assert IN_FLIGHT.most == 1
    assert played(scan_page) == ["ok"] * 20
    shown = scan_page.locator(".scan-line__title").all_inner_texts()
    assert [title.split()[-1] for title in reversed(shown)] == codes


def test_every_terminator_ends_a_code(scan_page):
    for number, end in enumerate(["Enter", "Tab", "Control+KeyM", "Control+KeyJ"]):
        shoot(scan_page, f"A1B{number}", end)
        settle(scan_page, number + 1)
    assert heard() == ["A1B0", "A1B1", "A1B2", "A1B3"]


def test_a_gun_without_terminator_is_heard_by_its_silence_but_a_hand_is_not(scan_page):
    scan_page.keyboard.type("A12345678")
    settle(scan_page, 1)
    scan_page.keyboard.type("HANDWRITTEN", delay=70)
    sleep(0.5)
    assert heard() == ["A12345678"]


def test_a_hiccup_of_a_gun_with_terminator_does_not_cut_the_code(scan_page):
    shoot(scan_page, "A0001")
    settle(scan_page, 1)
    scan_page.keyboard.type("A00020003")
    sleep(0.25)
    shoot(scan_page, "0004")
    settle(scan_page, 2)
    assert heard() == ["A0001", "A000200030004"]


def alt(page, digits: str) -> None:
    page.keyboard.down("Alt")
    for digit in digits:
        page.keyboard.press(f"Numpad{digit}")
    page.keyboard.up("Alt")


def test_every_way_to_type_the_group_separator_is_understood(scan_page):
    for number, way in enumerate(["Control+BracketRight", "F8", "alt 029", "alt 0029", "{GS}"]):
        scan_page.keyboard.type("]d2010690123456789210A7")
        if way.startswith("alt"):
            alt(scan_page, way.split()[1])
        elif way == "{GS}":
            scan_page.keyboard.type(way)
        else:
            scan_page.keyboard.press(way)
        shoot(scan_page, f"2112-{number}")
        settle(scan_page, number + 1)
    assert heard() == [f"]d2010690123456789210A7\x1d2112-{number}" for number in range(5)]


def test_every_text_put_for_the_separator_is_read_without_network_as_the_server_reads_it(page, address):
    page.goto(f"{address}/home")
    read = """async (texts) => {
      const { labelOfAll } = await import('/static/js/offline/labels.js');
      return texts.map((text) => labelOfAll([text])).map((label) => [label?.lot, label?.serial]);
    }"""
    ways = [
        "\x1d",
        "{GS}",
        "<GS>",
        "{FNC1}",
        "{F8}",
        "{Ctrl+]}",
        "{Alt+0029}",
        "<F8>",
        "[GS]",
        "^]",
        r"\x1d",
        "␝",
        "Alt+029",
    ]
    texts = [f"]d201069012345678921728093010L1{way}21S-7" for way in ways]
    served = [(scan.lot, scan.serial) for scan in map(scanners.read, texts)]
    assert served == [("L1", "S-7")] * len(ways)
    assert page.evaluate(read, texts) == [list(one) for one in served]


def test_a_gun_that_types_everything_as_alt_numbers_is_understood(scan_page):
    for char in "A\x1db":
        alt(scan_page, f"{ord(char):03}")
    scan_page.keyboard.press("Enter")
    settle(scan_page, 1)
    assert heard() == ["A\x1db"]


def test_keys_are_read_by_their_place_whatever_layout_or_full_width_form_the_host_makes_of_them(page, address):
    page.goto(f"{address}/home")
    read = """async ([code, key, shiftKey, caps]) => {
      const { meaning } = await import('/static/js/keys.js');
      return meaning({ code, key, shiftKey, keyCode: 0, getModifierState: () => caps }).char ?? null;
    }"""
    for event, char in [
        (["KeyY", "z", False, False], "y"),
        (["Digit9", "（", True, False], "("),
        (["KeyA", "A", True, False], "A"),
        (["KeyA", "A", False, True], "A"),
        (["Numpad7", "Home", False, False], "7"),
        (["Minus", "ß", False, False], "-"),
        (["ShiftLeft", "Shift", True, False], None),
    ]:
        assert page.evaluate(read, event) == char


def test_caps_lock_is_seen_through_where_the_code_itself_tells(page, address):
    page.goto(f"{address}/home")
    read = "async (raw) => (await import('/static/js/keys.js')).readUnderCaps(raw)"
    assert [page.evaluate(read, raw) for raw in ("]c101ab", "]C101ab", "0123-4", "lot7a")] == [
        "]C101AB",
        "]C101ab",
        "0123-4",
        None,
    ]


def test_text_that_is_not_ascii_is_refused_and_never_guessed_at(scan_page):
    scan_page.focus("#sink")
    scan_page.keyboard.insert_text("（01）0690码")
    shoot(scan_page, "7892")
    settle(scan_page, 1)
    assert heard() == []
    assert scan_page.locator("#stop [data-stop=code]").inner_text() == "E05"


def test_what_an_input_method_composed_is_refused(scan_page):
    scan_page.focus("#sink")
    wire = scan_page.context.new_cdp_session(scan_page)
    wire.send(
        "Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Process", "code": "KeyQ", "windowsVirtualKeyCode": 229}
    )
    wire.send("Input.imeSetComposition", {"text": "qwe", "selectionStart": 3, "selectionEnd": 3})
    wire.send("Input.insertText", {"text": "请问"})
    shoot(scan_page, "123")
    settle(scan_page, 1)
    assert heard() == []
    assert scan_page.locator("#stop [data-stop=code]").inner_text() == "E05"


def test_what_a_handheld_hands_over_in_one_piece_is_heard(scan_page):
    scan_page.focus("#sink")
    scan_page.keyboard.insert_text("]d20106901234567892\n")
    settle(scan_page, 1)
    assert heard() == ["]d20106901234567892"]


def test_the_same_label_within_800_ms_is_one_scan_and_after_it_a_second(scan_page):
    shoot(scan_page, "A7")
    sleep(0.3)
    shoot(scan_page, "A7")
    settle(scan_page, 2)
    assert heard() == ["A7"]
    sleep(0.9)
    shoot(scan_page, "A7")
    settle(scan_page, 3)
    assert heard() == ["A7", "A7"]
    assert played(scan_page) == ["ok", "repeat", "ok"]


def test_codes_read_in_one_view_are_one_label(scan_page):
    shoot(scan_page, "A01")
    shoot(scan_page, "17280131")
    settle(scan_page, 1)
    assert [said["codes"] for said in HEARD] == [["A01", "17280131"]]
    assert played(scan_page) == ["ok"]


def test_our_labels_of_two_things_are_two_scans_however_quickly_they_come(scan_page):
    labels = ["P0000000000001", "P0000000000002"]
    for label in labels:
        shoot(scan_page, label)
    settle(scan_page, 2)
    assert [said["codes"] for said in HEARD] == [[label] for label in labels]


def test_enter_of_a_scan_never_clicks_a_button_but_enter_of_a_person_does(scan_page):
    scan_page.evaluate("() => { window.clicks = 0; document.getElementById('next').onclick = () => { clicks += 1; }; }")
    scan_page.focus("#next")
    shoot(scan_page, "A 1")
    scan_page.keyboard.press("Enter")  # CR LF
    settle(scan_page, 1)
    assert heard() == ["A 1"]
    assert scan_page.evaluate("clicks") == 0
    sleep(0.2)
    scan_page.keyboard.press("Enter")
    assert scan_page.evaluate("clicks") == 1


def test_no_field_has_the_focus(scan_page):
    assert scan_page.evaluate("document.activeElement === document.body")


def test_stop_is_latched_until_acknowledged(scan_page):
    shoot(scan_page, "X1")
    settle(scan_page, 1)
    stop = scan_page.locator("#stop")
    assert stop.is_visible()
    assert stop.get_attribute("role") == "alert"
    sleep(0.2)
    scan_page.keyboard.press("Enter")
    assert stop.is_visible()
    shoot(scan_page, "A2")
    settle(scan_page, 2)
    assert heard() == ["X1"]
    assert played(scan_page) == ["stop", "stop"]
    assert "1" in scan_page.locator("[data-stop=missed]").inner_text()
    scan_page.click("[data-stop=ok]")
    assert not stop.is_visible()
    shoot(scan_page, "A3")
    settle(scan_page, 3)
    assert heard() == ["X1", "A3"]


def test_the_acknowledge_card_does_what_the_button_does(scan_page):
    shoot(scan_page, "X1")
    settle(scan_page, 1)
    shoot(scan_page, ACK)
    scan_page.wait_for_selector("#stop", state="hidden")
    assert heard() == ["X1"]


def test_scans_already_waiting_behind_a_stop_are_answered_and_not_booked(scan_page):
    for code in ("D1", "X2", "A3", "A4"):
        shoot(scan_page, code)
        sleep(0.2)
    settle(scan_page, 4)
    assert heard() == ["D1", "X2"]
    assert played(scan_page) == ["ok", "stop", "stop", "stop"]
    assert "2" in scan_page.locator("[data-stop=missed]").inner_text()


def test_a_request_that_was_not_answered_is_sent_again_with_the_same_key(scan_page):
    failed = []
    scan_page.route("**/api/scan", lambda route: (failed.append(route.request.post_data_json), route.abort()), times=1)
    shoot(scan_page, "F1")
    settle(scan_page, 1)
    assert played(scan_page) == ["ok"]
    assert [said["codes"] for said in HEARD] == [["F1"], ["F1"]]
    assert [said["request_key"] for said in HEARD] == [failed[0]["request_key"]] * 2
    assert [said["occurred_at"] for said in HEARD] == [failed[0]["occurred_at"]] * 2


def test_after_800_ms_it_says_that_it_is_still_sending(scan_page):
    shoot(scan_page, "S1")
    scan_page.wait_for_selector("#progress[data-state=slow]", state="attached")
    scan_page.wait_for_selector("#verdict[data-busy=sending]")
    assert scan_page.locator("[data-strip=net]").get_attribute("data-state") == "sending"
    settle(scan_page, 1)
    assert scan_page.locator("#verdict").get_attribute("data-class") == "ok"
    assert scan_page.locator("[data-strip=net]").get_attribute("data-state") == "online"


def test_an_unanswered_scan_outlives_the_page(scan_page):
    lost = []
    scan_page.route("**/api/scan", lambda route: (lost.append(route.request.post_data_json), route.abort()))
    shoot(scan_page, "A1")
    scan_page.wait_for_function("() => page.queue.waiting === 1")
    scan_page.wait_for_timeout(300)  # the browser's clock, so that the request is seen to fail
    scan_page.unroute("**/api/scan")
    scan_page.reload()
    scan_page.wait_for_selector(".scan-line")
    # Once, or once more by the page that was left, between the two lines above: under one key it is one scan.
    assert {said["request_key"] for said in HEARD} == {lost[0]["request_key"]}
    assert scan_page.evaluate("sessionStorage.length") == 0


def test_a_broken_server_is_a_stop_and_says_that_the_outcome_is_unknown(scan_page):
    shoot(scan_page, "B1")
    settle(scan_page, 1)
    assert scan_page.locator("#stop").is_visible()
    assert heard() == ["B1"]


def test_undo_takes_one_tap(scan_page):
    shoot(scan_page, "A1")
    settle(scan_page, 1)
    scan_page.click(".scan-line button")
    scan_page.wait_for_selector(".scan-line[data-undone]")
    assert HEARD[-1]["undo"]
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", HEARD[-1]["request_key"]
    )


def test_what_cannot_be_scanned_is_entered_with_its_reason(scan_page):
    scan_page.click("[data-unable=open]")
    assert scan_page.locator("[data-reason]").count() == 6
    scan_page.click("[data-reason=damaged]")
    scan_page.keyboard.type("A77")
    scan_page.keyboard.press("Enter")
    settle(scan_page, 1)
    assert [(said["codes"], said["entered"], said["reason"]) for said in HEARD] == [(["A77"], "keyed", "damaged")]


def test_a_printed_card_does_what_a_button_does(scan_page):
    shoot(scan_page, "SPD-CMD-DONE")
    settle(scan_page, 1)
    assert heard() == []
    assert scan_page.locator("[data-verdict=title]").inner_text() == "收货完成"


def test_the_keypad_takes_taps_and_typed_digits_and_gives_way_to_a_scan(scan_page):
    ask = "page.askNumber({label: 'n', value: 5, max: 500}).then((value) => { window.given = value; })"
    scan_page.evaluate(f"void {ask}")
    for key in ("1", "2", "0", "erase"):
        scan_page.click(f"[data-key='{key}']")
    scan_page.click("[data-keypad=ok]")
    scan_page.wait_for_function("() => window.given === 12")
    scan_page.evaluate(f"void {ask}")
    scan_page.keyboard.type("48", delay=90)
    sleep(0.2)
    scan_page.keyboard.press("Enter")
    scan_page.wait_for_function("() => window.given === 48")
    scan_page.evaluate(f"void {ask}")
    shoot(scan_page, "A12345678")
    settle(scan_page, 1)
    scan_page.wait_for_function("() => window.given === null")
    assert heard() == ["A12345678"]


def test_keys_of_requests_rise_even_within_a_millisecond(page, address):
    page.goto(f"{address}/home")
    keys = page.evaluate(
        """async () => {
          const { newKey } = await import('/static/js/ids.js');
          return Array.from({ length: 6000 }, () => newKey(1770000000000));
        }"""
    )
    assert keys == sorted(set(keys))


def test_without_scripts_a_code_is_posted_and_the_page_comes_back_with_its_verdict(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(5000)
    page.goto(f"{address}/posted?locale=en")
    assert not page.locator(".needs-script").first.is_visible()
    page.keyboard.type("X")
    page.keyboard.press("Enter")
    page.wait_for_selector("#stop:visible")
    page.click("[data-stop=ok]")
    assert page.locator("#verdict").get_attribute("data-class") == "caution"
    context.close()
