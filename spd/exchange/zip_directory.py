"""This file is looking at a workbook from outside: its zip directory, before anything in it is unpacked or parsed.

A small file can hold a hundred times its size, entities that multiply, or macros under another name. What the directory
says is enough to refuse them in less than the time it takes to open one; nothing here reads more of a member than its
first bytes.
"""

from __future__ import annotations

import io
import struct
import zipfile

from spd.exchange.refusals import UnsafeWorkbook

MOST_MEMBERS = 500
MOST_BYTES = 96 * 1024 * 1024
"""Of all members unpacked: about a million cells."""
MOST_RATIO = 150
"""How many times its packed size a member may be; sheets of repeated rows come to about thirty."""

_FREE = 4 * 1024 * 1024  # members smaller than this may be packed as tightly as they like
_END = b"PK\x05\x06"
_DIRECTORY = 1024 * 1024  # bytes of the directory itself
_HEAD = 16 * 1024  # bytes of a member in which its root element begins
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def is_zip(content: bytes) -> bool:
    """Whether the bytes are packed as a workbook is."""
    return content.startswith(b"PK")


def is_old_or_locked(content: bytes) -> bool:
    """Whether the bytes are an old .xls, or a workbook under a password."""
    return content.startswith(_OLE)


def open_safely(content: bytes, file: str) -> zipfile.ZipFile:
    """The workbook's members, once its directory shows nothing to fear. Raises: UnsafeWorkbook."""
    _refuse_crowded(content, file)
    try:
        members = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise UnsafeWorkbook(file=file, why="it is damaged", why_zh="文件已损坏") from error
    infos = members.infolist()
    _refuse_names(infos, file)
    _refuse_bomb(infos, file)
    _refuse_declarations(members, infos, file)
    return members


def _refuse_crowded(content: bytes, file: str) -> None:
    """How many members there are stands at the end: a directory of a million is not even read."""
    at = content.rfind(_END, max(0, len(content) - 65_557))
    if at < 0 or at + 22 > len(content):
        raise UnsafeWorkbook(file=file, why="it is damaged", why_zh="文件已损坏")
    members, size = struct.unpack_from("<HI", content, at + 10)
    if members > MOST_MEMBERS or size > _DIRECTORY:
        raise UnsafeWorkbook(file=file, why="it has too many parts", why_zh="内部文件过多")


def _refuse_names(infos: list[zipfile.ZipInfo], file: str) -> None:
    names = [info.filename for info in infos]
    if any(info.flag_bits & 0x1 for info in infos):
        raise UnsafeWorkbook(file=file, why="it is under a password", why_zh="文件已加密")
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        raise UnsafeWorkbook(file=file, why="its parts point outside", why_zh="内部路径指向外部")
    if len(set(names)) != len(names):
        raise UnsafeWorkbook(file=file, why="two of its parts have one name", why_zh="内部文件重名")
    if any(name.lower().endswith((".bin", ".exe", ".dll", ".js", ".vbs")) and "vba" in name.lower() for name in names):
        raise UnsafeWorkbook(file=file, why="it holds macros", why_zh="含有宏")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/workbook") for name in names):
        raise UnsafeWorkbook(file=file, why="it is no workbook", why_zh="不是 Excel 工作簿")


def _refuse_bomb(infos: list[zipfile.ZipInfo], file: str) -> None:
    swollen = any(info.file_size > _FREE and info.file_size > MOST_RATIO * max(1, info.compress_size) for info in infos)
    if swollen or sum(info.file_size for info in infos) > MOST_BYTES:
        raise UnsafeWorkbook(file=file, why="it unpacks to far more than it is", why_zh="解压后体积异常")


def _refuse_declarations(members: zipfile.ZipFile, infos: list[zipfile.ZipInfo], file: str) -> None:
    """A workbook declares no entities: they read other files, or multiply. Nor is any part of it not UTF-8."""
    for info in infos:
        if not info.filename.endswith((".xml", ".rels")):
            continue
        try:
            with members.open(info) as member:
                head = member.read(_HEAD)
        except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, RuntimeError) as error:
            raise UnsafeWorkbook(file=file, why="it is damaged", why_zh="文件已损坏") from error
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head or b"\x00" in head:
            raise UnsafeWorkbook(file=file, why="it declares entities", why_zh="含有外部实体声明")
        if info.filename == "[Content_Types].xml" and b"macroEnabled" in head:
            raise UnsafeWorkbook(file=file, why="it holds macros", why_zh="含有宏")
        if not _has_root(head):
            raise UnsafeWorkbook(file=file, why="its parts are not XML", why_zh="内部文件不是 XML")


def _has_root(head: bytes) -> bool:
    """Whether an element begins in these bytes; after one there are no declarations."""
    at = head.find(b"<")
    while at >= 0 and head[at + 1 : at + 2] in (b"?", b"!"):
        at = head.find(b"<", at + 1)
    return at >= 0
