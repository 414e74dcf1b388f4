"""The web door: pages and the HTTP interface."""
