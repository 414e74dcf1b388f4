"""This file is the pages of statements: finance drafts, approves and sends them; a supplier confirms or disputes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.access import may_open
from api.fields import Month, Text
from api.headers import name_file
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, office, statement_paper, statement_words
from api.pages.listing import Choice, Listing, Words, anywhere, exported, listed, table
from api.pages.report import asked_as_of, stamped, this_month
from api.pages.scanned import named
from api.pages.supplier import crumbs, mine
from spd import settlement
from spd.core.money import shown
from spd.parties import party_told_of
from spd.settlement import Statement

_OTHERS = (*settlement.SUPPLIERS_STEPS, *settlement.INVOICES_STEPS)
OURS = tuple(step for step in settlement.STEPS if step not in _OTHERS)


class DraftForm(Schema):
    """Through which month statements are drafted, or of which days; of one supplier where it is named."""

    month = Month(load_default=None, allow_none=True)
    since_on = fields.Date(load_default=None, allow_none=True)
    until_on = fields.Date(load_default=None, allow_none=True)
    supplier = Text(load_default=None, allow_none=True)


class StatementStepForm(Schema):
    """A step of the hospital, and why."""

    step = fields.String(required=True, validate=validate.OneOf(OURS))
    reason = Text(load_default="", shortest=0)


class StatementAnswerForm(Schema):
    """What a supplier says to a statement, and why."""

    step = fields.String(required=True, validate=validate.OneOf(settlement.SUPPLIERS_STEPS))
    reason = Text(load_default="", shortest=0)


@bp.get("/finance/statements")
def finance_statements() -> str | Response:
    """The statements that match."""
    return _statements(office.blank({"month": this_month()}))


@bp.post("/finance/statements")
def finance_statements_draft() -> str | Response:
    """Statements are drafted."""
    form = office.filled(DraftForm)
    if form.sent:
        with form.attempt():
            drawn = write(
                form.occasion,
                lambda session: settlement.draft(
                    session, form.occasion, period=_reach(session, form), supplier=form.said["supplier"]
                ),
            )
            office.tell(_("Statements drafted: %(count)s") % {"count": len(drawn)})
            return redirect(url_for("pages.finance_statements"))
    return _statements(form)


def _reach(session: Session, form: office.Form) -> settlement.Reach:
    said = form.said
    return settlement.reach_of(session, said["month"], said["since_on"], said["until_on"])


def _statements(form: office.Form) -> str | Response:
    at = _at()
    return listed(
        _listing("pages.finance_statement", settlement.statements_seen(at=at), at),
        title=_("Supplier statements"),
        empty=_("No statements yet"),
        template="statements.html",
        form=form,
        actions=[{"text": _("Statements to make"), "href": url_for("pages.finance_statements_owed")}],
        may_draft=at is None and may_open("pages.finance_statements_draft", person()),
        **stamped(at),
        crumbs=[(_("Cost"), url_for("pages.finance")), (_("Supplier statements"), None)],
    )


def _at() -> datetime | None:
    """The instant asked for, by those of the hospital; a supplier has its statements as they are."""
    return asked_as_of(request.args.get("as_of", "")) if access.suppliers() is None else None


def _listing(page: str, seen: settlement.StatementsSeen, at: datetime | None = None) -> Listing:
    states = statement_words.state_names()
    return Listing(
        name="statements",
        base=seen.query,
        columns=statement_words.statement_columns(page, seen, at.isoformat() if at else None),
        filters=(
            Words("q", _("Search"), lambda words: _matching(seen.party, words)),
            Words("month", _("Month"), lambda words: Statement.period == words),
            Choice("state", _("State"), list(states.items()), lambda value: seen.state == value),
        ),
        order="-drafted_at",
        tie=Statement.id,
    )


def _matching(party: Any, words: str) -> Any:
    found = Statement.code.icontains(words, autoescape=True)
    return found | anywhere(party.name, party.name_en)(words) | party.code.icontains(words, autoescape=True)


@bp.get("/finance/statements/<code>")
def finance_statement(code: str) -> str | Response:
    """One statement: its lines, what was done, what may be done."""
    return _one(code, office.blank())


@bp.post("/finance/statements/<code>/step")
def finance_statement_step(code: str) -> str | Response:
    """A step is taken with a statement."""
    form = office.filled(StatementStepForm)
    if form.sent:
        with form.attempt():
            write(form.occasion, lambda session: _taken(session, form, code))
            office.tell(_("Done."))
            return redirect(url_for("pages.finance_statement", code=code))
    return _one(code, form)


@bp.get("/finance/statements/<code>/statement.pdf")
def finance_statement_paper(code: str) -> Response:
    """The statement on A4."""
    return _paper(code)


@bp.get("/supplier/statements")
def supplier_statements() -> str | Response:
    """The statements this supplier was sent."""
    listing = _listing("pages.supplier_statement", settlement.statements_seen(mine()))
    title = _("Your statements")
    return listed(listing, title=title, empty=_("No statements yet"), crumbs=crumbs(title))


@bp.get("/supplier/statements/<code>")
def supplier_statement(code: str) -> str | Response:
    """One statement, with what is to be answered."""
    return _one(code, office.blank())


@bp.post("/supplier/statements/<code>")
def supplier_statement_answer(code: str) -> str | Response:
    """The statement is confirmed or disputed."""
    form = office.filled(StatementAnswerForm)
    if form.sent:
        with form.attempt():
            write(form.occasion, lambda session: _taken(session, form, code))
            office.tell(_("Your answer is recorded."))
            return redirect(url_for("pages.supplier_statement", code=code))
    return _one(code, form)


@bp.get("/supplier/statements/<code>/statement.pdf")
def supplier_statement_paper(code: str) -> Response:
    """The statement on A4, for its supplier."""
    return _paper(code)


def _taken(session: Session, form: office.Form, code: str) -> Statement:
    statement = settlement.get_statement(session, code, suppliers=access.suppliers())
    if form.said["step"] == "redraw":
        return settlement.redraw(session, form.occasion, statement)
    return settlement.decide(session, form.occasion, statement, form.said["step"], reason=form.said["reason"])


def _one(code: str, form: office.Form) -> str | Response:
    suppliers = access.suppliers()
    ours, at = suppliers is None, _at()
    stamp = at.isoformat() if at else None
    statement = read(lambda session: settlement.get_statement(session, code, suppliers=suppliers))
    stood = read(lambda session: settlement.stood(session, statement, at))
    seen = read(lambda session: settlement.lines_seen(session, statement, at))
    supplier = read(lambda session: party_told_of(session, statement.supplier_id, at))
    listing = Listing(
        name=code,
        base=seen.query,
        columns=statement_words.line_columns(seen, ours=ours, stamp=stamp),
        order="line",
        tie=seen.line.id,
        ties=[(_("Lines − total of the statement"), seen.billed - stood.total)] if seen.kept else [],
        facts=_facts(statement, stood, supplier),
    )
    if answer := exported(listing, title=code):
        return answer
    acts = at is None and (may_open("pages.finance_statement_step", person()) if ours else True)
    steps = OURS if ours else settlement.SUPPLIERS_STEPS
    list_page = "pages.finance_statements" if ours else "pages.supplier_statements"
    crumb = _("Supplier statements") if ours else _("Your statements")
    prefix = "finance" if ours else "supplier"
    return read(
        lambda session: render_template(
            "statement.html",
            statement=statement,
            stood=stood,
            kept=seen.kept,
            supplier=supplier,
            list=table(session, listing),
            title=code,
            steps=_steps(session, statement, at) if ours else _answers(session, statement),
            open_steps=[step for step in steps if acts and settlement.may(statement.state, step)],
            action=url_for(f"pages.{'finance_statement_step' if ours else 'supplier_statement_answer'}", code=code),
            paper=url_for(f"pages.{prefix}_statement_paper", code=code, as_of=stamp),
            crumbs=[(crumb, url_for(list_page, as_of=stamp)), (code, None)],
            form=form,
            words=statement_words,
            **(stamped(at) if ours else {"as_of": None, "again": None}),
        )
    )


def _facts(statement: Statement, stood: settlement.Stood, supplier: Any) -> list[tuple[str, str]]:
    exact, rounding = ("–" if one is None else shown(one) for one in (stood.exact, stood.rounding))
    return [
        (_("Supplier"), f"{named(supplier.name, supplier.name_en)} ({supplier.code})"),
        (_("Period"), statement.span), (_("State"), statement_words.state_names()[stood.state]),
        (_("In the journal"), exact), (_("Rounding"), rounding),
    ]  # fmt: skip


def _steps(session: Session, statement: Statement, at: datetime | None = None) -> list[Any]:
    return [tuple(row) for row in session.execute(settlement.select_steps(statement, at))]


def _answers(session: Session, statement: Statement) -> list[Any]:
    """What a supplier may know of what was done: from its being sent on, and nobody's name."""
    told = ("send", *settlement.SUPPLIERS_STEPS, "invoice", "pay", *settlement.INVOICES_STEPS)
    return [(step, "–") for step, _name in _steps(session, statement) if step.step in told]


def _paper(code: str) -> Response:
    suppliers, at = access.suppliers(), _at()

    def ask(session: Session) -> bytes:
        statement = settlement.get_statement(session, code, suppliers=suppliers)
        seen, stood = settlement.lines_seen(session, statement, at), settlement.stood(session, statement, at)
        columns = [one for one in statement_words.line_columns(seen, ours=False) if one.expression is not None]
        query = seen.query.order_by(seen.line.line)
        rows = session.execute(query.add_columns(*(one.expression.label(one.key) for one in columns))).all()
        head = statement_paper.Head(
            statement=statement, stood=stood, supplier=party_told_of(session, statement.supplier_id, at), at=at
        )  # fmt: skip
        return statement_paper.pdf(head, rows)

    response = Response(read(ask), content_type="application/pdf")
    name_file(response, f"{code}.pdf", shown=True)
    return response
