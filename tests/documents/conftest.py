"""A campaign that goes all the way, so that every kind of document is handed out once."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.documents.reading import pages_of
from tests.memory import memory

ENGLISH = {
    "杭州城西店": "Hangzhou West Store", "华东大区": "East Region", "星桥数码": "Star Bridge Digital",
    "企划部": "Planning", "财务部": "Finance", "品牌部": "Brand", "法务部": "Legal",
}  # fmt: skip
ENGLISH_NAMES = {
    "林晓": "Lin Xiao", "周启明": "Zhou Qiming", "沈若兰": "Shen Ruolan", "陆之远": "Lu Zhiyuan", "方敏": "Fang Min",
    "叶知秋": "Ye Zhiqiu", "韩正": "Han Zheng", "顾维桢": "Gu Weizhen", "秦岳": "Qin Yue", "冯静怡": "Feng Jingyi",
}  # fmt: skip


def with_english_names(chain: Any) -> None:
    from workflows.organisation.models import Unit

    for named in vars(chain).values():
        if english := (ENGLISH | ENGLISH_NAMES).get(getattr(named, "name", "")):
            named.name_en = english
            named.save(update_fields=["name_en"])
    assert Unit.objects.exclude(name_en="").count() == len(ENGLISH)


def hand_out_everything(chain: Any, declared: Any, language: str = "zh-hans") -> dict[str, Any]:
    """Kind → the document issued last of it, all nine; the vice-president's signatures are a stand-in's.

    Three campaigns: one is returned, signed, changed, held, reported and scored; one is rejected;
    one is called off.
    """
    from documents.models import IssuedDocument

    with_english_names(chain)
    memory.of(("everything", repr(declared), language), lambda: _hand_out_everything(chain, declared, language))
    return {document.kind: document for document in IssuedDocument.objects.order_by("issued_at", "pk")}


def _hand_out_everything(chain: Any, declared: Any, language: str) -> None:
    from workflows.campaigns.declaration import Evaluation, Partner, Payer, Report, Score
    from workflows.campaigns.models import Campaign
    from workflows.matters.perform import begin
    from workflows.matters.perform import perform as perform_now
    from workflows.organisation import clock
    from workflows.organisation.models import Person, StandIn

    minutes = itertools.count(1)

    def perform(transition: Callable[..., None], **answers: Any) -> None:
        """Each act a minute after the one before, as among people."""
        with clock.at(clock.now() + timedelta(minutes=next(minutes))):
            perform_now(transition, **answers)

    StandIn.objects.create(
        principal=chain.vice_president,
        deputy=chain.clerk,
        starts_on=clock.today() - timedelta(days=1),
        ends_on=clock.today() + timedelta(days=90),
    )
    budget = tuple(line for line in declared.budget)
    partner_line = type(budget[0])("联名礼盒", "gifts", Decimal(40), Decimal(250), Payer.PARTNER)
    declared = declared.with_(
        budget=(*budget, partner_line),
        partners=(Partner("云上相机", "礼盒与体验机", Decimal(10_000)),),
        group_mark=True,
        budget_total=declared.total + 10_000,
    )

    def opened() -> Any:
        campaign = Campaign(unit=chain.store, title=declared.title, language=language)
        begin(campaign, by=chain.planner, declaration=declared)
        return campaign

    def approved() -> Any:
        campaign = opened()
        perform(campaign.submit, by=chain.planner)
        perform(campaign.vouch, by=chain.store_manager, note="门店人手已落实。")
        perform(campaign.send_back, by=chain.region_manager, note="请补充现场动线说明。")
        perform(campaign.submit, by=chain.planner)
        perform(campaign.vouch, by=chain.store_manager)
        perform(campaign.endorse, by=chain.region_manager, note="动线已补充，同意。")
        perform(campaign.pass_review, by=chain.planning_reviewer)
        perform(campaign.agree, by=chain.brand, seat="brand", note="标识使用规范。")
        perform(campaign.agree, by=chain.finance, seat="finance", note="费用在年度预算内。")
        perform(campaign.sign, by=chain.clerk, note="同意。")
        return campaign

    rejected = opened()
    perform(rejected.submit, by=chain.planner)
    perform(rejected.reject, by=chain.store_manager, note="与商圈统一活动冲突，本次不予安排。")

    cancelled = approved()
    perform(cancelled.ask_cancel, by=chain.planner, note="场地因消防检修无法使用。")
    perform(cancelled.grant_cancel, by=chain.planning_reviewer, note="同意取消，费用停止支出。")

    campaign = approved()
    changed = campaign.declared
    changed = changed.with_(
        venue="二层连廊", reserve=changed.reserve + 1_000, budget_total=changed.budget_total + 1_000
    )
    perform(campaign.change, by=chain.planner, note="一层中庭临时封闭，改到二层。", declaration=changed)
    perform(campaign.pass_review, by=chain.planning_reviewer)
    perform(campaign.agree, by=chain.brand, seat="brand")
    perform(campaign.agree, by=chain.finance, seat="finance")
    perform(campaign.sign_change, by=chain.clerk, note="同意变更。")
    with clock.at(campaign.starts_at + timedelta(minutes=1)):
        perform(campaign.start, by=Person.objects.system())
    with clock.at(campaign.ends_at + timedelta(hours=9)):
        perform(campaign.close_out, by=Person.objects.system())
        report = Report(
            actuals=tuple(line.amount for line in changed.budget),
            reserve_spent=Decimal("1200.50"),
            footfall=45_800,
            sales=Decimal(9_120_000),
            new_members=1_344,
            exposure=310_000,
            summary="四天客流四万五千余人次，旧机估价四百余台。",
            lessons="预热应提前一周开始。",
        )
        perform(campaign.hand_in, by=chain.planner, report=report)
        weights = campaign.policy.weight_table(campaign.KIND)
        evaluation = Evaluation(
            tuple(
                Score(name, weight, Decimal("98.3"), Decimal(95), "现场排队较长") for name, weight in weights.items()
            ),
            remark="总体达成目标。",
        )
        perform(campaign.score, by=chain.planning_reviewer, evaluation=evaluation)


@pytest.fixture
def papers(chain: Any, declaration: Callable[..., Any], monday: datetime) -> Callable[[str], dict[str, Any]]:
    """`papers("en")`: all nine documents in that language; see `hand_out_everything`."""
    return lambda language="zh-hans": hand_out_everything(chain, declaration(), language)


@pytest.fixture
def printed() -> Callable[[Any], bytes]:
    """`printed(document)`: the PDF as the press makes it."""
    from documents.press.process import press

    return lambda document: press.print(document.kind, document.language, document.facts)[0]


@pytest.fixture
def circular(open_campaign: Callable[..., Any], walk: Callable[..., Any]) -> Any:
    """A signed circular over CNY 82,000 of `chain.store`, waiting to be printed."""
    from documents.models import IssuedDocument

    campaign = walk(open_campaign(), to="approved")
    return IssuedDocument.objects.get(matter=campaign.pk, kind="campaign.circular")


@pytest.fixture
def text_of() -> Callable[[bytes], str]:
    """`text_of(pdf)`: all text of all pages, as a reader would copy it out."""

    def read(pdf: bytes) -> str:
        return "\n".join(pages_of(pdf))

    return read


@pytest.fixture
def browser() -> Callable[..., Client]:
    """`browser(person)`: a client that has entered as them; without one, a stranger's."""

    def opened(person: Any = None) -> Client:
        client = Client(headers={"accept-language": "zh-CN"})
        if person:
            client.force_login(person)
        return client

    return opened


@pytest.fixture
def file(circular: Any) -> Any:
    """The circular with its file, as the store keeps it; which bytes they are does not matter here."""
    from documents.models import Rendition
    from documents.registry import store

    Rendition.objects.filter(pk=circular.pk).update(
        status="rendered", digest=store.put(b"%PDF-1.7 the circular"), size=21, pages=4
    )
    return circular


@pytest.fixture
def issued(circular: Any) -> Any:
    """The circular with its signed file: `issued.rendition` says which; the campaign's other papers are out of the way."""
    from documents.models import Rendition
    from documents.registry import queue

    Rendition.objects.exclude(document=circular).update(status=Rendition.Status.FAILED)
    assert queue.render_waiting() == 1
    circular.refresh_from_db()
    return circular


@pytest.fixture
def as_a_press() -> Callable[[str], subprocess.CompletedProcess[str]]:
    """`as_a_press(code)`: what Python answers to it where a press runs, told no more than a press is."""
    from documents.press.process import environment

    def run(code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code],
            env=environment(),
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
