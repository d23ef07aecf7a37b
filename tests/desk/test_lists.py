"""What I began and where it stands; what I decided and what became of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from documents.models import IssuedDocument
from tests.memory import memory
from workflows.campaigns.models import State
from workflows.desk.past import DecidedLine, Whereabouts, decided_by, position, started_by
from workflows.matters.models import Matter
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Person, StandIn
from workflows.steps import desks
from workflows.steps.models import StepTask
from workflows.trail.leaver import leave

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def held(matter):
    """Who holds a matter, as the list says it: desk and names of each."""
    fresh = started_by(matter.initiator).get(pk=matter.pk)
    return [(holder.desk, holder.who) for holder in Whereabouts([fresh]).of(fresh)]


def titles(client, name, **asked):
    return [
        str(line.matter.title if name == "started" else line.opinion.matter.title)
        for line in client.get(reverse(f"desk:{name}"), asked).context["lines"]
    ]


# --- looking for something -----------------------------------------------------------------------------------

NUMBERS = [
    "星企发〔2026〕1号", "星企发[2026]1", "星企发（2026）第1号", "星企发【2026】01号", " 星企发 ［２０２６］ １ 号 ",
    "星企发(2026)001", "星企发〈2026〉1号", "星企发《２０２６》１", "(2026)1号", "〔2026〕 1",
]  # fmt: skip
WORDS = ["ＱＨ－２０２６－０００１", "qh–2026–0001", "(一期)", "一期） [2026]1", "夏日:数码"]
OTHERS = ["星企发(2026)2", "星企函(2026)1", "[2025]1", "（三期", "夏日:手机节"]


def test_a_matter_is_found_by_its_papers_numbers_and_in_either_width(open_campaign, chain, walk, client):
    found = walk(open_campaign(title="夏日：数码节（一期）"), to="approved")
    open_campaign(title="又一场（二期）")
    number = IssuedDocument.objects.get(matter=found.pk, kind="campaign.circular").number
    assert (found.reference, number) == ("QH-2026-0001", NUMBERS[0])
    signer = Client()
    client.force_login(chain.planner)
    signer.force_login(chain.vice_president)

    for typed in [*NUMBERS, *WORDS]:
        assert titles(client, "started", show="all", q=typed) == [found.title], typed
        assert titles(signer, "decided", q=typed) == [found.title], typed
    assert [titles(client, "started", show="all", q=typed) for typed in OTHERS] == [[]] * len(OTHERS)


def test_the_inbox_and_the_papers_sent_are_searched_alike(open_campaign, chain, walk, client):
    approved = walk(open_campaign(title="夏日：数码节（一期）"), to="approved")
    perform(approved.change, by=chain.planner, note="场地换了", declaration=approved.declared)
    clerk = Client()
    client.force_login(chain.planning_reviewer)
    clerk.force_login(chain.clerk)

    for typed in [*NUMBERS, "(一期)", "一期） [2026]1"]:
        lines = client.get(reverse("desk:inbox"), {"q": typed}).context["lines"]
        assert [line.task.matter.title for line in lines] == [approved.title], typed
        rows = clerk.get(reverse("registry:distribution"), {"q": typed, "show": "all"}).context["rows"]
        assert [paper.number for paper, _kind in rows] == [NUMBERS[0]], typed
    assert client.get(reverse("desk:inbox"), {"q": "星企发(2026)2"}).context["lines"] == []
    assert clerk.get(reverse("registry:distribution"), {"q": "星企发(2026)2", "show": "all"}).context["rows"] == []


# --- started -------------------------------------------------------------------------------------------------


def test_it_says_on_whose_desk_a_matter_lies(campaign, chain, walk):
    assert held(campaign) == [("", "林晓")]

    walk(campaign, to=State.REGION_REVIEW)
    assert held(campaign) == [("华东大区 · Region manager", "沈若兰")]

    chain.appoint("region_manager", chain.region, "高远")
    assert held(campaign) == [("华东大区 · Region manager", "沈若兰, 高远")]

    desks.take(StepTask.objects.get(closed_at=None), by=chain.region_manager)
    assert held(campaign) == [("华东大区 · Region manager", "沈若兰")]


def test_at_a_countersign_it_lies_on_several_desks(open_campaign, walk):
    campaign = walk(open_campaign(group_mark=True), to=State.COUNTERSIGN)

    assert sorted(held(campaign)) == sorted([("品牌部 · Brand", "叶知秋"), ("财务部 · Finance", "方敏")])


def test_what_waits_for_a_date_says_which(campaign, walk):
    walk(campaign, to=State.APPROVED)
    fresh = started_by(campaign.initiator).get(pk=campaign.pk)

    [holder] = Whereabouts([fresh]).of(fresh)

    assert (holder.people, holder.clock_at) == ((), campaign.starts_at)


def test_the_position_follows_the_path_shown_at_submission(campaign, chain, walk):
    assert position(campaign) is None

    walk(campaign, to=State.REGION_REVIEW, looked=True)
    campaign = Matter.objects.get(pk=campaign.pk).specific
    steps = len({step["step"] for step in campaign.path_shown})
    before = position(campaign)
    walk(campaign, to=State.GROUP_REVIEW)

    assert before is not None
    assert position(campaign) == (before[0] + 1, steps + 1)


def test_open_and_finished_are_told_apart_and_counted(open_campaign, chain, walk, client):
    walk(open_campaign(title="在办的"), to=State.REGION_REVIEW)
    rejected = walk(open_campaign(title="否决的"), to=State.REGION_REVIEW)
    perform(rejected.reject, by=chain.region_manager, note="与全国节重复")
    client.force_login(chain.planner)

    shown = {tab: titles(client, "started", show=tab) for tab in ("", "closed", "all", "nonsense")}
    tabs = client.get(reverse("desk:started")).context["tabs"]

    assert shown == {"": ["在办的"], "closed": ["否决的"], "all": ["否决的", "在办的"], "nonsense": ["在办的"]}
    assert [(tab.value, tab.count, tab.chosen) for tab in tabs] == [
        ("", 1, True),
        ("closed", 1, False),
        ("all", 2, False),
        ("handed", 0, False),
    ]
    assert titles(client, "started", show="all", q="否决") == ["否决的"]


def test_only_my_own_are_there(campaign, chain, client):
    for person, expected in (
        (chain.planner, [campaign.title]),
        (chain.neighbour_planner, []),
        (chain.store_manager, []),
    ):
        client.force_login(person)
        assert titles(client, "started", show="all") == expected


# --- decided --------------------------------------------------------------------------------------------------


@pytest.fixture
def decided(open_campaign, chain, walk):
    """Three decisions of the region manager: one returned, one rejected, one agreed to in another's place."""
    memory.of(("lists", "decided"), lambda: _decide(open_campaign, chain, walk))
    return chain.region_manager


def _decide(open_campaign, chain, walk):
    returned = walk(open_campaign(title="退回的"), to=State.REGION_REVIEW)
    perform(returned.send_back, by=chain.region_manager, note="预算偏高")
    rejected = walk(open_campaign(title="否决的"), to=State.REGION_REVIEW)
    perform(rejected.reject, by=chain.region_manager, note="与全国节重复")
    StandIn.objects.create(
        principal=chain.other_region_manager, deputy=chain.region_manager, ends_on=clock.today() + timedelta(days=3)
    )
    lent = walk(open_campaign(title="代批的", by=chain.other_planner, unit=chain.other_store), to=State.REGION_REVIEW)
    perform(lent.endorse, by=chain.region_manager)


def test_each_decision_says_what_for_whom_and_where_it_stands(decided):
    said = [
        (
            line.opinion.matter.title,
            str(line.step),
            line.opinion.get_verdict_display(),
            str(line.opinion.on_behalf_of or ""),
            line.state,
        )
        for line in (DecidedLine(opinion, []) for opinion in decided_by(decided))
    ]

    assert said == [
        ("代批的", "region review", "agrees", "梁国栋", "group review"),
        ("否决的", "region review", "rejects", "", "rejected"),
        ("退回的", "region review", "returns", "", "draft"),
    ]


@pytest.mark.parametrize(
    ("tab", "expected"),
    [
        ("", ["代批的", "否决的", "退回的"]),
        ("agree", ["代批的"]),
        ("refuse", ["否决的", "退回的"]),
        ("acting", ["代批的"]),
    ],
)
def test_the_tabs_of_decided_show_what_they_count(tab, expected, decided, client):
    client.force_login(decided)

    tabs = client.get(reverse("desk:decided"), {"show": tab}).context["tabs"]

    assert titles(client, "decided", show=tab) == expected
    assert next(option.count for option in tabs if option.chosen) == len(expected)


def test_submitting_is_no_decision(campaign, chain, walk, client):
    walk(campaign, to=State.REGION_REVIEW)
    client.force_login(chain.planner)

    assert titles(client, "decided") == []


def test_decisions_of_others_are_not_mine(decided, chain, client):
    for person in (chain.other_region_manager, chain.planner, chain.neighbour_planner):
        client.force_login(person)
        assert titles(client, "decided") == []


# --- both ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["started", "decided"])
def test_htmx_is_given_the_rows_and_the_tabs(name, decided, chain, client):
    client.force_login(chain.planner if name == "started" else decided)

    part = client.get(reverse(f"desk:{name}"), **HTMX).content.decode()

    assert ("<html" in part, 'id="filters"' in part, 'class="item"' in part) == (False, True, True)


@pytest.mark.parametrize(("name", "who"), [("started", "planner"), ("decided", "region_manager")])
def test_the_cost_does_not_grow_with_the_list(name, who, open_campaign, chain, walk, client):
    client.force_login(getattr(chain, who))
    costs = []
    for more in (1, 4):
        for _ in range(more):
            walk(open_campaign(), to=State.GROUP_REVIEW)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(f"desk:{name}")).status_code == 200
        costs.append(len(queries))

    assert costs[0] == costs[1], costs
    assert costs[0] <= 14


# --- from hand to hand -----------------------------------------------------------------------------------------


def handed(client, name, person, **asked):
    """The rows of the tab: which matter, to or from whom, what it was, where it stands; and the tab's number."""
    client.force_login(person)
    page = client.get(reverse(f"desk:{name}"), {"show": "handed", **asked}).context
    (tab,) = [option for option in page["tabs"] if option.value == "handed"]
    with translation.override("en"):  # the page has been answered in the reader's own language
        return [_said(line, name) for line in page["lines"]], tab.count


def _said(line, name):
    return (
        line.handover.matter.title,
        str(line.handover.receiver if name == "decided" else line.handover.giver),
        line.handover.what,
        line.step,
        line.handover.entry.note,
        line.state,
        [holder.who for holder in line.holders],
    )


def pass_on(campaign, chain, note="出差"):
    task = StepTask.objects.get(matter=campaign.pk, closed_at=None)
    desks.transfer(task, to=chain.other_region_manager, by=chain.region_manager, note=note)


def test_what_was_passed_on_stands_with_both_and_with_nobody_else(open_campaign, chain, walk, client):
    first = walk(open_campaign(title="先转办的"), to=State.REGION_REVIEW)
    pass_on(first, chain)
    second = walk(open_campaign(title="后转办的"), to=State.REGION_REVIEW)
    pass_on(second, chain, "回避")
    perform(first.endorse, by=chain.other_region_manager)

    row = ("后转办的", "梁国栋", "task", "region review", "回避", "region review", ["梁国栋"])
    done = ("先转办的", "梁国栋", "task", "region review", "出差", "group review", ["陆之远"])
    assert handed(client, "decided", chain.region_manager) == ([row, done], 2)
    assert handed(client, "decided", chain.region_manager, q="先转") == ([done], 1)
    received = [(title, "沈若兰", *rest) for title, _to, *rest in (row, done)]
    assert handed(client, "started", chain.other_region_manager) == (received, 2)
    for name, person in (
        ("decided", chain.other_region_manager),
        ("started", chain.region_manager),
        ("started", chain.planner),
    ):
        assert handed(client, name, person) == ([], 0)


def test_what_a_leaver_left_stands_with_whoever_took_it_over(open_campaign, chain, walk, client):
    begun = open_campaign(title="发起的")
    held = walk(open_campaign(title="认领的", by=chain.other_planner, unit=chain.other_store), to=State.STORE_REVIEW)
    desks.take(StepTask.objects.get(matter=held.pk, closed_at=None), by=chain.other_store_manager)
    leave(chain.planner, chain.nobody, by=chain.administrator, give_posts=True)
    leave(chain.other_store_manager, chain.nobody, by=chain.administrator, give_posts=True)

    rows, count = handed(client, "started", chain.nobody)

    assert count == 2
    assert rows == [
        (held.title, "区志伟", "left", "store review", "", "store review", ["吴间"]),
        (begun.title, "林晓", "care", "", "", "draft", ["吴间"]),
    ]
    assert handed(client, "decided", chain.nobody) == ([], 0)


def test_who_passed_something_on_may_still_see_what_became_of_it(campaign, chain, walk, client):
    walk(campaign, to=State.REGION_REVIEW)
    pass_on(campaign, chain)
    chain.region_manager.posts.get().close(clock.today() - timedelta(days=1))
    client.force_login(chain.region_manager)

    assert client.get(campaign.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(("name", "who"), [("started", "other_region_manager"), ("decided", "region_manager")])
def test_the_cost_of_what_went_from_hand_to_hand_does_not_grow(name, who, open_campaign, chain, walk, client):
    client.force_login(getattr(chain, who))
    costs = []
    for more in (1, 2):
        for _ in range(more):
            pass_on(walk(open_campaign(), to=State.REGION_REVIEW), chain)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse(f"desk:{name}"), {"show": "handed"})
        costs.append((len(page.context["lines"]), len(queries)))

    assert [rows for rows, _queries in costs] == [1, 3]
    assert costs[0][1] == costs[1][1] <= 14, costs


@pytest.mark.parametrize(
    ("name", "language", "words"),
    [
        ("started", "zh-hans", ["移交给我的", "没有移交给您的事项"]),
        ("decided", "zh-hans", ["我转办的", "您没有转办过事项"]),
        ("started", "en", ["Handed over to me", "Nothing has been handed over to you"]),
        ("decided", "en", ["Passed on by me", "You have not passed anything on"]),
    ],
)
def test_an_empty_tab_says_so(name, language, words, chain, client):
    Person.objects.filter(pk=chain.legal.pk).update(language=language)
    client.force_login(Person.objects.get(pk=chain.legal.pk))

    page = client.get(reverse(f"desk:{name}"), {"show": "handed"}).content.decode()

    assert [word for word in words if word not in page] == []
