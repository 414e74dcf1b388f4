"""This file is who may do what in the office: licences, and files that are imported."""

from __future__ import annotations

from api.allowing import READERS, STORE, Access, R, hospital

_LICENCES = hospital(R.BUYER, R.QUALITY, R.STOREKEEPER, R.AUDITOR)
_LICENSE = hospital(R.BUYER, R.QUALITY)
_IMPORT = hospital(R.BUYER, R.FINANCE, R.SYSTEM_ADMIN)

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
}
