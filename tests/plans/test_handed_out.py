"""A plan from its kick-off to its bulletin: what is handed out on the way, to whom, and what each paper says.

Tang Lei of the resource centre launches it; Ye Zhiqiu leads its one topic, Shen Ruolan after her, Fang Min gives figures.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from documents.models import IssuedDocument, Receipt
from workflows.matters.perform import begin, perform
from workflows.organisation.models import Person
from workflows.plans.models import Consultation, Paper, Plan, Topic
from workflows.plans.outline import Item, Kind, Owner
from workflows.plans.outline import Topic as Value
from workflows.steps.sweep import sweep


def words_of(paper: IssuedDocument) -> list[str]:
    return [block["text"] for block in paper.facts["blocks"]]


def lines_of(paper: IssuedDocument, label: str) -> list[str]:
    return next(pair["lines"] for pair in paper.facts["pairs"] if pair["label"] == label)


def said_in(paper: IssuedDocument) -> list[tuple[str, str, str, str]]:
    said = [one for part in paper.facts["parts"] for one in part.get("said", ())]
    return [(one["step"], one["who"]["person"], one["decided"], one["text"]) for one in said]


def test_a_plan_hands_out_every_paper_to_whom_it_concerns(chain: Any, monday: Any) -> None:
    centre, lead, second, helper = chain.resource_centre, chain.brand, chain.region_manager, chain.finance
    due = monday.date() + timedelta(days=60)

    def owner(kind: Kind, rank: int, unit: Any, person: Any) -> Owner:
        return Owner(kind, rank, unit.pk, person.pk, person.name)

    def newest(kind: str) -> IssuedDocument:
        found = IssuedDocument.objects.filter(kind=kind).order_by("-issued_at").first()
        assert found
        return found

    plan = Plan(unit=chain.group, title="下半年营销工作计划")
    begin(plan, by=centre, begins=monday.date(), ends=monday.date() + timedelta(days=180))
    value = Value(
        "1", "会员权益", "落实到位。", due, (Item("1.1", "测算费用", due), Item("1.2", "印发办法", None)),
        (owner(Kind.LEAD, 1, chain.brand_department, lead), owner(Kind.LEAD, 2, chain.region, second)),
        (owner(Kind.DATA, 0, chain.finance_department, helper),),
    )  # fmt: skip
    perform(plan.write_topic, by=centre, topic=value, part="客流与会员", place=None)
    perform(
        plan.launch, by=centre, held_on=monday.date(), chair="顾维桢", present=["唐蕾", "叶知秋"], words="原则同意。"
    )

    minutes, division = newest(Paper.MINUTES), newest(Paper.DIVISION)
    assert (minutes.title, minutes.number) == ("《下半年营销工作计划》启动会纪要", "集纪〔2026〕1号")
    assert "原则同意。" in words_of(minutes)
    (topic_told,) = division.facts["division"][0]["rows"]
    assert (topic_told["leads"], topic_told["assistants"]) == (
        [{"rank": "1", "who": "品牌部 叶知秋"}, {"rank": "2", "who": "华东大区 沈若兰"}],
        [{"kind": "数据", "who": ["财务部 方敏"]}],
    )

    sweep()
    sweep()
    topic = Topic.objects.get()
    letters = IssuedDocument.objects.filter(kind=Paper.LETTER).order_by("serial")
    assert [(letter.number, letter.facts["to"], letter.receipts.get().unit) for letter in letters] == [
        ("集函〔2026〕1号", ["品牌部 叶知秋"], chain.brand_department),
        ("集函〔2026〕2号", ["华东大区 沈若兰"], chain.region),
        ("集函〔2026〕3号", ["财务部 方敏"], chain.finance_department),
    ]
    assert [len(line.documents) for line in topic.trail.filter(action="send")] == [3]

    topic = Topic.objects.get()
    perform(topic.accept, by=lead)
    perform(topic.contribute, by=helper, words="权益核销318万元。")
    perform(topic.write, by=lead, text="按月结算。")
    perform(topic.cosign, by=second)
    perform(topic.submit, by=lead)
    draft = newest(Paper.TOPIC_DRAFT)
    assert said_in(draft) == [("数据", "方敏", "", "权益核销318万元。")]
    signed = draft.facts["parts"][-1]["table"]["rows"]
    assert [[cell["words"] for cell in row["cells"]][:2] for row in signed] == [
        ["沈若兰", "第二主办"],
        ["叶知秋", "第一主办"],
    ]
    perform(topic.take_in, by=centre)
    sweep()

    plan = Plan.objects.get()
    perform(plan.consolidate, by=centre, units=[chain.store, chain.region])
    consulted = newest(Paper.DRAFT)
    assert consulted.title == "下半年营销工作计划（征求意见稿）"
    assert "按月结算。" in consulted.facts["parts"][0]["chapters"][0]["words"]
    sweep()
    sweep()
    asked = {consultation.unit: consultation for consultation in Consultation.objects.all()}
    letter = IssuedDocument.objects.get(matter=asked[chain.store].pk, kind=Paper.CONSULTATION)
    assert (letter.facts["to"], letter.facts["annexes"]) == (["杭州城西店"], ["下半年营销工作计划（征求意见稿）"])
    store = asked[chain.store]
    perform(store.opine, by=chain.store_manager, topic=1, clause="1.1", wanted="由集团承担。", why="毛利偏低。")
    perform(store.answer, by=chain.store_manager)
    perform(asked[chain.region].answer, by=second)

    perform(Plan.objects.get().close_consultation, by=Person.objects.system())

    plan = Plan.objects.get()
    opinion = plan.opinions_of_units().get()
    perform(plan.judge, by=centre, fates={opinion.pk: ("declined", "已列入预算。")})
    perform(plan.finalise, by=centre)
    register = newest(Paper.OPINIONS)
    heading, row = register.facts["parts"][0]["table"]["rows"]
    assert heading == {"heading": "1. 会员权益"}
    assert [cell["words"] for cell in row["cells"]] == [
        "1", "杭州城西店", "1.1", "由集团承担。理由：毛利偏低。", "未采纳", "已列入预算。",
    ]  # fmt: skip
    answers = register.facts["parts"][1]["table"]["rows"]
    assert [[cell["words"] for cell in one["cells"]][:2] for one in answers] == [
        ["杭州城西店", "有意见"],
        ["华东大区", "没有意见"],
    ]

    perform(plan.sign, by=chain.president)
    circular = newest(Paper.CIRCULAR)
    assert (circular.number, circular.title) == (
        "集发〔2026〕1号",
        "关于印发《下半年营销工作计划》及任务分工的通知",
    )
    assert [(receipt.unit, receipt.purpose) for receipt in circular.receipts.order_by("pk")] == [
        (chain.brand_department, Receipt.Purpose.TO),
        (chain.region, Receipt.Purpose.TO),
        (chain.finance_department, Receipt.Purpose.TO),
        (chain.store, Receipt.Purpose.COPY),
    ]
    perform(Topic.objects.get().begin_work, by=Person.objects.system())

    topic = Topic.objects.get()
    perform(topic.report, by=lead, month="2026-03", share=40, done="完成测算。", next_="印发办法。")
    report = newest(Paper.REPORT)
    assert (lines_of(report, "月份"), lines_of(report, "进度")) == (["2026年3月"], ["40%（上次报告0%）"])
    perform(topic.extend, by=lead, note="系统升级。", wanted=due + timedelta(days=21))
    perform(topic.grant, by=centre, note="同意。")
    slip = newest(Paper.EXTENSION)
    assert said_in(slip) == [("延期申请", "叶知秋", "", "系统升级。"), ("延期审批", "唐蕾", "同意", "同意。")]
    perform(topic.complete, by=lead, done="全部完成。")
    assert newest(Paper.COMPLETION).facts["parts"][1]["words"] == "全部完成。"
    perform(topic.accept_result, by=centre, note="符合要求。")
    accepted = newest(Paper.ACCEPTANCE)
    assert said_in(accepted) == [("完成报告", "叶知秋", "", "全部完成。"), ("验收", "唐蕾", "已验收", "符合要求。")]

    perform(Plan.objects.get().print_board, by=centre)
    perform(Plan.objects.get().topics_done, by=Person.objects.system())
    plan = Plan.objects.get()
    perform(plan.close, by=centre, words="总体较好。")
    bulletin = newest(Paper.BULLETIN)
    assert "计划共1个专题，其中验收1个，结转0个；逾期0个。各专题完成情况见附件。" in words_of(bulletin)
    assert (bulletin.number, set(IssuedDocument.objects.values_list("kind", flat=True))) == (
        "集发〔2026〕2号",
        {value for name, value in vars(Paper).items() if name.isupper()},
    )
