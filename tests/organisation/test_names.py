"""Somebody is renamed, a unit too, a post gets another title: what was done bears the name of that day."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import override

from documents.models import IssuedDocument
from documents.registry.distribution import acknowledge
from documents.registry.register import books
from documents.registry.voiding import void
from workflows.campaigns.models import Campaign
from workflows.desk.inbox import inbox, matching
from workflows.desk.middleware import out_of_order
from workflows.desk.paths import panel
from workflows.matters.attachments import attach
from workflows.matters.errors import StepOutOfOrder
from workflows.matters.models import Comment
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Person, Post, Unit
from workflows.organisation.names import told
from workflows.organisation.offices import Capacity
from workflows.organisation.standing import Standing
from workflows.trail.record import about

WAS, IS = "沈若兰", "沈若澜"
BOTH = "沈若兰（今 沈若澜）"


def renamed(row, **names):
    """As the administration does it, some time later: the row as it is in the database, with other names."""
    row = type(row).objects.get(pk=row.pk)
    for column, name in names.items():
        setattr(row, column, name)
    row.save()
    return row


def seen(client, reader, address, **asked):
    client.force_login(Person.objects.get(pk=reader.pk))
    return " ".join(strip_tags(client.get(address, asked).content.decode()).split())


@pytest.fixture
def endorsed(chain, campaign, walk):
    """The region has agreed and said something, and was renamed afterwards."""
    walk(campaign, to="region_review")
    Comment.objects.create(matter=campaign, by=chain.region_manager, text="请补充安保方案")
    perform(campaign.endorse, by=chain.region_manager, note="动线清楚")
    renamed(chain.region_manager, name=IS, name_en="Shen Ruolan-Li")
    return campaign


# --- the row itself ---------------------------------------------------------------------------------------


def test_each_day_has_its_name_in_each_language(chain):
    monday = clock.now()
    person = renamed(chain.finance, name_en="Fang Min")
    with clock.at(monday + timedelta(days=10)):
        person = renamed(person, name="方珉", name_en="Fang Min Li")
    with clock.at(monday + timedelta(days=20)):
        person = renamed(person, name="方民")
    days = [monday + timedelta(days=day) for day in (1, 9, 10, 19, 20, 40)]

    chinese = [told(person, day) for day in days]
    with override("en"):
        english = [told(person, day) for day in days]

    assert chinese == [*["方敏（今 方民）"] * 2, *["方珉（今 方民）"] * 2, "方民", "方民"]
    assert english == [*["Fang Min (now Fang Min Li)"] * 2, *["Fang Min Li"] * 4]


def test_a_first_english_name_is_no_other_name(chain):
    before = clock.now()

    unit = renamed(chain.store, name_en="West Gate Store")

    with override("en"):
        assert (unit.former_names, told(unit, before)) == ([], "West Gate Store")


def test_a_post_is_called_by_its_title_or_its_role_and_by_its_unit_of_that_day(chain):
    post, before = chain.region_manager.posts.get(), clock.now()

    renamed(post, title="大区总经理", title_en="Regional general manager")
    between = clock.now()
    renamed(chain.region, name="东部大区", name_en="East")

    post = Post.objects.select_related("unit").get(pk=post.pk)
    assert [post.called(at) for at in (before, between, None)] == [
        "华东大区 · 大区总", "华东大区 · 大区总经理", "东部大区 · 大区总经理",
    ]  # fmt: skip
    with override("en"):
        assert told(post, before) == "华东大区 · Region manager (now East · Regional general manager)"


def test_who_saves_what_they_read_before_a_renaming_loses_no_name(chain):
    stale = Person.objects.get(pk=chain.legal.pk)
    was = stale.name
    renamed(chain.legal, name="新名")

    stale.email = "legal@example.com"
    stale.save()

    kept = Person.objects.get(pk=chain.legal.pk)
    assert (kept.name, [name for _until, name, _en in kept.former_names]) == (was, [was, "新名"])


def test_what_is_no_name_leaves_no_name_behind(chain):
    renamed(chain.legal, email="legal@example.com")
    chain.legal.save(update_fields=["last_login"])

    assert Person.objects.get(pk=chain.legal.pk).former_names == []


# --- where it is shown ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", ["opinions", "discussion", "trail"])
def test_the_pages_of_the_matter(client, chain, endorsed, tab):
    shown = seen(client, chain.planning_reviewer, endorsed.get_absolute_url(), tab=tab)

    assert BOTH in shown
    assert IS not in shown.replace(BOTH, "")


def test_an_english_reader_reads_the_english_names(client, chain, campaign, walk):
    Person.objects.filter(pk=chain.region_manager.pk).update(name_en="Shen Ruolan")
    Person.objects.filter(pk=chain.planning_reviewer.pk).update(language="en")
    Unit.objects.filter(pk=chain.region.pk).update(name_en="East Region")
    walk(campaign, to="region_review")
    perform(campaign.endorse, by=Person.objects.get(pk=chain.region_manager.pk))
    renamed(chain.region_manager, name_en="Shen Ruolan-Li")
    renamed(chain.region, name_en="Eastern Region")

    for tab in ("opinions", "trail"):
        shown = seen(client, chain.planning_reviewer, campaign.get_absolute_url(), tab=tab)
        assert "Shen Ruolan (now Shen Ruolan-Li)" in shown
        assert "East Region · Region manager (now Eastern Region · Region manager)" in shown


def test_the_post_of_that_day_stands_with_the_opinion(client, chain, endorsed):
    renamed(chain.region_manager.posts.get(), title="大区总经理")
    renamed(chain.region, name="东部大区")

    for tab in ("opinions", "trail"):
        shown = seen(client, chain.planning_reviewer, endorsed.get_absolute_url(), tab=tab)
        assert "华东大区 · 大区总（今 东部大区 · 大区总经理）" in shown


def test_the_path_and_the_one_who_comes_too_late(chain, endorsed):
    walked = panel(Campaign.objects.get(pk=endorsed.pk))
    too_late = out_of_order(StepOutOfOrder(endorsed, endorsed.trail.get(action="endorse")))

    assert BOTH in [station.person for station in walked.stations]
    assert too_late["who"] == BOTH


def test_a_file_bears_the_name_of_whoever_laid_it_there(client, chain, campaign):
    plan = SimpleUploadedFile("plan.txt", b"plan")
    attach(campaign, plan, capacity=Capacity(chain.planner), purpose="discussion")
    renamed(chain.planner, name="林筱")

    assert "林晓（今 林筱）" in seen(client, chain.planner, campaign.get_absolute_url(), tab="discussion")


def test_a_paper_issued_afterwards_prints_the_name_of_the_day(chain, endorsed, walk):
    renamed(chain.region, name="东部大区")

    walk(endorsed, to="approved")

    facts = IssuedDocument.objects.get(kind="campaign.approval").facts
    assert [said["who"] for said in facts["opinions"] if said["text"] == "动线清楚"] == [
        {"person": BOTH, "post": "华东大区 · 大区总", "principal": ""}
    ]
    assert facts["initiator"] == "林晓"


# --- where it is looked for -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [WAS, IS, "Ruolan-Li"])
def test_the_auditor_finds_both_names(client, chain, endorsed, name):
    client.force_login(chain.auditor)

    rows = client.get("/trail/", {"person": name}).context["rows"]

    assert [(row.entry.actor_name, row.entry.action) for row in rows] == [(WAS, "endorse")]


def test_the_auditors_page_and_file_say_both(client, chain, endorsed):
    assert BOTH in seen(client, chain.auditor, "/trail/", person=IS)

    answer = client.get("/trail.csv", {"person": IS})
    _headings, row = csv.reader(StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    assert BOTH in row


@pytest.mark.parametrize("word", ["林晓", "林筱", "杭州城西店", "杭州之西店"])
def test_lists_find_a_matter_by_the_initiators_and_the_units_old_and_new_name(chain, campaign, walk, word):
    walk(campaign, to="store_review")
    renamed(chain.planner, name="林筱")
    renamed(chain.store, name="杭州之西店")

    found = inbox(Standing(chain.store_manager)).filter(matching(word))

    assert [task.matter.reference for task in found] == [campaign.reference]


# --- an office that worked before names were kept -----------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_trail_gives_back_the_names_of_before(chain):
    at = [timezone.make_aware(timezone.datetime(2026, month, 1, 9)) for month in (2, 3, 4)]
    person, post = chain.finance, chain.finance.posts.get()
    for moment, row, told_then in (
        (at[0], f"person/{person.pk}", {"name": ["方一", "方二"], "email": ["", "a@example.com"]}),
        (at[1], f"person/{person.pk}", {"name_en": ["", "Fang Min"]}),
        (at[2], f"person/{person.pk}", {"name": ["方二", person.name], "name_en": ["Fang Min", "Fang Ming"]}),
        (at[1], f"post/{post.pk}", {"title": ["", "财务总监"]}),
    ):
        with clock.at(moment):
            about(f"organisation.{row}", by=chain.administrator, action="change", changes=told_then)
    Person.objects.filter(pk=person.pk).update(name_en="Fang Ming")
    Post.objects.filter(pk=post.pk).update(title="财务总监")

    executor = MigrationExecutor(connection)
    executor.migrate([("trail", "0001_initial")])
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())

    person, post = Person.objects.get(pk=person.pk), Post.objects.get(pk=post.pk)
    day = timedelta(days=1)
    assert [person.called(moment - day) for moment in at] + [person.called()] == ["方一", "方二", "方二", "方敏"]
    with override("en"):
        assert person.called(at[2] - day) == "Fang Min"
    assert (post.title_on(at[1] - day), post.title_on(at[1])) == ("", "财务总监")
    assert person.once_called.split("\n") == ["方一", "Fang Min", "方二"]


def test_the_history_of_a_row_names_its_administrator_of_that_day(client, chain):
    about(f"organisation.unit/{chain.store.pk}", by=chain.administrator, action="change", changes={})
    renamed(chain.administrator, name="贺晓川")

    shown = seen(client, chain.administrator, reverse("admin:organisation_unit_history", args=[chain.store.pk]))

    assert "贺小川（今 贺晓川）" in shown


def test_what_became_of_a_paper_names_everybody_as_of_that_day(client, chain, campaign, walk):
    """Signed, received and read by the store, voided by the clerk; then all three are renamed."""
    walk(campaign, to="approved")
    paper = IssuedDocument.objects.get(kind="campaign.circular")
    receipts = paper.receipts.filter(unit=chain.store)
    acknowledge(receipts, by=Standing(chain.store_manager))
    signer, clerk = paper.issued_by, chain.clerk
    void(paper, by=clerk, reason="附件有误")
    for person in (signer, clerk, chain.store_manager):
        renamed(person, name=f"{person.name}二")
    both = {person: f"{person.name}（今 {person.name}二）" for person in (signer, clerk, chain.store_manager)}

    for address, named in (
        (reverse("registry:paper", args=[paper.pk]), [both[signer], both[clerk]]),
        (reverse("registry:register"), [both[signer], both[clerk]]),
        (reverse("registry:distributed", args=[paper.pk]), [both[signer], both[chain.store_manager]]),
        (f"{campaign.get_absolute_url()}?tab=documents", [both[signer], both[clerk]]),
    ):
        shown = seen(client, clerk, address)
        assert [name for name in named if name not in shown] == []

    book = books()[0]
    printed = book.lines([paper.serial])[0].printed()
    assert (printed["signed_by"], printed["void_by"]) == (both[signer], both[clerk])


def test_a_notice_that_a_paper_is_void_names_its_signer_of_that_day(chain, campaign, walk):
    walk(campaign, to="approved")
    paper = IssuedDocument.objects.get(kind="campaign.circular")
    renamed(paper.issued_by, name="韩政")

    notice = void(paper, by=chain.clerk, reason="附件有误").notice

    assert notice.facts["signed_by"]["person"] == f"{paper.facts['issuer']['person']}（今 韩政）"
