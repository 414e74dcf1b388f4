"""This file is documents that people attach: scans and photographs, kept as they came, judged by what is in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Digest, Id, Instant, Name, Quantity
from spd.core.errors import NotFound, Refused

LIMIT = 10 * 1024 * 1024
"""Bytes of one document: a scan of forty pages."""

_STARTS: dict[str, bytes] = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
_ENDS: dict[str, bytes] = {"application/pdf": b"%%EOF", "image/jpeg": b"\xff\xd9", "image/png": b"IEND\xaeB`\x82"}
_TAIL = 1024  # some scanners write a few bytes after the end
_SUFFIXES = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}


class Attachment(AppendOnly, Base):
    """One document as it was uploaded. Never changed: a better scan is another document."""

    __tablename__ = "attachments"

    id: Mapped[Id]
    digest: Mapped[Digest] = mapped_column(index=True)
    name: Mapped[Name]
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[Quantity]
    content: Mapped[bytes] = mapped_column(LargeBinary(), deferred=True)
    added_at: Mapped[Instant]
    added_by_id: Mapped[int]


class UnknownAttachment(NotFound):
    """There is no such document."""

    code = "unknown-attachment"
    say = {"zh": "没有此附件。刷新页面后重试。", "en": "There is no such document. Reload the page and try again."}


class WrongDocument(Refused):
    """The bytes are no document that is kept, whatever the file is called."""

    code = "wrong-document"
    say = {
        "zh": "“{file}”的内容不是完整的 PDF、JPG 或 PNG。请重新扫描, 保存为其中一种格式后上传。",
        "en": "“{file}” holds no whole PDF, JPG or PNG. Scan it again, save it as one of these, then upload it.",
    }


class DocumentTooLarge(Refused):
    """The document is larger than is kept."""

    code = "document-too-large"
    say = {
        "zh": "“{file}”超过 {limit} MB。降低扫描分辨率 (200 dpi 足够) 后上传。",
        "en": "“{file}” is larger than {limit} MB. Scan it at a lower resolution (200 dpi will do), then upload it.",
    }


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file as a person chose it."""

    name: str
    content: bytes


def media_type_of(content: bytes) -> str | None:
    """What the bytes are, by how they begin and end; None where they are no document that is kept."""
    for media_type, start in _STARTS.items():
        if content.startswith(start) and _ENDS[media_type] in content[-_TAIL:]:
            return media_type
    return None


def keep(session: Session, upload: Upload, *, at: datetime, by_id: int) -> Attachment:
    """The document, kept. Raises: DocumentTooLarge, WrongDocument."""
    name = plain_name(upload.name)
    if len(upload.content) > LIMIT:
        raise DocumentTooLarge(file=name, limit=LIMIT // (1024 * 1024))
    media_type = media_type_of(upload.content)
    if media_type is None:
        raise WrongDocument(file=name)
    if not name.lower().endswith((_SUFFIXES[media_type], ".jpeg")):
        name = name[: 200 - len(_SUFFIXES[media_type])] + _SUFFIXES[media_type]
    kept = Attachment(
        digest=hashlib.sha256(upload.content).digest(), name=name, media_type=media_type, size=len(upload.content),
        content=upload.content, added_at=at, added_by_id=by_id,
    )  # fmt: skip
    session.add(kept)
    session.flush()  # its number goes onto what it belongs to
    return kept


def plain_name(name: str) -> str:
    """A file's name without its folders and without signs that no file is called by."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(sign for sign in last if sign.isprintable() and sign not in '"<>|:*?').strip(" .")
    return kept[-200:] or "document"


def get(session: Session, attachment_id: int) -> Attachment:
    """The document with this number. Raises: UnknownAttachment."""
    found = session.get(Attachment, attachment_id)
    if found is None:
        raise UnknownAttachment()
    return found
