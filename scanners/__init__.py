"""Codes: a raw scan in, what it says out; knows no database."""
