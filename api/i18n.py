"""This file is languages: zh-Hans and English, read from gettext catalogues as they are, without a build step.

English texts are the message ids, so only the Chinese catalogue is a file.
"""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, request, session

from api.here import settings
from spd.core.money import shown

LANGUAGES = ("zh-Hans", "en")
CATALOGUE = Path(__file__).parent / "i18n" / "zh_Hans" / "LC_MESSAGES" / "messages.po"


@cache
def _translations(language: str) -> NullTranslations:
    if language == "en":
        return NullTranslations()
    with CATALOGUE.open("rb") as po:
        catalogue = read_po(po, locale="zh_Hans")
    mo = io.BytesIO()
    write_mo(mo, catalogue)
    mo.seek(0)
    return Translations(fp=mo)


def language() -> str:
    """The language of this request: chosen, the person's own, the browser's, the hospital's."""
    if "language" not in g:
        g.language = _choose()
    return str(g.language)


def _texts() -> NullTranslations:
    """The texts of this request: a page asks for a hundred."""
    try:
        found: NullTranslations = g.texts
    except AttributeError:
        found = g.texts = _translations(language())
    return found


def short() -> str:
    """The same as the key of refusals' sentences: zh or en."""
    return "en" if language() == "en" else "zh"


def _choose() -> str:
    """Programs say it in Accept-Language; people chose it, or are known by it."""
    wanted = request.accept_languages.best_match(["zh-Hans", "zh-CN", "zh", "en"])
    asked = None if wanted is None else "en" if wanted == "en" else "zh-Hans"
    person = g.get("person")
    own = session.get("speaks") if person is None else person.language  # locked: of whoever was on
    chosen = session.get("language")
    order = (asked, chosen, own) if request.path.startswith("/api/") else (chosen, own, asked)
    return next((str(language) for language in order if language in LANGUAGES), settings().language)


class Said(str):
    """A text in the language of a request that still knows its English."""

    __slots__ = ("english",)
    english: str

    @classmethod
    def of(cls, text: str, english: str) -> Said:
        """The text, and the English of it."""
        said = cls(text)
        said.english = english
        return said


def gettext(text: str) -> str:
    """The text in the language of this request."""
    said = str(_texts().ugettext(text))
    return said if said == text else Said.of(said, text)


def english(text: str) -> str:
    """The English of a text of `gettext`, for the second row of headings; the text itself where it has no other."""
    return text.english if isinstance(text, Said) else text


def together(*texts: str, between: str = " · ") -> str:
    """Texts as one, which knows its English if they do."""
    return Said.of(between.join(texts), between.join(english(text) for text in texts))


def ngettext(one: str, many: str, count: int) -> str:
    """The text for a count, in the language of this request."""
    return str(_texts().ungettext(one, many, count))


def money(amount: Decimal | int) -> str:
    """¥1,234.50; a third and fourth decimal only where they are not zero."""
    text = shown(Decimal(amount))
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _, decimals = digits.partition(".")
    return f"{sign}¥{int(whole):,}.{decimals}"


def quantity(number: int) -> str:
    """12,345."""
    return f"{number:,}"


def day(value: date | None) -> str:
    """2026-02-03; empty where there is none."""
    return value.isoformat() if value else ""


def instant(value: datetime | None) -> str:
    """2026-02-03 09:14 on the hospital's clock."""
    return value.astimezone(settings().zone).strftime("%Y-%m-%d %H:%M") if value else ""


def until(thing: Any) -> str:
    """Until when a thing may be used: the day, and the minute on the hospital's clock where its label names one."""
    return instant(getattr(thing, "expires_at", None)) or day(thing.expires_on)


def install(app: Flask) -> None:
    """Give templates the language, the texts and the filters."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update(money=money, quantity=quantity, day=day, instant=instant, until=until)

    @app.context_processor
    def names() -> dict[str, Any]:
        return {"locale": language(), "languages": LANGUAGES}
