"""What the plan board draws of its rows: bars on one scale, and an Excel file that a spreadsheet can reckon with."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils.translation import override

from workflows.plans.board import Line, timeline, workbook

BEGINS, ENDS, TODAY = date(2026, 7, 1), date(2026, 12, 31), date(2026, 10, 1)


def line(number: str = "1", **changes: Any) -> Line:
    given: dict[str, Any] = {
        "part": "一、客流与会员", "number": number, "title": "会员权益与费用分担办法", "lead": "品牌部 叶知秋", "state": "in_progress",
        "state_label": "执行中", "percent": 50, "begins": date(2026, 7, 1), "due": date(2026, 9, 30), "late": False,
        "reference": f"ZT-2026-000{number}",
    }  # fmt: skip
    return Line(**{**given, **changes})


def cells(made: bytes) -> dict[str, tuple[str, str]]:
    """Cell → its type ("s" for text, "n" for a number) and what it holds."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        shared = ["".join(part.itertext()) for part in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    found = {}
    for cell in sheet.iter(f"{space}c"):
        assert cell.find(f"{space}f") is None  # no formula anywhere
        value = cell.findtext(f"{space}v") or ""
        kind = cell.get("t", "n")
        found[cell.get("r", "")] = (kind, shared[int(value)] if kind == "s" else value)
    return found


def test_numbers_are_numbers_days_are_days_and_no_text_is_a_formula() -> None:
    hostile = line(
        title='=HYPERLINK("http://x","题")', lead="+8613800000000", others=("@SUM(A1)", "-1"), late=True, late_days=12
    )

    with override("zh-hans"):
        found = cells(workbook("计划", [hostile], TODAY))

    assert {place: found[place] for place in ("B2", "C2", "D2", "E2", "G2", "H2", "I2", "J2", "K2", "L2")} == {
        "B2": ("n", "1"),
        "C2": ("s", '=HYPERLINK("http://x","题")'),
        "D2": ("s", "+8613800000000"),
        "E2": ("s", "@SUM(A1)\n-1"),
        "G2": ("s", "执行中 · 逾期"),
        "H2": ("n", "0.5"),
        "I2": ("n", "46204"),  # 1 July 2026, as a spreadsheet counts days
        "J2": ("n", "46295"),
        "K2": ("n", "12"),
        "L2": ("s", "ZT-2026-0001"),
    }


def test_a_board_without_topics_is_still_a_file() -> None:
    assert cells(workbook("计划", [], TODAY)).keys() == {f"{column}1" for column in "ABCDEFGHIJKL"}


def test_bars_stand_where_their_days_are_and_say_so_in_words() -> None:
    with override("zh-hans"):
        drawn = timeline([line(), line("2", part="二、招商", begins=None, due=None, percent=0)], BEGINS, ENDS, TODAY)

    (first, (bar,)), (second, (whole,)) = drawn.parts
    assert (first, second) == ("一、客流与会员", "二、招商")
    assert (bar.left, bar.width, bar.done) == (0.0, 50.0, 25.0)  # 92 of 184 days, half of it done
    assert (whole.left, whole.width, whole.done) == (0.0, 100.0, 0.0)
    assert bar.words == "1. 会员权益与费用分担办法：2026-07-01至2026-09-30，完成50%，执行中"
    assert (drawn.today, [month.name for month in drawn.months]) == (
        50.0,
        ["7月", "8月", "9月", "10月", "11月", "12月"],
    )


@pytest.mark.parametrize(
    ("begins", "due", "today", "scale"),
    [
        (date(2026, 6, 20), date(2027, 2, 10), date(2026, 10, 1), ("6月", "2月")),  # it began before, and was extended
        (
            date(2026, 12, 31),
            date(2026, 7, 1),
            date(2026, 6, 30),
            ("7月", "12月"),
        ),  # due before it began: a bar of a day
    ],
)
def test_a_topic_outside_the_plan_stretches_the_scale_and_no_bar_leaves_it(
    begins: date, due: date, today: date, scale: tuple[str, str]
) -> None:
    with override("zh-hans"):
        drawn = timeline([line(begins=begins, due=due)], BEGINS, ENDS, today)

    bar = drawn.parts[0][1][0]
    assert (drawn.months[0].name, drawn.months[-1].name) == scale
    assert 0 <= bar.left < bar.left + bar.width <= 100.001
    assert (drawn.today is None) == (today < date(2026, 7, 1))
