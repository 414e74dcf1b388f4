"""Every word of a template has its Chinese, and templates hold to the content policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.static.harness import API, CATALOGUE, messages

TEMPLATES = sorted((API / "templates").rglob("*.html"))
SCRIPTS = sorted((API / "static" / "js").rglob("*.js"))
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
SAID_OTHERWISE = {"Unprocessable Content", "Content Too Large"}  # what later Pythons call otherwise


def wanted() -> Iterator[str]:
    """Every sentence that templates and pages say."""
    for _file, _line, message, _comments, _context in extract_from_dir(
        API, method_map=[("**.py", "python"), ("templates/**.html", "jinja2")], keywords=KEYWORDS
    ):
        yield message[0] if isinstance(message, tuple) else message


def test_every_sentence_is_translated():
    assert sorted(set(wanted()) - set(messages())) == []


def test_no_sentence_is_translated_that_nobody_says():
    phrases = {status.phrase for status in HTTPStatus}  # said of errors by their number
    assert sorted(set(messages()) - set(wanted()) - phrases - SAID_OTHERWISE) == []


def test_placeholders_survive_translation():
    holes = re.compile(r"\{\w+\}|%\(\w+\)s")
    with CATALOGUE.open("rb") as file:
        pairs = [(m.id, m.string) for m in read_po(file, locale="zh_Hans") if m.id]
    # Of a pair of one and many, Chinese has the many.
    last = [
        (one[-1] if isinstance(one, tuple) else one, said[-1] if isinstance(said, tuple) else said)
        for one, said in pairs
    ]
    assert [text for text, said in last if set(holes.findall(text)) != set(holes.findall(said))] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_template_keeps_the_content_policy(template):
    text = template.read_text(encoding="utf-8")
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", text) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", text) if "src=" not in tag] == []
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", text) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_template_has_no_chinese_outside_the_catalogue(template):
    text = re.sub(r"\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.S)
    # The name of a language is written in that language.
    assert set(re.findall(r"[\u4e00-\u9fff]+", text)) <= {"中文"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_words_that_scripts_say_come_from_the_page(script):
    text = script.read_text(encoding="utf-8")
    assert re.findall(r"[\u4e00-\u9fff]+", text) == []
    given = {
        name
        for template in TEMPLATES
        for name in re.findall(r'data-text="([\w.]+)"', template.read_text(encoding="utf-8"))
    }
    assert set(re.findall(r'\btext\("([\w.]+)"', text)) <= given
