"""The papers of a work plan with made-up facts, in both languages; see documents/specimens.py.

The plan has 22 topics and 120 items, the length of a real half-year.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from documents.frozen import Said
from documents.plans import (
    Acceptance,
    BoardSheet,
    Bulletin,
    Circular,
    CompletionReport,
    ConsultationLetter,
    Division,
    Draft,
    Extension,
    Minutes,
    Opinion,
    Opinions,
    ProgressReport,
    Signed,
    TaskLetter,
    TopicDraft,
    as_lead,
    days,
    given,
)
from documents.specimens import Facts, made_up, seal, who

from .board import Line
from .outline import Item, Kind, Outline, Owner, Part, Topic

REFERENCE, OF_TOPIC = "JH-2026-0001", "ZT-2026-0003"
BEGINS, ENDS = date(2026, 7, 1), date(2026, 12, 31)
LAUNCHED, TODAY = date(2026, 7, 6), date(2026, 10, 15)

# Chinese and English of the same: title of a part, and of its topics with what they are about
PARTS: list[tuple[tuple[str, str], list[tuple[str, str, str, str]]]] = [
    (
        ("客流与会员", "Footfall and members"),
        [
            ("暑期焕新季总体方案", "暑期焕新季", "Overall plan of the summer renewal season", "the summer renewal season"),
            ("旧机估价标准与回收流程", "旧机回收", "Valuation of old devices and how they are taken back", "taking old devices back"),
            ("会员权益与费用分担办法", "会员权益", "What members receive, and who bears the cost", "members' benefits"),
            ("老客户回访与复购提升", "老客户回访", "Calling on old customers and selling to them again", "calling on old customers"),
            ("周边社区与校园推广", "社区校园推广", "Work in neighbourhoods and on campus", "neighbourhood and campus work"),
            ("年终答谢周主题与视觉", "年终答谢周", "Theme and design of the year-end thanks", "the year-end thanks"),
        ],
    ),
    (
        ("招商与铺位", "Letting and stalls"),
        [
            ("到期租约集中续签", "租约续签", "Renewal of the leases that end this half-year", "the renewals"),
            ("二层智能家居体验区招商", "体验区招商", "Letting the smart-home area on the second floor", "letting the smart-home area"),
            ("空置铺位去化", "空置铺位去化", "Letting what stands empty", "letting empty stalls"),
            ("租金与物业费收缴", "租费收缴", "Collecting rent and fees", "collecting rent and fees"),
            ("品牌商户分级管理", "商户分级管理", "Grading tenants, and what follows from the grade", "the grading of tenants"),
        ],
    ),
    (
        ("服务与运营", "Service and operations"),
        [
            ("门店服务标准修订", "服务标准", "Revision of the service standard", "the service standard"),
            ("数据迁移与上门服务", "上门服务", "Transfer of data and service at the door", "service at the door"),
            ("投诉处理时限与回访", "投诉处理", "Time limits for complaints, and calling back", "the handling of complaints"),
            ("消防与大型活动安全", "活动安全", "Fire safety and safety of large events", "the safety of events"),
            ("门店能耗与物业降本", "能耗降本", "Energy and cost of the buildings", "saving energy"),
            ("导视与环境更新", "环境更新", "Signs and surroundings", "renewing signs and surroundings"),
        ],
    ),
    (
        ("队伍与管理", "People and management"),
        [
            ("店总与企划人员轮训", "人员轮训", "Training of store managers and planners", "the training"),
            ("营销费用预算与结算", "费用结算", "Budget and settlement of marketing money", "budget and settlement"),
            ("经营数据口径统一", "数据口径", "One meaning for each figure", "the meaning of figures"),
            ("档案与公文规范", "公文规范", "Files and official papers", "official papers"),
            ("半年绩效评定准备", "绩效评定", "Preparing the half-year review", "the review"),
        ],
    ),
]  # fmt: skip

WORK = [
    ("编制{of}实施方案，明确目标、步骤、预算和责任人，报资源营销中心审核", "Write the plan of {of} with aims, steps, budget and who answers for each; submit it to the resource centre"),
    ("征求各大区和门店对{of}的意见，完成方案修订并印发执行口径", "Hear regions and stores on {of}, revise the plan, and issue how it is to be read"),
    ("组织{of}专题培训，门店参训率不低于95%", "Train the stores in {of}; at least 95% take part"),
    ("在杭州城西店、苏州园区店先行试点{of}，形成可复制的样板", "Try {of} in Hangzhou West and Suzhou Park first, and make a model of it"),
    ("按月汇总{of}数据，分析差距并提出改进措施", "Sum up the figures of {of} each month, and say what is to be better"),
    ("开展{of}专项检查，问题整改率达到100%，并形成总结报告", "Inspect {of}, set right all that is found, and report"),
]  # fmt: skip

PEOPLE = [
    ("资源营销中心 唐蕾", "Resource centre, Tang Lei"), ("品牌部 叶知秋", "Brand, Ye Zhiqiu"),
    ("财务部 方敏", "Finance, Fang Min"), ("招商部 陆之远", "Leasing, Lu Zhiyuan"),
    ("运营部 沈若兰", "Operations, Shen Ruolan"), ("华东大区 梁国栋", "East Region, Liang Guodong"),
    ("杭州城西店 周启明", "Hangzhou West Store, Zhou Qiming"), ("信息部 何嘉树", "Information, He Jiashu"),
    ("人力资源部 宋怀瑾", "Human resources, Song Huaijin"), ("华南大区 罗思齐", "South Region, Luo Siqi"),
]  # fmt: skip


def _plan(chinese: bool) -> str:
    return "星桥数码2026年下半年营销工作计划" if chinese else "Marketing work plan for the second half of 2026"


def _say(pair: tuple[str, str], chinese: bool) -> str:
    return pair[0] if chinese else pair[1]


def _owners(number: int, chinese: bool) -> tuple[tuple[Owner, ...], tuple[Owner, ...]]:
    """Who leads and who assists the topic of that number: one to three, and two to five."""

    def named(place: int, kind: Kind, rank: int = 0) -> Owner:
        return Owner(kind, rank, None, None, _say(PEOPLE[place % len(PEOPLE)], chinese))

    leads = tuple(named(number - 2 + 3 * rank, Kind.LEAD, rank + 1) for rank in range(1 + (number + 2) % 3))
    kinds = [Kind.AUTHOR, Kind.DATA, Kind.ADVICE, Kind.DATA, Kind.AUTHOR]
    places = (-1, 0, 2, 3, 5)  # none of which leads it
    helping = tuple(named(number + places[at], kinds[at]) for at in range(2 + number % 4))
    return leads, helping


def outline(chinese: bool) -> Outline:
    parts, number = [], 0
    counted = "一二三四" if chinese else "1234"
    for at, (title, about) in enumerate(PARTS):
        topics = []
        for zh, zh_of, en, en_of in about:
            number += 1
            due = date(2026, 8 + number % 5, (10, 15, 20, 28, 30)[number % 5])
            count = 5 if number in SHORTER else 6 if number % 2 else 5
            leads, helping = _owners(number, chinese)
            items = tuple(
                Item(f"{number}.{place}", _say(work, chinese).format(of=zh_of if chinese else en_of), None if place == count else due.replace(month=max(7, due.month - 1), day=10 + place))
                for place, work in enumerate(WORK[:count], 1)
            )  # fmt: skip
            aim = (
                f"到十二月底前{zh_of}在全部门店落实到位，形成制度并纳入日常管理。"
                if chinese
                else f"By the end of December {en_of} is in place in every store and part of the daily work."
            )
            topics.append(Topic(str(number), zh if chinese else en, aim, due, items, leads, helping))
        parts.append(Part(counted[at], _say(title, chinese), tuple(topics)))
    return Outline(tuple(parts))


SHORTER = (21,)  # of the 11 with an odd number: 120 items in all


def _topic(chinese: bool) -> Topic:
    return outline(chinese).topics()[2]


def _of_plan(chinese: bool) -> Facts:
    return {"reference": REFERENCE, "plan": _plan(chinese), "about": _plan(chinese), "unit": _centre(chinese)}


def _of_topic(chinese: bool) -> Facts:
    topic = _topic(chinese)
    return {
        "reference": OF_TOPIC, "plan": _plan(chinese), "topic": topic.title, "about": topic.title, "unit": "品牌部" if chinese else "Brand",
    }  # fmt: skip


def _centre(chinese: bool) -> str:
    return "资源营销中心" if chinese else "Resource centre"


def _everybody(chinese: bool) -> list[str]:
    return ["各大区", "各门店", "集团各部门"] if chinese else ["all regions", "all stores", "all departments"]


def _copies(chinese: bool) -> list[str]:
    return ["集团总裁", "副总裁", "审计室"] if chinese else ["the president", "the vice-president", "Audit"]


def _said(
    step: str,
    name: tuple[str, str],
    post: tuple[str, str],
    decided: str,
    words: str,
    at: str,
    chinese: bool,
    verdict: str = "agree",
) -> Said:
    return {
        "step": step, "who": {"person": _say(name, chinese), "post": _say(post, chinese), "principal": ""}, "verdict": verdict,
        "decided": decided, "text": words, "at": at, "version": 1,
    }  # fmt: skip


YE = (("叶知秋", "Ye Zhiqiu"), ("品牌部 · 品牌经理", "Brand · Brand manager"))
TANG = (("唐蕾", "Tang Lei"), ("资源营销中心 · 主任", "Resource centre · Director"))
FANG = (("方敏", "Fang Min"), ("财务部 · 财务经理", "Finance · Finance manager"))
HE = (("何嘉树", "He Jiashu"), ("信息部 · 数据分析师", "Information · Data analyst"))


@made_up(Minutes.kind)
def _minutes(chinese: bool) -> Facts:
    words = (
        "会议原则同意计划草案，由资源营销中心根据与会意见修改完善，按程序征求意见后报批印发。\n"
        "各专题要把目标写实、把步骤写细，凡是能够量化的一律量化，凡是涉及费用的一律列明来源。\n"
        "财务部要在七月十五日之前明确费用分担口径，信息部同步统一经营数据的取数规则。"
        if chinese
        else "The draft plan is agreed in principle. The resource centre revises it, hears the units and submits it for signature.\n"
        "Topics state their aims in figures wherever there are any, and name the source of every cost.\n"
        "Finance settles by 15 July how cost is shared; Information settles how figures are taken."
    )
    names = [
        person.rpartition(" ")[2] if chinese else person.rpartition(", ")[2]
        for person in (_say(one, chinese) for one in PEOPLE)
    ]
    return {
        **_of_plan(chinese),
        "document_title": Minutes.naming(_plan(chinese)),
        "number": "集纪〔2026〕3号",
        **Minutes.text(
            _plan(chinese), outline(chinese), held_on=date(2026, 7, 3), chair="顾维桢" if chinese else "Gu Weizhen",
            present=names, words=words,
        ),
    }  # fmt: skip


@made_up(Division.kind)
def _division(chinese: bool) -> Facts:
    return {
        **_of_plan(chinese),
        "document_title": Division.titled(_plan(chinese)),
        **Division.text(outline(chinese), begins=BEGINS, ends=ENDS),
    }


@made_up(TaskLetter.kind)
def _letter(chinese: bool) -> Facts:
    topic = _topic(chinese)
    return {
        **_of_topic(chinese),
        "document_title": TaskLetter.naming(topic.title),
        "number": "集函〔2026〕31号",
        **TaskLetter.text(_plan(chinese), topic, topic.leads[0], draft_by=date(2026, 7, 13)),
        "seal": seal(chinese),
    }


@made_up(ConsultationLetter.kind)
def _consultation(chinese: bool) -> Facts:
    plan = _plan(chinese)
    return {
        **_of_plan(chinese),
        "reference": "ZX-2026-0002",
        "document_title": ConsultationLetter.naming(plan),
        "number": "集函〔2026〕152号",
        **ConsultationLetter.text(
            plan, "华东大区" if chinese else "the East Region", topics=22, answer_by=date(2026, 7, 24),
            draft=Draft.naming(plan),
        ),
        "seal": seal(chinese),
    }  # fmt: skip


@made_up(Draft.kind)
def _draft(chinese: bool) -> Facts:
    found = outline(chinese)
    words = (
        "以门店为单位逐项测算，先易后难、分批推进；每月末由主办单位通报一次，连续两个月未达进度的，由资源营销中心会同大区现场督办。"
        if chinese
        else "Each store reckons for itself; what is easy comes first. The lead owner reports at the end of each month, and the resource centre goes to see whoever falls behind twice."
    )
    return {
        **_of_plan(chinese),
        "document_title": Draft.naming(_plan(chinese)),
        **Draft.text(found, {topic.number: words for topic in found.topics()}, begins=BEGINS, ends=ENDS, answer_by=date(2026, 7, 24)),
    }  # fmt: skip


@made_up(Opinions.kind)
def _opinions(chinese: bool) -> Facts:
    topics = outline(chinese).topics()
    adopted, partly, declined = (_("adopted"), _("adopted in part"), _("declined"))
    told = [
        (2, "华东大区", "East Region", "2.1", "估价标准每周更新一次，改为每三天更新一次。", "新机上市前后二手行情变动快，一周一更门店易亏损。", "Update the valuation every three days instead of weekly.", "Prices move fast around a launch; stores would lose money.", adopted, "", ""),
        (2, "苏州园区店", "Suzhou Park Store", "2.3", "培训安排在工作日上午。", "周末客流集中，门店抽不出人。", "Hold the training on weekday mornings.", "Nobody can be spared at weekends.", adopted, "", ""),
        (3, "华南大区", "South Region", "3.1", "会员权益费用改由集团全额承担。", "门店毛利偏低，难以承担四成费用。", "Let the group bear the whole cost of members' benefits.", "Stores earn too little to bear 40%.", declined, "分担比例系年度预算既定事项；对毛利率低于8%的门店另按困难补助办法办理。", "The shares stand in the year's budget; stores below 8% margin may ask for hardship support."),
        (3, "杭州城西店", "Hangzhou West Store", "", "增加会员权益的使用说明和常见问题。", "店员解释口径不一，容易引起投诉。", "Add a guide and common questions on members' benefits.", "Staff explain them differently, and customers complain.", partly, "增加使用说明，常见问题由品牌部在培训中统一解答。", "A guide is added; Brand answers questions in the training."),
        (14, "华东大区", "East Region", "14.2", "投诉首次响应时限由二小时改为四小时。", "夜间值班人员不足。", "Allow four hours instead of two for the first answer.", "Too few are on duty at night.", declined, "二小时为集团对外承诺，不宜放宽；夜间由客服热线先行受理。", "Two hours is what the group promises; the hotline takes complaints at night."),
        (19, "财务部", "Finance", "19.1", "预算编制时限提前至七月二十日。", "与集团滚动预算衔接。", "Bring the budget forward to 20 July.", "It feeds the group's rolling budget.", adopted, "", ""),
    ]  # fmt: skip
    found = [
        Opinion(
            f"{number}. {topics[number - 1].title}", zh if chinese else en, clause or _("whole topic"), zh_want if chinese else en_want,
            zh_why if chinese else en_why, fate, zh_reply if chinese else en_reply, fate == declined,
        )
        for number, zh, en, clause, zh_want, zh_why, en_want, en_why, fate, zh_reply, en_reply in told
    ]  # fmt: skip
    opinions, none, silent = _("with opinions"), _("no opinion"), _("silent, delivered %(day)s") % {"day": "2026-07-17"}
    asked = [
        ("华东大区", "East Region", opinions, "2026-07-22", False), ("华南大区", "South Region", opinions, "2026-07-23", False),
        ("杭州城西店", "Hangzhou West Store", opinions, "2026-07-21", False), ("苏州园区店", "Suzhou Park Store", opinions, "2026-07-22", False),
        ("财务部", "Finance", opinions, "2026-07-20", False), ("信息部", "Information", none, "2026-07-20", False),
        ("南京新街口店", "Nanjing Centre Store", silent, "2026-07-24", True),
    ]  # fmt: skip
    return {
        **_of_plan(chinese),
        "document_title": Opinions.titled(_plan(chinese)),
        **Opinions.text(
            found, asked=[(zh if chinese else en, answer, on, quiet) for zh, en, answer, on, quiet in asked]
        ),
    }


@made_up(Circular.kind)
def _circular(chinese: bool) -> Facts:
    plan = _plan(chinese)
    return {
        **_of_plan(chinese),
        "document_title": Circular.naming(plan),
        "number": "集发〔2026〕7号",
        **Circular.text(
            plan, outline(chinese), begins=BEGINS, ends=ENDS, to=_everybody(chinese), copies=_copies(chinese)
        ),
        "seal": seal(chinese),
    }


@made_up(TopicDraft.kind)
def _topic_draft(chinese: bool) -> Facts:
    topic = _topic(chinese)
    words = (
        "一、总体考虑。会员权益以“看得见、用得上、算得清”为原则，保留积分抵现、免费贴膜、优先换机三项，停止使用率低于百分之三的礼品兑换。\n"
        "二、费用分担。权益费用由集团与门店按照六比四分担，品牌赞助部分先行冲减；按月结算，次月十日前完成。\n"
        "三、实施步骤。七月完成测算，八月在两家门店试点，九月全面执行，十二月复盘。"
        if chinese
        else "1. What guides us. Members must see a benefit, be able to use it and understand it. Points, free screen film and early trade-in stay; gifts that fewer than three in a hundred ask for end.\n"
        "2. Cost. Group and store share it six to four, after what brands pay; it is settled monthly, by the 10th.\n"
        "3. Steps. Reckoned in July, tried in two stores in August, everywhere from September, looked back on in December."
    )
    pieces = [
        _said(given(Kind.AUTHOR), YE[0], YE[1], "", "会员权益现状：在册会员42.6万人，近半年使用过权益的占61%。" if chinese else "Where we stand: 426,000 members, of whom 61% used a benefit in half a year.", "2026-07-08T16:05", chinese, "submit"),
        _said(given(Kind.DATA), HE[0], HE[1], "", "近六个月权益核销数据（来源：会员系统，截至六月三十日）：积分抵现318万元，贴膜11.2万次，换机补贴96万元。" if chinese else "Benefits used in six months (source: members' system, to 30 June): points CNY 3.18 million, film 112,000 times, trade-in CNY 0.96 million.", "2026-07-09T09:30", chinese, "submit"),
        _said(given(Kind.ADVICE), FANG[0], FANG[1], "", "建议分担办法写明赞助款的冲减顺序，避免门店与集团重复列支。" if chinese else "Say in which order sponsors' money is set off, so that nothing is booked twice.", "2026-07-10T11:20", chinese, "submit"),
    ]  # fmt: skip
    return {
        **_of_topic(chinese),
        "document_title": TopicDraft.titled(topic.title),
        **TopicDraft.text(
            _plan(chinese), topic, words, pieces=pieces,
            signed=[
                Signed(topic.leads[0].words, as_lead(1), "2026-07-14T10:12", days(1)),
                *(Signed(lead.words, as_lead(lead.rank), f"2026-07-14T1{lead.rank}:40") for lead in topic.leads[1:]),
            ],
        ),
    }  # fmt: skip


def _files(chinese: bool) -> list[dict[str, Any]]:
    return [
        {"name": "会员权益试点数据.xlsx" if chinese else "pilot figures.xlsx", "size": 48_213, "digest": "3f" * 32},
        {"name": "试点门店现场照片.pdf" if chinese else "photographs of the pilot.pdf", "size": 2_318_004, "digest": "a7" * 32},
    ]  # fmt: skip


def _links(chinese: bool) -> list[Any]:
    return [
        {"reference": "HD-2026-0018", "title": "城西店会员回馈日" if chinese else "Members' day of Hangzhou West"},
        {"reference": "XZ-2026-0018", "title": "2-018 云上相机续约" if chinese else "Renewal of stall 2-018"},
    ]


@made_up(ProgressReport.kind)
def _report(chinese: bool) -> Facts:
    topic = _topic(chinese)
    return {
        **_of_topic(chinese),
        "document_title": ProgressReport.titled(topic.title),
        **ProgressReport.text(
            _plan(chinese), topic, month=_("%(month)s/%(year)s") % {"month": 9, "year": 2026}, share=65, before=40,
            done="完成杭州城西店、苏州园区店试点，权益核销率由61%提高到74%；《会员权益与费用分担办法》已定稿，九月二十五日起在华东大区全面执行。"
            if chinese
            else "Tried in Hangzhou West and Suzhou Park: 74% of members used a benefit instead of 61%. The rules are final and in force in the East Region since 25 September.",
            next_="十月推广至华南大区，完成财务结算口径培训。" if chinese else "The South Region in October, with training in settlement.",
            links=_links(chinese), files=_files(chinese), late=days(2),
            by="叶知秋 · 品牌部 · 2026-09-30 17:20" if chinese else "Ye Zhiqiu · Brand · 2026-09-30 17:20",
        ),
    }  # fmt: skip


@made_up(Extension.kind)
def _extension(chinese: bool) -> Facts:
    topic = _topic(chinese)
    return {
        **_of_topic(chinese),
        "document_title": Extension.titled(topic.title),
        **Extension.text(
            _plan(chinese), topic, due=date(2026, 11, 28), wanted=date(2026, 12, 18), granted=True,
            opinions=[
                _said(_("request for more time"), *YE, "", "会员系统十一月中旬停机升级，权益核销数据须在升级后复核，申请延期二十天。" if chinese else "The members' system is down for its upgrade in mid-November; the figures must be checked after it. Twenty days are asked for.", "2026-11-12T09:18", chinese, "submit"),
                _said(_("decision on the request"), *TANG, _("agreed"), "同意。升级期间照常报送进度，不得再次延期。" if chinese else "Agreed. Report as usual during the upgrade; no further extension.", "2026-11-13T14:02", chinese),
            ],
        ),
    }  # fmt: skip


@made_up(CompletionReport.kind)
def _completion(chinese: bool) -> Facts:
    topic = _topic(chinese)
    return {
        **_of_topic(chinese),
        "document_title": CompletionReport.titled(topic.title),
        **CompletionReport.text(
            _plan(chinese), topic, due=date(2026, 12, 18),
            done="《会员权益与费用分担办法》已在全部门店执行，权益核销率79%，会员复购率同比提高6.2个百分点；费用按月结算，差错为零。"
            if chinese
            else "The rules are in force in every store. 79% of members used a benefit, 6.2 points more came back to buy; cost is settled monthly without an error.",
            links=_links(chinese), files=_files(chinese), by="叶知秋 · 品牌部 · 2026-12-17 16:44" if chinese else "Ye Zhiqiu · Brand · 2026-12-17 16:44", late="",
        ),
    }  # fmt: skip


@made_up(Acceptance.kind)
def _acceptance(chinese: bool) -> Facts:
    topic = _topic(chinese)
    months = [(7, 10), (8, 25), (9, 65), (10, 80), (11, 90)]
    return {
        **_of_topic(chinese),
        "document_title": Acceptance.titled(topic.title),
        **Acceptance.text(
            _plan(chinese), topic, due=date(2026, 12, 18), completed_on=date(2026, 12, 17), late="",
            opinions=[
                _said(_("completion report"), *YE, "", "六项重点工作全部完成，佐证材料附后。" if chinese else "All items are done; the evidence is attached.", "2026-12-17T16:44", chinese, "submit"),
                _said(_("acceptance"), *TANG, _("accepted"), "经核对会员系统数据和门店抽查，符合要求，同意验收。" if chinese else "Checked against the members' system and in three stores; accepted.", "2026-12-21T10:05", chinese),
            ],
            reports=[(_("%(month)s/%(year)s") % {"month": month, "year": 2026}, share) for month, share in months],
        ),
    }  # fmt: skip


def _lines(chinese: bool, ended: bool = False) -> list[Line]:
    found = []
    for part in outline(chinese).parts:
        for topic in part.topics:
            assert topic.due
            number = int(topic.number)
            done = ended or topic.due < TODAY
            late = number in (4, 9, 16) if done else False
            carried = ended and number in (8, 17)
            behind = not ended and number in (4, 9)
            state = "carried_over" if carried else "in_progress" if behind or not done else "accepted"
            label = {"carried_over": _("carried over"), "accepted": _("accepted"), "in_progress": _("in progress")}[
                state
            ]
            share = 100 if state == "accepted" else (70, 55, 80)[number % 3] if behind else (20, 35, 60)[number % 3]
            found.append(
                Line(
                    part=_("%(number)s. %(title)s") % {"number": part.number, "title": part.title}, number=topic.number, title=topic.title,
                    lead=topic.leads[0].words, state=state, state_label=str(label), percent=share, begins=LAUNCHED, due=topic.due, late=late,
                    accepted=state == "accepted", reason=("业主方改造延期" if chinese else "the landlord's works are late") if carried else "",
                )
            )  # fmt: skip
    return found


@made_up(Bulletin.kind)
def _bulletin(chinese: bool) -> Facts:
    plan = _plan(chinese)
    words = (
        "总的看，下半年客流回升和会员增长达到预期，到期租约续签率91%，投诉首次响应全部在二小时以内。\n"
        "存在的主要问题：个别专题前松后紧，三个专题逾期完成；二层体验区受改造工期影响未能如期开业。"
        if chinese
        else "On the whole footfall and members grew as planned; 91% of leases were renewed, and every complaint had its first answer within two hours.\n"
        "What was wanting: three topics began slowly and ended late; the smart-home area could not open in time."
    )
    return {
        **_of_plan(chinese),
        "document_title": Bulletin.naming(plan),
        "number": "集发〔2027〕1号",
        **Bulletin.text(
            plan, _lines(chinese, ended=True), words=words, to=_everybody(chinese), copies=_copies(chinese)
        ),
        "seal": seal(chinese),
    }


@made_up(BoardSheet.kind)
def _board(chinese: bool) -> Facts:
    return {
        **_of_plan(chinese),
        "document_title": BoardSheet.titled(_plan(chinese)),
        **BoardSheet.text(_lines(chinese), begins=BEGINS, ends=ENDS, today=TODAY),
        "issuer": who("唐蕾", "资源营销中心 · 主任", chinese, "Tang Lei", "Director of the resource centre"),
    }
