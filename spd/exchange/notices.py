"""This file is notices of recalls as files: YAML or JSON, read strictly, everything as the text it is.

number: NMPA-2026-118
class: I
issuer: 心脉器械
reason: 球囊破裂
notice_on: 2026-11-20
targets:
  - product: 06901234567892      # our code, a device identifier of any level, or a scan of the label
    lots: [B2501..B2509, C11]    # left out: every lot
    serials: S0100..S0199        # left out: every serial
    expires_to_on: 2028-01-31    # also expires_from_on, produced_from_on, produced_to_on
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from spd.core.errors import Refused
from spd.recalls import Meant, RecallClass

NEEDED = ("number", "class", "issuer", "reason", "notice_on", "targets")
WINDOWS = ("produced_from_on", "produced_to_on", "expires_from_on", "expires_to_on")
_LISTS = ("lots", "serials")
_LONGEST = {"number": 80, "class": 3, "issuer": 200, "reason": 2000, "product": 200, "lots": 4000, "serials": 4000}


class BadNotice(Refused):
    """The file says no notice."""

    code = "bad-notice"
    say = {
        "zh": "{file} 中 {where} 不正确: {why_zh}。改正后重试; 未写入任何内容。",
        "en": "{file}, {where}: {why}. Put it right and try again; nothing was written.",
    }


def read_notice(file: Path) -> dict[str, Any]:
    """The notice a file says: number, class, issuer, reason, notice_on, and the targets. Raises: BadNotice."""
    try:
        # Nothing is guessed: a device identifier is not a number, nor a lot 1E5.
        said = yaml.load(file.read_bytes(), Loader=yaml.BaseLoader)  # noqa: S506  makes texts, lists and mappings only
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadNotice(
            file=file.name, where="1", why="it is neither YAML nor JSON", why_zh="不是 YAML 或 JSON"
        ) from error
    return judge(said, source=file.name)


def judge(said: Any, *, source: str) -> dict[str, Any]:
    """The same for what was said in any other way; `source` is what refusals call it. Raises: BadNotice."""
    top = _Part(source, "", said, known=NEEDED)
    told: dict[str, Any] = {name: top.text(name) for name in ("number", "class", "issuer", "reason")}
    if told["class"] not in tuple(RecallClass):
        top.refuse("class", "the class is I, II or III", "级别为 I、II 或 III")
    told["notice_on"] = top.day("notice_on")
    if told["notice_on"] is None:
        top.refuse("notice_on", "it is missing", "缺少")
    targets = top.said.get("targets")
    many = targets if isinstance(targets, list) else []
    if not many:
        top.refuse("targets", "name at least one product", "至少写明一个产品")
    told["targets"] = [_target(source, number, one) for number, one in enumerate(many, 1)]
    return told


def _target(source: str, number: int, said: Any) -> Meant:
    part = _Part(source, f"targets {number} ", said, known=("product", *_LISTS, *WINDOWS))
    days = {name: part.day(name) for name in WINDOWS}
    return Meant(product=part.text("product"), lots=part.codes("lots"), serials=part.codes("serials"), **days)


class _Part:
    """One mapping of a file, and where it stands."""

    def __init__(self, source: str, where: str, said: Any, *, known: tuple[str, ...]) -> None:
        self._source, self._where = source, where
        if not isinstance(said, Mapping):
            self.refuse("", f"it should name {', '.join(known)}", f"应写明 {', '.join(known)}")
        self.said: Mapping[Any, Any] = said
        for name in said:
            if name not in known:
                self.refuse(str(name), f"it is none of {', '.join(known)}", f"不是 {', '.join(known)} 之一")

    def refuse(self, name: str, why: str, why_zh: str) -> None:
        """Say what is wrong where. Raises: BadNotice."""
        raise BadNotice(file=self._source, where=f"{self._where}{name}".strip() or "1", why=why, why_zh=why_zh)

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self.said.get(name)
        if not isinstance(value, str) or not value.strip():
            self.refuse(name, "it is missing", "缺少")
        return self._short(name, str(value).strip())

    def codes(self, name: str) -> str:
        """Codes and ranges, as one text or as a list; nothing where it is left out."""
        value = self.said.get(name, "")
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = "\n".join(value)
        if not isinstance(value, str):
            self.refuse(name, "write codes and ranges, as B2501..B2509", "应为编码或区间, 如 B2501..B2509")
        return self._short(name, value)

    def day(self, name: str) -> date | None:
        """A day, or nothing."""
        value = self.said.get(name) or None
        try:
            return None if value is None else date.fromisoformat(str(value))
        except ValueError:
            self.refuse(name, f"{value} is no day; an example is 2026-11-20", f"{value} 不是日期, 示例 2026-11-20")
            raise

    def _short(self, name: str, value: str) -> str:
        if len(value) > _LONGEST[name] or "\x00" in value:
            self.refuse(name, f"it is longer than {_LONGEST[name]} characters", f"超过 {_LONGEST[name]} 个字符")
        return value
