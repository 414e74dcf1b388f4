"""This file is a device's habits as its readings of the test card show them: nobody has to find them by hand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache

from scanners.check_characters import CSET_82
from scanners.profile import Profile
from scanners.proving_card import TASKS, Task, judge
from scanners.transport import GS

_IDENTIFIER = len("]d2")
_ALIKE, _ENOUGH = 0.65, 0.4
_PIECE = 4
_TASKS = {task.name: task for task in TASKS}


def learnt(readings: Mapping[str, str], profile: Profile) -> Profile:
    """The settings by which all these readings of the card pass.

    The profile as it is where they pass already, or where no text around the codes and none in place of the separator
    makes them pass. A separator of characters that a lot may have is never learnt.
    readings: what the device sent, by the name of the task. Errors: KeyError for a task that the card has not.
    """
    if not readings or _pass(readings, profile):
        return profile
    shapes = [_shape(task).fullmatch(text) for task, text in readings.items()]
    found = [shape.groupdict() for shape in shapes if shape is not None]
    around = {(one["before"], one["after"]) for one in found}
    if len(found) < len(readings) or len(around) != 1:
        return profile
    separators = {one["between"] for one in found} - {None, GS}
    if any({*text} <= {*CSET_82} for text in separators):
        return profile
    ((before, after),) = around
    told = replace(profile, prefix=before, suffix=after, separators=(*separators,) or profile.separators)
    return told if _pass(readings, told) else profile


def _pass(readings: Mapping[str, str], profile: Profile) -> bool:
    return all(judge(task, text, profile).passed for task, text in readings.items())


@cache
def _shape(task: str) -> re.Pattern[str]:
    """What a device makes of a symbol if all it does is to write round it, and something else for the separator."""
    sent = _TASKS[task].sent
    identifier, data = re.escape(sent[:_IDENTIFIER]), sent[_IDENTIFIER:]
    start, _, rest = data.partition(GS)
    between = f"(?P<between>.{{1,16}}){re.escape(rest)}" if rest else "(?P<between>(?!))?"
    return re.compile(
        rf"(?P<before>.{{0,20}}?)(?:{identifier})?{re.escape(start)}{between}(?P<after>.{{0,20}})", re.DOTALL
    )


def meant(raw: str) -> str | None:
    """The task whose symbol was read, however a device has spoilt it; None where it is no symbol of the card."""
    plain = unicodedata.normalize("NFKC", raw).casefold()
    once, again = plain[: len(plain) // 2], plain[len(plain) // 2 :]
    plain = once if once == again else plain
    if not plain:
        return None
    alike, enough, name = max(_likeness(plain, task) for task in TASKS)
    if alike >= _ALIKE and enough >= _ENOUGH:
        return name
    # With another keyboard layout hardly a sign of the symbol of signs stays; as many come, and no digit among them.
    signs = _TASKS["signs"]
    digits = any(sign.isdigit() for sign in plain[_IDENTIFIER:])
    return signs.name if not digits and abs(len(signs.sent) - len(raw)) <= _IDENTIFIER else None


def _likeness(read: str, task: Task) -> tuple[float, float, str]:
    """How much of what was read is of the symbol, and how much of the symbol was read; in pieces longer than chance."""
    sent = task.sent.casefold()
    pieces = SequenceMatcher(None, read, sent, autojunk=False).get_matching_blocks()
    same = sum(piece.size for piece in pieces if piece.size >= _PIECE)
    return same / len(read), same / len(sent), task.name
