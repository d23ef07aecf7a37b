"""Where a planner writes a campaign: through HTTP, as a browser without scripts would."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from forms.campaigns import DeclarationForm
from workflows.campaigns.declaration import Declaration, Report
from workflows.campaigns.models import Campaign, State
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Person, Post, StandIn
from workflows.organisation.roles import Role

NEW = "/new/campaign/"


@pytest.fixture
def browse(client):
    """`browse(person)`: the test client, entered as the person, reading English."""

    def entered(person):
        Person.objects.filter(pk=person.pk).update(language="en")
        client.force_login(Person.objects.get(pk=person.pk))
        return client

    return entered


def sheet(declaration, **more):
    """What a browser sends of a declaration's form."""
    form = DeclarationForm(declaration=declaration)
    data = QueryDict(mutable=True)
    for part in (form, *(line for table in form.tables.values() for line in table.forms)):
        for bound in part:
            shown = bound.value()
            if shown is True:
                shown = "on"
            if isinstance(shown, (list, tuple)):
                data.setlist(bound.html_name, list(shown))
            elif shown not in (None, False):
                data[bound.html_name] = str(shown)
    return dict(data.lists()) | {"turn": "0", **fresh(), "do": "save", **more}


def fresh():
    """What a form shown just now carries: a key of its own, and which text there is, of the latest campaign."""
    latest = Campaign.objects.order_by("pk").last()
    return {"key": uuid.uuid4().hex, "written": latest.written if latest else ""}


def address(name, campaign):
    return reverse(f"campaigns:{name}", args=[campaign.reference])


def lines(campaign):
    return [entry.action for entry in campaign.trail.order_by("seq")]


# --- a new campaign ------------------------------------------------------------------------------------


def test_a_draft_may_be_saved_with_nothing_but_a_title(chain, browse):
    response = browse(chain.planner).post(NEW, sheet(Declaration(title="数码节"), unit=chain.store.pk))

    campaign = Campaign.objects.get()
    assert response.status_code == 302
    assert response.url == address("edit", campaign)
    assert (campaign.title, campaign.unit, campaign.initiator, campaign.state) == (
        "数码节",
        chain.store,
        chain.planner,
        State.DRAFT,
    )
    assert campaign.declared == Declaration(title="数码节")


def test_a_whole_declaration_is_opened_and_submitted_at_once(chain, browse, declaration):
    response = browse(chain.planner).post(NEW, sheet(declaration(), unit=chain.store.pk, do="submit"))

    campaign = Campaign.objects.get()
    assert response.url == campaign.get_absolute_url()
    assert campaign.state == State.STORE_REVIEW
    assert campaign.declared == declaration()
    assert lines(campaign) == ["open", "submit"]


def test_the_same_form_sent_twice_is_one_campaign(chain, browse, declaration):
    data = sheet(declaration(), unit=chain.store.pk, do="submit")
    first = browse(chain.planner).post(NEW, data)
    second = browse(chain.planner).post(NEW, data)

    assert first.url == second.url
    assert lines(Campaign.objects.get()) == ["open", "submit"]


def test_what_is_missing_stands_beside_the_field_and_the_draft_is_safe(chain, browse, declaration):
    response = browse(chain.planner).post(NEW, sheet(declaration(venue=""), unit=chain.store.pk, do="submit"))

    campaign = Campaign.objects.get()
    page = response.content.decode()
    assert response.status_code == 422
    assert campaign.state == State.DRAFT
    assert campaign.declared == declaration(venue="")
    assert '<a href="#id_venue">Venue: Please fill this in.</a>' in page
    assert '<div id="id_venue_error"><p class="error">Please fill this in.</p></div>' in page
    assert "Your draft is saved. It is not submitted yet." in page
    assert f'action="{address("edit", campaign)}"' in page


def test_after_a_refusal_the_corrected_form_goes_through(chain, browse, declaration):
    refused = browse(chain.planner).post(NEW, sheet(declaration(venue=""), unit=chain.store.pk, do="submit"))
    campaign = Campaign.objects.get()
    hidden = {name: refused.context["form"][name].value() for name in ("key", "turn", "written")}

    response = browse(chain.planner).post(
        address("edit", campaign), sheet(declaration(venue="一层中庭"), **hidden, do="submit")
    )

    campaign = Campaign.objects.get()
    assert response.url == campaign.get_absolute_url()
    assert campaign.state == State.STORE_REVIEW
    assert campaign.declared.venue == "一层中庭"


def test_a_figure_nobody_can_read_comes_back_with_everything_else(chain, browse, declaration):
    data = sheet(declaration(), unit=chain.store.pk, footfall="sehr viele")
    response = browse(chain.planner).post(NEW, data)

    page = response.content.decode()
    assert response.status_code == 422
    assert not Campaign.objects.exists()
    assert 'value="sehr viele"' in page
    assert 'value="一层中庭"' in page
    assert 'value="舞台与灯光"' in page
    assert "Nothing has been saved yet; everything you typed is still here." in page


def test_a_line_is_added_without_saving_and_without_losing_a_word(chain, browse, declaration):
    data = sheet(declaration(), unit=chain.store.pk, title="还没存的标题", do="add:budget")
    response = browse(chain.planner).post(NEW, data)

    assert response.status_code == 200
    assert not Campaign.objects.exists()
    form = response.context["form"]
    assert [line["item"].value() for line in form.tables["budget"].forms] == ["朋友圈与短视频投放", "舞台与灯光", ""]
    assert 'value="还没存的标题"' in response.content.decode()


def test_the_sum_is_taken_over_at_the_press_of_a_button(chain, browse, declaration):
    data = sheet(declaration(budget_total=Decimal(1)), unit=chain.store.pk, do="take_sum")
    response = browse(chain.planner).post(NEW, data)

    assert response.context["form"]["budget_total"].value() == "82,000"


def test_whoever_plans_for_two_stores_chooses_one(chain, browse, declaration):
    Post.objects.create(person=chain.planner, role=Role.PLANNER, unit=chain.neighbour_store)
    page = browse(chain.planner).get(NEW).content.decode()
    response = browse(chain.planner).post(NEW, sheet(declaration(), unit=chain.neighbour_store.pk))

    assert '<select name="unit"' in page
    assert response.status_code == 302
    assert Campaign.objects.get().unit == chain.neighbour_store


@pytest.mark.parametrize("unit", ["other_store", "region", "group"])
def test_nobody_declares_for_a_unit_that_is_not_theirs(unit, chain, browse, declaration):
    response = browse(chain.planner).post(NEW, sheet(declaration(), unit=getattr(chain, unit).pk))

    assert response.status_code == 422
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("who", ["store_manager", "region_manager", "planning_reviewer", "auditor", "nobody"])
def test_only_a_planner_declares(who, chain, browse, declaration):
    assert browse(getattr(chain, who)).get(NEW).status_code == 403
    assert browse(getattr(chain, who)).post(NEW, sheet(declaration(), unit=chain.store.pk)).status_code == 403
    assert not Campaign.objects.exists()


def test_a_stand_in_does_not_open_in_the_principals_name(chain, browse):
    StandIn.objects.create(principal=chain.planner, deputy=chain.nobody, ends_on=clock.today())

    assert browse(chain.nobody).get(NEW).status_code == 403


# --- a draft ----------------------------------------------------------------------------------------------


def test_a_draft_is_saved_and_saved_again(chain, browse, campaign):
    changed = campaign.declared.with_(title="改过的标题")
    response = browse(chain.planner).post(address("edit", campaign), sheet(changed))

    assert response.url == address("edit", campaign)
    assert Campaign.objects.get().declared == changed
    assert lines(campaign) == ["open", "save_draft"]


def test_saving_what_is_shown_changes_nothing(chain, browse, campaign):
    for _time in range(2):
        form = browse(chain.planner).get(address("edit", campaign)).context["form"]
        browse(chain.planner).post(address("edit", campaign), sheet(form.declaration))

    assert campaign.trail.order_by("seq").last().changes == {}


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("planner", 200),
        ("store_manager", 403),  # sees the drafts of the store, and does not write them
        ("region_manager", 404),
        ("neighbour_planner", 404),
        ("other_planner", 404),
        ("auditor", 404),
        ("nobody", 404),
    ],
)
def test_who_may_write_a_draft(who, status, chain, browse, campaign):
    assert browse(getattr(chain, who)).get(address("edit", campaign)).status_code == status
    if status != 200:
        response = browse(getattr(chain, who)).post(address("edit", campaign), sheet(Declaration(title="fremd")))
        assert response.status_code == status
        assert Campaign.objects.get().title == campaign.title


def test_a_colleague_of_the_same_store_goes_on_writing(chain, browse, campaign):
    colleague = chain.appoint(Role.PLANNER, chain.store, "许愿")

    assert browse(colleague).get(address("edit", campaign)).status_code == 200


def test_a_stand_in_writes_for_the_planner(chain, browse, campaign):
    StandIn.objects.create(principal=chain.planner, deputy=chain.neighbour_planner, ends_on=clock.today())
    response = browse(chain.neighbour_planner).post(address("edit", campaign), sheet(campaign.declared, do="submit"))

    assert response.status_code == 302
    entry = campaign.trail.order_by("seq").last()
    assert (entry.action, entry.actor, entry.on_behalf_of) == ("submit", chain.neighbour_planner, chain.planner)


def test_a_submitted_declaration_is_no_longer_a_draft(chain, browse, campaign):
    perform(campaign.submit, by=chain.planner)

    assert browse(chain.planner).get(address("edit", campaign)).status_code == 409
    response = browse(chain.planner).post(address("edit", campaign), sheet(Declaration(title="zu spät")))
    assert response.status_code == 409
    assert browse(chain.region_manager).get(address("edit", campaign)).status_code == 403


def test_the_same_submission_sent_twice_is_one(chain, browse, campaign):
    data = sheet(campaign.declared, do="submit")
    first = browse(chain.planner).post(address("edit", campaign), data)
    second = browse(chain.planner).post(address("edit", campaign), data)

    assert (first.status_code, second.status_code) == (302, 302)
    assert lines(campaign) == ["open", "submit"]  # nothing was rewritten, so nothing is said to have been


def test_a_colleagues_text_is_not_written_over_unseen(chain, browse, campaign):
    seen = browse(chain.planner).get(address("edit", campaign)).context["form"]["written"].value()
    colleague = chain.appoint(Role.PLANNER, chain.store, "许愿")
    perform(campaign.save_draft, by=colleague, declaration=campaign.declared.with_(venue="二层"))

    mine = campaign.declared.with_(venue="三层")
    warned = browse(chain.planner).post(address("edit", campaign), sheet(mine, written=seen))
    assert warned.status_code == 409
    assert "许愿 saved this draft" in warned.content.decode()
    assert 'value="三层"' in warned.content.decode()
    assert Campaign.objects.get().declared.venue == "二层"

    hidden = {name: warned.context["form"][name].value() for name in ("key", "turn", "written")}
    assert browse(chain.planner).post(address("edit", campaign), sheet(mine, **hidden)).status_code == 302
    assert Campaign.objects.get().declared.venue == "三层"


def test_attachments_come_with_the_draft_and_a_wrong_one_is_named(chain, browse, campaign):
    good = SimpleUploadedFile("plan.txt", b"floor plan")
    bad = SimpleUploadedFile("plan.exe", b"MZ floor plan")
    response = browse(chain.planner).post(
        address("edit", campaign), sheet(campaign.declared.with_(venue="二层"), attachments=[good, bad], do="submit")
    )

    assert response.status_code == 422
    assert [file.name for file in campaign.attachments.all()] == ["plan.txt"]
    assert [fault.anchor for fault in response.context["faults"]] == ["id_attachments"]
    kept = Campaign.objects.get()
    assert (kept.state, kept.declared.venue) == (State.DRAFT, "二层")


# --- a report that is owed --------------------------------------------------------------------------------


def test_a_unit_that_owes_a_report_is_told_and_refused(chain, browse, open_campaign, walk, declaration):
    owed = walk(open_campaign(20_000, title="上一场"), to=State.REPORTING)

    page = browse(chain.planner).get(NEW).content.decode()
    assert f"{chain.store} still owes a report" in page
    assert address("report", owed) in page

    response = browse(chain.planner).post(NEW, sheet(declaration(title="下一场"), unit=chain.store.pk, do="submit"))
    assert response.status_code == 422
    assert [fault.message for fault in response.context["faults"]] == [
        f"“上一场” ({owed.reference}) still lacks its report; the unit may declare again after it."
    ]
    assert Campaign.objects.get(title="下一场").state == State.DRAFT

    perform(owed.hand_in, by=chain.planner, **owed.as_planned("hand_in"))
    draft = Campaign.objects.get(title="下一场")
    assert browse(chain.planner).post(address("edit", draft), sheet(draft.declared, do="submit")).status_code == 302


def test_another_stores_debt_is_not_ones_own(chain, browse, open_campaign, walk):
    walk(open_campaign(20_000, by=chain.neighbour_planner, unit=chain.neighbour_store), to=State.REPORTING)

    assert "still owes a report" not in browse(chain.planner).get(NEW).content.decode()


# --- a change ------------------------------------------------------------------------------------------------


@pytest.fixture
def approved(open_campaign, walk):
    return walk(open_campaign(20_000), to=State.APPROVED)


def test_a_change_is_prefilled_with_what_is_in_force(chain, browse, approved):
    form = browse(chain.planner).get(address("change", approved)).context["form"]

    assert form.declaration == approved.declared


def test_a_change_goes_to_the_group_with_its_reason(chain, browse, approved):
    changed = approved.declared.with_(venue="二层连廊")
    response = browse(chain.planner).post(
        address("change", approved), sheet(changed, turn=approved.turn, note="中庭漏水", do="submit")
    )

    after = Campaign.objects.get()
    assert response.url == after.get_absolute_url()
    assert (after.state, after.version, after.in_force, after.declared) == (State.GROUP_REVIEW, 2, 1, changed)
    assert after.trail.order_by("seq").last().note == "中庭漏水"


@pytest.mark.parametrize(
    ("changes", "note", "anchor"),
    [
        ({"venue": "二层连廊"}, "", "id_note"),
        ({"venue": ""}, "中庭漏水", "id_venue"),
        ({}, "中庭漏水", "main"),
    ],
)
def test_a_change_without_a_reason_a_gap_or_nothing_is_refused(changes, note, anchor, chain, browse, approved):
    response = browse(chain.planner).post(
        address("change", approved),
        sheet(approved.declared.with_(**changes), turn=approved.turn, note=note, do="submit"),
    )

    assert response.status_code == 422
    assert [fault.anchor for fault in response.context["faults"]] == [anchor]
    assert Campaign.objects.get().version == 1


@pytest.mark.parametrize(
    ("who", "status"), [("planner", 200), ("region_manager", 403), ("neighbour_planner", 404), ("nobody", 404)]
)
def test_who_may_change_what_was_approved(who, status, chain, browse, approved):
    assert browse(getattr(chain, who)).get(address("change", approved)).status_code == status


def test_a_draft_is_not_changed_but_written(chain, browse, campaign):
    assert browse(chain.planner).get(address("change", campaign)).status_code == 409


# --- the report ------------------------------------------------------------------------------------------------


@pytest.fixture
def over(open_campaign, walk):
    return walk(open_campaign(20_000), to=State.REPORTING)


def results(campaign, **changes):
    return {
        "turn": campaign.turn, **fresh(), "actual_0": "11,000", "actual_1": "7,000",
        "reserve_spent": "500", "footfall": "40,000", "sales": "9,000,000", "new_members": "1,100",
        "exposure": "280,000", "summary": "两天下雨，第三天补回来", "lessons": "备雨棚", **changes,
    }  # fmt: skip


def test_a_report_is_handed_in_line_by_line(chain, browse, over):
    response = browse(chain.planner).post(address("report", over), results(over))

    after = Campaign.objects.get()
    assert response.url == after.get_absolute_url()
    assert after.state == State.EVALUATION
    assert after.report == Report(
        actuals=(Decimal(11_000), Decimal(7_000)),
        reserve_spent=Decimal(500),
        footfall=40_000,
        sales=Decimal(9_000_000),
        new_members=1_100,
        exposure=280_000,
        summary="两天下雨，第三天补回来",
        lessons="备雨棚",
    )


def test_pictures_are_kept_even_when_something_is_missing(chain, browse, over):
    picture = SimpleUploadedFile("notes.txt", "现场".encode())
    response = browse(chain.planner).post(address("report", over), results(over, summary="", pictures=[picture]))

    assert response.status_code == 422
    assert [fault.anchor for fault in response.context["faults"]] == ["id_summary"]
    assert 'value="11,000"' in response.content.decode()
    assert [(file.name, file.purpose) for file in over.attachments.all()] == [("notes.txt", "result")]
    assert Campaign.objects.get().state == State.REPORTING


def test_the_same_report_sent_twice_is_one(chain, browse, over):
    data = results(over)
    first = browse(chain.planner).post(address("report", over), data)
    second = browse(chain.planner).post(address("report", over), data)

    assert (first.status_code, second.status_code) == (302, 302)
    assert lines(over).count("hand_in") == 1


@pytest.mark.parametrize(
    ("who", "status"),
    [("planner", 200), ("store_manager", 403), ("region_manager", 403), ("other_planner", 404), ("nobody", 404)],
)
def test_who_may_report(who, status, chain, browse, over):
    assert browse(getattr(chain, who)).get(address("report", over)).status_code == status
    assert (browse(getattr(chain, who)).post(address("report", over), results(over)).status_code == 302) is (
        status == 200
    )


def test_there_is_nothing_to_report_before_the_end(chain, browse, approved):
    assert browse(chain.planner).get(address("report", approved)).status_code == 409


# --- the evaluation ----------------------------------------------------------------------------------------------


@pytest.fixture
def reported(open_campaign, walk):
    return walk(open_campaign(20_000), to=State.EVALUATION)


def scores(campaign, **changes):
    return {
        "turn": campaign.turn, **fresh(), "given_target": "100", "given_publicity": "100",
        "given_cost": "100", "given_discipline": "100", "remark": "", **changes,
    }  # fmt: skip


def test_the_computed_scores_are_proposed_and_closing_takes_one_click(chain, browse, reported):
    form = browse(chain.planning_reviewer).get(address("evaluate", reported)).context["form"]
    assert [(c.name, c.weight, c.computed) for c in form.criteria()] == [
        ("target", 60, Decimal(100)),
        ("publicity", 10, Decimal(100)),
        ("cost", 20, Decimal(100)),
        ("discipline", 10, Decimal(100)),
    ]

    browse(chain.planning_reviewer).post(address("evaluate", reported), scores(reported))
    after = Campaign.objects.get()
    assert (after.state, after.evaluation.total) == (State.CLOSED, Decimal(100))


def test_a_score_against_the_figures_needs_a_reason(chain, browse, reported):
    silent = browse(chain.planning_reviewer).post(address("evaluate", reported), scores(reported, given_cost="60"))
    assert silent.status_code == 422
    assert [fault.anchor for fault in silent.context["faults"]] == ["id_why_cost"]
    assert Campaign.objects.get().state == State.EVALUATION

    spoken = scores(reported, given_cost="60", why_cost="礼品单价偏高")
    assert browse(chain.planning_reviewer).post(address("evaluate", reported), spoken).status_code == 302
    assert Campaign.objects.get().evaluation.total == Decimal(92)


@pytest.mark.parametrize(
    ("who", "status"),
    [("planning_reviewer", 200), ("planner", 403), ("region_manager", 403), ("other_planner", 404), ("nobody", 404)],
)
def test_who_may_evaluate(who, status, chain, browse, reported):
    assert browse(getattr(chain, who)).get(address("evaluate", reported)).status_code == status
    assert (browse(getattr(chain, who)).post(address("evaluate", reported), scores(reported)).status_code == 302) is (
        status == 200
    )


def test_nobody_evaluates_their_own_campaign(chain, browse, reported):
    Post.objects.create(person=chain.planner, role=Role.PLANNING_REVIEWER, unit=chain.planning)

    assert browse(chain.planner).get(address("evaluate", reported)).status_code == 403


# --- what the form warns of -----------------------------------------------------------------------------------------


def test_the_hurry_and_the_police_are_told_before_submitting(chain, browse, open_campaign):
    soon = clock.today() + timedelta(days=5)
    campaign = open_campaign(20_000, starts_on=soon, ends_on=soon + timedelta(days=3), attendance=1_200)
    with clock.at(timezone.now()):
        page = browse(chain.planner).get(address("edit", campaign)).content.decode()

    assert "Fewer than 14 days are left: it will be marked urgent." in page
    assert f"safety permit by {soon - timedelta(days=20)}" in page


def test_a_first_save_sent_twice_opens_one_draft(chain, browse, declaration):
    data = sheet(declaration(), do="save", unit=str(chain.store.pk))
    first = browse(chain.planner).post(reverse("campaigns:declare"), data)
    second = browse(chain.planner).post(reverse("campaigns:declare"), data)

    assert (first.status_code, second.status_code) == (302, 302)
    assert Campaign.objects.count() == 1
