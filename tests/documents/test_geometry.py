"""The official papers, measured: where GB/T 9704-2012 puts things, in millimetres, and how lines are filled."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import pdfplumber
import pytest

from documents.press.page import TITLES
from documents.press.process import Press
from documents.specimens import facts_of, kinds_made_up
from tests.examples import few_or, some

pytestmark = pytest.mark.once

MM = 25.4 / 72
CHARACTER, LINE = 156 / 28, 10.449
WHITE = (LINE - 16 * MM) / 2  # above and below the characters of a line
OPENING, CLOSING, HANGING = set("“‘（《〈「『【〔"), set("”’）》〉」』】〕，。、；：！？"), set("，。、；：！？")
NEAR = 0.3  # mm; the standard itself allows 1


@dataclass(frozen=True)
class Line:
    """One printed line: its characters from left to right, where it begins and ends, its squares' top and bottom."""

    chars: tuple[Any, ...]

    @property
    def text(self) -> str:
        return "".join(char["text"] for char in self.chars)

    @property
    def left(self) -> float:
        return self.chars[0]["x0"] * MM

    @property
    def right(self) -> float:
        return self.chars[-1]["x1"] * MM

    @property
    def top(self) -> float:
        return self.chars[0]["top"] * MM

    @property
    def bottom(self) -> float:
        return self.chars[0]["bottom"] * MM

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def font(self) -> str:
        return self.chars[0]["fontname"].partition("+")[2]

    @property
    def points(self) -> int:
        return round(self.chars[0]["size"])

    @property
    def full(self) -> tuple[Any, ...]:
        """The characters within the measure: without a mark that hangs."""
        return self.chars[:-1] if self.chars[-1]["text"] in HANGING else self.chars


def lines_of(page: Any) -> list[Line]:
    rows: dict[float, list[Any]] = {}
    for char in page.chars:
        base = round(char["bottom"] - 0.12 * char["size"], 0)
        near = next((known for known in rows if abs(known - base) <= 1), base)
        rows.setdefault(near, []).append(char)
    return [Line(tuple(sorted(row, key=lambda char: char["x0"]))) for _base, row in sorted(rows.items())]


_press = Press()


@pytest.fixture(scope="module", autouse=True)
def _close_the_press() -> Iterator[None]:
    yield
    _press.close()


def paper_of(name: str, language: str, facts: dict[str, Any]) -> Any:
    return pdfplumber.open(io.BytesIO(_press.print(name, language, facts)[0]))


@cache
def specimen(name: str, language: str = "zh-hans") -> Any:
    return paper_of(name, language, facts_of(name, language))


@pytest.fixture(scope="module")
def printed() -> Callable[..., Any]:
    """`printed(kind, language, **facts)`: a specimen with other facts."""

    def printing(kind: str, language: str = "zh-hans", **own: Any) -> Any:
        return paper_of(kind, language, {**facts_of(kind, language), **own})

    return printing


@pytest.fixture(scope="module")
def circular() -> Any:
    return specimen("specimen.circular")


@pytest.fixture(scope="module")
def body(circular: Any) -> list[Line]:
    """The lines of the second page, which is full of text."""
    return [line for line in lines_of(circular.pages[1]) if line.points == 16]


def near(value: float) -> Any:
    return pytest.approx(value, abs=NEAR)


def red(item: Any, colour: str = "stroking_color") -> bool:
    return tuple(round(part, 2) for part in item[colour]) == (0.9, 0.0, 0.07)


def test_a_page_has_twenty_two_lines_that_fill_the_type_area(body: list[Line]) -> None:
    assert len(body) == 22
    assert (body[0].top, body[-1].bottom) == (near(37), near(262))
    pitches = [after.top - before.top for before, after in pairwise(body)]
    assert pitches == [pytest.approx(LINE, abs=0.05)] * 21


def test_a_full_line_has_twenty_eight_characters_from_edge_to_edge(body: list[Line]) -> None:
    """The second page is an even one: bound on its right, so 26 mm on the left."""
    running = [line for line in body if line.left < 27 and line is not body[-1]]
    full = [line for line in running if abs(line.full[-1]["x1"] * MM - 182) < 1]

    assert len(full) > 8
    assert [(line.left, line.full[-1]["x1"] * MM) for line in full] == [(near(26), near(182))] * len(full)
    han = [line for line in full if all(char["text"] >= "\u2018" for char in line.chars)]
    assert {len(line.full) for line in han} <= {27, 28}  # 27: a mark of the next line took one along
    assert sum(len(line.full) == 28 for line in han) > len(han) / 2


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    for name in ("specimen.circular", "specimen.letter", "specimen.minutes", "specimen.notice", "campaign.circular"):
        lines = [line for page in specimen(name).pages for line in lines_of(page) if line.points in (14, 16)]
        assert [line.text for line in lines if line.text[0] in CLOSING or line.text[-1] in OPENING] == []


def test_a_line_opens_between_its_characters_and_never_within_a_number() -> None:
    """Even where it has few gaps, as the second page of this approval has."""
    lines = [line for page in specimen("campaign.circular").pages[:2] for line in lines_of(page) if line.points == 16]
    figures = [(line, found.span()) for line in lines for found in re.finditer(r"[!-~¥]{2,}", line.text)]
    within = [
        after["x0"] - before["x1"]
        for line, (start, end) in figures
        for before, after in pairwise(line.chars[start:end])
    ]

    assert {line.text[start:end] for line, (start, end) in figures} >= {"¥38,000", "43.2%", "9,600,000"}
    assert (max(within), min(within)) == (pytest.approx(-0.21, abs=0.1), pytest.approx(-0.21, abs=0.1))  # points


HARD = (
    "经办人买买提明·吐尔逊·阿卜杜拉与买合木提·阿布都热依木江商定每日17:30—21:30开放，试营业为8月1日—4日，不少于385㎡。",
    "合作方为Nestlé、Citroën与Ürümqi分公司，预算≥385万元，误差±5%，增幅−3.5%，由L’Oréal赞助，周期1～6个月。",
    "经测算，本次活动共需投入营销费用合计约12,345.67，其余由门店自行承担（含税）。",
    "邮箱：somebody.with.a.very.long.name.in.the.office@office.example。",
)


@pytest.fixture(scope="module")
def hard() -> list[Line]:
    """Names with points, foreign words, amounts and dates, each at a dozen places of a line."""
    facts = facts_of("specimen.letter", "zh-hans")
    own = [{**facts["blocks"][0], "text": "经" * shift + text} for text in HARD for shift in range(12)]
    pages = paper_of("specimen.letter", "zh-hans", {**facts, "blocks": own}).pages
    lines = [(page.page_number, line) for page in pages for line in lines_of(page) if line.points == 16]
    return [line for page, line in lines if page > 1 or line.top > 100]


def test_no_line_begins_with_what_belongs_to_the_character_before(hard: list[Line]) -> None:
    assert len(hard) > 80
    assert [line.text for line in hard if line.text[0] in "·—～㎡，。、"] == []
    assert [
        after.text for before, after in pairwise(hard) if before.text[-1].isdigit() and after.text[0] in "月日"
    ] == []


def test_foreign_words_and_amounts_are_not_spread(hard: list[Line]) -> None:
    kept = ("Nestlé", "Citroën", "Ürümqi", "≥385", "±5%", "−3.5%", "17:30—21:30", "1～6", "12,345.67")
    found = [line.chars[at : at + len(word)] for line in hard for word in kept if (at := line.text.find(word)) >= 0]
    gaps = [after["x0"] - before["x1"] for word in found for before, after in pairwise(word)]

    assert len(found) > 12 * len(kept) * 0.8
    assert (max(gaps), min(gaps)) == (pytest.approx(-0.21, abs=0.1), pytest.approx(-0.21, abs=0.1))


def test_a_line_that_would_be_torn_stays_short(hard: list[Line]) -> None:
    gaps = [after["x0"] - before["x1"] for line in hard for before, after in pairwise(line.chars)]

    assert [line.text for line in hard if line.text == "邮箱："] == ["邮箱："]
    assert max(gaps) < 8  # points: half a character


def test_a_mark_hangs_behind_an_amount_too(hard: list[Line]) -> None:
    hanging = [line.text for line in hard if line.right - line.full[-1]["x1"] * MM > 1 and line.right > 186]

    assert [text[-10:] for text in hanging if text.endswith("12,345.67，")] == ["12,345.67，"]


def test_a_mark_may_hang_outside_and_the_line_still_ends_at_its_edge() -> None:
    names = ("specimen.circular", "specimen.letter", "specimen.minutes")
    lines = [(line, 184.0) for name in names for page in specimen(name).pages[::2] for line in lines_of(page)]
    hanging = [(line, edge) for line, edge in lines if line.points == 16 and line.right > edge + 1]

    assert hanging
    for line, edge in hanging:
        assert (line.chars[-1]["text"] in HANGING, line.full[-1]["x1"] * MM) == (True, near(edge))


def test_paragraphs_and_headings_begin_two_characters_in(body: list[Line]) -> None:
    begun = [line for line in body if line.left > 30]

    assert [line.left for line in begun] == [near(26 + 2 * CHARACTER)] * len(begun)
    assert {line.text: line.font for line in begun if len(line.text) < 12} == {
        "二、重点任务": "Hei",
        "（一）暑期焕新季": "Kai",
        "（二）金秋会员日": "Kai",
        "（三）年终答谢周": "Kai",
    }


def test_the_red_head_stands_where_the_standard_puts_it(circular: Any) -> None:
    head, number, *title = [line for line in lines_of(circular.pages[0]) if line.points != 7][:4]

    assert (head.text, head.font, head.top) == ("星桥数码文件", "Biao", near(72))
    assert red(head.chars[0], "non_stroking_color")
    assert (head.middle, number.middle) == (near(106), near(106))
    assert (number.text, number.font, number.points) == ("集发〔2026〕7号", "Fang", 16)
    assert number.top - head.bottom == pytest.approx(2 * LINE + WHITE, abs=NEAR)  # two empty lines

    (rule,) = [rect for rect in circular.pages[0].rects if rect["width"] * MM > 150]
    assert (rule["x0"] * MM, rule["x1"] * MM) == (near(28), near(184))
    assert rule["top"] * MM - number.bottom == near(4)

    assert [line.text for line in title] == ["关于印发二〇二六年下半年营销工作", "计划与任务分工的通知"]
    assert {(line.font, line.points) for line in title} == {("Biao", 22)}
    assert [line.middle for line in title] == [near(106)] * 2
    assert title[0].top - rule["bottom"] * MM == pytest.approx(2 * LINE, abs=1)


def test_name_date_and_seal(circular: Any) -> None:
    page = circular.pages[2]
    lines = [line for line in lines_of(page) if line.points == 16]
    at = next(n for n, line in enumerate(lines) if line.text == "星桥数码")
    before, name, date = lines[at - 1 : at + 2]

    assert date.text == "2026年7月1日"
    assert date.right == near(184 - 4 * CHARACTER)
    assert name.middle == near(date.middle)

    curves = [curve for curve in page.curves if curve.get("stroke") and curve["width"] * MM > 35]
    (ring,) = curves
    left, right, top, bottom = (ring[side] * MM for side in ("x0", "x1", "top", "bottom"))
    assert ((right - left), (bottom - top)) == (pytest.approx(41, abs=0.5), pytest.approx(41, abs=0.5))
    assert (left + right) / 2 == near(date.middle)
    assert 0 < top - before.bottom < LINE  # its top within one line of the text
    assert (name.top + date.bottom) / 2 > (top + bottom) / 2  # both a little below its middle
    assert top < name.top < date.bottom < bottom


ISSUERS = {
    "zh-hans": {
        ("韩正", ""): "（签发：韩正）",
        ("韩正", "顾维桢"): "（签发：韩正，代顾维桢）",
        ("阿卜杜拉·买买提江·艾合买提", "古丽米热·阿不都热依木"): "（签发：阿卜杜拉·买买提江·艾合买提，代古丽米热·阿不都热依木）",
    },
    "en": {
        ("Han Zheng", ""): "(Signed by Han Zheng)",
        ("Han Zheng", "Gu Weizhen"): "(Signed by Han Zheng for Gu Weizhen)",
        ("Abdullah Memetjan Exmet", "Gulmire Abdureyim of Kashgar"): "(Signed by Abdullah Memetjan Exmet for Gulmire Abdureyim of Kashgar)",
    },
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("wide", [False, True])
def test_who_signed_is_named_beside_the_seal_and_not_in_it(printed: Any, language: str, wide: bool) -> None:
    """However long the names are; and a group with a long name has its seal further to the left."""
    own = {"group": {"zh-hans": "星桥数码" * 5, "en": "Star Bridge Digital " * 4}[language]} if wide else {}
    found = {}
    for person, principal in ISSUERS[language]:
        issuer = {"person": person, "post": "", "principal": principal}
        paper = printed("specimen.circular", language, issuer=issuer, annexes=[], annexed=[], **own)
        ((page, ring),) = [
            (page, curve)
            for page in paper.pages
            for curve in page.curves
            if curve.get("stroke") and curve["width"] * MM > 35
        ]
        lines = [line for line in lines_of(page) if line.points in (12, 16)]
        at = next(number for number, line in enumerate(lines) if line.text.startswith(("（签发", "(Signed")))
        remark = lines[at:]
        text = "".join(line.text for line in remark).replace(" ", "")
        found[person, principal] = text, max(line.right for line in remark) < ring["x0"] * MM - 1

    assert found == {names: (said.replace(" ", ""), True) for names, said in ISSUERS[language].items()}


@pytest.mark.parametrize("kind", ["specimen.circular", "specimen.letter", "specimen.minutes"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_red_head_stays_within_the_type_area(kind: str, language: str) -> None:
    letters = [char for char in specimen(kind, language).pages[0].chars if red(char, "non_stroking_color")]

    assert 28 < min(char["x0"] for char in letters) * MM < max(char["x1"] for char in letters) * MM < 184


@pytest.mark.parametrize("kind", ["specimen.circular", "specimen.letter", "specimen.minutes"])
@pytest.mark.parametrize(("language", "word"), [("zh-hans", "星"), ("en", "Bridge "), ("en", "星")])
def test_a_red_head_of_any_length_stands_in_the_middle(printed: Any, kind: str, language: str, word: str) -> None:
    found = []
    for length in (2, 13, 18, 23, 40):
        name = (word * length)[: length * (1 if word == "星" else 2)].strip()
        head = [  # a long one stands in several lines
            line
            for line in lines_of(printed(kind, language, group=name, meeting=name).pages[0])
            if red(line.chars[0], "non_stroking_color")
        ]
        found += [(line.middle, line.left > 28, line.right < 184) for line in head]

    assert found == [(near(106), True, True)] * len(found)
    assert len(found) > 5


SEALED = [
    (kind, language) for kind in kinds_made_up() for language in ("zh-hans", "en") if facts_of(kind, language)["seal"]
]


@pytest.mark.parametrize(("kind", "language"), SEALED)
def test_a_seal_never_stands_on_a_page_with_nothing_above_it(kind: str, language: str) -> None:
    """Else somebody could print a page of their own before it."""
    (page,) = [
        page
        for page in specimen(kind, language).pages
        if any(curve.get("stroke") and curve["width"] * MM > 35 for curve in page.curves)
    ]
    seal = min(curve["top"] for curve in page.curves if curve.get("stroke") and curve["width"] * MM > 35) * MM
    above = [line for line in lines_of(page) if line.bottom < seal + LINE]

    assert above
    assert seal > 15


def test_the_imprint_closes_the_last_even_page(circular: Any) -> None:
    page = circular.pages[-1]
    assert len(circular.pages) % 2 == 0

    rules = sorted((rect for rect in page.rects if abs(rect["width"] * MM - 156) < 0.5), key=lambda rect: rect["top"])
    copies, sent = [line for line in lines_of(page) if line.points == 14 and line.top < 262]
    assert [rule["height"] * MM for rule in rules] == [
        pytest.approx(0.35, abs=0.02),
        pytest.approx(0.25, abs=0.02),
        pytest.approx(0.35, abs=0.02),
    ]
    assert rules[-1]["bottom"] * MM == near(262)
    assert (copies.text, copies.left) == ("抄送：集团总裁、副总裁、审计室。", near(26 + CHARACTER - 0.63))
    assert (sent.text, sent.left) == ("星桥数码2026年7月1日印发", near(26 + CHARACTER - 0.63))
    assert sent.right == near(182 - CHARACTER + 0.63)


def test_page_numbers_stand_outside_the_type_area_on_the_outer_side(circular: Any) -> None:
    found = []
    for page in circular.pages:
        (number,) = [line for line in lines_of(page) if line.text.startswith("—")]
        dash = number.chars[0]
        found.append((number.text, number.font, number.points))
        assert (dash["top"] + dash["bottom"]) / 2 * MM == pytest.approx(269, abs=0.5)
        if page.page_number % 2:
            assert number.right == near(184 - 14 * MM)
        else:
            assert number.left == near(26 + 14 * MM)
    assert found == [(f"— {number} —", "Song", 14) for number in range(1, 5)]


def test_a_letter_has_its_head_and_its_two_double_rules() -> None:
    (page,) = specimen("specimen.letter").pages
    head = lines_of(page)[0]
    rules = sorted(
        (rect for rect in page.rects if abs(rect["width"] * MM - 170) < 0.5 and rect["fill"]),
        key=lambda rect: rect["top"],
    )
    number = next(line for line in lines_of(page) if "集函" in line.text)

    assert (head.text, head.top) == ("星桥数码", near(30))
    thick, thin, thin_again, thick_again = rules
    assert [rule["x0"] * MM for rule in rules] == [near(20)] * 4
    assert thick["top"] * MM - head.bottom == near(4)
    assert thick["height"] > thin["height"]
    assert thick_again["height"] > thin_again["height"]
    assert 297 - thick_again["bottom"] * MM == pytest.approx(20, abs=1.2)
    assert number.right == near(184)
    assert [line.text for line in lines_of(page) if line.text.startswith("—")] == []  # the first page has no number


def test_minutes_name_the_meeting_and_who_was_there() -> None:
    pages = specimen("specimen.minutes").pages
    lines = [line for page in pages for line in lines_of(page)]
    head = lines[0]

    assert (head.text, head.top) == ("营销工作会议纪要", near(72))
    present = next(line for line in lines if line.text.startswith("出席"))
    assert (present.font, present.text[:8]) == ("Hei", "出席：顾维桢、陆")


def test_names_of_who_was_there_stay_whole_and_hang_below_the_first() -> None:
    pages = specimen("specimen.minutes").pages
    lines = [line for page in pages for line in lines_of(page)]
    at = next(n for n, line in enumerate(lines) if line.text.startswith("出席"))
    first, second, excused = lines[at : at + 3]

    assert (first.text, second.text, excused.text) == (
        "出席：顾维桢、陆之远、唐蕾、叶知秋、方敏、沈若兰、",
        "梁国栋",
        "请假：韩正",
    )
    assert (first.left, excused.left) == (near(26 + 2 * CHARACTER), near(26 + 2 * CHARACTER))
    assert second.left == near(26 + 5 * CHARACTER)
    assert [second.top - first.top, excused.top - second.top] == [near(LINE)] * 2


@pytest.mark.parametrize(
    ("kind", "page", "listed"),
    [
        ("specimen.circular", 2, ["附件：专题任务分工表"]),
        ("specimen.letter", 0, ["附件：门店营销支持办法（征求意见稿）"]),
        ("campaign.circular", 1, ["附件：1.预算", "2.进度安排"]),
    ],
)
def test_annexes_are_listed_below_an_empty_line_and_a_single_one_has_no_number(
    kind: str, page: int, listed: list[str]
) -> None:
    lines = lines_of(specimen(kind).pages[page])
    at = next(n for n, line in enumerate(lines) if line.text.startswith("附件："))
    found = lines[at : at + len(listed)]
    edge = 28 if page % 2 == 0 else 26

    assert [line.text for line in found] == listed
    assert found[0].top - lines[at - 1].top == near(2 * LINE)
    assert found[0].left == near(edge + 2 * CHARACTER)
    assert [line.left for line in found[1:]] == [near(edge + 5 * CHARACTER)] * (len(listed) - 1)


@pytest.mark.parametrize("count", [1, 2, 9, 12, 101])
@pytest.mark.parametrize(
    ("language", "name", "first", "gap"),
    [
        ("zh-hans", "门店营销费用支持标准" * 4, 5 * CHARACTER, -0.07),  # what lies between any two characters
        ("en", "What a shop is to have and to give, " * 5, 20.13, 1.1),  # a space
    ],
)
def test_annexes_and_all_their_lines_begin_at_one_place(
    printed: Any, count: int, language: str, name: str, first: float, gap: float
) -> None:
    """However many there are; and they are as wide as the text."""
    paper = printed("specimen.letter", language, annexes=[name.strip()] * count)
    lines = [
        (line, 28 if page.page_number % 2 else 26)
        for page in paper.pages
        for line in lines_of(page)
        if line.points in (12, 16)
    ]
    texts = [line.text for line, _edge in lines]
    begin = next(number for number, text in enumerate(texts) if text.startswith(("附件：", "Annex")))
    numbers, names, gaps = [], [], []
    for line, edge in lines[begin : texts.index(facts_of("specimen.letter", language)["group"])]:
        before = re.match(r"(附件：|Annex(?:es)?: ?)?(\d+\.)?", line.text)
        assert before
        at = before.end()
        names.append(line.chars[at]["x0"] * MM - edge)
        if before[2]:
            numbers.append(line.chars[before.start(2)]["x0"] * MM - edge)
            gaps.append((line.chars[at]["x0"] - line.chars[at - 1]["x1"]) * MM)

    assert names == [pytest.approx(names[0], abs=0.05)] * len(names)
    assert numbers == [near(first)] * (count if count > 1 else 0)
    assert not gaps or min(gaps) == pytest.approx(gap, abs=0.15)
    assert max(line.right - edge for line, edge in lines[begin:]) > 156 - 1.5 * CHARACTER


def test_an_annex_is_named_in_the_corner_and_titled_on_the_third_line(circular: Any) -> None:
    which, title = lines_of(circular.pages[3])[:2]

    assert (which.text, which.font, which.points) == ("附件", "Hei", 16)
    assert (which.left, which.top) == (near(26), near(37))
    assert (title.text, title.font, title.points, title.middle) == ("专题任务分工表", "Biao", 22, near(104))
    assert title.top == pytest.approx(37 + 2 * LINE, abs=1)


@pytest.mark.parametrize("kind", ["specimen.circular", "specimen.letter", "specimen.minutes"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_text_of_an_annex_is_set_as_that_of_the_paper(printed: Any, kind: str, language: str) -> None:
    """The same words as a paper's text and as its annex's: the same lines. Only the annex's title is larger."""
    blocks, title = (
        facts_of("specimen.circular", language)["blocks"],
        facts_of("specimen.circular", language)["annexes"][0],
    )
    annex = {"title": title, "blocks": blocks, "table": None}
    paper = printed(kind, language, to=[], blocks=blocks, annexes=[title], annexed=[annex])
    set_as = [
        (line.text, line.font, line.points, round(line.left - edge, 1), round(line.right - edge, 1))
        for page in paper.pages
        for edge in [28 if page.page_number % 2 else 26]
        for line in lines_of(page)
        if line.points in (12, 16, 22)
    ]
    texts = [line[0] for line in set_as]
    first = texts.index(next(text for text in texts if blocks[0]["text"].startswith(text.strip())))
    again = texts.index(texts[first], first + 1)
    last = next(number for number in range(first, again) if texts[number].startswith(("附件", "Annex")))

    assert set_as[again : again + last - first] == set_as[first:last]
    assert {line[1:3] for line in set_as[first:last]} == {
        "zh-hans": {("Fang", 16), ("Hei", 16), ("Kai", 16)},
        "en": {("Song", 12), ("Hei", 12)},
    }[language]
    assert set_as[again - 1][:3] == (title, "Biao", {"zh-hans": 22, "en": 16}[language])


LONG = {
    "zh-hans": "星桥数码集团有限公司关于二〇二六年下半年门店营销重点工作责任清单与完成时限管理办法（试行）",
    "en": "The annual agreement on marketing, display, training and after-sales service in all stores of the group",
}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("family", ["circular", "letter", "minutes", "notice", "contract"])
def test_a_long_title_stays_within_the_type_area_and_is_as_large_as_it_was_reckoned(family: str, language: str) -> None:
    kind = f"specimen.{family}"
    with_title = paper_of(kind, language, {**facts_of(kind, language), "document_title": LONG[language]})
    left, right = {"notice": (20, 190), "contract": (26, 184)}.get(family, (28, 184))
    size, _room = TITLES[language].get(family, TITLES[language][""])
    lines = [line for line in lines_of(with_title.pages[0]) if line.font == "Biao" and line.points == size]

    assert "".join(line.text for line in lines).replace(" ", "") == LONG[language].replace(" ", "")
    assert len(lines) > 1
    assert (min(line.left for line in lines) > left, max(line.right for line in lines) < right) == (True, True)


@pytest.mark.parametrize(
    ("language", "broken"),
    [
        ("zh-hans", ["二〇二六年下半年", "重点工作责任清单与完成时限"]),
        ("en", ["Who answers for what in the second half of", "2026, and when it has to be done"]),
    ],
)
@pytest.mark.parametrize("kind", ["specimen.circular", "specimen.letter", "specimen.minutes"])
def test_the_title_of_an_annex_is_broken_as_one_of_a_paper_is(kind: str, language: str, broken: list[str]) -> None:
    facts = facts_of(kind, language)
    (annex,) = facts_of("specimen.circular", language)["annexed"]
    title = ("" if language == "zh-hans" else " ").join(broken)
    pages = paper_of(kind, language, {**facts, "annexes": [title], "annexed": [{**annex, "title": title}]}).pages
    size, _room = TITLES[language]["annex"]
    lines = [line for page in pages for line in lines_of(page) if line.font == "Biao" and line.points == size]

    assert [line.text for line in lines][-2:] == broken


BLOCKS = [
    {"style": "heading", "text": "一、时间"},
    {"style": "subheading", "text": "（一）开始"},
    {"style": "paragraph", "text": "八月一日。"},
    {"style": "paragraph", "text": "八月四日。"},
]


def test_the_headings_of_a_notice_are_as_large_as_its_text_and_begin_where_it_does() -> None:
    (page,) = paper_of("specimen.notice", "zh-hans", {**facts_of("specimen.notice", "zh-hans"), "blocks": BLOCKS}).pages
    lines = {line.text: line for line in lines_of(page)}
    shown = [lines[block["text"]] for block in BLOCKS]

    assert [(line.font, line.points, line.chars[0]["non_stroking_color"]) for line in shown] == [
        (font, 14, (0, 0, 0)) for font in ("Hei", "Kai", "Fang", "Fang")
    ]
    assert [line.left for line in shown] == [near(20 + 2 * 14 * MM)] * 4
    assert [after.top - before.top for before, after in pairwise(shown)] == [near(9)] * 3


def test_the_headings_and_paragraphs_of_an_english_notice_stand_apart() -> None:
    words = ["Time", "Begin", "On the first of August.", "Until the fourth."]
    blocks = [{**block, "text": text} for block, text in zip(BLOCKS, words, strict=True)]
    (page,) = paper_of("specimen.notice", "en", {**facts_of("specimen.notice", "en"), "blocks": blocks}).pages
    lines = {line.text: line for line in lines_of(page)}
    shown = [lines[text] for text in words]

    assert [(line.font, line.chars[0]["size"], line.chars[0]["non_stroking_color"]) for line in shown] == [
        (font, near(11.5), (0, 0, 0)) for font in ("Hei", "Hei", "Song", "Song")
    ]
    assert [line.left for line in shown] == [near(20)] * 4
    assert [after.top - before.top for before, after in pairwise(shown)] == [near(10.2), near(7.2), near(9.7)]


MONEY = dict.fromkeys(
    ("unit_price", "amount", "total", "reserve", "lines_total", "planned", "spent", "actual"), "1234567890.12"
) | dict.fromkeys(("over", "difference"), "-1234567890.12")


def in_billions(facts: Any, name: str = "") -> Any:
    if isinstance(facts, dict):
        return {inner: in_billions(value, inner) for inner, value in facts.items()}
    if isinstance(facts, list):
        return [in_billions(value) for value in facts]
    return MONEY.get(name, facts)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", ["campaign.declaration", "campaign.report", "campaign.circular"])
def test_a_column_of_money_holds_twelve_digits(kind: str, language: str) -> None:
    """A figure ends where the head of its column does, and does not reach into the column before."""
    found = []
    for page in paper_of(kind, language, in_billions(facts_of(kind, language))).pages:
        words = page.extract_words()
        figures = [word for word in words if word["text"] in ("1,234,567,890.12", "−¥1,234,567,890.12")]
        heads = {round(word["x1"]) for word in words if not re.search(r"\d", word["text"])}
        found += [word["text"] for word in figures if word["x0"] * MM > 100]
        assert [word for word in figures if word["x0"] * MM > 100 and round(word["x1"]) not in heads] == []

    assert len(found) > 8


@pytest.mark.long
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_holds_the_seal_without_a_line_of_the_text(language: str) -> None:
    """However long the text is: no list of annexes, no name and date on a page of their own."""
    facts, press = facts_of("specimen.circular", language), Press()
    words = {"zh-hans": "请认真实施。", "en": "Carry it out."}[language]
    begin_with, counts = [], set()
    try:
        for extra in some(range(0, 24, 2), 5):
            filler = [{"style": "paragraph", "text": words}] * extra
            pdf, pages = press.print("specimen.circular", language, {**facts, "blocks": [*facts["blocks"], *filler]})
            with pdfplumber.open(io.BytesIO(pdf)) as printed:
                (sealed,) = [page for page in printed.pages if any(curve.get("stroke") for curve in page.curves)]
                begin_with.append(lines_of(sealed)[0].text)
            counts.add(pages)
    finally:
        press.close()

    assert [
        text for text in begin_with if text.startswith(("附件", "Annex", facts["group"], "（签发", "(Signed"))
    ] == []
    assert len(counts) > 1


@pytest.mark.parametrize("name", ["specimen.circular", "specimen.letter", "specimen.minutes"])
def test_english_papers_keep_the_same_type_area(name: str) -> None:
    for page in specimen(name, "en").pages:
        inside = [char for char in page.chars if char["top"] * MM < 262.5 and round(char["size"]) != 7]
        odd = page.page_number % 2
        left, right = (28, 184) if odd else (26, 182)
        if name == "specimen.letter":
            inside = [char for char in inside if char["top"] * MM > 36]
        body = [char for char in inside if round(char["size"]) == 12]
        assert min(char["x0"] for char in body) * MM > left - NEAR
        assert max(char["x1"] for char in body) * MM < right + NEAR


def test_a_long_text_grows_an_imprint_of_its_own_page(tmp_path: Any) -> None:
    """An odd number of pages, and a last even one that is full: the imprint still closes an even page."""
    press = Press()
    facts = facts_of("specimen.circular", "zh-hans")
    facts |= {"annexes": [], "annexed": []}
    counts = set()
    try:
        for extra in (0, 6, 8, 12, 27, 28, 30, 33):
            filler = [{"style": "paragraph", "text": "请各单位认真组织实施。"}] * extra
            pdf, pages = press.print("specimen.circular", "zh-hans", {**facts, "blocks": [*facts["blocks"], *filler]})
            with pdfplumber.open(io.BytesIO(pdf)) as printed:
                last = printed.pages[-1]
                texts = [line.text for line in lines_of(last)]
                numbered = [any(line.text.startswith("—") for line in lines_of(page)) for page in printed.pages]
            assert (pages % 2, any("印发" in text for text in texts)) == (0, True)
            assert numbered in ([True] * pages, [True] * (pages - 2) + [False] * 2)
            counts.add((pages, numbered[-1]))
    finally:
        press.close()
    assert {numbered for _pages, numbered in counts} == {True, False}
    assert len({pages for pages, _numbered in counts}) > 1


LONGEST = {"specimen.circular": 32, "specimen.letter": 17, "specimen.minutes": 32}
IMPRINTS = [(kind, (number + shift) % 3) for shift in range(3) for number, kind in enumerate(LONGEST)]


@pytest.mark.long
@pytest.mark.parametrize(("kind", "copies"), IMPRINTS[: few_or(3, 9)])
def test_an_imprint_is_printed_over_nothing(printed: Any, kind: str, copies: int) -> None:
    """However long it is, and wherever the text, the date, the seal and the remark end."""
    longest, to = LONGEST[kind], [f"第{number}营销大区" for number in range(1, (0, 9, 22)[copies] + 1)]
    said = f"抄送：{'、'.join(to)}。" * bool(to) + "星桥数码2026年7月1日印发" * (kind != "specimen.letter")
    gaps, odd, counts = [], kind == "specimen.letter", set()
    for length in range(longest - 17, longest):
        blocks = [{"style": "flush", "text": "请认真实施。"}] * length
        paper = printed(kind, copies=to, annexes=[], annexed=[], blocks=blocks)
        page = paper.pages[-1]
        imprint, above = imprint_of(page)
        assert ("".join(line.text for line in imprint), odd or len(paper.pages) % 2 == 0) == (said, True)
        if imprint and above:
            gaps.append(imprint[0].top - (9.2 - 14 * MM) / 2 - max(above))
        counts.add(len(paper.pages))

    if said:
        assert 2 <= min(gaps) < 2 + LINE + WHITE
        assert len(counts) > 1


def imprint_of(page: Any) -> tuple[list[Line], list[float]]:
    """The lines of an imprint, and where all ends that stands on its page within the type area."""
    lines = [line for line in lines_of(page) if line.top < 264]
    imprint = [line for line in lines if line.points == 14]
    seals = [curve["bottom"] * MM for curve in page.curves if curve.get("stroke") and curve["width"] * MM > 35]
    return imprint, [line.bottom for line in lines if line.points != 14] + seals
