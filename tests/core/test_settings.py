"""Settings are read once, checked, and listed without their secrets."""

from __future__ import annotations

import stat
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from spd.core.settings import BadSetting, Settings


def test_nothing_need_be_set() -> None:
    settings = Settings.from_environ({"PATH": "/bin"})
    assert settings.database_url.startswith("sqlite:///")
    assert settings.zone == ZoneInfo("Asia/Shanghai")


def test_a_variable_sets_its_field() -> None:
    assert Settings.from_environ({"SPD_PORT": "8080", "SPD_LANGUAGE": "en"}).port == "8080"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SPD_PORT", "80 80"),
        ("SPD_PORT", "-1"),
        ("SPD_PORT", "八十"),
        ("SPD_PORT", "٨"),
        ("SPD_WORKERS", ""),
        ("SPD_LATE_HOURS", "72.5"),
        ("SPD_LANGUAGE", "fr"),
        ("SPD_SECURE_COOKIES", "true"),
        ("SPD_TIME_ZONE", "Mars/Olympus"),
        ("SPD_TIME_ZONE", "../../etc/passwd"),
        ("SPD_VERIFY_AT", "24:00"),
        ("SPD_VERIFY_AT", "2"),
        ("SPD_VERIFY_AT", "02:60"),
        ("SPD_DATABSE_URL", "sqlite://"),
        ("SPD_SITE_URL", "spd.example"),
        ("SPD_CHARGE_URL", "ftp://his"),
        ("SPD_CHARGE_URL", "https://his"),
        ("SPD_CHARGE_TIMEOUT_SECONDS", "soon"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(variable: str, value: str) -> None:
    with pytest.raises(BadSetting, match=variable):
        Settings.from_environ({variable: value})


def test_secrets_are_listed_only_as_set_or_not() -> None:
    listed = Settings.from_environ(
        {"SPD_SECRET_KEY": "hush", "SPD_DATABASE_URL": "postgresql://u:hush@db/spd"}
    ).listed()
    assert {variable: value for variable, value, _ in listed}["SPD_SECRET_KEY"] == "(set)"
    assert "hush" not in str(listed)


def test_every_setting_is_listed_with_its_meaning() -> None:
    assert all(variable.startswith("SPD_") and meaning for variable, _, meaning in Settings().listed())


def test_an_embedded_database_makes_its_signing_key_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/var/spd.db")
    key = settings.signing_key()
    assert len(key) == 64
    assert settings.signing_key() == key
    assert stat.S_IMODE((tmp_path / "var" / "secret.key").stat().st_mode) == 0o600


def test_a_given_signing_key_is_used() -> None:
    assert Settings(secret_key="hush").signing_key() == "hush"


def test_postgresql_needs_a_signing_key_of_its_own() -> None:
    with pytest.raises(BadSetting, match="SPD_SECRET_KEY"):
        Settings(database_url="postgresql://db/spd").signing_key()
