"""Names longer than their place, on official papers after GB/T 9704-2012: nothing runs off, nothing stands alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pdfplumber
import pytest

from documents.press.page import HEADS, NARROWEST
from documents.press.page import head as red_head
from documents.press.process import Press
from documents.specimens import facts_of

pytestmark = pytest.mark.once

MM = 25.4 / 72
CIRCULAR = "campaign.circular"
LONG = {
    "zh-hans": "华东数码商业运营管理（集团）股份有限公司杭州城西数码生活广场分公司筹备组",
    "en": "The East China Digital Commerce Operation and Management (Group) Company Limited, Hangzhou Branch",
}
LEFT, RIGHT, TOP, BOTTOM = 26.0, 184.2, 36.5, 262.5  # mm: the type area of a right or of a left page, and a hair


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    made = Press()
    yield made
    made.close()


def pages_of(press: Press, language: str = "zh-hans", kind: str = CIRCULAR, **facts: Any) -> list[list[dict[str, Any]]]:
    """The characters of every page that stand above its foot."""
    pdf, _count = press.print(kind, language, {**facts_of(kind, language), **facts})
    with pdfplumber.open(io.BytesIO(pdf)) as opened:
        return [[char for char in page.chars if char["bottom"] * MM < BOTTOM] for page in opened.pages]


def text(chars: list[dict[str, Any]]) -> str:
    return "".join(char["text"] for char in chars if not char["text"].isspace())


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("sealed", [True, False])
def test_a_long_name_is_signed_within_the_type_area(press: Press, language: str, sealed: bool) -> None:
    seal = {} if sealed else {"seal": {}}

    pages = pages_of(press, language, group=LONG[language], **seal)

    for chars in pages:
        assert min(char["x0"] * MM for char in chars) >= LEFT - 1
        assert max(char["x1"] * MM for char in chars if char["text"] not in "，。、；： ") <= RIGHT
    assert text(pages[1]).count(LONG[language].replace(" ", "")) == 1


@pytest.mark.parametrize(("language", "family"), [(each, family) for each in LONG for family in HEADS])
def test_a_long_head_is_set_in_lines_and_not_squeezed_beyond_recognition(language: str, family: str) -> None:
    from django.utils.translation import override

    with override(language):
        lines = red_head(family, language, {"group": LONG[language], "meeting": LONG[language]})["head_lines"]
        short = red_head(family, language, {"group": "星桥数码", "meeting": "办公会"})["head_lines"]

    assert 2 <= len(lines) <= 4
    assert {float(line.squeeze) >= NARROWEST[language] for line in lines} == {True}
    assert len({line.size for line in lines}) == len({line.squeeze for line in lines}) == 1
    assert [len(short), short[0].height] == [1, ""]


def test_the_head_begins_where_the_standard_has_it(press: Press) -> None:
    (first, *_rest) = pages_of(press, group=LONG["zh-hans"])
    red = [
        char for char in first if char["non_stroking_color"] not in (None, (0,), (0, 0, 0)) and char["top"] * MM < 110
    ]

    assert text(red) == LONG["zh-hans"] + "文件"
    assert len({round(char["top"]) for char in red}) == 2
    assert min(char["x0"] * MM for char in red) >= LEFT + 2
    assert max(char["x1"] * MM for char in red) <= RIGHT
    assert 70 < min(char["top"] for char in red) * MM < 76  # 35 mm below the top of the type area


def test_an_imprint_taller_than_a_page_goes_over_several(press: Press) -> None:
    copies = [f"华东大区第{number}分公司数码生活广场" for number in range(180)]

    pages = pages_of(press, copies=copies)

    assert len(pages) % 2 == 0
    assert min(char["top"] * MM for chars in pages for char in chars) >= TOP - 3
    assert text([char for chars in pages for char in chars]).count("".join(f"{name}、" for name in copies)[:-1]) == 1
    assert "印发" in text(pages[-1])


@pytest.mark.parametrize("longer", range(26, 32))
def test_a_signature_and_who_gave_it_are_never_without_text(press: Press, longer: int) -> None:
    declared = facts_of(CIRCULAR, "zh-hans")["declared"]
    venue = declared["venue"] + "一层中庭与二层连廊" * longer
    seal = {} if longer % 2 else {"seal": {}}

    pages = [text(chars) for chars in pages_of(press, annexes=[], declared={**declared, "venue": venue}, **seal)]

    (signed,) = [page for page in pages if "（签发：" in page]
    assert [words in signed for words in ("特此批复。", "星桥数码", "2026年7月1日")] == [True, True, True]


def test_a_list_of_annexes_takes_the_end_of_the_text_along(press: Press) -> None:
    declared = facts_of(CIRCULAR, "zh-hans")["declared"]
    venue = declared["venue"] + "一层中庭与二层连廊" * 22

    pages = [text(chars) for chars in pages_of(press, declared={**declared, "venue": venue})]

    (signed,) = [page for page in pages if "（签发：" in page]
    assert signed.startswith("特此批复。附件：1.预算2.进度安排")
