"""This file is who may do what on the pages of theatre."""

from __future__ import annotations

from api.allowing import READERS, WARD, Access, R, hospital, own

_LENT = own(R.STOREKEEPER, *WARD, R.FINANCE, *READERS)
_LEND = own(R.STOREKEEPER, *WARD)
_IMPLANTS = own(*WARD, *READERS)
_OPERATED = own(*WARD, *READERS)

ROWS: dict[str, Access] = {
    "pages.theatre": _LENT,
    "pages.theatre_implants": _IMPLANTS,
    "pages.theatre_implant": _IMPLANTS,
    "pages.theatre_implant_paper": _IMPLANTS,
    "pages.label_photo": _IMPLANTS,
    "pages.label_photo_new": own(*WARD),
    "pages.label_photo_add": own(*WARD),
    "pages.theatre_set_new": _LEND,
    "pages.theatre_set": _LENT,
    "pages.theatre_set_arrival": _LEND,
    "pages.theatre_set_departure": _LEND,
    "pages.theatre_set_loss": _LEND,
    "pages.theatre_set_close": _LEND,
    "pages.theatre_set_withdraw": _LEND,
    "pages.sterile": hospital(R.STOREKEEPER, *WARD, *READERS),
    "pages.sterile_new": hospital(R.STOREKEEPER, *WARD),
    "pages.sterile_failed": hospital(R.STOREKEEPER, R.HEAD_NURSE, R.QUALITY),
    "pages.theatre_operations": _OPERATED,
    "pages.theatre_operations_late": _OPERATED,
    "pages.theatre_operation": _OPERATED,
    "pages.theatre_operation_paper": _OPERATED,
    "pages.theatre_operation_new": own(*WARD),
    "pages.theatre_operation_open": own(*WARD),
    "pages.theatre_operation_opened": own(*WARD),
    "pages.theatre_operation_scan": own(*WARD),
    "pages.theatre_operation_scanned": own(*WARD),
    "pages.theatre_operation_undo": own(*WARD),
    "pages.theatre_operation_end": own(*WARD),
    "pages.theatre_operation_cancel": own(*WARD),
    "pages.theatre_operation_reopen": own(*WARD),
    "pages.theatre_operation_people": own(*WARD),
    "pages.theatre_operation_plan": own(*WARD),
    "pages.theatre_operation_sign": own(*WARD),
}
