"""This file is the addresses that mail may go to: of the hospital's own domains, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterable

from spd.core.errors import Refused

ADDRESS = re.compile(r"\A[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}\Z")


class BadRecipient(Refused):
    """Mail goes to addresses of the hospital alone."""

    code = "bad-recipient"
    say = {
        "zh": "不能发送到 {address}。允许的邮箱域名: {domains}。请系统管理员调整 SPD_MAIL_DOMAINS。",
        "en": "Nothing may be sent to {address}. Domains that are allowed: {domains}. The administrator sets "
        "SPD_MAIL_DOMAINS.",
    }


def domains_of(setting: str) -> tuple[str, ...]:
    """The domains of a setting that names them with commas between."""
    return tuple(one.strip().lower() for one in setting.split(",") if one.strip())


def refuse_foreign(addresses: Iterable[str], domains: tuple[str, ...]) -> None:
    """Refuse an address that is none, or of no domain that is allowed. Raises: BadRecipient."""
    for address in addresses:
        if not ADDRESS.match(address) or address.rpartition("@")[2].lower() not in domains:
            raise BadRecipient(address=address, domains=", ".join(domains) or "-")
