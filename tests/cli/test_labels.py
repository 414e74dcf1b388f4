"""`spd label …` writes files; a second print says that it is one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from spd.core import schema
from spd.core.database import Database
from spd.core.transaction import transaction
from tests import build
from tests.cli.running import run


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    file = tmp_path_factory.mktemp("hospital") / "spd.db"
    database = Database(f"sqlite:///{file}")
    schema.upgrade(database)
    with transaction(database) as session:
        codes = build.packs(session, build.hospital(session), 2)[:2]
    database.dispose()
    return file, codes


def label(database: Path, *words: str, status: int = 0) -> str:
    done = run(database, "label", *words)
    out = done.out.decode()
    assert done.status == status, f"{words} ended with {done.status}: {out}\n{done.said}"
    return out + done.said


@pytest.mark.parametrize(("form", "start"), [("pdf", b"%PDF"), ("zpl", b"^XA"), ("svg", b"<svg"), ("png", b"\x89PNG")])
def test_labels_are_written_in_every_format(
    hospital: tuple[Path, list[str]], tmp_path: Path, form: str, start: bytes
) -> None:
    database, _ = hospital
    out = tmp_path / f"label.{form}"
    label(database, "location", "CARD-W", "--out", str(out), "--reason", "test")
    assert out.read_bytes().startswith(start)


def test_items_places_people_patients_and_the_test_card_have_labels(
    hospital: tuple[Path, list[str]], tmp_path: Path
) -> None:
    database, codes = hospital
    pdf = tmp_path / "packs.pdf"
    assert "2 labels" in label(database, "item", *codes, "--out", str(pdf), "--size", "a4-24")
    for kind, code, carries in (
        ("badge", "keeper", "S-KEEPER"),
        ("wristband", "E-1", "W-1"),
        ("item", codes[0], codes[0]),
    ):
        out = tmp_path / f"{kind}.png"
        label(database, kind, code, "--out", str(out), "--reason", "torn")
        assert [one.text for one in zxingcpp.read_barcodes(Image.open(io.BytesIO(out.read_bytes())))] == [carries]
    label(database, "test-card", "--out", str(tmp_path / "card.pdf"))
    assert (tmp_path / "card.pdf").read_bytes().startswith(b"%PDF")


def test_a_reprint_needs_a_reason_and_says_so(hospital: tuple[Path, list[str]], tmp_path: Path) -> None:
    database, _ = hospital
    out = tmp_path / "shelf.zpl"
    label(database, "location", "STORE", "--out", str(out))
    first = out.read_bytes()
    assert "reprint-reason-missing" in label(database, "location", "STORE", "--out", str(out), status=2)
    assert out.read_bytes() == first
    assert "reprint 1" in label(database, "location", "STORE", "--out", str(out), "--reason", "torn")
    assert out.read_bytes() != first


def test_what_cannot_be_one_file_is_said(hospital: tuple[Path, list[str]], tmp_path: Path) -> None:
    database, codes = hospital
    assert "holds one label" in label(database, "item", *codes, "--out", str(tmp_path / "x.png"), status=2)
    assert "should end" in label(database, "item", *codes, "--out", str(tmp_path / "x.doc"), status=2)
    assert "unknown-item" in label(database, "item", "P-NONE", "--out", str(tmp_path / "x.pdf"), status=2)
    assert not list(tmp_path.iterdir())
