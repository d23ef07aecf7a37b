"""A work plan through the browser: drawn up, launched, written, heard by a unit, signed."""

from __future__ import annotations

import pytest

from documents.models import IssuedDocument
from tests.plans.conftest import working_day
from workflows.organisation import clock
from workflows.plans.models import Consultation, Plan, Topic
from workflows.steps.sweep import sweep

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def opened(page, matter):
    page.goto(matter.get_absolute_url())
    page.wait_for_selector("form.decide")
    return page


def panel(page, verb):
    """The panel behind the button of that verb, open."""
    page.click(f"form.decide summary:has-text('{verb}')")
    return page.locator("form.decide details[open]")


def press(page, button):
    """Press what posts a decision; the status of the answer, once the page has it."""
    with page.expect_response(lambda answer: "/act/" in answer.url and answer.request.method == "POST") as answer:
        button.click()
    page.wait_for_load_state("networkidle")
    return answer.value.status


def decide(page, matter, verb, **fields):
    """Open the matter, fill in what the move asks and make it."""
    opened(page, matter)
    if not fields:
        return press(page, page.locator(f"form.decide button:visible:has-text('{verb}')"))
    asked = panel(page, verb)
    for name, value in fields.items():
        field = asked.locator(f"[name$={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    return press(page, asked.locator(f"button:has-text('{verb}')"))


def test_from_the_kick_off_to_the_circular(chain, open_page):
    centre = open_page(chain.resource_centre)
    centre.goto("/new/work-plan/")
    centre.fill("main [name=title]", "2027年上半年工作计划")
    centre.fill("main [name=begins]", working_day(20).isoformat())
    centre.fill("main [name=ends]", working_day(140).isoformat())
    centre.click("main .button.primary")
    centre.wait_for_url("**/m/GZ-*/")
    plan = Plan.objects.get()

    # somebody nobody knows: told beside the field, and nothing typed is lost
    centre.click("main a:has-text('新专题')")
    centre.fill("[name=part]", "经营")
    centre.fill("[name=title]", "会员体系升级")
    centre.fill("[name=items_text]", "选定门店\n完成试点")
    centre.fill("[name=due]", working_day(60).isoformat())
    centre.fill("[name=lead_1]", "无此人")
    centre.fill("[name=lead_2]", "方敏")
    centre.click("main .button.primary")
    centre.wait_for_selector("text=找不到“无此人”")
    assert centre.input_value("[name=items_text]") == "选定门店\n完成试点"
    centre.fill("[name=lead_1]", "叶知秋·品牌部")
    centre.click("main .button.primary")
    centre.wait_for_url(f"**/m/{plan.reference}/")
    assert "1. 会员体系升级" in centre.inner_text("main")

    asked = {
        "held_on": clock.today().isoformat(),
        "chair": "唐蕾",
        "present_text": "叶知秋、方敏",
        "words": "按计划推进",
    }
    assert decide(centre, plan, "下达", **asked) == 200
    sweep()
    sweep()
    topic = Topic.objects.get()

    lead = open_page(chain.brand, phone=True)
    assert decide(lead, topic, "接受") == 200
    assert decide(lead, topic, "提出草案", text="会员分三级。") == 200
    assert decide(open_page(chain.finance), topic, "会签") == 200
    assert decide(lead, topic, "提交") == 200
    assert decide(centre, topic, "收稿") == 200
    sweep()

    opened(centre, plan)
    asked = panel(centre, "汇总征求意见")
    asked.locator("label:has-text('华东大区')").wait_for()
    for other in ("华南大区", "西北拓展区"):
        asked.locator(f"label:has-text('{other}') input").uncheck()
    assert press(centre, asked.locator("button:has-text('汇总征求意见')")) == 200
    sweep()
    sweep()
    consultation = Consultation.objects.get()
    region = open_page(chain.region_manager)
    said = {"place": "1/1.2", "wanted": "试点提前一个月", "why": "赶上旺季"}
    assert decide(region, consultation, "填写意见", **said) == 200
    assert decide(region, consultation, "提交反馈") == 200
    sweep()

    opinion = plan.opinions_of_units().get()
    fate, reply = f"fate_{opinion.pk}", f"reply_{opinion.pk}"
    assert decide(centre, plan, "处理意见", **{fate: "declined"}) == 422
    assert "须说明理由" in centre.inner_text("form.decide")
    assert decide(centre, plan, "处理意见", **{fate: "declined", reply: "门店人手不足"}) == 200
    assert decide(centre, plan, "定稿送签") == 200
    assert decide(open_page(chain.president), plan, "签发") == 200

    region.goto(f"{consultation.get_absolute_url()}")
    assert "门店人手不足" in region.inner_text("main")
    circular = IssuedDocument.objects.get(kind="plan.circular")
    assert circular.number.startswith("集发〔")
    assert [entry.action for entry in plan.trail.exclude(action="use_seal")] == [
        "open", "write_topic", "launch", "all_in", "consolidate", "close_consultation", "judge", "finalise", "sign",
    ]  # fmt: skip
