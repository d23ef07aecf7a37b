"""How a page reads what stands in an address or was sent with it, before it asks the database.

Whatever a browser sends is text, and anybody may send any. A key of a row is a few plain digits;
everything else that looks like a number to Python (“²”, “１２”, five thousand nines) is none.
"""

from __future__ import annotations

MOST_DIGITS = 18  # of a key: what a column of eight bytes holds, whatever the digits are


def key_in(text: str) -> int | None:
    """The key of a row as a page writes it; None for what none of our pages has written."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def page_in(text: str, last: int) -> int:
    """The number of a page, from 1 to `last`; the first for what is no number."""
    return min(max(key_in(text) or 1, 1), last)
