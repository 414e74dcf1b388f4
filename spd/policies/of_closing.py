"""This file is the policies of closing: until when a day is signed."""

from __future__ import annotations

from spd.policies.policy import Policy

OF_CLOSING: tuple[Policy, ...] = (
    Policy(
        name="closing.day_hours",
        default=12,
        most=240,
        zh="日清时限: 一日结束后多少小时内须签认, 逾期记为未日清",
        en="Hours after a day's end within which its departments sign it; after that it is marked as missed",
    ),
)
