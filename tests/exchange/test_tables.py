"""This file tests reading CSV files: what is read, and what each refusal names."""

from __future__ import annotations

from pathlib import Path

import pytest

from spd.exchange import refusals
from spd.exchange.tables import Row, Table, read, read_file, read_mapping

TEXT = '编码,名称\r\nA1,纱布\r\n\r\nB2,"棉签, 20 支"\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_text_of_any_usual_encoding_is_read(encoding: str) -> None:
    table = read(TEXT.encode(encoding), file="t.csv")
    assert table.columns == ("编码", "名称")
    assert table.rows == (Row(2, {"编码": "A1", "名称": "纱布"}), Row(4, {"编码": "B2", "名称": "棉签, 20 支"}))


def test_characters_that_only_gb18030_has_are_read() -> None:
    assert read("n\n㐂𠮷".encode("gb18030"), file="t.csv").rows[0]["n"] == "㐂𠮷"


def test_cells_lose_the_blanks_around_them() -> None:
    assert read(b"a, b \n 1 ,\t2\n", file="t.csv").rows[0].cells == {"a": "1", "b": "2"}


def test_their_columns_take_our_names() -> None:
    assert read(TEXT.encode(), file="t.csv", mapping={"编码": "code"}).rows[0]["code"] == "A1"


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (b"", refusals.EmptyFile),
        (b"\xef\xbb\xbf\r\n", refusals.EmptyFile),
        (b"a,b\n", refusals.EmptyFile),
        ("a,b\n1,2\n".encode("utf-16"), refusals.WrongEncoding),
        (b"a,b\n\x80\xff,2\n", refusals.WrongEncoding),
        (b"a,b\n1,2,3\n", refusals.NotATable),
        (b'a,b\n1,"2\n', refusals.NotATable),
        (b"a,a\n1,2\n", refusals.DuplicateColumns),
        (b"a;b\n1;2\n", refusals.OtherSeparator),
        (b"a\tb\n1\t2\n", refusals.OtherSeparator),
        (b"a,c\n1,2\n", refusals.MissingColumns),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(content: bytes, refused: type[Exception]) -> None:
    with pytest.raises(refused):
        read(content, file="t.csv", required=["a", "b"])


def test_all_missing_columns_are_named_at_once() -> None:
    with pytest.raises(refusals.MissingColumns) as caught:
        read(b"a\n1\n", file="t.csv", required=["b", "a", "c"])
    assert caught.value.sentence("en") == (
        "File t.csv has no columns b, c. Add them, or say in a mapping which columns they are."
    )


def test_a_row_that_is_too_long_is_named_as_the_spreadsheet_numbers_it() -> None:
    with pytest.raises(refusals.NotATable) as caught:
        read(b"a,b\n1,2\n\n1,2,3\n", file="t.csv")
    assert "第 4 行" in caught.value.sentence("zh")


def test_rows_with_one_key_are_named(tmp_path: Path) -> None:
    table = Table(file="t.csv", columns=("a",), rows=(Row(2, {"a": "x"}), Row(3, {"a": "y"}), Row(5, {"a": "x"})))
    with pytest.raises(refusals.DuplicateRows) as caught:
        table.refuse_duplicates(["a"])
    assert caught.value.facts["rows"] == "2, 5"


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"a\n" + b"1\n" * 100)
    with pytest.raises(refusals.TooLarge):
        read_file(tmp_path / "t.csv", limit=100)
    with pytest.raises(refusals.NoSuchFile):
        read_file(tmp_path / "u.csv")


@pytest.mark.parametrize("text", ["- a\n- b\n", "code: 7\n", "a: [", "编码: kode\n"])
def test_a_mapping_that_cannot_be_followed_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "map.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(refusals.BadMapping):
        read_mapping(tmp_path / "map.yaml", ("code", "name"))


def test_a_mapping_is_their_columns_to_ours(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text("编码: code\n名称: name\n", encoding="utf-8")
    assert read_mapping(tmp_path / "map.yaml", ("code", "name")) == {"编码": "code", "名称": "name"}
