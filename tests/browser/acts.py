"""This file is a user whose acts are counted: scans as the gun shoots them, taps and keys as the page hears them."""

from __future__ import annotations

from tests.browser.user import User

BY_HAND_MS = 60
_HEAR = """
for (const [act, name] of [["taps", "pointerdown"], ["keys", "keydown"]]) {
  addEventListener(name, () => { sessionStorage[act] = +(sessionStorage[act] ?? 0) + 1; }, true);
}
"""


class Acts:
    """A user at the home page, with nothing done yet. What a gun types is a scan and no keys."""

    def __init__(self, user: User) -> None:
        self.user, self.page = user, user.page
        user.page.add_init_script(_HEAR)
        user.go("/")
        user.listening()
        user.shots.clear()

    def scan(self, code: str) -> tuple[str, str]:
        return self.user.scan(code)

    def scan_to(self, code: str, path: str) -> None:
        self.user.scan_to(code, path)

    def scan_away(self, code: str, address: str) -> None:
        """A scan that opens another page, which need not listen."""
        self.user.shoot(code)
        self.page.wait_for_url(address)

    def tap(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def type(self, text: str) -> None:
        """Keys at the pace of a hand, and Enter."""
        self.page.keyboard.type(text, delay=BY_HAND_MS)
        self.page.keyboard.press("Enter")

    def all(self) -> tuple[int, int, int]:
        """Scans, taps and keys until now."""
        taps, keys = self.page.evaluate("() => [+(sessionStorage.taps ?? 0), +(sessionStorage.keys ?? 0)]")
        return len(self.user.shots), taps, keys - sum(len(shot) + 1 for shot in self.user.shots)
