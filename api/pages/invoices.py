"""This file is the pages of invoices: the list, and one with its lines, what fits them, and what may be done."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.access import may_open
from api.fields import Text
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.pages import bp, invoice_words, office
from api.pages.listing import Choice, DayFrom, Listing, Words, anywhere, listed
from api.pages.report import asked_as_of, stamped, tabs, this_month
from api.pages.scanned import named
from api.pages.supplier import today
from api.v1.invoice_schemas import Amount
from spd import ledger, policies
from spd.catalog import Lot, products_at
from spd.core import clock
from spd.ledger import EntryRow, Item, Movement, Posting
from spd.parties import Party, party_told_of
from spd.settlement import invoices
from spd.settlement.invoices import BUCKETS, Chosen, Invoice, InvoiceLine, InvoiceMatch, InvoiceStep, PaymentSaid, Way
from spd.staff import Staff

_OFFERED = 100  # open receipts and uses shown to choose from


class InvoiceStepForm(Schema):
    """A step, and why."""

    step = fields.String(required=True, validate=validate.OneOf(("match", "unmatch", "book", "withdraw")))
    reason = Text(load_default="", shortest=0)


class ChooseForm(Schema):
    """So much of a line is for one receipt or use."""

    line = fields.Integer(required=True, validate=validate.Range(1, 100_000))
    posting_id = fields.Integer(required=True, validate=validate.Range(1, 2**62))
    quantity = fields.Integer(required=True, validate=validate.Range(-10_000_000, 10_000_000))
    reason = Text(load_default="", shortest=0)


class PayForm(Schema):
    """A payment of one invoice; all that is open where no amount is said."""

    way = fields.String(
        required=True, validate=validate.OneOf([str(way) for way in Way if way is not Way.AHEAD])
    )  # fmt: skip
    reference = Text(required=True, longest=80)
    amount = Amount(load_default=None)


def _overdue(on: date) -> Any:
    """The condition of a class of days overdue, as payables have them."""

    def where(value: str) -> ColumnElement[bool]:
        if value == "no":
            return Invoice.due_on >= on
        number = int(value)
        newest = on - timedelta(days=1 if number == 0 else BUCKETS[number - 1] + 1)
        oldest = on - timedelta(days=BUCKETS[number]) if number < len(BUCKETS) else date.min
        return Invoice.due_on.between(oldest, newest)

    return where


@bp.get("/finance/invoices")
def finance_invoices() -> str | Response:
    """The invoices that match."""
    at = asked_as_of(request.args.get("as_of", ""))
    on = today() if at is None else clock.day_of(at, settings().zone)
    states, seen = invoice_words.state_names(), invoices.invoices_seen(at)
    verdict = read(lambda session: invoices.verdict_seen(session, at))
    matches = Choice("match", _("Match"), list(invoice_words.status_names().items()), lambda value: verdict == value)
    listing = Listing(
        name="invoices",
        base=seen.query,
        columns=invoice_words.invoice_columns(seen, verdict, at.isoformat() if at else None),
        filters=(
            Words("q", _("Search"), lambda words: _matching(seen.party, words)),
            Choice("state", _("State"), list(states.items()), lambda value: seen.state == value),
            matches,
            DayFrom("due", _("Due until"), lambda day: Invoice.due_on <= day),
            Choice("overdue", _("Overdue"), [("no", _("Not due")), *invoice_words.ages()], _overdue(on)),
        ),
        order="-code",
        tie=Invoice.id,
    )
    actions = []
    if may_open("pages.finance_invoice_new", person()):
        actions = [
            {"text": _("New invoice"), "href": url_for("pages.finance_invoice_new"), "kind": "primary", "icon": "plus"},
            {"text": _("Import"), "href": url_for("pages.imports_new", kind="invoices")},
        ]
    return listed(
        listing, title=_("Invoices"), empty=_("No invoices yet"), actions=actions,
        tabs=tabs("finance_invoices", this_month()), template="listing_as_of.html", **stamped(at),
    )  # fmt: skip


def _matching(party: Any, words: str) -> Any:
    found = Invoice.code.icontains(words, autoescape=True) | Invoice.number.icontains(words, autoescape=True)
    return found | anywhere(party.name, party.name_en)(words) | party.code.icontains(words, autoescape=True)


@bp.get("/finance/invoices/<code>")
def finance_invoice(code: str) -> str:
    """One invoice."""
    return one_page(code, office.blank())


@bp.post("/finance/invoices/<code>/step")
def finance_invoice_step(code: str) -> str | Response:
    """A step is taken with an invoice."""
    form = office.filled(InvoiceStepForm)
    if form.sent:
        with form.attempt():
            write(form.occasion, lambda session: _taken(session, form, code))
            office.tell(_("Done."))
            return redirect(url_for("pages.finance_invoice", code=code))
    return one_page(code, form)


@bp.post("/finance/invoices/<code>/choose")
def finance_invoice_choose(code: str) -> str | Response:
    """A line is matched to a receipt or use that was chosen."""
    form = office.filled(ChooseForm)
    if form.sent:
        with form.attempt():
            said = dict(form.said)
            reason = said.pop("reason")
            chosen = [Chosen(**said)]
            write(
                form.occasion,
                lambda session: invoices.match_invoice(
                    session, form.occasion, invoices.get_invoice(session, code), chosen, reason=reason
                ),
            )
            office.tell(_("Done."))
            return redirect(url_for("pages.finance_invoice", code=code))
    return one_page(code, form)


@bp.post("/finance/invoices/<code>/pay")
def finance_invoice_pay(code: str) -> str | Response:
    """An invoice is paid, or part of it."""
    form = office.filled(PayForm)
    if form.sent:
        with form.attempt():
            write(form.occasion, lambda session: _paid(session, form, code))
            office.tell(_("The payment is posted."))
            return redirect(url_for("pages.finance_invoice", code=code))
    return one_page(code, form)


def _taken(session: Session, form: office.Form, code: str) -> Invoice:
    invoice, step, reason = invoices.get_invoice(session, code), form.said["step"], form.said["reason"]
    if step == "match":
        return invoices.match_invoice(session, form.occasion, invoice, reason=reason)
    if step == "unmatch":
        return invoices.unmatch(session, form.occasion, invoice, reason=reason)
    if step == "book":
        return invoices.book(session, form.occasion, invoice, reason=reason)
    return invoices.withdraw_invoice(session, form.occasion, invoice, reason=reason)


def _paid(session: Session, form: office.Form, code: str) -> invoices.Payment:
    invoice = invoices.get_invoice(session, code)
    supplier = session.get_one(Party, invoice.supplier_id)
    amount: Decimal | None = form.said["amount"]
    said = PaymentSaid(
        occasion=form.occasion, supplier=supplier.code, way=Way(form.said["way"]), reference=form.said["reference"],
        parts={code: amount},
    )  # fmt: skip
    return invoices.pay(session, said)


def one_page(code: str, form: office.Form) -> str:
    """One invoice as it stands, with a form that was filled in; or as it stood at the instant that is asked for."""
    at = asked_as_of(request.args.get("as_of", ""))
    stamp, stamps = at.isoformat() if at else None, stamped(at)

    def draw(session: Session) -> str:
        invoice = invoices.get_invoice(session, code)
        stood = invoices.invoice_stood(session, invoice, at)
        found = invoices.statuses(session, invoice, at)
        entered, booked = stood.state == "entered", stood.state == "booked"
        payments = invoices.standing_payments(session, invoice, at)
        made, lines = invoices.matches_of(session, invoice, at), _lines(session, invoice, at)
        matches = _matches(session, invoice, made, at)
        acts = at is None and may_open("pages.finance_invoice_step", person())
        find = request.args.get("find", "").strip()[:80].replace("\x00", "")
        offers = acts and (entered or booked)
        open_ = invoices.open_postings(session, invoice.supplier_id, words=find) if offers else []
        return render_template(
            "invoice.html",
            invoice=invoice,
            stood=stood,
            stamp=stamp,
            supplier=party_told_of(session, invoice.supplier_id, at),
            lines=lines,
            line_options=[
                (str(line.line), f"{line.line} · {named(product.name, product.name_en) if product else line.name}")
                for line, product in lines
            ],
            found=found,
            status=invoices.worst(list(found.values())),
            matches=matches,
            matched=len(made),
            lying=invoices.differences_lying(session, invoice, at),
            unmatches=acts and not entered and bool(matches) and not payments,
            open_rows=_offered(session, open_[:_OFFERED]),
            open_count=len(open_),
            find=find,
            steps=_steps(session, invoice, at),
            entries=ledger.find_vouchers(session, "invoice", invoice.id, at=at),
            behind=url_for("pages.finance_invoice_matches", code=code, as_of=stamp),
            acts=acts,
            entered=entered,
            booked=booked,
            payments=payments,
            other=policies.get(session, "invoice.unmatch_by") == "other",
            ahead=invoices.ahead_of(session, invoice.supplier_id),
            form=form,
            words=invoice_words,
            crumbs=[(_("Invoices"), url_for("pages.finance_invoices", as_of=stamp)), (code, None)],
            **stamps,
        )

    return read(draw)


def _lines(session: Session, invoice: Invoice, at: datetime | None) -> list[Any]:
    product = products_at(at)
    query = (
        select(InvoiceLine, product)
        .outerjoin(product, product.id == InvoiceLine.product_id)
        .where(InvoiceLine.invoice_id == invoice.id)
        .order_by(InvoiceLine.line)
    )
    return list(session.execute(query).all())


def _of_postings(numbers: list[int], at: datetime | None = None) -> Any:
    product = products_at(at)
    return (
        select(
            Posting.id,
            Movement.day_on,
            EntryRow.event,
            Item.code,
            product.name,
            product.name_en,
            Lot.code.label("lot"),
            Movement.id.label("movement"),
        )
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == EntryRow.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .join(product, product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(Posting.id.in_(numbers))
    )


def _matches(session: Session, invoice: Invoice, made: list[InvoiceMatch], at: datetime | None) -> list[Any]:
    """(match, its line's number, the goods behind it), in order; of many the first."""
    made = made[:_OFFERED]
    goods = {row.id: row for row in session.execute(_of_postings([one.posting_id for one in made], at))}
    numbers = {line.id: line.line for line in invoices.lines_of(session, invoice)}
    return [(one, numbers[one.line_id], goods[one.posting_id]) for one in made]


def _offered(session: Session, open_: list[invoices.OpenPosting]) -> list[Any]:
    goods = {row.id: row for row in session.execute(_of_postings([one.posting_id for one in open_]))}
    return [(one, goods[one.posting_id]) for one in open_]


def _steps(session: Session, invoice: Invoice, at: datetime | None) -> list[Any]:
    query = (
        select(InvoiceStep, Staff.name)
        .join(Staff, Staff.id == InvoiceStep.staff_id)
        .where(InvoiceStep.invoice_id == invoice.id, true() if at is None else InvoiceStep.done_at <= at)
        .order_by(InvoiceStep.id)
    )
    return list(session.execute(query).all())
