"""The papers of a campaign with made-up facts, in both languages; see documents/specimens.py."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from documents import campaigns, frozen
from documents.base import kind_of
from documents.specimens import DAY, Facts, cited, made_up, seal, who
from workflows.matters.models import Opinion
from workflows.organisation.roles import Role
from workflows.policies.reasons import Reason

from .declaration import (
    BudgetLine,
    Category,
    Declaration,
    Duty,
    Evaluation,
    Partner,
    Payer,
    Phase,
    Report,
    ScheduleLine,
    Score,
)
from .models import Paper

AGREED = Opinion.Verdict.AGREE.label


def _declaration(chinese: bool) -> Declaration:
    def say(chinese_words: str, english: str) -> str:
        return chinese_words if chinese else english

    first = DAY + timedelta(days=31)
    budget = (
        BudgetLine(say("朋友圈与短视频投放", "Social media and short video"), Category.MEDIA, Decimal(38000), Decimal(1), Payer.GROUP),
        BudgetLine(say("舞台、灯光与音响", "Stage, light and sound"), Category.VENUE, Decimal(26500), Decimal(1), Payer.STORE),
        BudgetLine(say("联名礼盒", "Gift boxes with the partner"), Category.GIFTS, Decimal(40), Decimal(250), Payer.PARTNER),
        BudgetLine(say("估价师到店", "Valuers in the store"), Category.PEOPLE, Decimal(450), Decimal(16), Payer.REGION),
    )  # fmt: skip
    return Declaration(
        title=say("城西店数码生活节", "Digital life festival"),
        theme=say("把新机带回家", "Take a new device home"),
        starts_on=first,
        ends_on=first + timedelta(days=3),
        venue=say("一层中庭与二层连廊", "Atrium and the bridge on the second floor"),
        background=say(
            "同商圈新开两家数码店，周末客流同比下降一成二，老客户复购间隔拉长到十九个月。",
            "Two new digital stores opened nearby; weekend footfall is down by 12 %, and customers return after 19 months.",
        ),
        problem=say("周末客流回升两成，旧机换新一千台。", "Bring weekend footfall up by a fifth; a thousand trade-ins."),
        customers=say("周边三公里的年轻家庭与在校学生", "Young families and students within three kilometres"),
        memorable=say("旧机当场估价，当天换新", "The old device valued on the spot, exchanged the same day"),
        schedule=(
            ScheduleLine(Phase.WARM_UP, first - timedelta(days=7), say("公众号预热，会员短信", "Announcements, messages to members"), say("林晓", "Lin Xiao")),
            ScheduleLine(Phase.EXECUTION, first, say("开幕与以旧换新", "Opening and trade-in"), say("周启明", "Zhou Qiming")),
            ScheduleLine(Phase.EXECUTION, first + timedelta(days=2), say("亲子摄影课", "Photography for children"), say("林晓", "Lin Xiao")),
            ScheduleLine(Phase.COOL_DOWN, first + timedelta(days=4), say("撤场与回访", "Clearing up, calls to customers"), say("林晓", "Lin Xiao")),
        ),
        channels=("in_store", "wechat", "short_video"),
        group_mark=True,
        partners=(Partner(say("云上相机", "Cloud Camera"), say("礼盒与体验机", "Gift boxes and demonstration devices"), Decimal(10000)),),
        team=(
            Duty(say("林晓", "Lin Xiao"), say("总协调", "Coordination"), say("进度、预算与总结", "Progress, budget, report")),
            Duty(say("周启明", "Zhou Qiming"), say("现场", "On site"), say("安全与秩序", "Safety and order")),
        ),
        footfall=42_000,
        sales=Decimal(9600000),
        new_members=1_200,
        exposure=300_000,
        attendance=1_600,
        budget=budget,
        reserve=Decimal(6150),
        budget_total=sum((line.amount for line in budget), Decimal(6150)),
        safety=say(
            "现场配十二名安保，疏散通道保持畅通，中庭限流八百人；与消防、医疗约定联系人。",
            "Twelve guards, escape routes kept clear, at most 800 people in the atrium; fire brigade and first aid informed.",
        ),
        urgent_reason="",
    )  # fmt: skip


def _campaign(kind: str, chinese: bool, **own: Any) -> Facts:
    declared = _declaration(chinese)
    return {
        "document_title": kind_of(kind).titled(declared.title),
        "reference": "QH-2026-0001",
        "campaign": declared.title,
        "unit": "杭州城西店" if chinese else "Hangzhou West Store",
        "region": "华东大区" if chinese else "East Region",
        "initiator": "林晓" if chinese else "Lin Xiao",
        "version": 1,
        "urgent": False,
        "policy": {
            "number": 3,
            "title": "二〇二六年授权表" if chinese else "Limits of 2026",
            "in_force_from": "2026-01-01",
        },
        **own,
    }


def _opinions(chinese: bool) -> list[frozen.Said]:
    rows = [
        ("提交", "Submitted", who("林晓", "杭州城西店 · 企划专员", chinese, "Lin Xiao", "Planner"), "submit", "", "", ""),
        ("门店审核", "Store review", who("周启明", "杭州城西店 · 店总", chinese, "Zhou Qiming", "Store manager"), "agree", AGREED, "门店人手已落实。", "The store has the people for it."),
        ("大区审核", "Region review", who("沈若兰", "华东大区 · 大区总", chinese, "Shen Ruolan", "Region manager"), "agree", AGREED, "动线清楚，同意。", "The route through the store is clear. Agreed."),
        ("会签 · 财务", "Countersign · Finance", who("方敏", "财务部 · 财务", chinese, "Fang Min", "Finance"), "agree", AGREED, "费用在年度预算内。", "Within the year's budget."),
        ("签发", "Signature", who("冯静怡", "行政部 · 文书", chinese, "Feng Jingyi", "Clerk", "顾维桢" if chinese else "Gu Weizhen"), "agree", AGREED, "同意。", "Agreed."),
    ]  # fmt: skip
    return [
        {
            "step": step if chinese else english,
            "who": acted,
            "verdict": verdict,
            "decided": str(decided),
            "text": text if chinese else english_text,
            "at": f"2026-06-{24 + at}T{9 + at:02}:15",
            "version": 1,
        }
        for at, (step, english, acted, verdict, decided, text, english_text) in enumerate(rows)
    ]


def _rules() -> list[dict[str, Any]]:
    return [
        Reason.of("amount_above", amount="87850", limit="50000", role=Role.FINANCE).store(),
        Reason.of("group_mark", role=Role.BRAND).store(),
        Reason.of("amount_between", amount="87850", floor="50000", limit="200000", role=Role.VICE_PRESIDENT).store(),
    ]


def _files(chinese: bool) -> list[frozen.File]:
    return [{"name": "现场平面图.pdf" if chinese else "Floor plan.pdf", "size": 482_113, "digest": "9f2c" * 16}]


@made_up(Paper.DECLARATION)
def _campaign_declaration(chinese: bool) -> Facts:
    return _campaign(
        Paper.DECLARATION,
        chinese,
        issuer=who("林晓", "杭州城西店 · 企划专员", chinese, "Lin Xiao", "Planner"),
        declared=campaigns.declared(_declaration(chinese)),
        warnings=[
            "预计到场1,600人，须提前20天向公安机关申请安全许可。"
            if chinese
            else "1,600 people are expected: the police permit must be applied for 20 days ahead."
        ],
        files=_files(chinese),
    )


@made_up(Paper.CIRCULAR)
def _campaign_circular(chinese: bool) -> Facts:
    return _campaign(
        Paper.CIRCULAR,
        chinese,
        document_title=cited(chinese)["title"],
        number=cited(chinese)["number"],
        declared=campaigns.declared(_declaration(chinese)),
        needs_permit=True,
        report_due="活动结束后7个工作日内" if chinese else "within 7 working days of the last day",
        copies=["华东大区", "企划部", "财务部"] if chinese else ["East Region", "Planning", "Finance"],
        annexes=[_("Budget"), _("Schedule")],
        seal=seal(chinese),
    )


@made_up(Paper.APPROVAL)
def _campaign_approval(chinese: bool) -> Facts:
    return _campaign(
        Paper.APPROVAL,
        chinese,
        declared=campaigns.declared(_declaration(chinese)),
        opinions=_opinions(chinese),
        rules=_rules(),
        circular=cited(chinese),
    )


@made_up(Paper.REJECTION)
def _campaign_rejection(chinese: bool) -> Facts:
    said: frozen.Said = {
        **_opinions(chinese)[2],
        "verdict": "reject",
        "decided": str(Opinion.Verdict.REJECT.label),
        "text": "与商圈统一活动冲突，本次不予安排。"
        if chinese
        else "It collides with the trading area's own campaign.",
    }
    return _campaign(
        Paper.REJECTION,
        chinese,
        is_change=False,
        document_title=_("Notice that the campaign “%(title)s” is not approved")
        % {"title": _declaration(chinese).title},
        decision=said,
        opinions=[*_opinions(chinese)[:2], said],
        declared=campaigns.declared(_declaration(chinese)),
        base={},
        seal=seal(chinese),
    )


@made_up(Paper.TASK)
def _campaign_task(chinese: bool) -> Facts:
    return _campaign(
        Paper.TASK,
        chinese,
        declared=campaigns.declared(_declaration(chinese)),
        by_clock=True,
        issuer=who("系统时钟", "", chinese, "System clock", ""),
        report_due="活动结束后7个工作日内" if chinese else "within 7 working days of the last day",
        base=cited(chinese),
    )


@made_up(Paper.CHANGE)
def _campaign_change(chinese: bool) -> Facts:
    old = _declaration(chinese)
    why = "一层中庭临时封闭，改到二层。" if chinese else "The atrium is closed for a while."
    asked, *decided = ({**said, "version": 2} for said in _opinions(chinese))
    new = old.with_(
        venue="二层连廊" if chinese else "The bridge on the second floor",
        reserve=old.reserve + 1_000,
        budget_total=(old.budget_total or 0) + 1_000,
    )
    return _campaign(
        Paper.CHANGE,
        chinese,
        version=2,
        since_version=1,
        base=cited(chinese),
        last_change={},
        why=why,
        differences=campaigns.differences(old, new),
        total_before=str(old.total),
        total_after=str(new.total),
        opinions=[{**asked, "text": why}, *decided],
        rules=_rules(),
    )


@made_up(Paper.CANCELLATION)
def _campaign_cancellation(chinese: bool) -> Facts:
    said = _opinions(chinese)
    return _campaign(
        Paper.CANCELLATION,
        chinese,
        declared=campaigns.declared(_declaration(chinese)),
        asked={
            **said[0],
            "text": "场地因消防检修无法使用。" if chinese else "The place is closed for fire safety works.",
        },
        decision={**said[2], "text": "同意取消，费用停止支出。" if chinese else "Agreed; nothing more is spent."},
        was_running=False,
        document_title=_("Notice that the campaign “%(title)s” is cancelled") % {"title": _declaration(chinese).title},
        base=cited(chinese),
        seal=seal(chinese),
    )


@made_up(Paper.REPORT)
def _campaign_report(chinese: bool) -> Facts:
    declaration, report = _declaration(chinese), _report(chinese)
    return _campaign(
        Paper.REPORT,
        chinese,
        declared=campaigns.declared(declaration),
        spending=campaigns.spending(declaration, report),
        planned=str(declaration.total),
        spent=str(report.spent),
        over=str(report.spent - declaration.total),
        results=campaigns.results(declaration, report),
        summary=report.summary,
        lessons=report.lessons,
        late=False,
        files=_files(chinese),
        base=cited(chinese),
    )


@made_up(Paper.EVALUATION)
def _campaign_evaluation(chinese: bool) -> Facts:
    declaration, report = _declaration(chinese), _report(chinese)
    evaluation = Evaluation(
        (
            Score("target", 60, Decimal("98.3"), Decimal(95), "现场排队较长" if chinese else "The queues were long"),
            Score("publicity", 10, Decimal("90.0"), Decimal(90), ""),
            Score("cost", 20, Decimal("92.5"), Decimal("92.5"), ""),
            Score("discipline", 10, Decimal("100.0"), Decimal(100), ""),
        ),
        remark="总体达成目标，排队组织可以改进。"
        if chinese
        else "Targets reached on the whole; queues can be handled better.",
    )
    return _campaign(
        Paper.EVALUATION,
        chinese,
        declared=campaigns.declared(declaration),
        scores=campaigns.scores(evaluation),
        score=str(evaluation.total),
        remark=evaluation.remark,
        results=campaigns.results(declaration, report),
        planned=str(declaration.total),
        spent=str(report.spent),
        late=False,
        base=cited(chinese),
    )


def _report(chinese: bool) -> Report:
    return Report(
        actuals=tuple(line.amount for line in _declaration(chinese).budget),
        reserve_spent=Decimal("1200.50"),
        footfall=45_800,
        sales=Decimal(9120000),
        new_members=1_344,
        exposure=310_000,
        summary="四天客流四万五千余人次，旧机估价四百余台，亲子摄影课三场满员。"
        if chinese
        else "More than 45,000 visitors in four days, over 400 devices valued, three full classes for children.",
        lessons="预热应提前一周开始。" if chinese else "Announcements should begin a week earlier.",
    )
