"""What a workflow must be able to do the moment its skeleton is written: run by test_startworkflow.py, in a copy of the project.

It knows no more of the workflow than what the skeleton says. By its name it is collected nowhere else.
"""

from __future__ import annotations

import io
from io import StringIO
from typing import Any

import pdfplumber
import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from documents.models import IssuedDocument
from documents.press.process import press
from documents.specimens import facts_of
from workflows.demonstration.office_time import OFFICE_DAY, OfficeTime
from workflows.demonstration.stories import Stage, stories
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.models import Person
from workflows.steps.flows import flow_for

pytestmark = pytest.mark.django_db

Permit = flow_for("permit").machine


def entered(person: Any) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=person.pk))
    return client


def test_the_permit_has_no_fault_and_no_gap(chain: Any) -> None:
    printed = StringIO()

    call_command("machines", "permit", stdout=printed, no_color=True)

    assert [line for line in printed.getvalue().splitlines() if line.strip()[0] in "✗!"] == []


def test_a_permit_is_begun_lies_on_the_next_desk_and_is_decided(chain: Any) -> None:
    """Lin Xiao writes one and hands it in; Zhou Qiming finds it in his inbox and agrees."""
    linxiao, zhouqiming = entered(chain.planner), entered(chain.store_manager)
    assert "/new/permit/" in linxiao.get("/desk/").content.decode()
    assert "/new/permit/" not in zhouqiming.get("/desk/").content.decode()
    assert zhouqiming.get("/new/permit/").status_code == 403

    form = linxiao.get("/new/permit/").context["form"]
    asked = {"turn": 0, "key": form["key"].value(), "unit": chain.store.pk, "title": "一层数码体验区", "purpose": ""}
    refused = linxiao.post("/new/permit/", asked)
    assert (refused.status_code, "一层数码体验区" in refused.content.decode()) == (422, True)
    assert not Permit.objects.exists()

    begun = linxiao.post("/new/permit/", {**asked, "purpose": "周末客流回升两成。"})
    again = linxiao.post("/new/permit/", {**asked, "purpose": "周末客流回升两成。"})
    permit = Permit.objects.get()
    assert begun.url == again.url == permit.get_absolute_url()
    assert (permit.reference[:3], permit.state, permit.initiator) == ("PE-", "draft", chain.planner)
    assert "周末客流回升两成。" in linxiao.get(begun.url).content.decode()

    shown = {"turn": 0, "written": permit.written}
    linxiao.post(f"{begun.url}act/rewrite/", {**shown, "key": "k1", "title": "体验区", "purpose": "老客回店。"})
    shown = {"turn": 0, "written": Permit.objects.get().written}
    linxiao.post(f"{begun.url}act/submit/", {**shown, "key": "k2"})
    permit = Permit.objects.get()
    assert (permit.title, permit.purpose, permit.state, permit.turn) == ("体验区", "老客回店。", "store_review", 1)

    assert permit.reference in zhouqiming.get("/desk/").content.decode()
    assert permit.reference not in entered(chain.neighbour_store_manager).get("/desk/").content.decode()
    zhouqiming.post(
        f"{begun.url}act/endorse/", {"turn": 1, "written": permit.written, "key": "k3", "note": "同意设立。"}
    )

    permit = Permit.objects.get()
    notice = IssuedDocument.objects.get(matter=permit.pk)
    assert (permit.state, permit.is_closed, notice.kind) == ("approved", True, "permit.notice")
    assert notice.facts["blocks"] == [{"style": "paragraph", "text": "老客回店。"}]
    assert [line.action for line in permit.trail.order_by("seq")] == ["open", "rewrite", "submit", "endorse"]


@pytest.mark.parametrize(("language", "says"), [("zh-hans", "城西店数码体验区"), ("en", "A digital corner")])
def test_its_paper_is_printed(language: str, says: str) -> None:
    pdf, pages = press.print("permit.notice", language, facts_of("permit.notice", language))

    with pdfplumber.open(io.BytesIO(pdf)) as read:
        assert (pages, says in read.pages[0].extract_text()) == (1, True)


def test_its_story_is_lived_through(chain: Any) -> None:
    """Every deed of it, in its time, as the demonstration does."""
    times = OfficeTime(timezone.localdate(), WorkingCalendar.load())
    stage = Stage(times, {chain.store.code: chain.store}, {}, frozenset(), chain.edition)
    (permits,) = [story for story in stories() if type(story).__module__ == "workflows.permits.story"]
    year = [(deed, tale) for tale in permits.plan(stage, 1) for deed in tale.deeds]

    for deed, tale in sorted(year, key=lambda one: one[0].minute):
        assert -5 * OFFICE_DAY < deed.minute < 0
        with clock.at(times.moment(deed.minute)):
            tale.live(deed, stage)

    assert sorted(Permit.objects.values_list("state", flat=True)) == ["approved", "store_review"]
