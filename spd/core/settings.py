"""This file is the process settings: `SPD_*` variables, read once by a door, validated, listed by `spd settings`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class BadSetting(ValueError):
    """A setting cannot be used; the message names the variable, the value and what would do."""


def _setting(default: str, meaning: str, *, secret: bool = False) -> str:
    return field(default=default, metadata={"meaning": meaning, "secret": secret})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything a process must be told. Each field is the variable `SPD_` + its name in capitals."""

    database_url: str = _setting("sqlite:///var/spd.db", "SQLAlchemy address of the database", secret=True)
    secret_key: str = _setting("", "signs session cookies; empty = made once and kept beside the database", secret=True)
    time_zone: str = _setting("Asia/Shanghai", "the hospital's time zone: decides the hospital's day")
    language: str = _setting("zh-Hans", "language of those who have not chosen: zh-Hans or en")
    host: str = _setting("127.0.0.1", "address the server listens on")
    port: str = _setting("8000", "port the server listens on")
    site_url: str = _setting(
        "", "address people open this under (https://spd.example): links in files lead there; empty = as it was asked"
    )
    workers: str = _setting("2", "server processes; one for each core")
    threads: str = _setting("8", "threads of each server process: uses that come at one moment are written together")
    secure_cookies: str = _setting("no", "yes where the site is served over HTTPS: cookies are then HTTPS only")
    clock_ahead_seconds: str = _setting("300", "how far a device's clock may run ahead before its scan is refused")
    late_hours: str = _setting("72", "how long after the act a device may still report it")
    verify_at: str = _setting("02:30", "when the worker verifies the ledger each night, hospital time")
    charge_url: str = _setting("", "address that charges for HIS are posted to (http or https); empty = none")
    charge_secret: str = _setting("", "signs what is posted to SPD_CHARGE_URL", secret=True)
    charge_folder: str = _setting("", "folder that charges for HIS are dropped into, one file each; empty = none")
    charge_timeout_seconds: str = _setting("10", "how long HIS may take to answer one charge")
    charge_view_url: str = _setting(
        "", "SQLAlchemy address of HIS's database, to poll a view of charges; empty = none", secret=True
    )
    charge_view: str = _setting("spd_charges", "the view, with its schema where it has one")
    charge_view_time: str = _setting("charged_at", "its column that says when a line was charged")
    charge_view_minutes: str = _setting("5", "how often the view is polled")
    mail_host: str = _setting("", "mail server that reports are sent through; empty = no mail")
    mail_port: str = _setting("587", "port of the mail server")
    mail_security: str = _setting("starttls", "how mail is sent: starttls, tls, or none inside a closed network")
    mail_user: str = _setting("", "user at the mail server; empty = without logging in")
    mail_password: str = _setting("", "password at the mail server", secret=True)
    mail_from: str = _setting("", "address that reports are sent from")
    mail_domains: str = _setting("", "domains that reports may be sent to, as hospital.example,group.example")
    report_url: str = _setting(
        "", "SQLAlchemy address of a PostgreSQL replica that reports are read from; empty = the database", secret=True
    )
    report_seconds: str = _setting("120", "how long one question of a report may take before it is stopped")
    report_workers: str = _setting(
        "0", "processors PostgreSQL may take for a report beside its first; 0 keeps wards quick"
    )
    report_folder: str = _setting("", "folder that scheduled reports are put into; empty = none")
    lock_minutes: str = _setting("480", "idle minutes after which a session must log in again")
    shared_lock_minutes: str = _setting("5", "idle minutes after which a shared device locks until badge and PIN come")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """The settings of this process. Raises: BadSetting, for the first variable that cannot be used."""
        known = {f"SPD_{f.name.upper()}": f.name for f in fields(cls)}
        unknown = sorted(name for name in environ if name.startswith("SPD_") and name not in known)
        if unknown:
            raise BadSetting(f"{unknown[0]} is not a setting. `spd settings` lists those there are.")
        settings = cls(**{name: environ[variable] for variable, name in known.items() if variable in environ})
        settings._check()
        return settings

    def _check(self) -> None:
        for name in (
            "port",
            "workers",
            "threads",
            "clock_ahead_seconds",
            "late_hours",
            "lock_minutes",
            "shared_lock_minutes",
            "charge_timeout_seconds",
            "charge_view_minutes",
            "mail_port",
            "report_seconds",
            "report_workers",
        ):
            value = getattr(self, name)
            if not (value.isascii() and value.isdigit()):
                raise BadSetting(f"SPD_{name.upper()}={value!r}: a whole number is needed.")
        if self.site_url and not self.site_url.startswith(("http://", "https://")):
            raise BadSetting(f"SPD_SITE_URL={self.site_url!r}: an address that begins with http:// or https://.")
        if self.language not in ("zh-Hans", "en"):
            raise BadSetting(f"SPD_LANGUAGE={self.language!r}: zh-Hans or en.")
        if self.secure_cookies not in ("yes", "no"):
            raise BadSetting(f"SPD_SECURE_COOKIES={self.secure_cookies!r}: yes or no.")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise BadSetting(
                f"SPD_TIME_ZONE={self.time_zone!r} is no time zone; an example is Asia/Shanghai."
            ) from None
        self._check_charges()
        self._check_mail()
        hour, _, minute = self.verify_at.partition(":")
        if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
            raise BadSetting(f"SPD_VERIFY_AT={self.verify_at!r}: hours and minutes, as 02:30.")

    def _check_charges(self) -> None:
        if self.charge_url and not self.charge_url.startswith(("http://", "https://")):
            raise BadSetting(f"SPD_CHARGE_URL={self.charge_url!r}: an address that begins with http:// or https://.")
        if self.charge_url and len(self.charge_secret) < 16:
            raise BadSetting("SPD_CHARGE_SECRET is needed with SPD_CHARGE_URL: 16 characters or more, known to HIS.")
        for name in ("charge_view", "charge_view_time"):
            if not re.fullmatch(r"\w+(\.\w+)?", getattr(self, name)):
                raise BadSetting(
                    f"SPD_{name.upper()}={getattr(self, name)!r}: a name, with its schema where it has one."
                )
        if self.charge_view_minutes == "0":
            raise BadSetting("SPD_CHARGE_VIEW_MINUTES=0: at least 1.")
        if self.charge_url and self.charge_folder:
            raise BadSetting("SPD_CHARGE_URL and SPD_CHARGE_FOLDER: one way to send charges, not two.")

    def _check_mail(self) -> None:
        if self.mail_security not in ("starttls", "tls", "none"):
            raise BadSetting(f"SPD_MAIL_SECURITY={self.mail_security!r}: starttls, tls or none.")
        if self.mail_host and not (self.mail_from and self.mail_domains):
            raise BadSetting("SPD_MAIL_FROM and SPD_MAIL_DOMAINS are needed with SPD_MAIL_HOST.")
        if self.mail_password and self.mail_security == "none":
            raise BadSetting("SPD_MAIL_PASSWORD is not sent in the clear: SPD_MAIL_SECURITY must be starttls or tls.")

    @property
    def zone(self) -> ZoneInfo:
        """The hospital's time zone."""
        return ZoneInfo(self.time_zone)

    def signing_key(self) -> str:
        """The key that signs cookies; made once beside an embedded database where none was given.

        Raises: BadSetting, on PostgreSQL without SPD_SECRET_KEY, where several servers must share one key.
        """
        if self.secret_key:
            return self.secret_key
        if not self.database_url.startswith("sqlite:///"):
            raise BadSetting(
                "SPD_SECRET_KEY is needed with PostgreSQL: one long random text, the same on every server."
            )
        kept = Path(self.database_url.removeprefix("sqlite:///")).parent / "secret.key"
        kept.parent.mkdir(parents=True, exist_ok=True)
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_hex(32), encoding="ascii")
        return kept.read_text(encoding="ascii").strip()

    def listed(self) -> list[tuple[str, str, str]]:
        """(variable, value, meaning) of every setting; secrets are shown as set or not set."""
        rows = []
        for f in fields(self):
            value = getattr(self, f.name)
            shown = ("(set)" if value else "(not set)") if f.metadata["secret"] else value
            rows.append((f"SPD_{f.name.upper()}", shown, f.metadata["meaning"]))
        return rows
