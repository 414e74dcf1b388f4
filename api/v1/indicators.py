"""This file is /indicators: each with its numerator and denominator by name, for the hospital or among peers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, validate

from api.fields import AGES, Money, Month, Text, Whole, Write
from api.here import occasion, read, settings, write
from api.months import days_of, instants_of
from api.noun import Noun
from spd import indicators, ledger
from spd.indicators import INDICATORS, PEERS, Figure, Span

bp = Noun("indicators", "Indicators with named denominators, by month and group of peers.")


AS_OF = fields.AwareDateTime(
    validate=AGES, metadata={"description": "As the facts were kept last until then; 422 where none were."}
)


class IndicatorsAsked(Schema):
    """Of a month, or of several up to it; of the whole hospital unless a group is named."""

    month = Month(required=True)
    months = fields.Integer(load_default=1, validate=validate.Range(1, 12))
    by = fields.String(load_default="hospital", validate=validate.OneOf(PEERS))
    group = Text(load_default="", shortest=0, longest=200)
    as_of = AS_OF


class PeersAsked(Schema):
    """One indicator over all groups of a kind."""

    month = Month(required=True)
    months = fields.Integer(load_default=1, validate=validate.Range(1, 12))
    by = fields.String(load_default="department", validate=validate.OneOf(PEERS))
    as_of = AS_OF


class FactsAsked(Schema):
    """Of a month, or of several up to it; of the whole hospital unless a group is named."""

    month = Month(required=True)
    months = fields.Integer(load_default=1, validate=validate.Range(1, 12))
    by = fields.String(load_default="hospital", validate=validate.OneOf(PEERS))
    group = Text(load_default="", shortest=0, longest=200)
    as_of = AS_OF


class FactOut(Schema):
    """One thing that is counted; what is taken off is below zero."""

    fact = fields.String()
    department = fields.String(metadata={"description": "Empty of what is no department's, as of the central store."})
    day = fields.Date(allow_none=True)
    name = fields.String(metadata={"description": "Of the product, or what revenue was for."})
    code = fields.String(metadata={"description": "Of the item, stay, place or department, or the month."})
    amount = Money()


class FiguresKeepIn(Write):
    """Keep the facts of a month, or of several up to it, as they are told now."""

    month = Month(required=True)
    months = Whole(load_default=1, validate=validate.Range(1, 12))


class FiguresKeptOut(Schema):
    """A version kept; the same one again where nothing is different."""

    version = fields.Integer()
    made_at = fields.AwareDateTime(metadata={"description": "Ask with this `as_of` for these figures."})


class IndicatorOut(Schema):
    """One indicator; a name with a - before it is taken off. No value where there is nothing to divide by."""

    code = fields.String()
    value = Money(allow_none=True)
    unit = fields.String()
    scale = fields.Integer()
    numerator = fields.List(fields.String())
    denominator = fields.List(fields.String())
    numerator_value = Money(allow_none=True)
    denominator_value = Money(allow_none=True)


class PeerOut(IndicatorOut):
    """One group's figure."""

    group = fields.String()
    name = fields.String()


class PeersOut(Schema):
    """All groups that have a value, the largest first, and the median of them."""

    groups = fields.List(fields.Nested(PeerOut))
    median = Money(allow_none=True)


def span_of(month: str, months: int = 1, at: datetime | None = None) -> Span:
    """So many months up to one, and the instants and days they run from and up to; with `at` as kept until then."""
    first = ledger.shifted(month, 1 - months)
    since, until = instants_of(first, month)
    return Span(
        period=month, first=first, since=since, until=until, first_on=days_of(first)[0], last_on=days_of(month)[1],
        zone=settings().zone, at=at,
    )  # fmt: skip


def _told(one: Figure) -> dict[str, Any]:
    kept = one.indicator
    return {
        "code": kept.code, "value": one.value, "unit": kept.unit, "scale": kept.scale,
        "numerator": list(kept.numerator), "denominator": list(kept.denominator),
        "numerator_value": _four(one.numerator), "denominator_value": _four(one.denominator),
    }  # fmt: skip


def _four(amount: Any) -> Any:
    """An amount to four decimals, as money is told."""
    return None if amount is None else round(amount, 4)


@bp.get("")
@bp.arguments(IndicatorsAsked, location="query")
@bp.response(200, IndicatorOut(many=True))
def listing(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Every indicator of a month, for the hospital, a campus, a class of departments or a department."""
    span = span_of(asked["month"], asked["months"], asked.get("as_of"))
    figures = read(lambda session: indicators.of_group(session, span, asked["by"], asked["group"]))
    return [_told(one) for one in figures]


@bp.post("", endpoint="keep")
@bp.arguments(FiguresKeepIn)
@bp.response(201, FiguresKeptOut)
def keep_facts(said: dict[str, Any]) -> Any:
    """Keep the figures of a month as they are now, to be asked for later with `as_of`. Safe to send again."""
    when, span = occasion(said), span_of(said["month"], said["months"])
    return write(when, lambda session: indicators.keep(session, when, span))


@bp.get("/<code>")
@bp.arguments(PeersAsked, location="query")
@bp.response(200, PeersOut)
def peers(asked: dict[str, Any], code: str) -> dict[str, Any]:
    """One indicator among peers; of a code that is none nothing."""
    one = next((one for one in INDICATORS if one.code == code), None)
    if one is None:
        return {"groups": [], "median": None}
    span = span_of(asked["month"], asked["months"], asked.get("as_of"))
    found = read(lambda session: indicators.peers(session, span, one, asked["by"]))
    rows = [_told(row.figure) | {"group": row.group, "name": row.name} for row in found.rows]
    return {"groups": rows, "median": found.median}


@bp.get("/<code>/<side>")
@bp.arguments(FactsAsked, location="query")
@bp.response(200, FactOut(many=True))
def facts(asked: dict[str, Any], code: str, side: str) -> list[dict[str, Any]]:
    """What the numerator or the denominator of an indicator counts, one by one; with `as_of` as it was kept until then.

    Nothing of a code that is none, and nothing of what accounts or the reconciliation have: see /costs and /charges.
    """
    one = next((one for one in INDICATORS if one.code == code), None)
    terms = {} if one is None else {"numerator": one.numerator, "denominator": one.denominator}
    if side not in terms or not indicators.opens(terms[side]):
        return []
    span = span_of(asked["month"], asked["months"], asked.get("as_of"))
    rows = read(lambda session: indicators.rows_behind(session, span, terms[side], asked["by"], asked["group"]))
    return [vars(row) | {"amount": _four(row.amount)} for row in rows]
