"""How a table whose cells reach over rows is parted at the ends of pages: reckoned, before anything is printed."""

from __future__ import annotations

from typing import Any

import pytest

from documents.press.continued import Measured, groups, starts


def part(*topics: int, title: str = "p") -> dict[str, Any]:
    """A part with so many items in each topic."""
    return {
        "title": title,
        "rows": [
            {
                "number": str(number),
                "title": "t",
                "due": "",
                "items": [{"number": f"{number}.{at}"} for at in range(count)],
            }
            for number, count in enumerate(topics, 1)
        ],
    }


def measured(division: list[dict[str, Any]], span: float = 20.0) -> Measured:
    """Rows of ten, names of ten, a line of five; the owners of a topic are `span` high, and pages have room for five rows, then six."""
    spans: list[float] = []
    for one in division:
        spans += [0.0] if one["title"] else []
        for topic in one["rows"]:
            spans += [span] + [0.0] * (len(topic["items"]) - 1)
    many = (10.0,) * len(spans)
    return Measured(many, many, tuple(spans), 5.0, (50.5, 60.5))


def test_rows_that_begin_a_page_begin_a_group_of_their_own() -> None:
    topic = {"number": "1", "title": "t", "due": "", "items": [{"number": f"1.{at}"} for at in range(4)]}
    part = {"title": "p", "rows": [topic]}

    found = [
        (group.get("part"), group["begins"], len(group.get("rows", []))) for group in groups([part], frozenset({3}))
    ]

    assert found == [("p", False, 0), (None, False, 2), (None, True, 2)]


@pytest.mark.parametrize(
    ("division", "span", "begin"),
    [
        ([part(3)], 20, []),  # all on one page
        ([part(12)], 20, [5, 9]),  # four rows stand together on the last
        ([part(3, 3, 3)], 20, [4]),  # one row of a topic does not stay behind where its owners are higher
        ([part(3), part(4)], 20, [4]),  # no title of a part stands at the foot of a page
        ([part(3, 4)], 40, [4]),  # nor does a topic whose owners do not fit
        ([part(3, 1)], 40, [4]),  # rather one row alone on the last page than a title alone on the first
        ([part(1), part(4)], 90, [2, 4]),  # owners higher than a page: what stands above does not stay behind alone
        ([part(2, 0)], 20, []),  # a topic without items has a row
    ],
)
def test_pages_are_filled_and_no_row_is_forgotten(division: list[Any], span: float, begin: list[int]) -> None:
    assert sorted(starts(division, measured(division, span))) == begin


def test_a_table_that_was_not_laid_out_as_expected_is_left_to_the_printer() -> None:
    assert (starts([part(3)], None), starts([part(3)], measured([part(7)]))) == (frozenset(), frozenset())
