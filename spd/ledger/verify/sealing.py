"""This file is the seal: the head of every chain at one moment, kept outside, against which a later ledger is held.

A chain alone does not show that its tail was cut or written anew; the seal does. It is text, one line per item:
`item sequence hash`, between a first line that says when and a last line with the digest of all before it. The chain of
documents stands in it as item 0.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.core.errors import Refused
from spd.ledger.models import DocumentEntry, Item, Movement
from spd.ledger.verify.problem import Problem

_FORMAT = "spd-seal-1"
_DOCUMENTS = 0
"""Under this number, which no item has, stands the chain of documents."""


class NotASeal(Refused):
    """The file is no seal, or was changed after it was written."""

    code = "not-a-seal"
    say = {
        "zh": "文件不是完整的封存文件, 或已被改动。使用原始封存文件。",
        "en": "This file is not a whole seal, or it was changed. Use the seal as it was exported.",
    }


def seal(session: Session, *, at: datetime) -> Iterator[str]:
    """The lines of a seal of the ledger as this session sees it."""
    digest = hashlib.sha256()
    count = session.scalar(select(func.count()).select_from(Item))
    movements = session.scalar(select(func.count()).select_from(Movement))
    first = {"format": _FORMAT, "sealed_at": at.isoformat(), "items": count, "movements": movements}
    lines = [json.dumps(first)]
    heads = session.execute(
        select(Item.id, Item.version, Item.head).order_by(Item.id).execution_options(yield_per=2000)
    )
    yield _hashed(digest, lines[0])
    last = session.execute(
        select(DocumentEntry.id, DocumentEntry.hash).order_by(DocumentEntry.id.desc()).limit(1)
    ).first()
    if last is not None:
        yield _hashed(digest, f"{_DOCUMENTS} {last.id} {last.hash.hex()}")
    for item_id, version, head in heads:
        yield _hashed(digest, f"{item_id} {version} {head.hex()}")
    yield digest.hexdigest()


def _hashed(digest: hashlib._Hash, line: str) -> str:
    digest.update(line.encode() + b"\n")
    return line


def compare(session: Session, lines: Iterable[str]) -> Iterator[Problem]:
    """Where the ledger is no longer what was sealed: chains cut, or written anew. Raises: NotASeal."""
    sealed = _opened([line.strip() for line in lines if line.strip()])
    if sealed and sealed[0][0] == _DOCUMENTS:
        _, number, head = sealed.pop(0)
        yield from _documents(session, number, head)
    query = select(Movement.id, Movement.item_id, Movement.sequence, Movement.hash)
    ordered = query.order_by(Movement.item_id, Movement.sequence).execution_options(yield_per=4000)
    with closing(session.execute(ordered)) as rows:
        yield from _differences(sealed, iter(rows))


def _documents(session: Session, number: int, head: bytes) -> Iterator[Problem]:
    now = session.scalar(select(DocumentEntry.hash).where(DocumentEntry.id == number))
    if now is None:
        says = f"the chain of documents was {number} long when sealed, and has been cut since"
        yield Problem(check="seal", table="document_entries", row=str(number), says=says)
    elif now != head:
        says = f"entry {number} of the documents was written anew since it was sealed"
        yield Problem(check="seal", table="document_entries", row=str(number), says=says)


def _differences(sealed: list[tuple[int, int, bytes]], rows: Iterator[Any]) -> Iterator[Problem]:
    row = next(rows, None)
    for item_id, sequence, head in sealed:
        while row is not None and (row.item_id, row.sequence) < (item_id, sequence):
            row = next(rows, None)
        if row is None or (row.item_id, row.sequence) != (item_id, sequence):
            says = f"its chain was {sequence} movements long when sealed, and has been cut since"
            yield Problem(check="seal", table="items", row=str(item_id), says=says)
        elif row.hash != head:
            says = f"movement {sequence} of item {item_id} was written anew since it was sealed"
            yield Problem(check="seal", table="movements", row=str(row.id), says=says)


def _opened(lines: list[str]) -> list[tuple[int, int, bytes]]:
    body = "".join(line + "\n" for line in lines[:-1]).encode()
    if len(lines) < 2 or hashlib.sha256(body).hexdigest() != lines[-1] or _FORMAT not in lines[0]:
        raise NotASeal()
    heads = []
    for line in lines[1:-1]:
        item_id, sequence, head = line.split(" ")
        heads.append((int(item_id), int(sequence), bytes.fromhex(head)))
    return heads
