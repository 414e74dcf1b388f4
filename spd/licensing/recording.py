"""This file is putting licences on record: what is checked of a number, and that renewals stand beside the old."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from scanners.chinese_numbers import Certificate, certificate
from spd.catalog.registration import BadNumber, NumberContradicts, plain_number
from spd.core import attachments
from spd.core.attachments import Upload
from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Occasion
from spd.licensing.authorities import authority_of, fits
from spd.licensing.models import Licence, LicenceKind, LicenceProduct

_DRUG = re.compile(r"国药准字[A-Z]\d{8}")  # reagents that are managed as drugs


class UnknownLicence(NotFound):
    """There is no such licence."""

    code = "unknown-licence"
    say = {
        "zh": "没有编号 {licence} 的证照记录。刷新列表。",
        "en": "There is no licence {licence} on record. Reload the list.",
    }


class HolderMissing(Refused):
    """It is not said whose licence it is."""

    code = "holder-missing"
    say = {
        "zh": "须填写持证单位; 授权书须填写授权方和被授权方。",
        "en": "Say who holds the licence; of an authorisation, who gives it and to whom.",
    }


class EndsBeforeItBegins(Refused):
    """The last day is before the first."""

    code = "ends-before-it-begins"
    say = {
        "zh": "有效期止 {to} 早于有效期起 {begins}。对照证书更正。",
        "en": "It would end on {to}, before it begins on {begins}. Compare it with the licence.",
    }


class VersionKnown(Conflict):
    """This very version is on record."""

    code = "licence-known"
    verdict = "repeat"
    say = {
        "zh": "{number} 自 {begins} 起的版本已登记。续证请填写新的有效期; 登记有误请先作废。",
        "en": "The version of {number} from {begins} on is on record. A renewal has other days; withdraw one that is "
        "wrong first.",
    }


class AlreadyWithdrawn(Conflict):
    """It was withdrawn before."""

    code = "licence-withdrawn"
    verdict = "repeat"
    say = {"zh": "此证照记录已作废。", "en": "This licence has been withdrawn already."}


@dataclass(frozen=True, kw_only=True)
class LicenceSeen:
    """A licence as the paper states it."""

    kind: LicenceKind
    number: str
    valid_from_on: date
    valid_to_on: date | None = None
    party_id: int | None = None
    grantee_id: int | None = None
    maker_id: int | None = None
    product_ids: Sequence[int] = ()
    device_classes: str = ""
    authority: str = ""
    note: str = ""


def record(
    session: Session,
    occasion: Occasion,
    seen: LicenceSeen,
    *,
    document: Upload | None = None,
    renews: int | None = None,
) -> Licence:
    """The licence on record; asked again under its key, the same. A renewal stays the same licence with other days.

    Raises: HolderMissing, EndsBeforeItBegins, BadNumber, NumberContradicts, UnknownLicence, VersionKnown,
    DocumentTooLarge, WrongDocument.
    """
    if known := session.scalars(select(Licence).where(Licence.request_key == occasion.request_key)).one_or_none():
        return known
    checked = check(seen)
    subject = get(session, renews).subject if renews is not None else subject_of(checked)
    _refuse_known(session, subject, checked)
    kept = None
    if document is not None:
        kept = attachments.keep(session, document, at=occasion.recorded_at, by_id=occasion.staff_id)
    return add(session, occasion, checked, subject=subject, attachment_id=kept.id if kept else None)


def add(
    session: Session, occasion: Occasion, seen: LicenceSeen, *, subject: str, attachment_id: int | None = None,
    keyed: bool = True,
) -> Licence:  # fmt: skip
    """The row of a licence that has been checked."""
    row = Licence(
        request_key=occasion.request_key if keyed else None, kind=str(seen.kind), subject=subject, number=seen.number,
        party_id=seen.party_id, grantee_id=seen.grantee_id, maker_id=seen.maker_id,
        device_classes=seen.device_classes, authority=seen.authority, valid_from_on=seen.valid_from_on,
        valid_to_on=seen.valid_to_on, attachment_id=attachment_id, note=seen.note, recorded_at=occasion.recorded_at,
        recorded_by_id=occasion.staff_id,
    )  # fmt: skip
    session.add(row)
    session.flush()  # its number goes onto its products
    if seen.product_ids:
        rows = [{"licence_id": row.id, "product_id": product_id} for product_id in sorted(set(seen.product_ids))]
        session.execute(insert(LicenceProduct), rows)
    return row


def withdraw(session: Session, occasion: Occasion, licence_id: int, *, reason: str) -> Licence:
    """The licence, no longer on record from now on, and why; its row stays.

    Raises: UnknownLicence, AlreadyWithdrawn.
    """
    licence = get(session, licence_id)
    if licence.withdrawn_at is not None:
        raise AlreadyWithdrawn()
    licence.withdrawn_at = occasion.recorded_at
    licence.withdrawn_by_id = occasion.staff_id
    licence.withdrawn_reason = reason
    session.flush()  # so that a refusal by the database comes here
    return licence


def get(session: Session, licence_id: int) -> Licence:
    """The licence with this number of row. Raises: UnknownLicence."""
    found = session.get(Licence, licence_id)
    if found is None:
        raise UnknownLicence(licence=licence_id)
    return found


def check(seen: LicenceSeen) -> LicenceSeen:
    """The licence as it is kept: its number plain, class and authority filled in from the number.

    Raises: HolderMissing, EndsBeforeItBegins, BadNumber, NumberContradicts.
    """
    if seen.kind is not LicenceKind.REGISTRATION and seen.party_id is None:
        raise HolderMissing()
    if seen.kind is LicenceKind.AUTHORISATION and seen.grantee_id in (None, seen.party_id):
        raise HolderMissing()
    if seen.valid_to_on is not None and seen.valid_to_on < seen.valid_from_on:
        raise EndsBeforeItBegins(to=seen.valid_to_on.isoformat(), begins=seen.valid_from_on.isoformat())
    if seen.kind is not LicenceKind.REGISTRATION:
        return replace(seen, number=" ".join(seen.number.split()))
    return _check_registration(seen)


def _check_registration(seen: LicenceSeen) -> LicenceSeen:
    number = plain_number(seen.number)
    said = certificate(number)
    if said is None:
        if not _DRUG.fullmatch(number):
            raise BadNumber(number=seen.number)
        return replace(seen, number=number, device_classes="")
    _refuse_contradiction(seen, said)
    return replace(
        seen, number=said.number, device_classes=str(said.device_class), authority=seen.authority or authority_of(said)
    )


def _refuse_contradiction(seen: LicenceSeen, said: Certificate) -> None:
    if not said.consistent:
        why, why_zh = "authority, origin and class do not go together", "批准机关、来源与类别不相符"
    elif seen.device_classes not in ("", str(said.device_class)):
        why, why_zh = f"its class is {said.device_class}", f"证号为第 {said.device_class} 类"
    elif not fits(said, seen.authority):
        why, why_zh = "another authority gave it", f"证号应由{authority_of(said)}颁发"
    else:
        return
    raise NumberContradicts(number=said.number, why=why, why_zh=why_zh)


def subject_of(seen: LicenceSeen) -> str:
    """What stays the same through the renewals of a licence."""
    if seen.kind is LicenceKind.REGISTRATION:
        return f"registration:{seen.number}"[:80]
    if seen.kind is LicenceKind.AUTHORISATION:
        products = ",".join(str(one) for one in sorted(set(seen.product_ids)))
        mark = hashlib.sha256(products.encode()).hexdigest()[:12] if products else "all"
        return f"authorisation:{seen.party_id}:{seen.grantee_id}:{seen.maker_id or 'all'}:{mark}"
    return f"{seen.kind}:{seen.party_id}:{seen.device_classes}"


def _refuse_known(session: Session, subject: str, seen: LicenceSeen) -> None:
    same = select(Licence.id).where(
        Licence.subject == subject, Licence.valid_from_on == seen.valid_from_on, Licence.number == seen.number,
        Licence.withdrawn_at.is_(None),
    )  # fmt: skip
    if session.scalar(same.limit(1)) is not None:
        raise VersionKnown(number=seen.number, begins=seen.valid_from_on.isoformat())
