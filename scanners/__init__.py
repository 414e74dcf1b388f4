"""Codes: a raw scan in, what it says out; knows no database, no web and no clock."""

from __future__ import annotations

from scanners.profile import DEFAULT, Profile
from scanners.reader import read
from scanners.scan import OWN_KINDS, Kind, Scan
from scanners.unreadable import Caution, Unreadable

__all__ = ["DEFAULT", "OWN_KINDS", "Caution", "Kind", "Profile", "Scan", "Unreadable", "read"]
