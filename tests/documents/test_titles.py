"""A long title: words whole, lines centred, the outline a trapezium or a lozenge."""

from __future__ import annotations

from itertools import pairwise

import pytest
import rjieba

from documents.press.titles import broken

pytestmark = pytest.mark.once

HAN = {
    "关于同意举办“城西店数码生活节”活动的批复": 20.0,
    "关于印发二〇二六年下半年营销工作计划与任务分工的通知": 20.0,
    "关于征求门店营销支持办法意见的函": 20.0,
    "星桥数码集团关于同意杭州城西店与云上相机联合举办暑期焕新季暨以旧换新惠民促销活动并核定费用分担比例的批复": 20.0,
    "关于取消“2026年XPhone 18 Pro首发体验日”活动的通知": 20.0,
    "关于开展二〇二六年度安全生产专项检查、消防设施维护保养和应急疏散演练工作情况通报以及下一步整改要求的通知": 20.0,
}
WHOLE = ("星桥数码集团", "杭州城西店", "云上相机")


def width(text: str) -> float:
    """In squares: a Chinese character one, a letter half of one."""
    return sum(1.0 if char > "\u2000" else 0.5 for char in text)


@pytest.mark.parametrize("title", HAN)
def test_no_word_is_split_and_no_line_is_too_long(title: str) -> None:
    lines = broken(title, HAN[title], width, chinese=True, whole=WHOLE)

    assert "".join(lines) == title
    assert max(map(width, lines)) <= HAN[title]
    ends, at = set(), 0
    for word in rjieba.cut(title, hmm=False):
        at += len(word)
        ends.add(at)
    at = 0
    for line in lines[:-1]:
        at += len(line)
        assert at in ends, f"{line}|"
    assert [name for name in WHOLE if name in title and not any(name in line for line in lines)] == []


@pytest.mark.parametrize("title", HAN)
def test_lines_are_neither_a_box_nor_an_hour_glass(title: str) -> None:
    widths = [width(line) for line in broken(title, HAN[title], width, chinese=True, whole=WHOLE)]
    steps = [after - before for before, after in pairwise(widths)]

    assert [step for step in steps if abs(step) < 0.5] == []
    assert [at for at, (down, up) in enumerate(pairwise(steps)) if down < 0 < up] == []


@pytest.mark.parametrize("title", HAN)
def test_no_line_begins_with_what_belongs_to_the_one_before(title: str) -> None:
    lines = broken(title, HAN[title], width, chinese=True)

    assert [line for line in lines if line[0] in "的、，。”》）" or line[-1] in "“《（"] == []


KEPT = {
    "关于对买买提明·吐尔逊·阿卜杜拉同志通报表扬的决定": ["买买提明·吐尔逊·阿卜杜拉同志"],
    "关于表彰迪丽热巴·迪力木拉提和古丽·阿卜力米提等先进个人的决定": ["迪丽热巴·迪力木拉提", "古丽·阿卜力米提"],
    "关于任命冯静怡、顾维桢同志和韩正同志为华东大区门店店长的决定": ["冯静怡", "顾维桢同志", "韩正同志"],
    "关于举办数码暑期焕新季活动（2026年8月1日—4日）安全保障工作的通知": ["（2026年8月1日—4日）"],
    "关于召开二〇二六年八月二十八日至三十日全国门店店长工作会议的通知": ["二〇二六年八月二十八日至三十日"],
    "二〇二六年度营销工作会议暨第十二届经销商大会筹备工作方案的通知": ["二〇二六年度", "第十二届"],
    "关于认真做好全国门店第3季度旧机回收工作和128家门店盘点工作的通知": ["第3季度", "128家"],
    "关于废止集发〔2026〕7号文件和星企发〔2025〕118号文件有关规定的决定": ["集发〔2026〕7号", "星企发〔2025〕118号"],
    "关于在全部门店开展HUAWEI Mate 80 RS新机首销与旧机回收活动的通知": ["HUAWEI Mate 80 RS"],
    "关于印发《门店评级办法》及门店营销支持办法（试行）的通知": ["《门店评级办法》", "办法（试行）的"],
    "关于及时做好和平路店与海岸城店的商品对接工作及人员安排的通知": ["和平路店", "海岸城店的"],
}


@pytest.mark.parametrize("title", KEPT)
def test_names_dates_and_numbers_stay_in_one_piece(title: str) -> None:
    lines = broken(title, 20, width, chinese=True)

    assert "".join(lines) == title
    assert max(map(width, lines)) <= 20
    assert [piece for piece in KEPT[title] if not any(piece in line for line in lines)] == []


@pytest.mark.parametrize("measure", range(17, 26))
def test_no_line_ends_on_a_word_that_leads_on(measure: int) -> None:
    """However wide the lines: 及 and 与 stand before what they join, 对 and 关于 before what they are about."""
    for title in [*HAN, *KEPT]:
        lines = broken(title, measure, width, chinese=True)
        assert [line for line in lines[:-1] if line.endswith((*"及和与或对在为", "关于"))] == []


def test_a_name_stays_whole_wherever_one_line_can_hold_it() -> None:
    name = "星桥数码集团暑期焕新季暨惠民促销周"
    title = f"关于同意举办“{name}”的批复"

    assert broken(title, 20, width, chinese=True, whole=[name]) == ["关于同意举办", f"“{name}”的", "批复"]
    assert broken(title, 18, width, chinese=True, whole=[name]) == [
        "关于同意举办“星桥数码集团",
        "暑期焕新季暨惠民促销周”的批复",
    ]


def test_what_no_line_can_hold_is_broken_somewhere() -> None:
    for chinese in (True, False):
        assert broken("No" + "A" * 100, 20, width, chinese=chinese) == ["No" + "A" * 38, "A" * 40, "A" * 22]


def test_a_title_that_fits_stays_on_one_line() -> None:
    assert broken("关于会员日的通知", 20, width, chinese=True) == ["关于会员日的通知"]


def test_an_english_title_breaks_between_words() -> None:
    title = "Circular on the marketing plan for the second half of 2026 and the division of its work"
    lines = broken(title, 20, width, chinese=False)

    assert " ".join(lines) == title
    assert max(map(width, lines)) <= 20
    assert len({width(line) for line in lines}) == len(lines)


def test_an_english_name_stays_in_one_piece() -> None:
    title = "Notice that the campaign “Digital life festival” is not approved"

    assert broken(title, 22, width, chinese=False) != broken(
        title, 22, width, chinese=False, whole=["Digital life festival"]
    )
    assert broken(title, 22, width, chinese=False, whole=["Digital life festival"]) == [
        "Notice that the campaign",
        "“Digital life festival” is not approved",
    ]


def test_a_name_that_begins_with_another_stays_whole_too() -> None:
    title = "Notice on Star Bridge East Store in the coming year"
    lines = broken(title, 20, width, chinese=False, whole=["", "Star Bridge", "Star Bridge East Store"])

    assert " ".join(lines) == title
    assert any("Star Bridge East Store" in line for line in lines)


def test_even_an_absurd_title_comes_out_whole() -> None:
    title = "关于" + "加强管理提高效率" * 40 + "的通知"

    assert "".join(broken(title, 20, width, chinese=True)) == title
    assert "".join(broken("商" * 500, 20, width, chinese=True)) == "商" * 500
