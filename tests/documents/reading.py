"""What a PDF says, read by PDFium: text only, thirty times as quickly as pdfplumber, which also says where it stands."""

from __future__ import annotations

import pypdfium2

HYPHENS = str.maketrans({"\ufffe": "-", "\x02": "-"})  # how PDFium gives a hyphen at the end of a line


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, line by line, as a reader would copy it out."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range().replace("\r\n", "\n").translate(HYPHENS) for page in document]
    finally:
        document.close()
