"""This file is who may do what on the suppliers' own pages, where a supplier sees its own rows alone."""

from __future__ import annotations

from api.allowing import Access, R, hospital

_SUPPLY = hospital(R.SUPPLIER)

ROWS: dict[str, Access] = {
    "pages.supplier": _SUPPLY,
    "pages.supplier_orders": _SUPPLY,
    "pages.supplier_order": _SUPPLY,
    "pages.supplier_answer": _SUPPLY,
    "pages.supplier_note_new": _SUPPLY,
    "pages.supplier_notes": _SUPPLY,
    "pages.supplier_note": _SUPPLY,
    "pages.supplier_note_amend": _SUPPLY,
    "pages.supplier_labels": _SUPPLY,
    "pages.supplier_stock": _SUPPLY,
    "pages.supplier_uses": _SUPPLY,
    "pages.supplier_owed": _SUPPLY,
    "pages.supplier_movement": _SUPPLY,
    "pages.supplier_statements": _SUPPLY,
    "pages.supplier_statement": _SUPPLY,
    "pages.supplier_statement_answer": _SUPPLY,
    "pages.supplier_statement_paper": _SUPPLY,
}
