"""Every kind of document, read back from its PDF in both languages."""

from __future__ import annotations

import io
from typing import Any

import pdfplumber
import pytest

from documents.base import kinds
from documents.campaigns import differences
from workflows.campaigns.models import Paper

NUMBERED = {Paper.CIRCULAR}
# what each kind says besides title and reference; the signatures are the clerk's for the vice-president
SAYS: dict[str, dict[str, list[str]]] = {
    "zh-hans": {
        Paper.DECLARATION: ["企划申报表", "林晓 · 杭州城西店 · 企划专员", "联名礼盒", "¥92,000", "使用集团标识", "云上相机"],
        Paper.CIRCULAR: ["关于同意举办“城西店数码生活节”活动的批复", "（签发：冯静怡，代顾维桢）", "抄送：华东大区、企划部、品牌部、财务部", "活动结束后7个工作日内"],
        Paper.APPROVAL: ["企划审批单", "请补充现场动线说明。", "冯静怡（代顾维桢）", "预算 92,000 > 50,000 → 财务会签", "第 1 版", "第 2 版"],
        Paper.REJECTION: ["不予批准通知", "与商圈统一活动冲突，本次不予安排。", "门店审核 · 周启明", "杭州城西店 · 店总"],
        Paper.TASK: ["执行任务书", "活动已到开始日期", "舞台与灯光", "总协调"],
        Paper.CHANGE: ["变更审批单", "一层中庭", "二层连廊", "¥92,000 → ¥93,000", "冯静怡（代顾维桢）", "《关于同意举办“城西店数码生活节”活动的批复》"],
        Paper.CANCELLATION: ["取消通知", "场地因消防检修无法使用。", "同意取消，费用停止支出。", "陆之远", "企划部 · 集团企划"],
        Paper.REPORT: ["活动总结", "109.0%", "¥87,460.50 / ¥93,000", "−¥5,539.50", "预热应提前一周开始。"],
        Paper.EVALUATION: ["效果评估表", "95.00", "目标达成", "57.00", "现场排队较长", "总体达成目标。"],
    },
    "en": {
        Paper.DECLARATION: ["Campaign declaration", "Lin Xiao · Hangzhou West Store · Planner", "¥92,000", "The group's mark is used."],
        Paper.CIRCULAR: ["Approval of the campaign", "Feng Jingyi for Gu Weizhen", "East Region, Planning, Brand, Finance", "within 7 working days"],
        Paper.APPROVAL: ["Approval sheet", "Feng Jingyi for Gu Weizhen", "budget 92,000 > 50,000 → Finance", "Version 1", "Version 2"],
        Paper.REJECTION: ["Rejection notice", "Zhou Qiming", "Hangzhou West Store · Store manager"],
        Paper.TASK: ["Execution task sheet", "the start date has come"],
        Paper.CHANGE: ["Change sheet", "¥92,000 → ¥93,000", "Feng Jingyi for Gu Weizhen", "Approval of the campaign"],
        Paper.CANCELLATION: ["Cancellation notice", "Lu Zhiyuan", "Planning · Planning reviewer"],
        Paper.REPORT: ["Summary report", "109.0%", "¥87,460.50 / ¥93,000"],
        Paper.EVALUATION: ["Evaluation sheet", "95.00", "Targets reached", "57.00"],
    },
}  # fmt: skip

# words of the frame in the other language, which nobody in the story typed
OTHER_LANGUAGE = {
    "zh-hans": ["Budget", "Opinion", "Schedule", "agrees", "Store", "Version"],
    "en": ["审批意见", "进度安排", "申报单位", "活动时间", "费用分摊", "代顾维桢"],
}


def campaign_kinds() -> set[str]:
    return {value for name, value in vars(Paper).items() if name.isupper()}


def together(text: str) -> str:
    """Text without spaces and line ends: where a line breaks is no part of what it says."""
    return "".join(text.split())


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_kind_says_what_it_must(papers: Any, printed: Any, text_of: Any, language: str) -> None:
    issued = papers(language)

    assert set(issued) == campaign_kinds() <= set(kinds())
    for kind, document in issued.items():
        text = together(text_of(printed(document)))
        code = document.code
        expected = [
            *SAYS[language][kind],
            document.number or document.matter.reference,
            "城西店数码生活节",
            f"{code[:4]} {code[4:8]} {code[8:]}",
        ]
        assert [words for words in expected if together(words) not in text] == [], kind
        assert [words for words in OTHER_LANGUAGE[language] if words in text] == [], kind


def test_only_the_circular_carries_a_number(papers: Any) -> None:
    issued = papers()

    assert {kind for kind, document in issued.items() if document.number} == NUMBERED
    assert issued[Paper.CIRCULAR].number == "星企发〔2026〕2号"  # the first went to the campaign called off


def test_the_file_says_title_language_and_author_and_is_tagged(papers: Any, printed: Any) -> None:
    circular = papers("en")[Paper.CIRCULAR]

    with pdfplumber.open(io.BytesIO(printed(circular))) as pdf:
        info, catalog = pdf.metadata, pdf.doc.catalog

    assert info["Title"] == "Approval of the campaign “城西店数码生活节”"
    assert info["Author"] == "Star Bridge Digital"
    assert info["CreationDate"].startswith("D:20260309")  # of the act, not of the printing
    assert (catalog["Lang"], "StructTreeRoot" in catalog) == (b"en", True)


def test_all_pages_carry_number_page_and_code(papers: Any, printed: Any) -> None:
    circular = papers()[Paper.CIRCULAR]

    with pdfplumber.open(io.BytesIO(printed(circular))) as pdf:
        texts = [page.extract_text() for page in pdf.pages]

    assert len(texts) > 1
    for number, text in enumerate(texts, 1):
        foot = "\n".join(text.splitlines()[-4:])
        code = f"{circular.code[:4]} {circular.code[4:8]} {circular.code[8:]}"
        said = [f"{circular.number} · {number}/{len(texts)}", code, f"— {number} —"]
        assert [words for words in said if words not in foot] == []


def test_a_table_over_two_pages_repeats_its_head(papers: Any, printed: Any) -> None:
    declaration = papers()[Paper.DECLARATION]
    budget = declaration.facts["declared"]["budget"]
    declaration.facts["declared"]["budget"] = [{**budget[0], "item": f"第{n}项物料"} for n in range(1, 41)]

    with pdfplumber.open(io.BytesIO(printed(declaration))) as pdf:
        texts = [page.extract_text() for page in pdf.pages]

    with_lines = [text for text in texts if "项物料" in text]
    assert len(with_lines) > 1
    assert ["承担方" in text for text in with_lines] == [True] * len(with_lines)
    assert sum(text.count("项物料") for text in texts) == 40


def test_a_declaration_submitted_again_replaces_the_earlier_one(papers: Any) -> None:
    from documents.models import IssuedDocument

    matter = papers()[Paper.CHANGE].matter
    first, second = IssuedDocument.objects.filter(matter=matter, kind=Paper.DECLARATION)

    assert (second.replaces, list(second.replaced_by.all())) == (first, [])


def test_a_change_replaces_neither_the_circular_nor_the_approved_declaration(papers: Any) -> None:
    issued = papers()
    change, circular = issued[Paper.CHANGE], issued[Paper.CIRCULAR]

    assert change.replaces is None
    assert not circular.replaced_by.exists()
    assert change.facts["base"] == {"title": circular.title, "number": circular.number, "on": "2026-03-09"}
    assert (change.facts["since_version"], change.facts["version"]) == (2, 3)


def test_a_refused_change_says_that_the_approval_stands(
    open_campaign: Any, walk: Any, chain: Any, printed: Any, text_of: Any, monday: Any
) -> None:
    from documents.models import IssuedDocument
    from workflows.matters.perform import perform

    campaign = walk(open_campaign(), to="approved")
    perform(campaign.change, by=chain.planner, note="换场地。", declaration=campaign.declared.with_(venue="二层连廊"))
    perform(campaign.refuse_change, by=chain.planning_reviewer, note="二层承重不足。")
    notice = IssuedDocument.objects.get(matter=campaign.pk, kind=Paper.REJECTION)
    circular = IssuedDocument.objects.get(matter=campaign.pk, kind=Paper.CIRCULAR)

    assert (notice.facts["version"], notice.facts["declared"]["venue"]) == (2, "二层连廊")
    text = together(text_of(printed(notice)))
    assert ("原批准内容继续有效" in text, circular.number in text, "二层承重不足。" in text) == (True, True, True)


def test_a_difference_names_only_the_lines_that_differ(declaration: Any) -> None:
    before = declaration()
    line = before.budget[0]
    after = before.with_(venue="广场", budget=(before.budget[0], before.budget[1], line))

    found = differences(before, after)

    assert [(row["before"], row["after"]) for row in found] == [
        (["一层中庭"], ["广场"]),
        ([], ["朋友圈与短视频投放 · 媒介投放 · 45,756 × 1 = ¥45,756 · 集团"]),
    ]
