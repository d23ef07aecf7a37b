"""Every kind of document with made-up facts, in both languages: to look at, to measure, to show.

People, firms and figures are invented. `manage.py specimens` prints them all; the suite measures
them against the standard. A kind without a specimen fails a test: add a function here when you add
a kind. It takes the language and returns the facts as `hand_out` would have frozen them, its title
among them. Those of a workflow stand in its own `specimens.py`, found when the project starts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import override

from . import frozen
from .kinds.office import Register, RegisterLine, VoidNotice
from .kinds.plain import (
    Block,
    PlainCircular,
    PlainContract,
    PlainLetter,
    PlainMinutes,
    PlainNotice,
    PlainScoreSheet,
    Table,
)

Facts = dict[str, Any]
_makers: dict[str, Callable[[bool], Facts]] = {}
DAY = date(2026, 7, 1)


def made_up(kind: str) -> Callable[[Callable[[bool], Facts]], Callable[[bool], Facts]]:
    """Declare how the facts of a kind are made up; the function is told whether the document is Chinese."""

    def declare(maker: Callable[[bool], Facts]) -> Callable[[bool], Facts]:
        _makers[kind] = maker
        return maker

    return declare


def kinds_made_up() -> list[str]:
    return list(_makers)


def facts_of(kind: str, language: str) -> Facts:
    """The made-up facts of a kind. Raises KeyError where nobody has made any up."""
    chinese = language != "en"
    with override(language):
        return {**_issued(chinese), **_makers[kind](chinese)}


def _issued(chinese: bool) -> Facts:
    return {
        "group": "星桥数码" if chinese else "Star Bridge Digital",
        "reference": "",
        "number": "",
        "issued_on": DAY.isoformat(),
        "issued_at": f"{DAY.isoformat()}T10:42",
        "issuer": who("韩正", "副总裁", chinese, "Han Zheng", "Vice-president"),
        "note": "",
        "code": "7KQ4MHX2PDW9",
        "check_url": "https://office.example/check/7KQ4MHX2PDW9/",
        "seal": {},
        "demonstration_key": True,
    }


def who(name: str, post: str, chinese: bool, english: str, english_post: str, principal: str = "") -> frozen.Who:
    """Somebody who acts, in the language of the paper."""
    return {"person": name if chinese else english, "post": post if chinese else english_post, "principal": principal}


def seal(chinese: bool) -> Facts:
    """The group's seal."""
    group = "星桥数码" if chinese else "Star Bridge Digital"
    return {"unit": group, "name": "星桥数码集团有限公司" if chinese else "STAR BRIDGE DIGITAL", "below": ""}


def cited(chinese: bool) -> dict[str, str]:
    """A paper that others name."""
    title = (
        "关于同意举办“城西店数码生活节”活动的批复" if chinese else "Approval of the campaign “Digital life festival”"
    )
    return {"title": title, "number": "星企发〔2026〕18号", "on": DAY.isoformat()}


def _blocks(text: str) -> list[Block]:
    """Text as people type it: a line a paragraph; `#` before a heading, `##` before a subheading."""
    found: list[Block] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        mark, _space, rest = line.partition(" ")
        style = {"#": "heading", "##": "subheading"}.get(mark, "paragraph")
        found.append({"style": style, "text": line if style == "paragraph" else rest})
    return found


# --- the family -----------------------------------------------------------------------------------------


class SpecimenCircular(PlainCircular):
    kind = "specimen.circular"


class SpecimenLetter(PlainLetter):
    kind = "specimen.letter"


class SpecimenMinutes(PlainMinutes):
    kind = "specimen.minutes"


class SpecimenNotice(PlainNotice):
    kind = "specimen.notice"


class SpecimenScoreSheet(PlainScoreSheet):
    kind = "specimen.score"


class SpecimenContract(PlainContract):
    kind = "specimen.contract"


PLAN = """
为贯彻落实集团年度经营会议精神，统筹做好下半年营销工作，经集团总裁办公会研究同意，现将《二〇二六年下半年营销工作计划》印发给你们，请结合本单位实际认真组织实施。
# 一、总体要求
坚持以顾客为中心，围绕“把新机带回家、把旧机换成钱、把服务送到门口”三条主线，统一策划、分级实施、按月复盘。各大区要把客流回升和会员增长放在突出位置，各门店要把每一场活动办成可以检验、可以复制的样板，各职能部门要把支持前移到计划阶段，不得在活动开始之后再提出新的要求。
# 二、重点任务
## （一）暑期焕新季
七月上旬至八月下旬，以学生与家庭换机为重点，组织全部门店开展旧机估价、以旧换新、数据迁移三项服务。活动方案由资源营销中心统一编制，各大区可以结合本地商圈补充内容，但不得降低补贴标准，不得自行更改集团标识。门店每周五下班之前报送进度，大区每月二十八日之前汇总上报，资源营销中心每月末向集团通报一次完成情况。
## （二）金秋会员日
九月中旬起，以会员回访和老客复购为重点，建立从邀约、到店、体验到成交的完整记录。会员权益由品牌部与财务部共同核定，费用由集团与门店按照六比四分担。凡是没有完成上一场活动总结的单位，不得申报新的活动；凡是预计到场人数超过一千人的活动，必须提前二十天向公安机关申请安全许可，未经许可不得举办。
## （三）年终答谢周
十二月下旬，以答谢老客户和展示全年成果为重点，由集团统一发布主题与视觉，各门店自行安排场地与人员。答谢周期间的所有支出均纳入年度预算，超出预算的部分由责任单位承担，并在年终绩效评定中予以体现。
# 三、组织保障
各单位主要负责人是本单位营销工作的第一责任人，要亲自部署、亲自过问、亲自督办。主办人员对任务完成负总责，协办人员按照分工提供文稿、数据与意见。资源营销中心要建立任务台账，对逾期未完成的事项逐一列明原因，并在次月通报。
# 四、有关要求
请各单位于收到本通知之日起三个工作日内签收，并于七月十日之前将本单位的实施方案报送资源营销中心。执行中遇到的问题，请及时反馈。
"""
PLAN_ENGLISH = """
To put the decisions of the annual business conference into practice, the president's office has approved the marketing plan for the second half of 2026. It is issued to you herewith; please carry it out as it applies to your unit.
# 1. General requirements
Everything starts from the customer. Three lines guide the half-year: take a new device home, turn the old one into money, bring the service to the door. Regions put footfall and new members first; stores make every campaign one that can be measured and repeated; departments give their support while a campaign is being planned and make no new demands once it has begun.
# 2. Main tasks
## (1) Summer renewal season
From early July to late August all stores offer the valuation of old devices, trade-in and the transfer of data, with students and families in mind. The resource centre writes the plan; a region may add to it what suits its trading areas, but may neither lower the subsidy nor alter the group's mark. Stores report every Friday, regions by the 28th of each month.
## (2) Autumn members' days
From the middle of September members are invited back. Brand and finance settle together what members receive; group and store share the cost six to four. A unit whose last campaign still lacks its report may not declare a new one. Where more than 1,000 people are expected, the police permit is applied for 20 days ahead.
## (3) Year-end thanks
In the last third of December the group publishes theme and design, and every store chooses place and people. What exceeds the budget is borne by the unit that spent it and counts in the year-end review.
# 3. Who answers for it
The head of each unit answers for its marketing. Lead owners answer for their topic as a whole; assisting owners contribute text, data and advice. The resource centre keeps the list of tasks and states the reason for whatever is late.
# 4. What is asked of you
Please sign for this circular within three working days and send your own plan to the resource centre by 10 July 2026.
"""


@made_up(SpecimenCircular.kind)
def _circular(chinese: bool) -> Facts:
    table: Table = {
        "columns": [
            {"name": "序号" if chinese else "No.", "wide": 12, "numbers": False},
            {"name": "专题" if chinese else "Topic", "wide": 0, "numbers": False},
            {"name": "主办" if chinese else "Lead", "wide": 34, "numbers": False},
            {"name": "完成时限" if chinese else "Due", "wide": 30, "numbers": False},
        ],
        "rows": [
            ["1", "暑期焕新季总体方案", "资源营销中心 唐蕾", "2026-07-10"],
            ["2", "旧机估价标准与回收流程", "财务部 方敏", "2026-07-15"],
            ["3", "会员权益与分担办法", "品牌部 叶知秋", "2026-08-20"],
            ["4", "年终答谢周主题与视觉", "品牌部 叶知秋", "2026-11-30"],
        ]
        if chinese
        else [
            ["1", "Overall plan of the summer renewal season", "Resource centre, Tang Lei", "2026-07-10"],
            ["2", "Valuation of old devices and how they are taken back", "Finance, Fang Min", "2026-07-15"],
            ["3", "What members receive, and who bears it", "Brand, Ye Zhiqiu", "2026-08-20"],
            ["4", "Theme and design of the year-end thanks", "Brand, Ye Zhiqiu", "2026-11-30"],
        ],
    }
    annex = "专题任务分工表" if chinese else "Division of work"
    return {
        "document_title": "关于印发二〇二六年下半年营销工作计划与任务分工的通知"
        if chinese
        else "Circular on the marketing plan for the second half of 2026 and the division of its work",
        "number": "集发〔2026〕7号",
        "to": ["各大区", "各门店", "集团各部门"] if chinese else ["all regions", "all stores", "all departments"],
        "blocks": _blocks(PLAN if chinese else PLAN_ENGLISH),
        "annexes": [annex],
        "annexed": [{"title": annex, "blocks": [], "table": table}],
        "copies": ["集团总裁", "副总裁", "审计室"] if chinese else ["the president", "the vice-president", "Audit"],
        "seal": seal(chinese),
    }


@made_up(SpecimenLetter.kind)
def _letter(chinese: bool) -> Facts:
    return {
        "document_title": "关于征求门店营销支持办法意见的函"
        if chinese
        else "Request for your opinion on the support of stores",
        "number": "集函〔2026〕12号",
        "to": ["华东大区"] if chinese else ["the East Region"],
        "blocks": _blocks(
            """
            为进一步规范门店营销活动的费用支持，资源营销中心起草了《门店营销支持办法（征求意见稿）》，现送你大区征求意见。
            请组织所属门店认真研究，重点就支持标准、分担比例和结算时限提出意见，并于七月八日之前书面反馈。逾期未反馈的，视为没有意见。
            专此函达，请予支持。
            """
            if chinese
            else """
            The resource centre has drafted rules for the support of stores' campaigns and asks for your opinion.
            Please discuss the draft with your stores, above all the rates of support, the sharing of cost and the time of settlement, and answer in writing by 8 July 2026. Silence is taken as having no opinion.
            Thank you for your help.
            """
        ),
        "annexes": ["门店营销支持办法（征求意见稿）" if chinese else "Draft rules for the support of stores"],
        "annexed": [],
        "copies": [],
        "seal": seal(chinese),
    }


@made_up(SpecimenMinutes.kind)
def _minutes(chinese: bool) -> Facts:
    return {
        "document_title": "下半年营销工作启动会纪要" if chinese else "Kick-off meeting for the second half of 2026",
        "meeting": "营销工作会议" if chinese else "the marketing conference",
        "number": "集纪〔2026〕3号",
        "to": [],
        "blocks": _blocks(
            """
            六月二十九日下午，副总裁顾维桢主持召开下半年营销工作启动会，听取资源营销中心关于计划草案的汇报，研究专题分工与完成时限。现将会议议定事项纪要如下。
            # 一、关于计划草案
            会议原则同意计划草案，要求资源营销中心根据与会意见修改后，按照程序报批印发。
            # 二、关于专题分工
            会议明确四个专题的主办与协办人员。主办人员应于启动之日起七日内提交专题草案，协办人员按照分工提供文稿和数据。
            # 三、关于进度报告
            各专题每月二十八日之前报告一次进度，未按时报告的，在年终绩效评定中计入纪律项。
            """
            if chinese
            else """
            On the afternoon of 29 June the vice-president, Gu Weizhen, chaired the kick-off meeting. It heard the resource centre on the draft plan and settled topics and dates.
            # 1. The draft plan
            Agreed in principle. The resource centre revises it as discussed and submits it for signature.
            # 2. Topics
            Leads and assistants of the four topics were named. Leads hand in their drafts within seven days.
            # 3. Progress reports
            Each topic reports by the 28th of the month; a missing report counts under discipline in the year-end review.
            """
        ),
        "annexes": [],
        "annexed": [],
        "copies": [],
        "present": [
            {"label": "出席", "names": ["顾维桢", "陆之远", "唐蕾", "叶知秋", "方敏", "沈若兰", "梁国栋"]},
            {"label": "请假", "names": ["韩正"]},
            {"label": "列席", "names": ["冯静怡"]},
        ]
        if chinese
        else [
            {"label": "Present", "names": ["Gu Weizhen", "Lu Zhiyuan", "Tang Lei", "Ye Zhiqiu", "Fang Min"]},
            {"label": "Excused", "names": ["Han Zheng"]},
            {"label": "Observing", "names": ["Feng Jingyi"]},
        ],
    }


@made_up(SpecimenNotice.kind)
def _notice(chinese: bool) -> Facts:
    return {
        "document_title": "关于开展二〇二六年度绩效考评的通知"
        if chinese
        else "Notice of the performance review of 2026",
        "reference": "JX-2026-0001",
        "to": ["集团各部门", "各大区", "各门店"] if chinese else ["all departments", "regions and stores"],
        "blocks": _blocks(
            """
            根据集团绩效管理办法，现启动二〇二六年度绩效考评。考评以系统归集的数据为依据，被考评人只需补充说明，不必另行填报。
            请全体被考评人于十二月二十日之前提交自评表。对评定结果有异议的，可以在公示期内提出，由未参与评定的人员在五个工作日内答复。
            特此通知。
            """
            if chinese
            else """
            The performance review of 2026 opens herewith. It rests on what the system has collected; those reviewed add explanations only.
            Self reviews are due by 20 December 2026. Objections may be raised while the results are published; somebody who was not involved answers them within five working days.
            """
        ),
        "seal": seal(chinese),
    }


@made_up(SpecimenScoreSheet.kind)
def _score_sheet(chinese: bool) -> Facts:
    rows: list[tuple[str, str, int, str, str]] = [
        ("计划成果", "Plan results", 70, "93.5", "65.5"),
        ("活动与续约", "Campaigns and leases", 15, "88.0", "13.2"),
        ("协作", "Collaboration", 10, "95.0", "9.5"),
        ("纪律", "Discipline", 5, "100.0", "5.0"),
    ]
    return {
        "document_title": "绩效评定表：唐蕾" if chinese else "Score sheet: Tang Lei",
        "reference": "JX-2026-0001",
        "person": "唐蕾" if chinese else "Tang Lei",
        "post": "资源营销中心 主管" if chinese else "Head of the resource centre",
        "period": "2026年度" if chinese else "Year 2026",
        "score": "93.2",
        "grade": "A",
        "scores": [
            {
                "criterion": name if chinese else english,
                "weight": weight,
                "computed": given,
                "given": given,
                "weighted": weighted,
                "why": "",
            }
            for name, english, weight, given, weighted in rows
        ],
        "remark": "主办的三个专题均按期验收。" if chinese else "All three topics led were accepted on time.",
        "seal": seal(chinese),
    }


@made_up(SpecimenContract.kind)
def _contract(chinese: bool) -> Facts:
    if chinese:
        parties = [
            (
                "甲方（出租方）",
                "星桥数码商业管理有限公司",
                "杭州市西湖区云栖路8号",
                "统一社会信用代码 913301XXXXXXXX0001",
                "韩正",
            ),
            (
                "乙方（承租方）",
                "云上相机（杭州）有限公司",
                "杭州市余杭区文二西路66号",
                "统一社会信用代码 913301XXXXXXXX0002",
                "",
            ),
        ]
        chapters = [
            (
                "第一条　铺位",
                [("1.1", "甲方将杭州城西店二层2-018号铺位（建筑面积86.50平方米）租给乙方，用于经营数码影像产品。")],
            ),
            (
                "第二条　期限",
                [
                    ("2.1", "租期三年，自2027年1月1日起至2029年12月31日止。"),
                    ("2.2", "乙方在同等条件下享有优先续租权，应当在期满九十日之前书面提出。"),
                ],
            ),
            (
                "第三条　租金与费用",
                [
                    ("3.1", "租金每月每平方米人民币210.00元，自第二年起每年递增5%，按月于五日之前支付。"),
                    ("3.2", "保证金为三个月租金。租赁期满结清费用后十个工作日内无息退还。"),
                    ("3.3", "免租期三十日，用于装修；免租期内物业管理费照常支付。"),
                ],
            ),
            ("第四条　活动义务", [("4.1", "乙方每年参加甲方组织的营销活动不少于四次，并按照活动方案承担相应费用。")]),
            ("第五条　其他", [("5.1", "本合同一式四份，双方各执两份，自双方签字盖章之日起生效。")]),
        ]
        preamble = "甲乙双方经平等协商，就铺位续约达成一致，订立本合同，共同遵守。"
        title, reference = "铺位续约合同", "XY-2026-0018"
    else:
        parties = [
            (
                "Party A (lessor)",
                "Star Bridge Digital Property Ltd.",
                "8 Yunqi Road, Hangzhou",
                "Licence 913301XXXXXXXX0001",
                "Han Zheng",
            ),
            (
                "Party B (tenant)",
                "Cloud Camera (Hangzhou) Ltd.",
                "66 Wen'er West Road, Hangzhou",
                "Licence 913301XXXXXXXX0002",
                "",
            ),
        ]
        chapters = [
            ("1. The stall", [("1.1", "Party A lets stall 2-018 on the second floor of Hangzhou West Store (86.50 m²) to Party B for the sale of cameras.")]),
            ("2. Term", [("2.1", "Three years, from 1 January 2027 to 31 December 2029."), ("2.2", "On equal terms Party B has priority to renew, and claims it in writing 90 days before the end.")]),
            ("3. Rent and fees", [("3.1", "CNY 210.00 per m² and month, rising by 5 % a year from the second year, payable by the 5th of the month."), ("3.2", "The deposit is three months' rent, returned without interest within ten working days of settlement."), ("3.3", "Thirty days are free of rent for fitting out; the service charge is payable.")]),
            ("4. Campaigns", [("4.1", "Party B takes part in at least four campaigns a year and bears its share of their cost.")]),
            ("5. Other", [("5.1", "Four copies, two for each party; in force when both have signed and sealed.")]),
        ]  # fmt: skip
        preamble = "The parties have agreed to renew the lease of the stall on the following terms."
        title, reference = "Renewal agreement", "XY-2026-0018"
    return {
        "document_title": title,
        "reference": reference,
        "parties": [
            {
                "role": role,
                "name": name,
                "address": address,
                "licence": licence,
                "signed_by": signed,
                "signed_on": DAY.isoformat() if signed else "",
            }
            for role, name, address, licence, signed in parties
        ],
        "preamble": preamble,
        "chapters": [
            {"title": heading, "clauses": [{"number": number, "text": text} for number, text in clauses]}
            for heading, clauses in chapters
        ],
        "seal": seal(chinese),
    }


# --- the office itself -----------------------------------------------------------------------------------


@made_up(VoidNotice.kind)
def _void_notice(chinese: bool) -> Facts:
    number = "星企发〔2026〕17号"
    return {
        "document_title": VoidNotice.title_naming(number),
        "reference": "QH-2026-0001",
        "kind": "批复" if chinese else "Approval circular",
        "title": cited(chinese)["title"],
        "voided_number": number,
        "dated": "2026-06-24",
        "signed_by": who("顾维桢", "集团 · 副总裁", chinese, "Gu Weizhen", "Vice-president"),
        "automatic": False,
        "reason": "承办门店名称有误，已另行发文。"
        if chinese
        else "The host store's name was wrong; a new one is issued.",
        "seal": seal(chinese),
    }


@made_up(Register.kind)
def _register(chinese: bool) -> Facts:
    book = "星企发〔2026〕"
    states = ["standing", "standing", "void", "replaced", "standing"]
    lines: list[RegisterLine] = [
        {
            "number": f"{book}{serial}号",
            "state": state,
            "title": cited(chinese)["title"],
            "unit": "杭州城西店" if chinese else "Hangzhou West Store",
            "signed_by": "顾维桢" if chinese else "Gu Weizhen",
            "on": f"2026-06-{20 + serial}",
            "pages": 4,
            "replaced_by": f"{book}5号" if state == "replaced" else "",
            "void_by": ("冯静怡 · 文书" if chinese else "Feng Jingyi · Clerk") if state == "void" else "",
            "void_on": "2026-06-28" if state == "void" else "",
            "void_reason": ("承办门店名称有误" if chinese else "Wrong name of the store") if state == "void" else "",
            "void_notice": "",
        }
        for serial, state in enumerate(states, 1)
    ]
    facts: Facts = {
        "reference": book,
        "book": book,
        "series_name": "企划批复" if chinese else "Campaign approvals",
        "first": 1,
        "last": len(lines),
        "counts": {state: states.count(state) for state in ("standing", "replaced", "void", "gap")},
        "lines": lines,
        "issuer": who("冯静怡", "行政部 · 文书", chinese, "Feng Jingyi", "Clerk"),
    }
    return {**facts, "document_title": Register.title_of(facts)}
