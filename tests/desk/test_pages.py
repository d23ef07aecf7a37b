"""A workflow that brings no pages still has some; one that does finds them on the desk, and the desk names none."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.db import models
from django.test.utils import isolate_apps
from django.urls import reverse
from django.utils import translation
from viewflow import this

from forms import declared
from forms.decisions import DecisionForm
from project.house import ROOMS
from workflows.campaigns.models import Campaign, State
from workflows.desk import pages
from workflows.desk.pages import Drawing, New, Pages
from workflows.matters import models as matters
from workflows.matters.errors import Refused
from workflows.matters.models import Matter
from workflows.matters.moves import Condition, move
from workflows.matters.perform import begin, perform
from workflows.organisation.models import Person
from workflows.organisation.offices import OWN_UNIT, Author, Office
from workflows.organisation.roles import Role
from workflows.steps import flows
from workflows.steps.drawing import layout, main_way
from workflows.steps.nodes import ByState, End, MatterFlow, Opening, Step
from workflows.trail import actions

planner = Author("planner", Role.PLANNER, OWN_UNIT)
manager = Office("store manager", Role.STORE_MANAGER, OWN_UNIT)


class Stage(models.TextChoices):
    ASKED = "asked", "asked"
    AT_WORK = "at_work", "at work"
    LOST = "lost", "lost"
    DONE = "done", "done"


with isolate_apps("workflows.matters"):

    class Errand(Matter):
        """Somebody asks, somebody works, and writes down the hours. It has no table of its own."""

        KIND, PREFIX, FIRST = "errand", "ER", "asked"
        ENDS = frozenset({Stage.DONE, Stage.LOST})
        OPENED_BY = planner
        State = Stage

        class Meta:
            app_label, proxy, verbose_name = "matters", True, "errand"

        def as_planned(self, move):
            return {"hours": 1} if move == "bring_back" else {}

        @move(source="asked", target="at_work", by=planner, verb="Send off", done="sent off", verdict="submit")
        def send_off(self, *, by, note=""): ...

        @move(
            source="at_work",
            target="done",
            by=manager,
            verb="Bring back",
            done="brought back",
            verdict="agree",
            when=[Condition(lambda errand: errand.title != "月亮", "The moon cannot be brought.")],
        )
        def bring_back(self, *, by, note="", hours):
            if hours > 24:
                raise Refused({"hours": "No day has so many."})
            self.amount = hours

        @move(source="at_work", by=manager, verb="Count the hours", done="counted the hours")
        def count(self, *, by, note="", hours):
            self.amount = hours

        @move(source="at_work", target="lost", by=manager, verb="Lose", done="lost it", reason=True, verdict="reject")
        def lose(self, *, by, note=""): ...


class ErrandFlow(MatterFlow):
    process_title = "errand"
    machine = Errand
    start = Opening().Next(this.next_desk)
    next_desk = ByState()
    asked = Step().HeldBy(planner).Agreeing("send_off").Next(this.next_desk)
    at_work = Step().HeldBy(manager).Agreeing("bring_back").Next(this.next_desk)
    lost, done = End(), End()


class HoursForm(DecisionForm):
    ANSWERS = ("hours",)
    hours = forms.IntegerField(label="Hours worked", min_value=1)


class FilesForm(DecisionForm):
    ANSWERS = ("hours",)
    hours = forms.FileField()


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def errand(chain, monkeypatch):
    """An errand the planner has asked for, of a workflow that is installed and brings no pages."""
    Person.objects.update(language="en")
    for kept, name in ((flows, "_flows"), (matters, "_machines"), (actions, "_workflows")):
        monkeypatch.setattr(kept, name, dict(getattr(kept, name)))  # what is registered here is gone with the test
    # viewflow writes down where a flow is found, and that must be within an app
    monkeypatch.setattr(ErrandFlow, "__module__", "workflows.desk.errands")
    monkeypatch.setitem(sys.modules, "workflows.desk.errands", SimpleNamespace(ErrandFlow=ErrandFlow))
    flows.register(ErrandFlow)
    monkeypatch.setitem(declared._declared, "errand", {"bring_back": HoursForm})
    asked = Errand(unit=chain.store, title="取回展架", state="asked")
    begin(asked, by=chain.planner)
    return asked


@pytest.fixture
def look(client):
    """`look(person, address)`: the page as the person sees it, in English."""

    def looked(person, address, **query):
        client.force_login(Person.objects.get(pk=person.pk))
        response = client.get(address, query)
        assert response.status_code == 200, address
        return response.content.decode()

    return looked


def test_a_section_that_is_not_shown_cannot_be_asked_for(campaign, chain, look):
    page = look(chain.planner, campaign.get_absolute_url(), tab="result")

    assert re.findall(r'tab=(\w+)"[^>]*aria-current="true"', page) == ["declaration"]


# --- nothing registered -----------------------------------------------------------------------------------


def test_without_pages_every_section_of_the_matter_can_be_read(errand, chain, look):
    perform(errand.send_off, by=chain.planner, note="下午要用")
    address = errand.get_absolute_url()

    page = look(chain.planner, address)
    sections = {tab: look(chain.planner, address, tab=tab) for tab in re.findall(r"pane/\?tab=(\w+)", page)}

    assert list(sections) == ["summary", "opinions", "documents", "discussion", "trail", "flow"]
    assert "<dt>Language of the documents</dt><dd>Simplified Chinese</dd>" in sections["summary"]
    assert "下午要用" in sections["opinions"]
    assert "version 1" not in sections["opinions"]  # it keeps no versions
    assert "sent off" in sections["trail"]
    assert sections["flow"].count('class="state lit"') == 1
    assert "<span>errand</span>" in page


def test_without_pages_the_lists_the_path_the_trail_and_the_table_work(errand, chain, look):
    perform(errand.send_off, by=chain.planner)

    assert "at work" in look(chain.store_manager, reverse("desk:inbox"))
    assert "取回展架" in look(chain.planner, reverse("desk:started"))
    assert "sent off" in look(chain.auditor, reverse("records:trail"))
    assert "at work" in look(chain.planner, reverse("desk:path", args=[errand.reference]))
    assert "Send off" in look(chain.nobody, reverse("records:machines"))


def test_what_ended_as_it_should_is_told_from_what_did_not(errand, chain, look):
    perform(errand.send_off, by=chain.planner)
    perform(errand.bring_back, by=chain.store_manager, hours=2)
    other = Errand(unit=chain.store, title="追回气球", state="asked")
    begin(other, by=chain.planner)
    perform(other.send_off, by=chain.planner)
    perform(other.lose, by=chain.store_manager, note="飞走了")

    rows = look(chain.planner, reverse("desk:started"), show="closed")

    assert re.findall(r'class="chip([^"]*)">(done|lost)<', rows) == [("", "lost"), (" ok", "done")]


def test_the_picture_is_read_from_the_machine(errand):
    assert (main_way(Errand), layout(Errand).aside) == (["asked", "at_work", "done"], {"lost": 1})


def test_the_ordinary_way_of_a_campaign_is_the_one_it_draws(monkeypatch):
    drawn = main_way(Campaign)
    monkeypatch.delitem(pages._registered, "campaign")

    assert main_way(Campaign) == drawn


def test_a_state_nobody_drew_has_a_place_all_the_same(monkeypatch):
    monkeypatch.setitem(pages._registered, "campaign", (Campaign, Pages(drawing=Drawing([State.DRAFT, State.CLOSED]))))

    place = layout(Campaign)

    assert {*place.way, *place.aside} == set(State.values)
    assert len(set(place.aside.values())) == len(place.aside)
    assert "The drawing has no place for the state signature." in pages.faults(Campaign)


# --- a form that is declared ------------------------------------------------------------------------------


def test_a_declared_form_is_asked_in_the_bar_and_on_its_own_page(errand, chain, look, client):
    perform(errand.send_off, by=chain.planner)
    act = reverse("desk:act", args=[errand.reference, "bring_back"])

    beside = look(chain.store_manager, errand.get_absolute_url())
    alone = look(chain.store_manager, act)

    for page in (beside, alone):
        assert re.search(r'<label for="[\w-]+">Hours worked</label>\s*<input type="number" name="hours"', page)
    assert " required" not in beside.split('<form class="decide"')[1]  # it would keep the other buttons from working

    assert re.search(r"<button[^>]*>", beside.split('<form class="decide"')[1])[0] == "<button disabled hidden>"

    client.post(act, {"turn": errand.turn, "written": errand.written, "key": "k1", "hours": "3", "note": "都在"})

    done = Errand.objects.get(pk=errand.pk)
    assert (done.state, done.amount, done.opinions.last().text) == ("done", 3, "都在")


@pytest.mark.parametrize(
    ("hours", "said"),
    [("", "This field is required."), ("bald", "Enter a whole number."), ("25", "No day has so many.")],
)
@pytest.mark.parametrize("beside", [True, False])
def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_is_kept(hours, said, beside, errand, chain, client):
    perform(errand.send_off, by=chain.planner)
    client.force_login(Person.objects.get(pk=chain.store_manager.pk))

    refused = client.post(
        reverse("desk:act", args=[errand.reference, "bring_back"]),
        {"turn": errand.turn, "written": errand.written, "key": "k1", "hours": hours, "note": "差一个螺丝"},
        headers={"HX-Request": "true"} if beside else {},
    )

    page = refused.content.decode()
    field = page[page.index('name="hours"') :]
    assert refused.status_code == 422
    assert "差一个螺丝" in page
    assert (f'value="{hours}"' in field) == bool(hours)
    assert said in field[: field.index("<button")]
    assert Errand.objects.get(pk=errand.pk).state == "at_work"


def test_a_move_nobody_declared_a_form_for_has_no_button_and_is_a_fault(errand, chain, look, client, monkeypatch):
    monkeypatch.setitem(declared._declared, "errand", {})
    perform(errand.send_off, by=chain.planner)

    page = look(chain.store_manager, errand.get_absolute_url())

    assert ("Bring back" in page.split('<form class="decide"')[1], "Lose" in page) == (False, True)
    assert client.get(reverse("desk:act", args=[errand.reference, "bring_back"])).status_code == 404
    assert "asks for hours" in look(chain.nobody, reverse("records:machines"))


@pytest.mark.parametrize(
    ("declares", "elsewhere"),
    [
        ({"bring_back": FilesForm}, ["bring_back"]),
        ({"bring_back": HoursForm, "count": HoursForm}, ["count"]),  # two fields of one name in one form of the page
    ],
    ids=["files", "same name"],
)
def test_what_does_not_fit_into_the_bar_is_asked_on_its_own_page(declares, elsewhere, errand, chain, look, monkeypatch):
    monkeypatch.setitem(declared._declared, "errand", declares)
    perform(errand.send_off, by=chain.planner)

    page = look(chain.store_manager, errand.get_absolute_url())

    assert re.findall(r'<a class="button[^>]* href="/m/[\w-]+/act/(\w+)/"', page) == elsewhere


# --- what is registered -----------------------------------------------------------------------------------


def _holds(*roles):
    return lambda standing: any(post.role in roles for post in standing.posts)


def entries(page):
    """The entries “New …” among the further pages, and what stands for them in the bar of a phone."""
    bar = re.search(r'<(a|button) class="rail-new"', page)
    return re.findall(r'href="[^"]*"[^>]*><svg.*?</svg>\s*<span>((?:Declare|Run) [^<]*)</span>', page, re.DOTALL), (
        bar and bar[1]
    )


def test_the_rail_offers_what_one_may_begin(errand, chain, look, monkeypatch):
    run = New("Run an errand", "desk:started", _holds(Role.PLANNER, Role.STORE_MANAGER))
    monkeypatch.setitem(pages._registered, "errand", (Errand, Pages(new=[run])))

    seen = {
        name: entries(look(getattr(chain, name), reverse("desk:inbox")))
        for name in ("planner", "store_manager", "region_manager")
    }

    assert seen == {
        "planner": (["Declare a campaign", "Run an errand"], "button"),  # several: one chooses
        "store_manager": (["Run an errand"], "a"),
        "region_manager": ([], None),
    }


def test_who_has_begun_nothing_is_offered_all_they_may_begin(errand, chain, look, monkeypatch):
    run = New("Run an errand", "desk:started", _holds(Role.PLANNER, Role.STORE_MANAGER))
    monkeypatch.setitem(pages._registered, "errand", (Errand, Pages(new=[run])))

    empty = look(chain.store_manager, reverse("desk:started")).split('class="empty"')[1]

    assert re.findall(r'<a class="button primary" href="([^"]+)">([^<]+)', empty) == [
        (reverse("desk:started"), "Run an errand")
    ]


def test_pages_that_lead_nowhere_are_faults(errand, monkeypatch):
    wrong = Pages(
        new=[New("Run an errand", "errands:new", lambda standing: True)],
        own_pages={"bring_back": "errands:back", "dream": "desk:matter"},
    )
    monkeypatch.setitem(pages._registered, "errand", (Errand, wrong))

    assert pages.faults(Errand) == [
        "A page is registered for the move dream, which does not exist.",
        "No page is called errands:back.",
        "No page is called errands:new.",
    ]


def test_what_the_product_registers_has_no_fault():
    found = {kind: pages.faults(flow.machine) for kind, flow in flows.all_flows().items()}

    assert [faults for faults in found.values() if faults] == []
    assert "campaign" in found


def test_no_room_of_the_house_names_a_workflow():
    """What a workflow brings, it registers; whoever reads these rooms learns of none."""
    root = Path(settings.BASE_DIR)
    kinds = [*flows.all_flows(), *(flow.machine._meta.app_label for flow in flows.all_flows().values())]
    # as the name of something, quoted or in a path; a lease of a row and a plan for the day are plain words
    named = re.compile(rf"(?<=[\"'/.])({'|'.join(map(re.escape, kinds))})s?\b")
    # the demonstration and the specimens of the house's own papers tell stories, in which campaigns occur
    rooms = [root / "workflows" / name for name in sorted(ROOMS - {"demonstration"})]
    files = [path for room in rooms for path in sorted(room.rglob("*"))]
    files += [*(root / "documents").glob("*.py"), *(root / "documents").glob("*/*.py"), *(root / "forms").glob("*.py")]
    own = {*kinds, "specimens"}  # documents/<name>.py and forms/<name>.py are the workflow's

    found = {
        str(path.relative_to(root)): named.findall(path.read_text())
        for path in files
        if path.suffix in (".py", ".html", ".js", ".css") and path.stem not in own and "migrations" not in path.parts
    }

    assert {path: names for path, names in found.items() if names} == {}
