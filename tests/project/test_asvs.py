"""The page on the ASVS leaves out no item, and names no test that there is not."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "asvs.md").read_text()
ROW = re.compile(r"^\| V(\d+\.\d+\.\d+) \| ([^|]+) \| (met|not met|not ours) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`([a-z_]+/test_[a-z_]+\.py)::(test_[a-z_0-9]+)`")

# How many items of levels 1 and 2 each section of 5.0.0 has. They come first in their section, those of level 3 after them.
ITEMS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip


def test_every_item_of_the_first_two_levels_stands_there_once():
    asked = [f"{section}.{n}" for section, count in ITEMS.items() for n in range(1, count + 1)]

    assert [item for item, *_rest in ROW.findall(PAGE)] == asked
    assert PAGE.count("\n| V") == len(asked)


def test_what_is_met_names_a_test_and_every_test_that_is_named_is_there():
    without = [item for item, _asks, verdict, why in ROW.findall(PAGE) if verdict == "met" and not TEST.search(why)]
    named = {(file, test) for file, test in TEST.findall(PAGE)}
    missing = [
        f"{file}::{test}" for file, test in sorted(named) if f"def {test}(" not in (ROOT / "tests" / file).read_text()
    ]

    assert (without, missing, PAGE.count("::")) == ([], [], len(TEST.findall(PAGE)))


def test_the_sum_at_the_top_is_right():
    told = [
        int(number) for number in re.search(r"Of (\d+) items (\d+) are met, (\d+) are not, (\d+) are", PAGE).groups()
    ]
    counted = Counter(verdict for _item, _asks, verdict, _why in ROW.findall(PAGE))

    assert told == [sum(counted.values()), *(counted[each] for each in ("met", "not met", "not ours"))]
