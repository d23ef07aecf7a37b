"""A table whose cells reach over several rows, where it goes over a page: the name is said there again, marked as continued.

WeasyPrint leaves such a cell empty on the next page, and may break a row to make room for it. So the
table is laid out twice: first row by row, to measure each; then in groups of our own, none of which
reaches over the end of a page.

Facts: under `division` a list of parts, `{"title", "rows": [{"number", "title", "items": […], …}]}`.
The table has the class `division`, a row of its own for the title of a part, and for every topic one for
each of its items. Of a topic's first row the first cell and all after the first `OWN` ones reach over the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

DIVISION = "division"
OWN = 3  # the name, the item, its day: the second and third are a row's own
LAST = 4  # rows that stand together on the last page
SLACK = 0.5  # pixels left at the foot: heights are rounded

Facts = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """The rows of the table, laid out one by one: how high each is, its name, and all that would reach over several.

    `room`: what a page has for rows, the first one and every other.
    """

    rows: tuple[float, ...]
    names: tuple[float, ...]
    spans: tuple[float, ...]
    line: float
    room: tuple[float, float]


def groups(division: Sequence[Facts], starts: frozenset[int] | None = None) -> list[Facts]:
    """The table as its template prints it: groups of rows whose first has the cells that reach over all of them.

    `starts`: the rows a page begins with, counted from 0 through the whole table; None: every row is a group.
    """
    found: list[Facts] = []
    row = 0
    for part in division:
        if part["title"]:
            found.append({"part": part["title"], "begins": row in (starts or ())})
            row += 1
        for one in part["rows"]:
            for at, item in enumerate(one["items"] or [{"number": "", "words": "", "due": one["due"]}]):
                begins = starts is not None and row in starts
                if at == 0 or starts is None or begins:
                    whole = at == 0
                    found.append({"one": one, "whole": whole, "named": whole or begins, "begins": begins, "rows": []})
                found[-1]["rows"].append(item)
                row += 1
    return found


def starts(division: Sequence[Facts], measured: Measured | None) -> frozenset[int]:
    """With which rows the pages are to begin, reckoned from the table laid out row by row (measure.py)."""
    kinds = [kind for part in division for kind in _kinds(part)]
    if measured is None or len(kinds) != len(measured.rows):
        return frozenset()
    return frozenset(_filled(kinds, measured))


def _kinds(part: Facts) -> Iterator[str]:
    """What each row of a part is: its title, the first of a topic, or another."""
    if part["title"]:
        yield "part"
    for one in part["rows"]:
        yield "first"
        yield from ["item"] * (len(one["items"]) - 1)


def _filled(kinds: Sequence[str], measured: Measured) -> list[int]:
    """Page after page as full as it gets. A title stays with what follows it; on the last page some rows stand together."""
    found: list[int] = []
    room, at = measured.room[0], 0
    while (end := _end(kinds, measured, at, room)) < len(kinds):
        if len(kinds) - end < LAST:
            earlier = _with_title(kinds, at, len(kinds) - LAST)
            end = earlier if earlier - at >= LAST else end
        found.append(end)
        at, room = end, measured.room[1]
    return found


def _end(kinds: Sequence[str], measured: Measured, start: int, room: float) -> int:
    """The row that does not fit any more, of a page beginning with row `start`."""
    above = own = 0.0  # how high all before the topic is, and the topic's own rows
    span = 0.0
    for at in range(start, len(kinds)):
        if kinds[at] == "item" and at > start:
            own += measured.rows[at]
        else:
            above += max(own, span)
            own, span = measured.rows[at], measured.spans[at]
            if kinds[at] == "item":  # the page begins within a topic: its name is said again, and that it is
                span = _name_of(kinds, measured, at) + measured.line
        if above + max(own, span) > room - SLACK and set(kinds[start:at]) - {"part"}:
            return _with_title(kinds, start, at)
    return len(kinds)


def _with_title(kinds: Sequence[str], start: int, end: int) -> int:
    """The end of a page that begins with row `start`, so that no title of a part stands at its foot."""
    while end > start + 1 and kinds[end - 1] == "part":
        end -= 1
    return end


def _name_of(kinds: Sequence[str], measured: Measured, at: int) -> float:
    while kinds[at] == "item":
        at -= 1
    return measured.names[at]
