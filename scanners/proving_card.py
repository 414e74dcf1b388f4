"""This file is the card that a device must read before it may do lot-tracked work, and what its readings show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from scanners import own
from scanners.labels import SHEETS, Label, pdf
from scanners.labels.label import Carrier
from scanners.profile import Profile
from scanners.reader import read
from scanners.scan import Scan
from scanners.transport import GS
from scanners.unreadable import Unreadable


@dataclass(frozen=True, slots=True)
class Task:
    """One symbol of the card. sent: what a device that is set up well sends, without its suffix."""

    name: str
    carrier: Carrier
    code: str
    sent: str
    shows_zh: str
    shows_en: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one reading of a task shows about the device. passed: lots and serials would come through unharmed."""

    task: str
    passed: bool
    faults: tuple[str, ...]


TASKS = (
    Task(
        "separator", "gs1-datamatrix", "(01)06901234567892(17)280930(10)L26-a/B(21)Sn_7",
        f"]d201069012345678921728093010L26-a/B{GS}21Sn_7",
        "分隔符与大小写", "Separator and letter case",
    ),
    Task(
        "signs", "datamatrix", "!\"%&'()*+,-./:;<=>?_ zZyYqQaAwWmM", "]d1!\"%&'()*+,-./:;<=>?_ zZyYqQaAwWmM",
        "键盘布局", "Keyboard layout",
    ),
    Task(
        "length", "qr", "https://id.gs1.org/01/06901234567892/10/ABCDEFGHIJ1234567890/21/98765432109876543210?17=280930",
        "]Q1https://id.gs1.org/01/06901234567892/10/ABCDEFGHIJ1234567890/21/98765432109876543210?17=280930",
        "长码不截断", "Long codes arrive whole",
    ),
    Task(
        "bars", "code128", own.derive("test_card", b"bars"), "]C0" + own.derive("test_card", b"bars"),
        "一维码", "Bars",
    ),
)  # fmt: skip
SIZE = "70x40"
"""The smallest label on which each of its symbols can be read."""
_TASKS = {task.name: task for task in TASKS}


def judge(name: str, raw: str, profile: Profile) -> Finding:
    """What the reading of one task shows. Faults are names: no-identifier, no-separator, caps-lock, layout, cut …"""
    task = _TASKS[name]
    try:
        scan = read(raw, profile=profile)
    except Unreadable as refusal:
        return Finding(name, False, (refusal.code,))
    wanted = read(task.sent)
    faults = [doubt.code for doubt in scan.warnings if doubt.code in ("caps-lock", "full-width", "double-read")]
    if scan.symbology is None:
        faults.append("no-identifier")
    faults += _differences(scan, wanted, task)
    harmless = {"no-identifier", "caps-lock"} if scan.symbology else {"no-identifier"}
    return Finding(name, set(faults) <= harmless, tuple(faults))


def _differences(scan: Scan, wanted: Scan, task: Task) -> list[str]:
    got = tuple(value for _, value in scan.elements) or (scan.data,)
    right = tuple(value for _, value in wanted.elements) or (wanted.data,)
    if got == right and not scan.ambiguous:
        return []
    if scan.ambiguous or (GS in task.sent and GS not in scan.data):
        return ["no-separator"]
    joined, expected = "".join(got), "".join(right)
    if joined.swapcase() == expected or joined.casefold() == expected.casefold():
        return ["caps-lock"]
    return ["cut"] if expected.startswith(joined) else ["layout"]


def profile_after(findings: list[Finding], profile: Profile) -> Profile:
    """The device's profile once its readings are in: a device that passed all tasks is believed to send separators."""
    passed = {finding.task for finding in findings if finding.passed}
    return replace(profile, sends_separator=passed == set(_TASKS))


def card_labels() -> list[Label]:
    """The symbols of the card with what each is for."""
    return [
        Label(code=task.code, carrier=task.carrier, title_zh=f"测试卡 {number}", title_en="Test card",
              name=task.shows_zh, name_en=task.shows_en)
        for number, task in enumerate(TASKS, start=1)
    ]  # fmt: skip


@cache
def card(dpi: int = 203) -> bytes:
    """The card to be printed, on A4, for a printer of so many dots to the inch; it is always the same."""
    return pdf(card_labels(), SHEETS["a4-10"], dpi=dpi)
