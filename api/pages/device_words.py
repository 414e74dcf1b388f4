"""This file is the words of shared devices: their kinds and states, what happened to them, who did what at them."""

from __future__ import annotations

from api.i18n import gettext as _
from spd.signing_on import DeviceProfile, DeviceState, SignOnAct


def profile_names() -> dict[str, str]:
    """What sort of device it is."""
    return {
        DeviceProfile.HANDHELD: _("handheld"),
        DeviceProfile.CART: _("cart"),
        DeviceProfile.DESKTOP: _("desktop"),
        DeviceProfile.PHONE: _("phone"),
    }


def state_names() -> dict[str, str]:
    """Whether people may come on at it."""
    return {
        DeviceState.WAITING: _("waits for its code"),
        DeviceState.ENROLLED: _("enrolled"),
        DeviceState.REVOKED: _("revoked"),
    }


def colour(state: str) -> str:
    """The kind of pill of a state."""
    return {"enrolled": "ok", "revoked": "stop"}.get(state, "caution")


def act_names() -> dict[str, str]:
    """What somebody did at a device."""
    return {
        SignOnAct.TRIED: _("gave a PIN"),
        SignOnAct.ON: _("came on"),
        SignOnAct.UNLOCKED: _("unlocked"),
        SignOnAct.SECOND: _("second person"),
        SignOnAct.LOCKED: _("screen locked"),
        SignOnAct.OFF: _("signed out"),
        SignOnAct.PIN: _("set a PIN"),
    }


def step_names() -> dict[str, str]:
    """What happened to a device."""
    return {
        "registered": _("Registered"),
        "changed": _("Changed"),
        "code": _("One-time code made"),
        "enrolled": _("Enrolled by its code"),
        "revoked": _("Revoked"),
    }
