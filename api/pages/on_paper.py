"""This file is a sheet to write on: a font with Chinese characters, read once, which headings of tables take too."""

from __future__ import annotations

from typing import Any

from fpdf import FPDF
from fpdf.fonts import FontFace

from scanners.labels import fonts

HEADINGS = FontFace(fill_color=(232, 236, 239))
"""Headings of tables: tinted and not bold, as a second weight would be a second font of megabytes to read."""


class Paper(FPDF):
    """Pages in our font; with their number at the foot where `numbered`."""

    def __init__(self, *, numbered: bool = False, **form: Any) -> None:
        """Raises: NoFont."""
        super().__init__(unit="mm", **form)
        self._numbered = numbered
        face = fonts.find()
        self.add_font("page", "", str(face.path), collection_font_number=face.face)

    def footer(self) -> None:
        """The number of the page, of how many."""
        if self._numbered:
            self.set_y(-10)
            self.set_font("page", size=8)
            self.cell(0, 6, f"{self.page_no()} / {{nb}}", align="R")
