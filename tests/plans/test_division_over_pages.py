"""The division of work over pages: whatever its length, a topic that goes over a page is named there again."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from documents.press.process import Press
from documents.specimens import facts_of
from tests.documents.reading import pages_of
from tests.examples import few_or

pytestmark = pytest.mark.once

LETTERS = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏"


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    made = Press()
    yield made
    made.close()


def together(text: str) -> str:
    return "".join(text.split())


def division(draw: random.Random) -> list[dict[str, Any]]:
    """Parts with topics of no item or many, of owners as it comes; every name and item is told from all others."""

    def words(name: str, most: int) -> str:
        return name + "".join(draw.choices(LETTERS, k=draw.randrange(most)))

    parts, number = [], 0
    for part in range(1, draw.randrange(2, 5)):
        topics = []
        for _ in range(draw.randrange(1, 7)):
            number += 1
            topics.append({
                "number": str(number), "title": words(f"题{number}末", 40) + "。", "due": "2026-08-31",
                "items": [
                    {"number": f"{number}.{at}", "words": words(f"项{number}点{at}起", 90) + "止", "due": ""}
                    for at in range(1, draw.choice([1, 2, 5, 9, 20]))
                ],
                "leads": [{"rank": str(rank), "who": f"资源营销中心 唐{rank}"} for rank in range(1, draw.randrange(2, 5))],
                "assistants": [{"kind": "文稿", "who": [f"品牌部 叶{at}" for at in range(draw.choice([1, 3, 12]))]}],
            })  # fmt: skip
        parts.append({"title": f"第{part}部分", "rows": topics})
    return parts


@pytest.mark.parametrize("kind", ["plan.division", "plan.circular"])
@pytest.mark.parametrize("seed", range(few_or(3, 40)))
def test_every_item_stands_once_and_a_page_that_begins_within_a_topic_names_it(
    press: Press, kind: str, seed: int
) -> None:
    parts = division(random.Random(seed))
    pdf, _pages = press.print(kind, "zh-hans", {**facts_of(kind, "zh-hans"), "division": parts})
    pages = [together(page) for page in pages_of(pdf)]

    topics = {topic["number"]: topic for part in parts for topic in part["rows"]}
    items = [item["words"] for topic in topics.values() for item in topic["items"]]
    begun, named = [], []
    for page in pages:
        first = re.search(r"项(\d+)点(\d+)起", page)
        if first and first[2] != "1":
            begun.append(first[1])
        named += re.findall(r"题(\d+)末\w*。（续）", page)

    assert {item: count for item in items if (count := "".join(pages).count(item)) != 1} == {}
    assert named == begun
    assert all(together("".join(pages)).count(f"题{number}末") == 1 + named.count(number) for number in topics)


@pytest.mark.parametrize(("language", "said"), [("zh-hans", "（续）"), ("en", "(continued)")])
def test_a_topic_that_fits_its_page_is_never_called_continued(press: Press, language: str, said: str) -> None:
    facts = facts_of("plan.division", language)
    short = {**facts, "division": [{**facts["division"][0], "rows": facts["division"][0]["rows"][:1]}]}

    pdf, pages = press.print("plan.division", language, short)

    assert (pages, together(said) in together("".join(pages_of(pdf)))) == (1, False)
