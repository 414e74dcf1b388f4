"""This file is what was before what: by the sequence where both were heard at once, by the clock where one came late.

A count that was kept on a device for an hour is of the stock of that hour. A use that was kept on a device had
happened before the count, although it was heard of after it. And what only corrects the book (the undoing of a use
that was none, the adjustment of another count) holds from the moment it corrects.
"""

from __future__ import annotations

from datetime import datetime, timedelta

LATE = timedelta(minutes=2)
"""What is heard of within so long was sent at once; the rest of the difference is the device's clock."""


def is_late(occurred_at: datetime, recorded_at: datetime) -> bool:
    """Whether it was kept somewhere before we heard of it."""
    return recorded_at - occurred_at > LATE


def moment(occurred_at: datetime, recorded_at: datetime) -> datetime:
    """When it was: by our clock where it was sent at once, by the device's where it was not."""
    return occurred_at if is_late(occurred_at, recorded_at) else recorded_at
