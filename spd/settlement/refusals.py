"""This file is what settlement refuses."""

from __future__ import annotations

from spd.core.errors import Conflict, NotFound, Refused


class UnknownStatement(NotFound):
    """No statement has this number, or it is another supplier's, or not sent yet."""

    code = "unknown-statement"
    say = {"zh": "没有结算单 {statement}。核对单号。", "en": "There is no statement {statement}. Check its number."}


class NothingToSettle(Refused):
    """Every line is on a statement already."""

    code = "nothing-to-settle"
    say = {
        "zh": "{period} 没有未结算的明细。",
        "en": "Nothing of {period} is left to settle.",
    }


class StatementBackwards(Refused):
    """Its last day is before its first, or only the first is said."""

    code = "statement-backwards"
    say = {
        "zh": "结算起止日期有误: {since} 至 {until}。请填写截止日, 且不早于起始日。",
        "en": "A statement from {since} until {until} cannot be. Say the last day, not before the first.",
    }


class NotThatStatementStep(Conflict):
    """The statement is not where this step begins."""

    code = "statement-not-there"
    say = {
        "zh": "结算单 {statement} 当前状态为 {state}, 不能执行此操作。刷新页面查看。",
        "en": "Statement {statement} is {state}: this cannot be done with it now. Look at it again.",
    }


class Stale(Conflict):
    """Something was posted after the statement was drawn."""

    code = "statement-stale"
    say = {
        "zh": "结算单 {statement} 生成后又有 {lines} 条新明细。先重新计算, 再审核。",
        "en": "{lines} lines came after statement {statement} was drawn. Draw it again before approving it.",
    }


class ReasonForStep(Refused):
    """A dispute and its answer say why; an invoice and a payment name their paper."""

    code = "statement-reason-needed"
    say = {
        "zh": "请填写原因; 开票和付款请填写票据号。",
        "en": "Give the reason; for an invoice or a payment give its number.",
    }
