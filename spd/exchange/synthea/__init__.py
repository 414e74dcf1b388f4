"""A Synthea CSV export as real input: its encounters, its devices under their UDI, its supplies through the store."""

from spd.exchange.synthea.catalogue import price_of
from spd.exchange.synthea.loading import load
from spd.exchange.synthea.report import SyntheaReport

__all__ = ["SyntheaReport", "load", "price_of"]
