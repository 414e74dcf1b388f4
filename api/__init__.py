"""The web door: pages and the HTTP interface."""

from api.app import create_app

__all__ = ["create_app"]
