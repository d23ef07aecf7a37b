"""One campaign from a planner's phone to the file, every step through a browser."""

import io
from datetime import timedelta

import pdfplumber
import pytest
from django.test import Client

from documents.models import IssuedDocument
from documents.registry.queue import render_waiting
from workflows.campaigns.models import Campaign, State
from workflows.campaigns.rules import Threshold
from workflows.organisation import clock
from workflows.organisation.models import StandIn
from workflows.steps.models import StepTask
from workflows.steps.sweep import sweep

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office(chain):
    """The chain, with a stand-in for the vice-president and no endorsement by the store asked for."""
    chain.edition.thresholds.filter(name=Threshold.STORE_ENDORSES_FROM).update(value=None)
    StandIn.objects.create(
        principal=chain.vice_president,
        deputy=chain.clerk,
        starts_on=clock.today(),
        ends_on=clock.today() + timedelta(days=9),
    )
    return chain


def declare(page, declaration):
    """Fill the declaration in, section by section, as a planner does."""
    page.goto("/new/campaign/")
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    content = declaration.content()
    for name in ("title", "theme", "background", "problem", "customers", "memorable", "starts_on", "ends_on", "venue"):
        page.fill(f"main [name={name}]", content[name])
    for name in ("footfall", "sales", "new_members", "exposure", "attendance", "safety"):
        page.fill(f"main [name={name}]", str(content[name]))
    page.check("[name=group_mark]")
    for channel in content["channels"]:
        page.check(f"[name=channels][value={channel}]")
    for number, line in enumerate(content["schedule"]):
        for name in ("on", "what", "who"):
            page.fill(f"[name=schedule-{number}-{name}]", line[name])
    for number, person in enumerate(content["team"]):
        if number:
            page.click("[data-add=team]")
        for name, value in person.items():
            page.fill(f"[name=team-{number}-{name}]", value)
    for number, line in enumerate(content["budget"]):
        if number:
            page.click("[data-add=budget]")
        page.fill(f"[name=budget-{number}-item]", line["item"])
        page.fill(f"[name=budget-{number}-unit_price]", line["unit_price"])
        page.select_option(f"[name=budget-{number}-category]", line["category"])
        page.select_option(f"[name=budget-{number}-payer]", line["payer"])
    page.fill("[name=reserve]", content["reserve"])
    page.fill("[name=budget_total]", content["budget_total"])
    page.click(".sheet-bar [value=submit]")
    page.wait_for_url("**/m/QH-*/")


def open_first(page):
    """From the desk into the first matter, beside the list."""
    page.goto("/desk/")
    page.click(".rows a >> nth=0")
    page.wait_for_selector("form.decide")


def press(page, button, to="/"):
    """Press a button that posts a form to an address with `to` in it; the status of the answer, once the page has it."""
    with page.expect_response(lambda answer: to in answer.url and answer.request.method == "POST") as answer:
        page.click(button)
    page.wait_for_load_state("networkidle")
    return answer.value.status


def agree(page, words=""):
    open_first(page)
    if words:
        page.fill("form.decide [name=note]", words)
    press(page, "form.decide [data-key=a]", to="/act/")


def story(campaign):
    return [(entry.actor.username, entry.action, entry.to_state) for entry in campaign.trail.all()]


def test_from_a_phone_to_the_file(office, declaration, open_page):
    planner = open_page(office.planner, phone=True)
    declare(planner, declaration(82_000))
    campaign = Campaign.objects.get()
    assert campaign.state == State.REGION_REVIEW

    region = open_page(office.region_manager)
    open_first(region)
    region.fill("form.decide [name=note]", "灯箱单价高于上季，附比价单再报")
    region.click("form.decide summary[data-key=r]")
    press(region, "form.decide .danger[formaction$='/send_back/']:visible", to="/send_back/")
    assert Campaign.objects.get().state == State.DRAFT

    planner.goto(f"/m/{campaign.reference}/declaration/")
    assert "灯箱单价高于上季" in planner.inner_text("body")
    planner.click(".sheet-bar [value=submit]")
    planner.wait_for_url(f"**/m/{campaign.reference}/")

    agree(region, "同意，控制预算。")
    agree(open_page(office.planning_reviewer), "与全国主题一致。")
    assert Campaign.objects.get().state == State.COUNTERSIGN
    finance, brand = open_page(office.finance), open_page(office.brand)
    open_first(finance)
    open_first(brand)  # both have it open at the same time
    for page in (brand, finance):
        assert press(page, "form.decide [data-key=a]", to="/act/agree/") == 200

    deputy = open_page(office.clerk)
    deputy.goto("/desk/")
    assert "顾维桢" in deputy.inner_text(".rows")  # why it is hers: for the vice-president
    agree(deputy, "同意，按程序执行。")
    assert Campaign.objects.get().state == State.APPROVED

    render_waiting()
    circular = IssuedDocument.objects.get(kind="campaign.circular")
    planner.goto(f"/m/{campaign.reference}/")
    with planner.expect_download() as download:
        planner.evaluate(
            "href => { const link = document.createElement('a'); link.href = href; document.body.append(link); link.click() }",
            circular.get_absolute_url(),
        )
    with pdfplumber.open(io.BytesIO(download.value.path().read_bytes())) as pdf:
        text = "".join("".join(page.extract_text().split()) for page in pdf.pages)
    assert (circular.serial, circular.number) == (1, f"星企发〔{clock.today().year}〕1号")
    for printed in (circular.number, campaign.title, "（签发：冯静怡，代顾维桢）"):
        assert printed in text

    campaign = Campaign.objects.get()
    with clock.at(campaign.starts_at):
        sweep()
    with clock.at(campaign.ends_at):
        sweep()
    assert Campaign.objects.get().state == State.REPORTING

    planner.goto(f"/m/{campaign.reference}/report/")
    for box in planner.query_selector_all("input[inputmode]"):
        if not box.input_value():
            box.fill("1000")
    planner.fill("[name=summary]", "客流达到预期，以旧换新最受欢迎。")
    planner.fill("[name=lessons]", "下次提前一周投放。")
    planner.click(".sheet-bar .primary")
    planner.wait_for_url(f"**/m/{campaign.reference}/")

    reviewer = open_page(office.planning_reviewer)
    reviewer.goto(f"/m/{campaign.reference}/evaluation/")
    press(reviewer, ".sheet-bar .primary")

    assert story(Campaign.objects.get()) == [
        ("linxiao", "open", "draft"),
        ("linxiao", "submit", "region_review"),
        ("shenruolan", "send_back", "draft"),
        ("linxiao", "submit", "region_review"),
        ("shenruolan", "endorse", "group_review"),
        ("luzhiyuan", "pass_review", "countersign"),
        ("yezhiqiu", "agree", "countersign"),
        ("fangmin", "agree", "signature"),
        ("fengjingyi", "sign", "approved"),
        ("linxiao", "read", "approved"),
        ("linxiao", "view_document", "approved"),
        ("system", "start", "running"),
        ("system", "close_out", "reporting"),
        ("linxiao", "hand_in", "evaluation"),
        ("luzhiyuan", "score", "closed"),
    ]
    assert not StepTask.objects.filter(closed_at=None).exists()


def test_the_second_reader_learns_who_was_faster(office, open_campaign, walk, open_page):
    campaign = walk(open_campaign(82_000), to=State.GROUP_REVIEW)
    office.planning_reviewer.posts.update(title="")
    second = office.appoint("planning_reviewer", office.planning, "江远", "jiangyuan")
    one, other = open_page(office.planning_reviewer), open_page(second)
    open_first(one)
    open_first(other)

    assert press(one, "form.decide [data-key=a]", to="/act/pass_review/") == 200
    assert press(other, "form.decide [data-key=a]", to="/act/pass_review/") == 409

    said = other.inner_text("body")
    assert "陆之远" in said
    assert f"{campaign.trail.get(action='pass_review').at.astimezone():%H:%M}"[3:] in said


def test_a_stranger_to_the_store_finds_nothing(office, open_campaign, walk):
    campaign = walk(open_campaign(82_000), to=State.APPROVED)
    render_waiting()
    stranger = Client()
    stranger.force_login(office.neighbour_planner)
    addresses = [
        campaign.get_absolute_url(),
        f"{campaign.get_absolute_url()}pane/",
        f"{campaign.get_absolute_url()}declaration/",
        f"{campaign.get_absolute_url()}path/",
        *(paper.get_absolute_url() for paper in campaign.documents.all()),
    ]

    assert {address: stranger.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 404)
    for page in ("/desk/", "/desk/started/", "/desk/decided/", f"/desk/?q={campaign.title}"):
        assert campaign.reference not in stranger.get(page).content.decode()
