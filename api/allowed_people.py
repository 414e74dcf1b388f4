"""This file is who may do what about shared devices, emergencies and paper, on pages and over the interface."""

from __future__ import annotations

from api.allowing import ANYONE, OPEN, READERS, WARD, Access, R, hospital, own

_DEVICES = hospital(R.SYSTEM_ADMIN, R.SECURITY_ADMIN, *READERS)
_ENROL = hospital(R.SYSTEM_ADMIN)
_REVOKE = hospital(R.SYSTEM_ADMIN, R.SECURITY_ADMIN)

ROWS: dict[str, Access] = {
    "pages.sign_on": OPEN,
    "pages.lock": ANYONE,
    "pages.account_pin": ANYONE,
    "pages.enrol": OPEN,
    "pages.revoked": OPEN,
    "pages.devices": _DEVICES,
    "pages.devices_new": _ENROL,
    "pages.devices_one": _DEVICES,
    "pages.devices_code": _ENROL,
    "pages.devices_revoke": _REVOKE,
    "pages.devices_people": _DEVICES,
    "me.pin": ANYONE,
    "enrolled-devices.listing": _DEVICES,
    "enrolled-devices.register": _ENROL,
    "enrolled-devices.code": _ENROL,
    "enrolled-devices.claim": OPEN,
    "enrolled-devices.revoke": _REVOKE,
    "enrolled-devices.history": _DEVICES,
    "sign-ons.listed": _DEVICES,
    "pages.emergency": own(*WARD),
    "pages.emergency_scan": own(*WARD),
    "pages.emergency_undo": own(*WARD),
    "pages.emergency_list": own(*WARD, *READERS),
    "emergency-uses.record": own(*WARD, R.INTEGRATION),
    "emergency-uses.record_kit": own(*WARD, R.INTEGRATION),
    "emergency-uses.listing": own(*WARD, *READERS, R.INTEGRATION),
    "emergency-uses.assign": own(*WARD, R.INTEGRATION),
    "pages.reentry": own(*WARD),
    "pages.reentry_enter": own(*WARD),
    "pages.reentry_list": own(*WARD, *READERS),
    "pages.reentry_report": own(*WARD, *READERS),
    "pages.reentry_sheet": own(*WARD, *READERS),
    "re-entries.enter": own(*WARD, R.INTEGRATION),
    "re-entries.listing": own(*WARD, *READERS, R.INTEGRATION),
}
