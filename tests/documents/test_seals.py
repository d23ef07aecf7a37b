"""The seal's drawing: words as outlines, evenly round the star, and always the same bytes."""

from __future__ import annotations

import re
from itertools import accumulate, pairwise
from math import atan2, degrees
from xml.etree import ElementTree

import pytest

from documents.press.seals import drawn, lacking
from documents.trouble import Unprintable

pytestmark = pytest.mark.once

LONGEST = "星桥数码连锁商业管理集团有限公司华东大区杭州分店"
NAMES = [
    "星桥",
    "企划部",
    "星桥数码集团",
    "星桥数码集团华东大区分部",
    LONGEST,
    "HQ",
    "East Region",
    "Hangzhou West Store Ltd.",
]


def turns(count: int, below: str = "") -> list[float]:
    """At which angles (degrees) the characters of a name stand, measured on the drawing of `count` times ■."""
    words = re.findall(r'd="(.*?)"', drawn("■" * count, below))[1]  # after the star
    frames = words.split("z")[:count]  # each ■ is one line round its middle; what is beneath comes later
    return [degrees(atan2(x, -y)) for x, y in map(middle, frames)]


def middle(contour: str) -> tuple[float, float]:
    """Of the corners of a line of relative steps."""
    x, y, *steps = map(int, re.findall(r"-?\d+", contour))
    xs, ys = list(accumulate(steps[::2], initial=x)), list(accumulate(steps[1::2], initial=y))
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("below", ["", "合同专用章"])
def test_nothing_in_a_seal_is_text(name: str, below: str) -> None:
    tree = ElementTree.fromstring(drawn(name, below))

    assert "".join(tree.itertext()) == ""
    assert {part.tag.partition("}")[2] for part in tree.iter()} == {"svg", "g", "circle", "path"}
    assert tree.get("viewBox") == "0 0 42 42"


@pytest.mark.parametrize("count", [2, 3, 6, 12, 24])
def test_characters_stand_evenly_and_in_balance(count: int) -> None:
    places = turns(count)
    steps = [later - earlier for earlier, later in pairwise(places)]

    assert (len(places), max(steps) - min(steps) < 0.11, abs(places[0] + places[-1]) < 0.02) == (count, True, True)


def test_a_long_name_takes_more_of_the_arc_but_leaves_room_for_the_words_beneath() -> None:
    def covered(count: int, below: str = "") -> float:
        places = turns(count, below)
        return places[-1] - places[0]

    wanted = [45.32, 82.42, 158.03, 222.30, 247.49]  # degrees; the drawing's hundredths of a millimetre are 0.03 of one
    assert [covered(count) for count in (2, 3, 6, 12, 24)] == pytest.approx(wanted, abs=0.05)
    assert covered(24, "合同专用章") == pytest.approx(225.71, abs=0.05)


def test_a_seal_is_light_enough_for_every_paper_and_always_the_same() -> None:
    sizes = {len(name): len(drawn(name).encode()) for name in NAMES}
    first = drawn("星桥数码集团", "合同专用章")
    drawn.cache_clear()

    assert (sizes[12] < 12_000, sizes[24] < 16_000) == (True, True)
    assert drawn("星桥数码集团", "合同专用章") == first


def test_a_character_without_outline_is_named() -> None:
    assert lacking("星桥😀数😀") == ["😀"]
    with pytest.raises(Unprintable, match="印章字库中没有“😀”"):
        drawn("星桥😀")
