"""Files keep their names in every script, in headers that a server takes."""

from __future__ import annotations

import pytest
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Response

from api.headers import name_file

NAMES = [
    "department-cost_2026-03.xlsx",
    "科室耗材成本_2026-03.xlsx",
    '许可证 "甲" 100%; v2.pdf',
    "a\r\nSet-Cookie: x.pdf",
    "表.pdf",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shown", [True, False])
def test_a_name_comes_back_as_it_was(name: str, shown: bool) -> None:
    answer = Response(b"")
    name_file(answer, name, shown=shown)
    said = answer.headers["Content-Disposition"]
    assert said.isascii()
    assert said.isprintable()
    way, told = parse_options_header(said)
    assert way == ("inline" if shown else "attachment")
    assert told["filename"] == name.replace("\r\n", "-")


def test_where_a_name_has_no_latin_letter_the_plain_one_keeps_its_ending() -> None:
    answer = Response(b"")
    name_file(answer, "表.pdf")
    assert "filename=file.pdf" in answer.headers["Content-Disposition"]
