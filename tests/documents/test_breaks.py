"""Where pages end: read from the tags of the finished files, which say what every piece of a page is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pikepdf
import pytest

from documents.base import kind_of
from documents.press.process import Press
from documents.specimens import facts_of, kinds_made_up
from tests.examples import some

pytestmark = pytest.mark.once

SHEETS = [kind for kind in kinds_made_up() if kind_of(kind).family in ("sheet", "notice", "contract")]
LEAST = 6  # lines on the last page
HEADINGS = ("/H1", "/H2", "/H3")


@dataclass
class Table:
    """The part of a table that stands on one page: the rows of its head, the others, and how many lines these have."""

    head: int = 0
    rows: int = 0
    lines: int = 0


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    made = Press()
    yield made
    made.close()


def pages_of(pdf: bytes) -> list[list[Any]]:
    """Page by page what stands on it, in the order of reading: a Table, or the tag of any other piece ("/H2", "/Span")."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        numbers = {page.obj.objgen: number for number, page in enumerate(document.pages)}
        found: list[list[Any]] = [[] for _ in numbers]
        for element in document.Root.StructTreeRoot.K:
            _gather(element, numbers, found)
    return found


def _gather(element: Any, numbers: dict[Any, int], found: list[list[Any]]) -> None:
    tag = str(element.S)
    if tag == "/Table":
        table = Table()
        for group in _kids(element):
            rows = _kids(group)
            if group.S == "/THead":
                table.head += len(rows)
            else:
                table.rows += len(rows)
                table.lines += sum(max(map(_lines, _kids(row))) for row in rows)
        found[numbers[element.Pg.objgen]].append(table)
    elif tag in HEADINGS or (tag == "/Span" and not _kids(element)):
        found[numbers[element.Pg.objgen]].append(tag)
    else:
        for kid in _kids(element):
            _gather(kid, numbers, found)


def _lines(element: Any) -> int:
    kids = _kids(element)
    return sum(map(_lines, kids)) if kids else int(element.S == "/Span")


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K", [])
    every = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
    return [kid for kid in every if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]


def faults(pages: list[list[Any]]) -> list[str]:
    """What a compositor would not let pass."""
    found = []
    for number, (page, following) in enumerate(pairwise(pages), 1):
        last, first = page[-1], following[0]
        if last in HEADINGS:
            found.append(f"page {number} ends with a heading")
        if isinstance(last, Table) and isinstance(first, Table):
            here, there = last.rows, first.rows
            if here < 2:
                found.append(f"{here} line of a table at the foot of page {number}")
            if there < 4:
                found.append(f"{there} lines of a table on top of page {number + 1}")
            if here + there <= 10:
                found.append(f"a table of {here + there} lines is broken after page {number}")
            if first.head != last.head:
                found.append(f"the table on page {number + 1} has lost its head")
    lines = sum(piece.lines if isinstance(piece, Table) else 1 for piece in pages[-1])
    if lines < LEAST:
        found.append(f"the last page has {lines} lines")
    return found


@pytest.mark.long
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", SHEETS)
def test_no_page_ends_where_it_should_not(press: Press, kind: str, language: str) -> None:
    """Nor does it when there is more to say: the longer the region's name, the further down stands all the rest."""
    facts = facts_of(kind, language)
    word = "East Region and others, " if language == "en" else "华东大区及其周边各地、"
    longer = some(range(0, 102, 17), 3) if "region" in facts else [0]
    found = {}
    for times in longer:
        region = {"region": facts["region"] + word * times} if times else {}
        pdf, _count = press.print(kind, language, {**facts, **region})
        if wrong := faults(pages_of(pdf)):
            found[times] = wrong

    assert found == {}


@pytest.mark.long
def test_a_register_of_many_lines_is_broken_between_its_lines_and_keeps_its_head(press: Press) -> None:
    facts = facts_of("office.register", "zh-hans")
    for count in some(range(20, 32), 4):
        pdf, _pages = press.print("office.register", "zh-hans", {**facts, "lines": facts["lines"][:1] * count})
        pages = pages_of(pdf)
        parts = [piece for page in pages for piece in page if isinstance(piece, Table)]

        assert (faults(pages), sum(part.rows for part in parts), len(parts) > 1) == ([], count, True)
