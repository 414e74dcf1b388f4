"""This file is the kinds of fields that schemas share: scans, money, days, request keys, verdicts."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

import scanners
from api import reading
from spd.core.money import shown

AGES = validate.Range(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
"""Of an instant that somebody says."""
MONTH = re.compile(r"\A(19|20)[0-9]{2}-(0[1-9]|1[0-2])\Z")


class Text(fields.String):
    """Text that both databases take: no NUL, no lone surrogates."""

    def __init__(self, *, longest: int = 200, shortest: int = 1, **more: Any) -> None:
        checks = [validate.Length(shortest, longest), validate.Regexp(r"\A[^\x00\ud800-\udfff]*\Z")]
        super().__init__(validate=checks, **more)


class Base64(fields.String):
    """Bytes as base64."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValidationError("Not base64.") from error


class Whole(fields.Integer):
    """A whole number of a body: a JSON number, not a text that looks like one, nor true."""

    def __init__(self, **more: Any) -> None:
        super().__init__(strict=True, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **more)


class Month(fields.String):
    """A month, YYYY-MM."""

    def __init__(self, **more: Any) -> None:
        super().__init__(validate=validate.Regexp(MONTH), **more)


class Scan(fields.String):
    """Raw text of a scan, read here; nobody further in sees the string. Raises: Unreadable, answered as a 400."""

    def __init__(self, **more: Any) -> None:
        super().__init__(metadata={"description": "The code as the scanner sent it.", "maxLength": 4000}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        validate.Length(1, 4000)(text)
        scan = reading.heard(text)
        if (nul := scan.data.find("\x00")) >= 0:  # in no code, and PostgreSQL takes no such text
            raise scanners.Unreadable("short", nul)
        return scan


class Price(fields.String):
    """A unit price that somebody states: yuan, not below zero, at most four decimals."""

    def __init__(self, **more: Any) -> None:
        super().__init__(validate=validate.Regexp(r"\A[0-9]{1,8}(\.[0-9]{1,4})?\Z"), **more)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **more: Any) -> Any:
        """The price as an exact decimal."""
        text = super().deserialize(value, attr, data, **more)
        return Decimal(text) if isinstance(text, str) else text


class Money(fields.String):
    """An exact amount of yuan, as text: two decimals, four where needed."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> str | None:
        return None if value is None else shown(Decimal(value))


class Write(Schema):
    """What every write says of itself: its key, made by the device before sending, and when it happened."""

    request_key = fields.UUID(metadata={"description": "UUIDv7; may be sent as the header Idempotency-Key instead."})
    occurred_at = fields.AwareDateTime(metadata={"description": "By the device's clock; now, where left out."})


class CautionOut(Schema):
    """Something to know that did not stop the act."""

    code = fields.String()
    error = fields.String()
    zh = fields.String()
    en = fields.String()


class Page(Schema):
    """A page of a list, in a fixed order: ask again with `after` = `next` until `next` is null."""

    after = fields.Integer(load_default=0, validate=validate.Range(0, 2**62))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))
