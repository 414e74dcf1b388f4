"""Every word of a template has its Chinese, and templates hold to the content policy."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.extract import extract_from_dir

from tests.static.harness import API, messages

TEMPLATES = sorted((API / "templates").rglob("*.html"))
SCRIPTS = sorted((API / "static" / "js").glob("*.js"))


def wanted() -> Iterator[str]:
    for _file, _line, message, _comments, _context in extract_from_dir(
        API / "templates", method_map=[("**.html", "jinja2")]
    ):
        yield message[0] if isinstance(message, tuple) else message


def test_every_sentence_of_a_template_is_translated():
    assert sorted(set(wanted()) - set(messages())) == []


def test_placeholders_survive_translation():
    holes = re.compile(r"\{\w+\}|%\(\w+\)s")
    assert [text for text, said in messages().items() if set(holes.findall(text)) != set(holes.findall(said))] == []


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
    given = set(re.findall(r'data-text="([\w.]+)"', (API / "templates" / "scan_base.html").read_text(encoding="utf-8")))
    assert set(re.findall(r'\btext\("([\w.]+)"', text)) <= given
