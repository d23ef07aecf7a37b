"""The seal's drawing: words as outlines, evenly round the star, and always the same bytes."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from documents.seals import Undrawable, drawn, lacking

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


def turns(seal: str) -> list[float]:
    """At which angles the characters of the name stand."""
    return [float(turn) for turn in re.findall(r"rotate\((-?[\d.]+)\)", seal)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("below", ["", "合同专用章"])
def test_nothing_in_a_seal_is_text(name: str, below: str) -> None:
    tree = ElementTree.fromstring(drawn(name, below))

    assert "".join(tree.itertext()) == ""
    assert {part.tag.partition("}")[2] for part in tree.iter()} == {"svg", "g", "circle", "path"}
    assert tree.get("viewBox") == "0 0 42 42"


@pytest.mark.parametrize("name", [name for name in NAMES if name.isalpha() and not name.isascii()])
def test_chinese_characters_stand_evenly_and_in_balance(name: str) -> None:
    places = turns(drawn(name))
    steps = {round(later - earlier, 1) for earlier, later in pairwise(places)}

    assert (len(places), max(steps) - min(steps) < 0.11, abs(places[0] + places[-1]) < 0.02) == (len(name), True, True)


def test_a_long_name_takes_more_of_the_arc_but_leaves_room_for_the_words_beneath() -> None:
    def covered(name: str, below: str = "") -> int:
        places = turns(drawn(name, below))
        return round(places[-1] - places[0])

    assert [covered(name) for name in NAMES[:5]] == [45, 82, 158, 222, 247]
    assert covered(LONGEST, "合同专用章") == 226


def test_a_seal_is_light_enough_for_every_paper_and_always_the_same() -> None:
    sizes = {len(name): len(drawn(name).encode()) for name in NAMES}
    first = drawn("星桥数码集团", "合同专用章")
    drawn.cache_clear()

    assert (sizes[12] < 12_000, sizes[24] < 16_000) == (True, True)
    assert drawn("星桥数码集团", "合同专用章") == first


def test_a_character_without_outline_is_named() -> None:
    assert lacking("星桥😀数😀") == ["😀"]
    with pytest.raises(Undrawable, match="😀"):
        drawn("星桥😀")
