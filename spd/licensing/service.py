"""This file is the question every order and every receipt asks: does anything stand against these goods?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy.orm import Session

from spd import policies
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.licensing.findings import Act, Finding, Severity
from spd.licensing.judging import Rules, Wanted, judge
from spd.licensing.models import LicenceOverride
from spd.licensing.override import allowed_keys, keep_request
from spd.licensing.record import on_record


class Unlicensed(Refused):
    """A licence of the supplier, the maker or the product does not hold."""

    code = "unlicensed"
    error = "E11"
    say = {
        "zh": "{why_zh}。共 {count} 项证照问题。货物转待验区; 补录证照, 或请第二人批准放行。",
        "en": "{why}. {count} licences are in question. Put the goods in quarantine; record the licence, or ask a "
        "second person to let them pass.",
    }


def findings(session: Session, wanted: Iterable[Wanted], *, on: date, act: Act | str) -> list[Finding]:
    """Everything found against goods on a day, each thing once, the gravest first; empty is good."""
    asked = list(dict.fromkeys(wanted))
    if not asked:
        return []
    record = on_record(session, (one.supplier_id for one in asked), (one.product_id for one in asked))
    rules = Rules(on=on, act=Act(act), missing=policies.get(session, "licence.missing"))
    found = dict.fromkeys(finding for one in asked for finding in judge(record, one, rules))
    return sorted(found, key=lambda finding: finding.severity is not Severity.BLOCK)


def refuse_unlicensed(
    session: Session, wanted: Iterable[Wanted], *, on: date, act: Act | str, override: int | None = None
) -> list[Finding]:
    """Refuse goods against which something stands that nobody has let pass; what was found and lets them pass.

    `override`: a permission by a second person, good for this act on this day. Raises: Unlicensed.
    """
    found = findings(session, wanted, on=on, act=act)
    blocks = [finding for finding in found if finding.severity is Severity.BLOCK]
    if blocks and override is not None:
        let_pass = allowed_keys(session, override, on=on, act=str(act))
        blocks = [finding for finding in blocks if finding.key not in let_pass]
    if blocks:
        first = blocks[0]
        raise Unlicensed(
            why_zh=first.zh, why=first.en, count=len(blocks), findings=[finding.as_json() for finding in blocks]
        )
    return found


def ask_override(
    session: Session, occasion: Occasion, wanted: Sequence[Wanted], *, act: Act | str, reason: str
) -> LicenceOverride:
    """The request that goods of one supplier may pass today, waiting for a second person.

    Raises: NoOverride, NothingToOverride.
    """
    found = findings(session, wanted, on=occasion.day, act=act)
    return keep_request(session, occasion, str(act), wanted, found, reason=reason)
