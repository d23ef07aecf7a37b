"""A parent calls for children and waits for them; each is a matter of its own, and nobody locks two."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.toy import family
from tests.toy.family import Part, Year
from workflows.matters.errors import NotYours, StepOutOfOrder
from workflows.matters.models import ChildMatter, Mandate, Matter
from workflows.matters.perform import begin, perform
from workflows.organisation import clock
from workflows.steps import families
from workflows.steps.flows import flow_for
from workflows.steps.machines import faults
from workflows.steps.models import Candidate, StepTask
from workflows.steps.rehearse import rehearse
from workflows.steps.sweep import sweep


@pytest.fixture
def installed(toy):
    """Before the chain is founded, so that its first edition has rows for both."""
    family.install()


@pytest.fixture
def year(installed, chain):
    """Yu Hang of the performance office has opened the year."""
    year = Year(unit=chain.group, title="下半年")
    begin(year, by=chain.performance_office)
    return year


def called(year, chain, *parts):
    perform(year.call, by=chain.performance_office, parts=list(parts))
    sweep()
    return [place.matter.specific for place in year.children.order_by("pk")]


def states(year):
    """The year's state, and those of its children by title."""
    children = Part.objects.filter(place__parent=year.pk).order_by("pk")
    return Year.objects.get(pk=year.pk).state, {part.title: part.state for part in children}


def test_a_child_is_a_matter_of_its_own_opened_once_by_the_clock(year, chain):
    first, second = called(year, chain, "企划", "租赁")
    sweep()

    assert states(year) == ("waiting", {"企划": "writing", "租赁": "writing"})
    assert [(part.reference[:3], part.unit, part.initiator.is_system) for part in (first, second)] == [
        ("BF-", chain.group, True)
    ] * 2
    assert [[line.action for line in part.trail.all()] for part in (first, second)] == [["open"]] * 2
    assert StepTask.objects.get(matter=first.pk, closed_at=None).due_at is not None


def test_the_parent_goes_on_when_the_last_child_has_ended_and_not_before(year, chain):
    first, second = called(year, chain, "企划", "租赁")

    perform(first.hand_in, by=chain.legal)
    sweep()
    assert states(year)[0] == "waiting"
    perform(second.hand_in, by=chain.legal)
    assert states(year)[0] == "waiting"  # the act of a child moves its own matter alone
    sweep()
    sweep()

    assert states(year) == ("reading", {"企划": "handed_in", "租赁": "handed_in"})
    last = Year.objects.get(pk=year.pk).trail.last()
    assert (last.action, last.actor.is_system) == ("all_in", True)


def test_one_called_for_late_is_waited_for_too(year, chain):
    (first,) = called(year, chain, "企划")
    perform(first.hand_in, by=chain.legal)
    perform(Year.objects.get(pk=year.pk).call_one_more, by=chain.performance_office, part="租赁")

    sweep()
    assert states(year) == ("waiting", {"企划": "handed_in", "租赁": "writing"})


def test_where_they_take_too_long_the_day_decides(year, chain):
    called(year, chain, "企划")

    with clock.at(Year.objects.get(pk=year.pk).waits_until + timedelta(minutes=1)):
        sweep()

    assert states(year) == ("reading", {"企划": "writing"})  # whoever is late goes on being late


def test_a_cancelled_parent_takes_its_open_children_along_and_leaves_the_others(year, chain):
    first, second = called(year, chain, "企划", "租赁")
    perform(first.hand_in, by=chain.legal)

    perform(Year.objects.get(pk=year.pk).cancel, by=chain.performance_office)
    sweep()

    assert states(year) == ("cancelled", {"企划": "handed_in", "租赁": "called_off"})
    with pytest.raises(StepOutOfOrder):
        perform(second.hand_in, by=chain.legal)


def test_what_was_called_for_and_is_not_opened_when_the_parent_ends_never_is(year, chain):
    perform(year.call, by=chain.performance_office, parts=["企划"])
    perform(Year.objects.get(pk=year.pk).cancel, by=chain.performance_office)
    sweep()

    assert states(year) == ("cancelled", {})
    assert ChildMatter.objects.get().matter is None


def test_nobody_opens_calls_off_or_wakes_in_the_clocks_place(year, chain):
    (part,) = called(year, chain, "企划")

    for person in chain.people().values():
        with pytest.raises(NotYours):
            begin(Part(unit=chain.group, title="另一份"), by=person)
        with pytest.raises(NotYours):
            perform(part.drop, by=person)
        with pytest.raises(NotYours):
            perform(Year.objects.get(pk=year.pk).all_in, by=person)
    assert Matter.objects.count() == 2


def test_the_path_shows_the_children_as_one_step(year, chain):
    called(year, chain, "企划", "租赁")
    due = max(StepTask.objects.filter(workflow="part").values_list("due_at", flat=True))

    path = rehearse(Year.objects.get(pk=year.pk))

    (reason,) = path.steps[0].reasons
    assert [(step.step, step.move, step.person, step.due_at) for step in path.steps[:1]] == [
        ("waiting", "all_in", None, due)
    ]
    assert (reason.key, reason.values["count"]) == ("waits_for_children", "2")
    assert [step.move for step in path.steps] == ["all_in", "close"]
    assert states(year) == ("waiting", {"企划": "writing", "租赁": "writing"})


def test_the_machines_know_what_a_family_needs(year, monkeypatch):
    def found():  # the toy declares no forms
        return [fault for kind in ("year", "part") for fault in faults(flow_for(kind)) if "表单" not in fault]

    assert found() == []

    monkeypatch.setattr(flow_for("year").find("waiting"), "ended_move", "close")
    monkeypatch.setattr(Part, "CALL_OFF", "hand_in")
    monkeypatch.setattr(Part, "OPENED_BY", family.legal)
    assert found() == [
        "子事项全部结束后，系统应在环节“waiting”执行“close”，但该环节不允许系统执行此动作。",
        "系统无权开立类型为“part”的子事项。",
        "本事项结束时，处于 writing 的“part”子事项无法随之终止。",
    ]


def test_whoever_sees_a_matter_sees_its_children_and_its_parent(year, chain):
    """The group's offices see what is of the group; nobody of a store or a region has to do with either."""
    called(year, chain, "企划")

    seen = {
        name: sorted(Matter.objects.visible_to(person).values_list("kind", flat=True))
        for name, person in chain.people().items()
    }

    assert [name for name, kinds in seen.items() if kinds == ["part", "year"]] == [
        "planning_reviewer", "finance", "brand", "legal", "vice_president", "president", "resource_centre",
        "clerk", "performance_office", "auditor",
    ]  # fmt: skip
    assert {tuple(kinds) for kinds in seen.values()} == {(), ("part", "year")}


def test_who_is_asked_for_a_part_alone_sees_the_year_it_is_part_of(year, chain):
    first, _second = called(year, chain, "企划", "租赁")
    task = StepTask.objects.get(matter=first.pk, closed_at=None)
    colleague = chain.appoint("legal", chain.store, "许岚")
    before = Matter.objects.visible_to(colleague).count()
    Candidate.objects.create(task=task, person=colleague)
    Mandate.objects.create(matter_id=first.pk, turn=first.turn, person=colleague, ground="transfer", reason={})

    titles = set(Matter.objects.visible_to(colleague).values_list("title", flat=True))

    assert (before, titles) == (0, {"企划", "下半年"})  # and not the other part


def test_the_pages_lead_to_and_fro(year, chain, client):
    first, second = called(year, chain, "企划", "租赁")
    perform(second.hand_in, by=chain.legal)
    client.force_login(chain.performance_office)

    parent = client.get(year.get_absolute_url()).content.decode()
    child = client.get(first.get_absolute_url()).content.decode()

    assert [f'href="{part.get_absolute_url()}"' in parent for part in (first, second)] == [True, True]
    assert (f'href="{year.get_absolute_url()}"' in child, f'href="{second.get_absolute_url()}"' in child) == (
        True,
        True,
    )
    assert "handed in" in child


def test_the_page_costs_the_same_for_two_children_and_for_twenty(year, chain, client, django_assert_num_queries):
    perform(year.call, by=chain.performance_office, parts=[f"第{number}部分" for number in range(2)])
    sweep()
    client.force_login(chain.performance_office)
    client.get(year.get_absolute_url())
    with CaptureQueriesContext(connection) as few:
        client.get(year.get_absolute_url())
    fresh = Year.objects.get(pk=year.pk)
    for number in range(18):
        perform(fresh.call_one_more, by=chain.performance_office, part=f"又{number}")
    sweep()

    with django_assert_num_queries(len(few)):
        page = client.get(year.get_absolute_url()).content.decode()

    assert page.count("/m/BF-") == 20


def test_a_matter_calls_for_nothing_its_class_does_not_name(year):
    with pytest.raises(ValueError, match="does not name plan"):
        year.call_for("1", "plan", "计划")


def test_one_that_cannot_be_opened_does_not_keep_the_others(year, chain, caplog, monkeypatch):
    perform(year.call, by=chain.performance_office, parts=["企划", "租赁"])
    first = year.children.first()
    ChildMatter.objects.filter(pk=first.pk).update(answers={"unknown": 1})
    monkeypatch.setattr(Part, "opened", lambda self: None)

    sweep()

    assert states(year) == ("waiting", {"租赁": "writing"})
    assert "could not open_child" in caplog.text
    assert families.at_work(year, family.YearFlow.instance.node("waiting"))[0] == 2


def test_what_was_handed_in_is_enough_where_the_parent_says_so_and_a_word_calls_it_back(year, chain, monkeypatch):
    """The toy's parts end when they are handed in; here they wait for the year's word instead."""
    monkeypatch.setattr(Part, "AWAITS", frozenset({"writing"}))
    monkeypatch.setattr(Part, "HEARS", {"over": "drop"})
    monkeypatch.setattr(flow_for("year").find("waiting"), "handed_in", True)
    perform(year.call, by=chain.performance_office, parts=["企划", "租赁"])
    families.open_child(year.children.first())
    assert not families.to_be_woken().exists()  # one is still to be opened
    families.open_child(year.children.last())
    assert families.to_be_woken().count() == 1

    place = year.children.first()
    year.tell(place, "over", "不必写了")
    assert not families.to_be_woken().exists()  # a word is under way
    assert (families.take_word(place), families.take_word(place)) == (True, False)

    line = place.matter.specific.trail.last()
    assert (line.action, line.actor.is_system, line.note) == ("drop", True, "不必写了")
    assert families.to_be_woken().count() == 1
    year.tell(place, "over")
    assert families.take_word(place) is False  # past hearing it
    assert not families.to_be_told().exists()


def test_the_machines_find_a_word_the_clock_cannot_take(year, monkeypatch):
    monkeypatch.setattr(Part, "HEARS", {"over": "hand_in", "again": "rewrite"})

    found = [fault for fault in faults(flow_for("part")) if "通知" in fault]

    assert found == [
        "父事项通知“over”对应的动作“hand_in”，系统无权执行。",
        "父事项通知“again”对应的动作“rewrite”，系统无权执行。",
    ]
