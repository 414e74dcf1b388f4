"""This file is what is refused of invoices and payments."""

from __future__ import annotations

from spd.core.errors import Conflict, NotFound, Refused


class UnknownInvoice(NotFound):
    """No invoice has this number."""

    code = "unknown-invoice"
    say = {"zh": "没有发票 {invoice}。核对单号。", "en": "There is no invoice {invoice}. Check its number."}


class InvoiceTaken(Conflict):
    """The supplier's invoice of this number is on record already: nobody pays it twice."""

    code = "invoice-taken"
    say = {
        "zh": "{supplier} 的发票 {number} 已录入, 不可重复。核对发票号码。",
        "en": "Invoice {number} of {supplier} is on record already. Check the number on the paper.",
    }


class BadInvoice(Refused):
    """The lines of the invoice do not add up, or some go up and some down."""

    code = "bad-invoice"
    say = {
        "zh": "发票第 {line} 行的数量、单价与金额不符, 或红字与蓝字混在一张发票上。按票面更正。",
        "en": "Line {line}: quantity, price and amount disagree, or red and blue are mixed. Write what the paper says.",
    }


class UnknownInvoiceProduct(Refused):
    """The line names a product that is not in the catalogue."""

    code = "unknown-invoice-product"
    say = {
        "zh": "发票第 {line} 行的品规 {product} 不在目录中。",
        "en": "Line {line} names product {product}, which the catalogue does not have.",
    }


class FirstInvoiceMissing(Refused):
    """The hospital wants the number of the first of two invoices."""

    code = "first-invoice-missing"
    say = {
        "zh": "两票制: 请填写第一票(生产企业至配送企业)的发票号码。",
        "en": "Give the number of the first of the two invoices, from the maker to the distributor.",
    }


class NotThatInvoiceStep(Conflict):
    """The invoice is not where this step begins."""

    code = "invoice-not-there"
    say = {
        "zh": "发票 {invoice} 当前状态为 {state}, 不能执行此操作。刷新页面查看。",
        "en": "Invoice {invoice} is {state}: this cannot be done with it now. Look at it again.",
    }


class NotBookedYet(Conflict):
    """What is left of a statement is on invoices that are not booked."""

    code = "invoices-not-booked"
    say = {
        "zh": "结算单 {statement} 的明细已匹配到尚未入账的发票 {invoices}。请另一人先将其入账, 或作废该发票, 再操作。",
        "en": "Lines of statement {statement} are matched to {invoices}, not booked yet. Have a colleague book it, or "
        "withdraw it; then do this again.",
    }


class NothingToMatch(Refused):
    """Nothing accrued fits the lines."""

    code = "nothing-to-match"
    say = {
        "zh": "没有可与发票 {invoice} 匹配的收货或使用明细。",
        "en": "No receipt or use that is still open fits invoice {invoice}.",
    }


class MatchTooMuch(Refused):
    """More is matched than the invoice's line or the accrued posting has."""

    code = "match-too-much"
    say = {
        "zh": "发票第 {line} 行与明细 {posting}: 匹配数量超出可匹配数量, 或供应商不同, 或结算单尚未确认。",
        "en": "Line {line} with posting {posting}: more than is open, another's, or on a statement not confirmed.",
    }


class NothingIsMatched(Conflict):
    """There is no match to take back."""

    code = "nothing-is-matched"
    say = {
        "zh": "发票 {invoice} 没有匹配, 无需取消。刷新页面查看。",
        "en": "Invoice {invoice} is matched to nothing: there is nothing to take back. Look at it again.",
    }


class ReasonForUnmatching(Refused):
    """What is taken back of the journal says why."""

    code = "unmatching-needs-reason"
    say = {
        "zh": "发票 {invoice} 已入账: 请填写取消匹配的原因, 将以红字冲回。",
        "en": "Invoice {invoice} is booked: give the reason for taking its matches back; they are posted in red.",
    }


class InvoicePaid(Conflict):
    """What is paid keeps its matches, unless the payment is reversed first."""

    code = "invoice-is-paid"
    say = {
        "zh": "发票 {invoice} 已付款 {paid}。请先由另一人冲销付款 {payments}, 再取消匹配。",
        "en": "{paid} of invoice {invoice} is paid. Have a colleague reverse {payments} first, then take matches back.",
    }


class UnknownPayment(NotFound):
    """No payment has this number."""

    code = "unknown-payment"
    say = {"zh": "没有付款 {payment}。核对单号。", "en": "There is no payment {payment}. Check its number."}


class PaymentReversed(Conflict):
    """The payment was reversed before, or is a reversal itself."""

    code = "payment-reversed"
    say = {
        "zh": "付款 {payment} 已冲销, 或本身是冲销。刷新页面查看。",
        "en": "Payment {payment} was reversed, or is a reversal itself. Look at it again.",
    }


class ReasonForDifference(Refused):
    """What is not matched in full, or beyond the tolerance, is booked, or matched once booked, with a reason."""

    code = "difference-needs-reason"
    say = {
        "zh": "发票 {invoice} 匹配结果为{status}: 请填写差异原因后再入账或匹配。",
        "en": "Invoice {invoice} is {status}: give the reason for the difference, then book or match it.",
    }


class BadPayment(Refused):
    """A payment pays something that is open, and not more."""

    code = "bad-payment"
    say = {
        "zh": "付款金额须为未付金额以内: {invoice} 未付 {open}。",
        "en": "A payment is for what is open and no more: {invoice} has {open} open.",
    }


class NotEnoughAhead(Refused):
    """Less was paid ahead than is to be taken from it."""

    code = "not-enough-ahead"
    say = {
        "zh": "预付款余额 {left} 不足。",
        "en": "Only {left} of what was paid ahead is left.",
    }
