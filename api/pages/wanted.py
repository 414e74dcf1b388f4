"""This file is what a field of a form takes, in words: said beside what somebody wrote there instead."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from api.fields import Month, Price
from api.i18n import gettext as _


def wanted(field: fields.Field[Any] | None) -> str:
    """What to write in a field, by its kind and bounds."""
    if isinstance(field, fields.List):
        field = field.inner
    checks = _checks(field)
    if any(isinstance(check, validate.OneOf) for check in checks):
        return _("Choose one of the list.")
    if isinstance(field, Price):
        return _("Write an amount of yuan, not below zero, with at most four decimals, such as 12.50.")
    if isinstance(field, Month):
        return _("Write a month, such as 2026-03.")
    if isinstance(field, fields.Integer):
        return _whole(checks)
    if isinstance(field, fields.Decimal | fields.Float):
        return _("Write a number, such as 12.50.")
    if isinstance(field, fields.Date):
        return _("Write a day, such as 2026-03-31.")
    if isinstance(field, fields.DateTime):
        return _("Write a day and a time, such as 2026-03-31 14:30.")
    longest = next((one.max for one in checks if isinstance(one, validate.Length) and one.max), None)
    if longest is not None:
        return _("Write at most %(most)s characters, without control characters.") % {"most": longest}
    return _("This cannot be read. Correct it.")


def _whole(checks: list[Any]) -> str:
    bounds = next((one for one in checks if isinstance(one, validate.Range)), None)
    if bounds is None or bounds.min is None or bounds.max is None:
        return _("Write a whole number, such as 12.")
    return _("Write a whole number from %(least)s to %(most)s.") % {"least": bounds.min, "most": bounds.max}


def _checks(field: fields.Field[Any] | None) -> list[Any]:
    return list(field.validators) if field is not None else []
