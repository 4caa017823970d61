"""A sheet of A5 paper: our one font, our few colours, and text that stays within its place.

What is written on it, and where, is the business of each document.
"""

import logging
from datetime import datetime

from fpdf import FPDF
from pylopdf_fonts_zh_cn import sans_path

A5 = (148.0, 210.0)
MARGIN = 14.0
WIDTH = A5[0] - 2 * MARGIN
FONT = "Noto Sans SC"
POINT = 0.352_778
"""A typographer's point in millimetres, which everything else here is."""

Colour = tuple[int, int, int]
INK: Colour = (28, 39, 51)
MUTED: Colour = (107, 119, 133)
HAIRLINE: Colour = (217, 222, 227)
AMBER: Colour = (196, 112, 0)
GREEN: Colour = (47, 125, 107)
GREY: Colour = (184, 192, 200)

# It names each character that the font lacks, and those come from people's names.
logging.getLogger("fpdf.output").setLevel(logging.ERROR)


class Sheet(FPDF):
    """Text is placed by its upper left corner; `right` places it by the upper right one."""

    def __init__(self, *, title: str, author: str, language: str, made_at: datetime) -> None:
        super().__init__(unit="mm", format=A5)
        self.set_auto_page_break(False)
        self.set_margins(MARGIN, MARGIN)
        self.add_font(FONT, fname=sans_path())
        self.set_title(title)
        self.set_author(author)
        self.set_lang(language)
        self.set_creation_date(made_at)

    def write_at(
        self, x: float, y: float, text: str, *, size: float, colour: Colour = INK, width: float = WIDTH
    ) -> float:
        """Write one line, shortened with an ellipsis beyond `width`; return how wide it became."""
        self.set_font(FONT, size=size)
        self.set_text_color(*colour)
        text = self._shortened(text, width)
        taken = self.get_string_width(text)
        self.set_xy(x, y)
        # The cell's own padding would move the text off our grid.
        self.c_margin = 0
        self.cell(taken, size * POINT * 1.25, text)
        return taken

    def write_right(self, x: float, y: float, text: str, *, size: float, colour: Colour = INK) -> None:
        self.set_font(FONT, size=size)
        self.write_at(x - self.get_string_width(text), y, text, size=size, colour=colour)

    def write_block(
        self, x: float, y: float, text: str, *, size: float, colour: Colour, width: float
    ) -> None:
        """Write text over as many lines as it needs."""
        self.set_font(FONT, size=size)
        self.set_text_color(*colour)
        self.set_xy(x, y)
        self.c_margin = 0
        self.multi_cell(width, size * POINT * 1.45, text, align="L")

    def rule(self, y: float, *, x: float = MARGIN, width: float = WIDTH) -> None:
        self.set_draw_color(*HAIRLINE)
        self.set_line_width(0.2)
        self.line(x, y, x + width, y)

    def dot(self, x: float, y: float, colour: Colour) -> None:
        self.set_fill_color(*colour)
        self.circle(x, y, 0.9, style="F")

    def bar(self, x: float, y: float, width: float, colour: Colour) -> None:
        self.set_fill_color(*colour)
        self.rect(x, y, width, 2.4, style="F")

    def _shortened(self, text: str, width: float) -> str:
        if self.get_string_width(text) <= width:
            return text
        while text and self.get_string_width(f"{text}…") > width:
            text = text[:-1]
        return f"{text}…"
