"""This file is who may do what in the office: licences, files that are imported, charges of HIS, cost accounting."""

from __future__ import annotations

from api.allowing import READERS, STORE, WARD, Access, R, hospital, own

_LICENCES = hospital(R.BUYER, R.QUALITY, R.STOREKEEPER, R.AUDITOR)
_LICENSE = hospital(R.BUYER, R.QUALITY)
_IMPORT = hospital(R.BUYER, R.FINANCE, R.SYSTEM_ADMIN)
_CHARGES = own(R.FINANCE, R.HEAD_NURSE, R.AUDITOR)
_COSTED = hospital(R.FINANCE, R.AUDITOR)
_REVIEWED = hospital(R.FINANCE, R.QUALITY, R.AUDITOR)
_REVIEW = hospital(R.FINANCE, R.QUALITY)
_SETTLE = own(R.FINANCE, R.HEAD_NURSE)

_DAYS = own(R.HEAD_NURSE, R.STOREKEEPER, R.FINANCE, *READERS)
_SIGN_DAYS = own(R.HEAD_NURSE, R.STOREKEEPER)

_GIFTS = hospital(R.STOREKEEPER, R.BUYER, R.FINANCE, R.AUDITOR)
_RECORD_GIFTS = hospital(R.STOREKEEPER, R.BUYER)
_TAKE_GIFTS = hospital(R.BUYER, R.FINANCE)
_MONTHS = hospital(R.FINANCE, R.AUDITOR, R.SYSTEM_ADMIN)
_OPEN_MONTHS = hospital(R.FINANCE, R.SYSTEM_ADMIN)

ROWS: dict[str, Access] = {
    "pages.imports_listed": _IMPORT,
    "pages.imports_new": _IMPORT,
    "pages.imports_template": _IMPORT,
    "pages.imports_columns": _IMPORT,
    "pages.imports_show": _IMPORT,
    "pages.imports_preview": _IMPORT,
    "pages.imports_apply": _IMPORT,
    "pages.licences": _LICENCES,
    "pages.licences_missing": _LICENCES,
    "pages.licences_show": _LICENCES,
    "pages.licences_document": _LICENCES,
    "pages.licences_new": _LICENSE,
    "pages.licences_withdraw": _LICENSE,
    "pages.licences_overrides": _LICENCES,
    "pages.licences_override": _LICENCES,
    "pages.licences_ask": hospital(R.STOREKEEPER, R.BUYER, R.QUALITY),
    "pages.licences_decide": _LICENSE,
    "licences.listing": hospital(*STORE, R.BUYER, *READERS),
    "licences.show": hospital(*STORE, R.BUYER, *READERS),
    "licences.document": hospital(*STORE, R.BUYER, *READERS),
    "licences.add": hospital(R.BUYER, R.QUALITY, R.INTEGRATION),
    "licences.overrides": hospital(*STORE, R.BUYER, *READERS),
    "licences.ask_override": hospital(R.STOREKEEPER, R.BUYER, R.QUALITY),
    "licences.decide": _LICENSE,
    # Closing
    "day-closings.squares": _DAYS,
    "day-closings.show": _DAYS,
    "day-closings.close": _SIGN_DAYS,
    "rule-versions.listing": _COSTED,
    "rule-versions.show": _COSTED,
    "rule-versions.check": _COSTED,
    "rule-versions.changes": _COSTED,
    "rule-versions.draft": hospital(R.FINANCE),
    "rule-versions.account": hospital(R.FINANCE),
    "rule-versions.lines": hospital(R.FINANCE),
    "rule-versions.activate": hospital(R.FINANCE),
    "pages.finance_chart": _COSTED,
    "pages.finance_chart_version": _COSTED,
    "pages.finance_chart_draft": hospital(R.FINANCE),
    "pages.finance_chart_account": hospital(R.FINANCE),
    "pages.finance_chart_lines": hospital(R.FINANCE),
    "pages.finance_chart_activate": hospital(R.FINANCE),
    "pages.finance_chart_discard": hospital(R.FINANCE),
    "donations.listing": _GIFTS,
    "donations.record": _RECORD_GIFTS,
    "donations.decide": _TAKE_GIFTS,
    "pages.donations": _GIFTS,
    "pages.donations_new": _RECORD_GIFTS,
    "pages.donations_record": _RECORD_GIFTS,
    "pages.donations_one": _GIFTS,
    "pages.donations_decide": _TAKE_GIFTS,
    "closings.months": _MONTHS,
    "closings.show": _MONTHS,
    "closings.waive": hospital(R.FINANCE),
    "closings.lock": hospital(R.FINANCE),
    "closings.ask": _OPEN_MONTHS,
    "closings.decide": _OPEN_MONTHS,
    "pages.closing": _MONTHS,
    "pages.closing_month": _MONTHS,
    "pages.finance_proof": _MONTHS,
    "pages.finance_prove": hospital(R.FINANCE, R.SYSTEM_ADMIN),
    "pages.closing_waive": hospital(R.FINANCE),
    "pages.closing_lock": hospital(R.FINANCE),
    "pages.closing_ask": _OPEN_MONTHS,
    "pages.closing_decide": _OPEN_MONTHS,
    "pages.days": _DAYS,
    "pages.days_one": _DAYS,
    "pages.days_close": _SIGN_DAYS,
    # Charges
    "charges.listing": hospital(R.FINANCE, R.AUDITOR, R.INTEGRATION),
    "charges.proposed": own(*WARD, R.INTEGRATION),
    "charges.keep": hospital(R.FINANCE, R.INTEGRATION),
    "reconciliations.listing": _CHARGES,
    "reconciliations.run": hospital(R.FINANCE, R.INTEGRATION),
    "reconciliations.cases": _CHARGES,
    "reconciliations.case": _CHARGES,
    "reconciliations.take": _SETTLE,
    "reconciliations.resolve": _SETTLE,
    "reconciliations.reopen": _SETTLE,
    "charge-messages.listing": hospital(R.FINANCE, R.AUDITOR, R.INTEGRATION),
    "charge-messages.resend": hospital(R.FINANCE),
    "charge-messages.give_up": hospital(R.FINANCE),
    "pages.finance_charges": _CHARGES,
    "pages.finance_charges_run": hospital(R.FINANCE),
    "pages.finance_differences": _CHARGES,
    "pages.finance_difference": _CHARGES,
    "pages.finance_difference_act": _SETTLE,
    # Cost accounting
    "step-downs.listing": _COSTED,
    "step-downs.run": hospital(R.FINANCE),
    "step-downs.show": _COSTED,
    "step-downs.cells": _COSTED,
    "pages.finance_step_down": _COSTED,
    "pages.finance_step_down_run": hospital(R.FINANCE),
    "pages.finance_step_flows": _COSTED,
    "case-costs.listing": _COSTED,
    "case-costs.run": hospital(R.FINANCE),
    "case-costs.show": _COSTED,
    "case-costs.lines": _COSTED,
    "groups.report": _COSTED,
    "groups.cases": _COSTED,
    "groups.payers": _COSTED,
    "reviews.listing": _REVIEWED,
    "reviews.look": _REVIEW,
    "reviews.show": _REVIEWED,
    "reviews.decide": _REVIEW,
    "reviews.reopen": _REVIEW,
    "pages.finance_reviews": _REVIEWED,
    "pages.finance_reviews_look": _REVIEW,
    "pages.finance_review": _REVIEWED,
    "pages.finance_review_decide": _REVIEW,
    "indicators.listing": _COSTED,
    "indicators.peers": _COSTED,
    "pages.finance_indicators": _COSTED,
    "pages.finance_indicator": _COSTED,
    "pages.finance_case_costs": _COSTED,
    "pages.finance_case_costs_run": hospital(R.FINANCE),
    "pages.finance_case_lines": _COSTED,
    "pages.finance_groups": _COSTED,
    "pages.finance_group_cases": _COSTED,
    "pages.finance_unsent": hospital(R.FINANCE, R.AUDITOR),
    "pages.finance_unsent_one": hospital(R.FINANCE, R.AUDITOR),
    "pages.finance_unsent_decide": hospital(R.FINANCE),
}
