"""What the papers of a plan say: read from the facts they are made of, and from the files themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.utils.translation import override

from documents.plans import (
    Bulletin,
    Circular,
    Draft,
    Extension,
    Minutes,
    Opinion,
    Opinions,
    TaskLetter,
    assistants,
    counted,
    divided,
)
from documents.press.process import Press
from documents.specimens import facts_of
from tests.documents.reading import pages_of
from workflows.plans.board import Line
from workflows.plans.outline import Item, Kind, Outline, Owner, Part, Topic

pytestmark = pytest.mark.once

YE = Owner(Kind.LEAD, 1, None, None, "品牌部 叶知秋")
SHEN = Owner(Kind.LEAD, 2, None, None, "运营部 沈若兰")
FANG = Owner(Kind.DATA, 0, None, None, "财务部 方敏")
MEMBERS = Topic(
    "3", "会员权益", "年底前落实到位。", date(2026, 11, 28),
    (Item("3.1", "测算权益费用", date(2026, 8, 31)), Item("3.2", "印发办法", None)), (SHEN, YE), (FANG,),
)  # fmt: skip
OUTLINE = Outline((Part("一", "客流与会员", (MEMBERS,)),))


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    made = Press()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _in_chinese() -> Iterator[None]:
    with override("zh-hans"):
        yield


def together(text: str) -> str:
    return "".join(text.split())


def letter_to(owner: Owner) -> list[str]:
    facts = TaskLetter.text("下半年计划", MEMBERS, owner, draft_by=date(2026, 7, 13))
    assert facts["to"] == [owner.words]
    return [block["text"] for block in facts["blocks"]]


def test_each_owner_is_told_what_is_theirs_to_do() -> None:
    told = {
        (owner.kind, owner.rank): letter_to(owner)[2]
        for owner in (YE, SHEN, replace(FANG, kind=Kind.AUTHOR), FANG, replace(FANG, kind=Kind.ADVICE))
    }

    assert told == {
        (Kind.LEAD, 1): "你为本专题第一主办人，对专题任务负总责，负责统稿，汇总协办人提供的文稿、数据和意见，按时提交专题草案。",
        (Kind.LEAD, 2): "你为本专题第二主办人，在排名在前的主办人之后会签专题草案；前序主办人逾期未提交的，由你依次递补提交。",
        (Kind.AUTHOR, 0): "你为本专题协办人，负责提供文稿。请按照分工起草有关内容，逐件署名后送第一主办人（品牌部 叶知秋）。",
        (Kind.DATA, 0): "你为本专题协办人，负责提供数据。请提供有关数据并注明来源和截止日期，署名后送第一主办人（品牌部 叶知秋）。",
        (Kind.ADVICE, 0): "你为本专题协办人，负责提出意见。请对专题草案提出书面意见，署名后送第一主办人（品牌部 叶知秋）。",
    }  # fmt: skip


def test_a_task_letter_names_the_days_and_everybody_in_their_order() -> None:
    assert letter_to(YE)[0] == "按照《下半年计划》，现将第3专题“会员权益”的有关任务下达给你，请认真办理。"
    assert letter_to(YE)[3:] == [
        "二、工作目标",
        "年底前落实到位。",
        "三、时限要求",
        "专题草案于2026年7月13日之前提交，专题任务于2026年11月28日之前完成。",
        "四、协同分工",
        "主办（按顺序）：1. 品牌部 叶知秋、2. 运营部 沈若兰。",
        "协办（数据）：财务部 方敏。",
    ]


def test_a_topic_without_aim_or_items_prints_neither_heading_nor_annex() -> None:
    bare = replace(MEMBERS, aim="", items=(), assistants=())
    facts = TaskLetter.text("下半年计划", bare, YE, draft_by=date(2026, 7, 13))

    headings = [block["text"] for block in facts["blocks"] if block["style"] == "heading"]
    assert (headings, facts["annexes"], facts["annexed"]) == (["一、任务职责", "二、时限要求", "三、协同分工"], [], [])


def test_the_division_has_leads_in_order_and_assistants_by_what_they_give() -> None:
    assert divided(OUTLINE) == [{
        "title": "一、客流与会员",
        "rows": [{
            "number": "3", "title": "会员权益", "due": "2026-11-28",
            "items": [
                {"number": "3.1", "words": "测算权益费用", "due": "2026-08-31"},
                {"number": "3.2", "words": "印发办法", "due": ""},
            ],
            "leads": [{"rank": "1", "who": "品牌部 叶知秋"}, {"rank": "2", "who": "运营部 沈若兰"}],
            "assistants": [{"kind": "数据", "who": ["财务部 方敏"]}],
        }],
    }]  # fmt: skip
    several = [
        replace(FANG, kind=Kind.ADVICE),
        FANG,
        replace(FANG, words="信息部 何嘉树"),
        replace(FANG, kind=Kind.AUTHOR),
    ]
    assert [(row["kind"], len(row["who"])) for row in assistants(several)] == [("文稿", 1), ("数据", 2), ("意见", 1)]


def test_the_minutes_and_the_circular_count_what_the_plan_has() -> None:
    minutes = Minutes.text(
        "下半年计划", OUTLINE, held_on=date(2026, 7, 3), chair="顾维桢", present=["唐蕾", "叶知秋"], words="原则同意。\n尽快印发。"
    )  # fmt: skip
    circular = Circular.text(
        "下半年计划", OUTLINE, begins=date(2026, 7, 1), ends=date(2026, 12, 31), to=["各门店"], copies=["审计室"]
    )

    said = [block["text"] for block in minutes["blocks"]]
    assert (
        said[0]
        == "2026年7月3日，顾维桢主持召开《下半年计划》启动会，研究部署计划任务及分工。现将会议议定事项纪要如下。"
    )
    assert said[1:5] == ["一、关于计划草案", "原则同意。", "尽快印发。", "二、关于任务分工"]
    assert said[5] == "计划共1个部分、1个专题、2项重点工作，各专题主办人按顺序排列，具体见任务分工表。"
    assert circular["blocks"][2]["text"] == (
        "计划自2026年7月1日起至2026年12月31日止，共1个部分、1个专题、2项重点工作，任务分工和完成时限见附件。"
    )
    assert (circular["to"], circular["copies"], circular["annexes"]) == (["各门店"], ["审计室"], ["任务分工表"])


def test_the_register_tells_of_every_opinion_what_became_of_it() -> None:
    declined = Opinion(
        "3. 会员权益", "华南大区", "3.1", "费用由集团承担。", "毛利偏低。", "未采纳", "已列入预算。", declined=True
    )
    adopted = Opinion("3. 会员权益", "华东大区", "整个专题", "增加说明。", "", "采纳", "")
    other = Opinion("5. 社区", "华东大区", "5.2", "提前一周。", "", "采纳", "")
    asked = [("华南大区", "有意见", "2026-07-22", False), ("信息部", "逾期未反馈，2026-07-17送达", "2026-07-24", True)]

    facts = Opinions.text([declined, other, adopted], asked=asked)

    rows = facts["parts"][0]["table"]["rows"]
    assert [row.get("heading") or [cell["words"] for cell in row["cells"]] for row in rows] == [
        "3. 会员权益",
        ["1", "华南大区", "3.1", "费用由集团承担。理由：毛利偏低。", "未采纳", "已列入预算。"],
        ["2", "华东大区", "整个专题", "增加说明。理由：—", "采纳", "—"],
        "5. 社区",
        ["3", "华东大区", "5.2", "提前一周。理由：—", "采纳", "—"],
    ]
    assert [cell["kind"] for row in rows for cell in row.get("cells", ()) if "red" in cell["kind"]] == ["fate red"]
    assert facts["pairs"][1]["lines"] == ["3", "未采纳 1、采纳 2"]
    assert facts["parts"][1]["after"] == "经查证已送达，满五个工作日未反馈的，视为没有意见。"
    assert Opinions.text([], asked=asked[:1])["parts"][0]["after"] == ""  # nobody was silent, and nothing is said of it


def test_the_bulletin_counts_what_was_accepted_carried_over_and_late() -> None:
    def line(number: int, *, accepted: bool, late: bool = False, reason: str = "") -> Line:
        return Line(
            "一、客流", str(number), f"专题{number}", "品牌部 叶知秋", "", "已验收" if accepted else "已结转", 100, None,
            date(2026, 9, 30), late, accepted, reason,
        )  # fmt: skip

    lines = [line(1, accepted=True), line(2, accepted=True, late=True), line(3, accepted=False, reason="改造延期")]
    facts = Bulletin.text("下半年计划", lines, words="总体较好。", to=["各门店"], copies=[])

    said = [block["text"] for block in facts["blocks"]]
    assert said[2:4] == [
        "计划共3个专题，其中验收2个，结转1个；逾期1个。各专题完成情况见附件。",
        "结转专题：专题3（改造延期）。",
    ]
    assert facts["annexed"][0]["table"]["rows"][1] == ["2", "专题2", "品牌部 叶知秋", "2026-09-30", "已验收 · 逾期"]


@pytest.mark.parametrize(("granted", "until"), [(True, "2026年12月18日"), (False, "2026年11月28日")])
def test_an_extension_slip_says_until_when_it_is_now(granted: bool, until: str) -> None:
    facts = Extension.text(
        "下半年计划", MEMBERS, due=date(2026, 11, 28), wanted=date(2026, 12, 18), granted=granted, opinions=[]
    )

    assert {pair["label"]: pair["lines"] for pair in facts["pairs"][-2:]} == {
        "审批决定": ["同意延期" if granted else "不同意延期"],
        "现行时限": [until],
    }


@pytest.mark.parametrize(
    ("number", "said"), [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (22, "二十二"), (99, "九十九")]
)
def test_headings_are_counted_as_the_language_counts(number: int, said: str) -> None:
    assert counted(number) == said
    with override("en"):
        assert counted(number) == str(number)


TITLES = {
    "plan.minutes": "《星桥数码2026年下半年营销工作计划》启动会纪要",
    "plan.circular": "关于印发《星桥数码2026年下半年营销工作计划》及任务分工的通知",
    "plan.bulletin": "关于《星桥数码2026年下半年营销工作计划》完成情况的通报",
    "plan.draft": "星桥数码2026年下半年营销工作计划（征求意见稿）",
    "consultation.letter": "关于征求《星桥数码2026年下半年营销工作计划（征求意见稿）》意见的函",
    "topic.letter": "关于下达“会员权益与费用分担办法”专题任务的函",
}


def test_the_titles_are_those_of_official_papers() -> None:
    assert {kind: facts_of(kind, "zh-hans")["document_title"] for kind in TITLES} == TITLES


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_item_of_a_half_year_stands_in_the_annex_of_its_circular(press: Press, language: str) -> None:
    facts = facts_of("plan.circular", language)
    pdf, _pages = press.print("plan.circular", language, facts)

    said = together("".join(pages_of(pdf)))
    topics = [topic for part in facts["division"] for topic in part["rows"]]
    items = [item for topic in topics for item in topic["items"]]
    assert (len(topics), len(items)) == (22, 120)
    missing = [item for item in items if together(f"{item['number']} {item['words']}") not in said]
    assert missing == []
    assert [topic for topic in topics if together(f"{topic['number']}. {topic['title']}") not in said] == []


def test_a_plan_of_two_hundred_topics_and_two_thousand_owners_is_printed(press: Press) -> None:
    def topic(number: int) -> Topic:
        helping = tuple(replace(FANG, words=f"财务部 方敏{at}") for at in range(8))
        return replace(MEMBERS, number=str(number), items=MEMBERS.items * 2, assistants=helping)

    whole: Any = divided(Outline((Part("一", "客流", tuple(topic(number) for number in range(1, 201))),)))
    _pdf, pages = press.print("plan.circular", "zh-hans", {**facts_of("plan.circular", "zh-hans"), "division": whole})

    assert 40 < pages < 120


def test_the_draft_for_comments_has_every_topic_with_its_aim_text_and_items() -> None:
    facts = Draft.text(
        OUTLINE, {"3": "按月结算。"}, begins=date(2026, 7, 1), ends=date(2026, 12, 31), answer_by=date(2026, 7, 24)
    )

    assert facts["parts"][0]["chapters"] == [
        {"title": "3. 会员权益", "words": "年底前落实到位。\n按月结算。\n3.1 测算权益费用\n3.2 印发办法"}
    ]
