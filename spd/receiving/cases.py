"""This file is the cases and pallets of a note: what is in each, so that one scan of its code says it all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import check_characters, own
from spd.catalog import Packaging
from spd.core.errors import Conflict, Refused
from spd.receiving.models import Delivery, DeliveryPackage

SSCC_LENGTH = 18


@dataclass(frozen=True, kw_only=True)
class AnnouncedPackage:
    """A case or pallet of a note. `line` is the number of the note's line it holds, 0 for a pallet of cases.

    Without an `sscc` it gets a label of ours, unless it is no case but one lot of a mixed case (`coded` is False);
    `inside` is the SSCC of what it lies in.
    """

    line: int = 0
    quantity: int = 0
    sscc: str = ""
    inside: str = ""
    di: str = ""
    serials: Sequence[str] = ()
    coded: bool = True


class PackageWrong(Refused):
    """The cases of a note do not agree with its lines, or with each other."""

    code = "package-wrong"
    say = {
        "zh": "箱 {package}: {why_zh}。改正后重新提交。",
        "en": "Case {package}: {why}. Correct it and send the note again.",
    }


class SsccTaken(Conflict):
    """The SSCC is on another note that is still open: a scan of it could mean either."""

    code = "sscc-taken"
    say = {
        "zh": "箱码 {sscc} 已在未完成的送货单 {delivery} 上。核对箱码。",
        "en": "SSCC {sscc} is on note {delivery}, which is still open. Check the code of the case.",
    }


def pack(session: Session, delivery: Delivery, packages: Sequence[AnnouncedPackage]) -> None:
    """The note's cases on record. Raises: PackageWrong, SsccTaken."""
    if not packages:
        return
    lines = {line.line: line for line in delivery.lines}
    for _at, wrong in judge(packages, {line.line: line.quantity for line in delivery.lines}):
        raise wrong
    for refusal in taken(session, [package.sscc for package in packages if package.sscc], delivery).values():
        raise refusal
    units = _unit_codes(session, [line.product_id for line in delivery.lines])
    rows: list[DeliveryPackage] = []
    for number, said in enumerate(packages, 1):
        line = lines.get(said.line)
        rows.append(
            DeliveryPackage(
                delivery_id=delivery.id,
                sscc=said.sscc or (_label(delivery, number) if said.coded else None),
                delivery_line_id=line.id if line else None,
                di=said.di or (units.get(line.product_id, "") if line and said.serials else ""),
                lot=line.lot if line else "",
                expires_on=line.expires_on if line else None,
                produced_on=line.produced_on if line else None,
                quantity=said.quantity,
                serials=json.dumps(list(said.serials), ensure_ascii=False),
            )
        )
    session.add_all(rows)
    session.flush()  # their numbers are what lies in them names
    by_code = {row.sscc: row.id for row in rows}
    for said, row in zip(packages, rows, strict=True):
        if said.inside:
            row.parent_id = by_code[said.inside]
    session.flush()  # a refusal by the database comes here


def packages_of(session: Session, delivery: Delivery) -> list[DeliveryPackage]:
    """The cases and pallets of a note, in the order they were stated."""
    query = select(DeliveryPackage).where(DeliveryPackage.delivery_id == delivery.id).order_by(DeliveryPackage.id)
    return list(session.scalars(query))


def same(session: Session, delivery: Delivery, packages: Sequence[AnnouncedPackage]) -> bool:
    """Whether the note's cases on record are these."""
    known = packages_of(session, delivery)
    lines = {line.id: line.line for line in delivery.lines}
    told = [(lines.get(row.delivery_line_id or 0, 0), row.quantity, row.serial_list) for row in known]
    return told == [(said.line, said.quantity, list(said.serials)) for said in packages] and all(
        said.sscc in ("", row.sscc) for said, row in zip(packages, known, strict=True)
    )


def evenly(line: int, quantity: int, cases: int, serials: Sequence[str] = ()) -> list[AnnouncedPackage]:
    """So many cases of a line, filled evenly, its serials in their order."""
    made, at = [], 0
    for left in range(cases, 0, -1):
        holds = -(-(quantity - at) // left)
        made.append(AnnouncedPackage(line=line, quantity=holds, serials=tuple(serials[at : at + holds])))
        at += holds
    return made


def judge(packages: Sequence[AnnouncedPackage], stated: Mapping[int, int]) -> Iterator[tuple[int, PackageWrong]]:
    """What is wrong with the cases of a note, each with its place; `stated` is the quantity of each of its lines."""
    packed = dict.fromkeys(stated, 0)
    seen: set[str] = set()
    serials: set[tuple[int, str]] = set()
    for at, package in enumerate(packages):
        name = package.sscc or str(at + 1)
        for wrong, why_zh, why in _faults(package, stated, seen, serials):
            if wrong:
                yield at, PackageWrong(package=name, why_zh=why_zh, why=why)
        seen.add(package.sscc)
        serials.update((package.line, serial) for serial in package.serials)
        if package.line in packed:
            packed[package.line] += package.quantity
            if packed[package.line] > stated[package.line]:
                yield (
                    at,
                    PackageWrong(
                        package=name,
                        why_zh=f"第 {package.line} 行装箱数超过送货数 {stated[package.line]}",
                        why=f"the cases of line {package.line} hold more than its {stated[package.line]}",
                    ),
                )


def _label(delivery: Delivery, number: int) -> str:
    return own.derive("document", f"case:{delivery.label}:{delivery.version}:{number}".encode())


def _faults(
    package: AnnouncedPackage, lines: Mapping[int, int], seen: set[str], serials: set[tuple[int, str]]
) -> list[tuple[bool, str, str]]:
    """What can be wrong with one case: whether it is, and the words."""
    said = package.serials
    twice = len(set(said)) < len(said) or any((package.line, serial) in serials for serial in said)
    return [
        (bool(package.line) and package.line not in lines, "没有这一行明细", "there is no such line"),
        (bool(package.line) != (package.quantity > 0), "箱内数量与明细行不符", "its line and quantity do not agree"),
        (bool(said) and len(said) != package.quantity, "序列号个数与数量不符", "its pieces are not its serials"),
        (twice, "序列号重复", "a serial stands there twice"),
        (bool(package.sscc) and package.sscc in seen, "箱码重复", "its code stands on the note twice"),
        (bool(package.sscc) and not is_case_code(package.sscc), "箱码不是有效的 SSCC", "its code is no valid SSCC"),
        (bool(package.inside) and package.inside not in seen, "外箱须先于内箱列出", "what it lies in comes before it"),
    ]


def is_case_code(text: str) -> bool:
    """Eighteen digits whose check digit holds, or a label of ours."""
    if own.is_own(text):
        return True
    return len(text) == SSCC_LENGTH and text.isascii() and text.isdigit() and check_characters.gs1_holds(text)


def taken(session: Session, codes: Sequence[str], delivery: Delivery | None = None) -> dict[str, SsccTaken]:
    """The codes that are on another note which is still open, and why they are refused. `delivery` is their own."""
    found: dict[str, SsccTaken] = {}
    for start in range(0, len(codes), 500):
        query = (
            select(DeliveryPackage.sscc, Delivery.code)
            .join(Delivery, Delivery.id == DeliveryPackage.delivery_id)
            .where(DeliveryPackage.sscc.in_(codes[start : start + 500]), Delivery.closed_at.is_(None))
            .where(Delivery.id != (delivery.id if delivery else 0))
        )
        for row in session.execute(query):
            found[row.sscc] = SsccTaken(sscc=row.sscc, delivery=row.code)
    return found


def _unit_codes(session: Session, product_ids: Sequence[int]) -> dict[int, str]:
    """The device identifier of one piece of each product."""
    query = (
        select(Packaging.product_id, Packaging.code)
        .where(Packaging.product_id.in_(product_ids), Packaging.base_units == 1)
        .order_by(Packaging.id.desc())
    )
    return {row.product_id: row.code for row in session.execute(query)}
