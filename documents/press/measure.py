"""How high the rows of a divided table are, read from the pages it was laid out on; see continued.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weasyprint import Document as LaidOut
from weasyprint.formatting_structure import boxes

from .continued import DIVISION, OWN, Measured

LINE = 1.5  # of its size: a line of the table


def measure(laid_out: LaidOut) -> Measured | None:
    """None where no page has such a table."""
    rows: dict[Any, tuple[float, float, float]] = {}  # element of the row → its heights
    room: list[float] = []
    line = 0.0
    for page in laid_out.pages:
        for table in _tables(page._page_box):
            top = table.content_box_y()
            for group in table.children:
                if group.is_header:
                    top = group.position_y + group.height
                    continue
                for row in group.children:
                    heights = [_height(cell) for cell in row.children]
                    own = max(heights[1:OWN], default=max(heights))
                    span = max([heights[0], *heights[OWN:]]) if len(heights) > 1 else 0.0
                    known = rows.get(row.element, (0.0, 0.0, 0.0))  # one broken over two pages comes twice
                    rows[row.element] = known[0] + own, known[1] + heights[0], known[2] + span
                    line = line or row.children[0].style["font_size"] * LINE
            box = page._page_box
            room.append(box.content_box_y() + box.height - top)
    if not room:
        return None
    own_heights, names, spans = zip(*rows.values(), strict=True)
    return Measured(own_heights, names, spans, line, (room[0], room[1] if len(room) > 1 else room[0]))


def _tables(box: Any) -> Iterator[Any]:
    if isinstance(box, boxes.TableBox) and DIVISION in (box.element.get("class") or "").split():
        yield box
    elif isinstance(box, boxes.ParentBox):
        for child in box.children:
            yield from _tables(child)


def _height(cell: Any) -> float:
    """How high a cell is by what it holds: without what was added below to make it as high as its row."""
    height: float = cell.border_height() - cell.padding_bottom + cell.style["padding_bottom"].value
    return height
