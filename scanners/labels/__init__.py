"""Labels: what is to be said, laid out once, and drawn as SVG, PNG, PDF or ZPL; every symbol is read back first."""

from __future__ import annotations

from scanners.labels.label import SHEETS, SIZES, Carrier, DoesNotFit, Label, NoFont, Sheet, Size, Unprintable
from scanners.labels.render import pdf, png, svg
from scanners.labels.zpl import zpl

__all__ = [
    "SHEETS",
    "SIZES",
    "Carrier",
    "DoesNotFit",
    "Label",
    "NoFont",
    "Sheet",
    "Size",
    "Unprintable",
    "pdf",
    "png",
    "svg",
    "zpl",
]
