"""The pages of a joint campaign: opening one, the table of its stores, what is asked with a decision."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from workflows.joint.models import Joint
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Unit
from workflows.steps.sweep import sweep

from .conftest import a_draft, a_frame, fresh, gathered, hand_in, invited, part_of, run_through, signed

NEW = "/new/joint/"


def typed(**changes):
    """The form as it is sent."""
    frame = {name: str(value) if name != "stores" else value for name, value in a_frame().items()}
    return {**frame, "turn": 0, "key": "k1", "written": "", **changes}


@pytest.fixture
def leader(chain, client):
    client.force_login(chain.planning_reviewer)
    return client


def test_whoever_leads_finds_the_way_there_and_nobody_else(chain, client):
    for person, status in ((chain.planning_reviewer, 200), (chain.planner, 403), (chain.vice_president, 403)):
        client.force_login(person)
        assert client.get(NEW).status_code == status
        assert (f'href="{NEW}"' in client.get("/desk/").content.decode()) == (status == 200)


def test_it_is_opened_as_it_was_typed(chain, leader):
    answer = leader.post(NEW, typed())

    joint = Joint.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, joint.get_absolute_url())
    assert joint.frame() == a_frame()
    assert (joint.unit, joint.initiator) == (chain.group, chain.planning_reviewer)


def test_a_regions_box_means_all_its_stores_also_without_a_script(chain, leader):
    leader.post(NEW, typed(stores=["region:east", "shenzhen-bay"]))

    assert Joint.objects.get().stores == ["hz-west", "sz-lake", "shenzhen-bay"]


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(chain, leader):
    today = clock.today()
    wrong = typed(title="", hand_in_by=str(today), ends_on="2026-13-40", stores=["hz-west"])

    answer = leader.post(NEW, wrong)

    form = answer.context["form"]
    assert (answer.status_code, Joint.objects.count()) == (422, 0)
    assert set(form.errors) == {"title", "ends_on", "hand_in_by", "stores"}  # all at once
    page = answer.content.decode()
    assert ("2026-13-40" in page, 'value="hz-west" checked' in page, "把新机带回家" in page) == (True, True, True)

    answer = leader.post(NEW, typed(hand_in_by=str(today), ends_on=str(today), stores=["hz-west"], key="k2"))

    assert {name: list(errors) for name, errors in answer.context["form"].errors.items()} == {
        "hand_in_by": [f"日期须在未来；今天是{today}。"],
        "ends_on": ["结束日期早于开始日期。"],
        "stores": ["请至少邀请两家门店。"],
    }


def test_a_store_that_was_closed_meanwhile_is_no_longer_to_be_chosen(chain, leader):
    Unit.objects.filter(code="sz-lake").update(closed_on=clock.today())

    answer = leader.post(NEW, typed())

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["stores"])


def test_a_draft_is_written_anew_and_only_by_whoever_leads(chain, client):
    joint = a_draft(chain)
    address = reverse("joint:edit", args=[joint.reference])
    client.force_login(chain.planning_reviewer)
    shown = client.get(address)
    seen = {name: shown.context["form"][name].value() for name in ("turn", "key", "written")}

    answer = client.post(address, typed(title="双十二联动", **seen))

    assert (answer.status_code, fresh(joint).title) == (302, "双十二联动")
    client.force_login(chain.planner)
    assert client.get(address).status_code == 404
    perform(fresh(joint).invite, by=chain.planning_reviewer)
    client.force_login(chain.planning_reviewer)
    assert client.get(address).status_code == 409


def test_two_who_write_at_once_do_not_overwrite_each_other(chain, leader):
    joint = a_draft(chain)
    address = reverse("joint:edit", args=[joint.reference])
    shown = leader.get(address)
    seen = {name: shown.context["form"][name].value() for name in ("turn", "key", "written")}
    perform(fresh(joint).rewrite, by=chain.planning_reviewer, frame=a_frame(theme="另一主题"))

    answer = leader.post(address, typed(title="双十二联动", **seen))

    assert (answer.status_code, fresh(joint).theme, fresh(joint).title) == (409, "另一主题", "双十一全国联动")
    assert "双十二联动" in answer.content.decode()


def test_the_table_of_the_stores(chain, leader):
    joint = gathered(chain, amounts=(20_000, 10_000, 0))
    with clock.at(joint.collects_until + timedelta(minutes=1)):
        sweep()
        sweep()
    answer = leader.get(joint.get_absolute_url())
    page = answer.content.decode()

    lines = [
        (str(line.store), line.state, line.budget, line.shares, line.figures[0]) for line in answer.context["lines"]
    ]
    assert lines == [
        ("杭州城西店", "已报送联动", "20,000", ["11,160", "8,840", "—", "—", "—"], "42,000"),
        ("苏州湖东店", "已报送联动", "10,000", ["5,580", "4,420", "—", "—", "—"], "42,000"),
        ("深圳湾店", "逾期未报送", "", [""] * 5, ""),
    ]
    assert (answer.context["total"], answer.context["sums"]) == ("30,000", ["16,740", "13,260", "0", "0", "0"])
    assert [str(percent) for percent in answer.context["percents"]] == ["55.8", "44.2", "0.0", "0.0", "0.0"]
    assert page.count("子事项</h2>") == 0  # the section lists them, the house need not


def test_a_childs_page_names_its_parent_and_its_siblings(chain, client, joint):
    client.force_login(chain.planner)

    page = client.get(part_of(joint, "hz-west").get_absolute_url()).content.decode()

    assert f'href="{joint.get_absolute_url()}"' in page
    for code in ("sz-lake", "shenzhen-bay"):
        assert f'href="{part_of(joint, code).get_absolute_url()}"' in page
    assert client.get(joint.get_absolute_url()).status_code == 200


def test_a_late_store_is_let_in_from_the_page(chain, leader):
    joint = gathered(chain, amounts=(20_000, 20_000, 0))
    with clock.at(joint.collects_until + timedelta(minutes=1)):
        sweep()
        sweep()
        joint = fresh(joint)
        address = reverse("desk:act", args=[joint.reference, "let_in"])
        seen = {"turn": joint.turn, "key": "k", "written": joint.written, "note": "补报"}
        refused = leader.post(address, {**seen, "store": "shenzhen-bay", "until": str(clock.today())})
        until = clock.today() + timedelta(days=2)
        leader.post(address, {**seen, "key": "k2", "store": "shenzhen-bay", "until": str(until)})

    assert (refused.status_code, "日期须在未来" in refused.content.decode()) == (422, True)
    assert (fresh(joint).state, fresh(joint).hand_in_by) == ("collecting", until)


def test_the_page_costs_the_same_for_two_stores_and_for_four(chain, leader):
    def queries(stores):
        joint = invited(chain, stores=stores)
        for code in stores[:2]:
            hand_in(chain, joint, code)
        leader.get(joint.get_absolute_url())
        with CaptureQueriesContext(connection) as asked:
            leader.get(joint.get_absolute_url())
        return len(asked)

    few = queries(["hz-west", "sz-lake"])
    assert queries(["hz-west", "sz-lake", "shenzhen-bay", "xian-south"]) == few


def test_results_stand_beside_targets_once_they_are_reported(chain, leader):
    joint = signed(chain)
    run_through(chain, part_of(joint, "hz-west"))

    answer = leader.get(joint.get_absolute_url())

    assert [line.figures[0] for line in answer.context["lines"]] == ["42,000 / 42,000", "42,000", "42,000"]
    assert (answer.context["spent"], str(answer.context["spent_percent"])) == ("¥20,000", "33.3")


def test_a_returned_part_says_why_where_it_is_written_anew(chain, client):
    joint = gathered(chain)
    until = clock.today() + timedelta(days=5)
    perform(
        joint.return_part, by=chain.planning_reviewer, note="预算过高，请压减媒体投放", store="hz-west", until=until
    )
    sweep()
    part = part_of(joint, "hz-west")
    client.force_login(chain.planner)

    page = client.get(reverse("campaigns:edit", args=[part.reference])).content.decode()

    assert ("预算过高，请压减媒体投放" in page, "与其他门店的分项一并审批" in page) == (True, True)
    assert str(joint.starts_on) in page
