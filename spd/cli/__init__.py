"""The `spd` command: every door that is not the web."""

from spd.cli.main import main

__all__ = ["main"]
