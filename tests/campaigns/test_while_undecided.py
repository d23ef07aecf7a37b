"""A change or a cancellation lies undecided, and days go by: what is in force starts and ends by the clock all the same.

The tables below were written by hand. Days are days of April 2026; the approved campaign is held from
the 10th to the 20th, and whoever asks for something asks on the 1st.
"""

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from documents.models import IssuedDocument
from workflows.campaigns.declaration import Phase, ScheduleLine
from workflows.campaigns.models import Campaign, State
from workflows.desk.paths import nobody_looks
from workflows.matters.errors import Refused, StepOutOfOrder
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.steps.models import StepTask
from workflows.steps.rehearse import rehearse
from workflows.steps.sweep import run_clock

pytestmark = pytest.mark.django_db

ASKED = 1


def april(day):
    return timezone.make_aware(datetime(2026, 4, 1, 10)) + timedelta(days=day - 1)


def held(first, last):
    """The fields of a declaration for a campaign from `first` to `last` April."""
    starts_on, ends_on = date(2026, 4, first), date(2026, 4, last)
    return {
        "starts_on": starts_on,
        "ends_on": ends_on,
        "schedule": (
            ScheduleLine(Phase.WARM_UP, starts_on - timedelta(days=3), "会员短信", "林晓"),
            ScheduleLine(Phase.EXECUTION, starts_on, "开幕", "周启明"),
            ScheduleLine(Phase.COOL_DOWN, ends_on + timedelta(days=1), "撤场", "林晓"),
        ),
        "urgent_reason": "商圈统一档期调整",
    }


def let_the_clock_work():
    while run_clock():
        pass


def again(campaign):
    return Campaign.objects.get(pk=campaign.pk)


@pytest.fixture(autouse=True)
def _no_paths():
    with nobody_looks():
        yield


@pytest.fixture
def approved(monday, open_campaign, walk):
    """Signed in March: 10 to 20 April, finance and brand have countersigned."""
    return walk(open_campaign(82_000, group_mark=True, **held(10, 20)), to=State.APPROVED)


@pytest.fixture
def ask(chain, approved, walk):
    """`ask(State.SIGNATURE, first, last)`: on 1 April a change to these days is asked for and brought there."""

    def asked(place, first=10, last=25, **more):
        campaign = again(approved)
        with clock.at(april(ASKED)):
            if place == State.CANCELLING:
                perform(campaign.ask_cancel, by=chain.planner, note="场地不可用")
                return campaign
            changed = campaign.declared.with_(**held(first, last), **more)
            perform(campaign.change, by=chain.planner, note="档期调整", declaration=changed)
            if place == State.DRAFT:
                perform(campaign.send_back, by=chain.planning_reviewer, note="说明原因", to="draft")
            elif place != State.GROUP_REVIEW:
                walk(campaign, to=place)
        return campaign

    return asked


PLACES = [State.DRAFT, State.GROUP_REVIEW, State.COUNTERSIGN, State.SIGNATURE, State.CANCELLING]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_what_is_in_force_starts_and_what_is_asked_for_stays_where_it_lies(place, ask, chain):
    campaign = ask(place, 10, 25, title="另一个名字")
    desks = list(StepTask.objects.filter(matter=campaign.pk, closed_at=None).values_list("pk", "due_at"))
    turn = again(campaign).turn

    with clock.at(april(10)):
        let_the_clock_work()

    campaign = again(campaign)
    assert (campaign.state, campaign.was_running, campaign.turn) == (place, True, turn)
    assert list(StepTask.objects.filter(matter=campaign.pk, closed_at=None).values_list("pk", "due_at")) == desks
    (sheet,) = IssuedDocument.objects.filter(matter=campaign.pk, kind="campaign.task")
    told = sheet.facts
    assert (told["version"], told["campaign"], told["declared"]["ends_on"]) == (1, "城西店数码生活节", "2026-04-20")
    line = campaign.trail.last()
    assert (line.action, line.actor.is_system, line.late) == ("start_meanwhile", True, False)

    if place == State.DRAFT:
        perform(campaign.drop_change, by=chain.planner)
    elif place == State.CANCELLING:
        perform(campaign.refuse_cancel, by=chain.planning_reviewer, note="按计划举行")
    elif place != State.COUNTERSIGN:
        holder = chain.planning_reviewer if place == State.GROUP_REVIEW else chain.vice_president
        perform(campaign.refuse_change, by=holder, note="维持原方案")
    if place != State.COUNTERSIGN:
        assert campaign.state == State.RUNNING


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_what_is_in_force_ends_and_what_is_asked_for_falls(place, ask, chain, open_campaign):
    campaign = ask(place)
    approved = campaign.declaration_of(1)

    with clock.at(april(21)):
        other = open_campaign(**held(29, 30))
        assert other.report_owed == campaign  # also in the moment before the clock has come to it
        let_the_clock_work()
        campaign = again(campaign)

        assert (campaign.state, campaign.in_force, campaign.open_seats()) == (State.REPORTING, campaign.version, [])
        assert campaign.declared == approved
        assert other.report_owed == campaign
        with pytest.raises(Refused) as refusal:
            perform(other.submit, by=chain.planner)
    assert campaign.reference in refusal.value.messages[0]
    started, ended = list(campaign.trail.order_by("seq"))[-2:]
    falls = "cancel_falls" if place == State.CANCELLING else "change_falls"
    assert [started.action, ended.action] == ["start_meanwhile", "close_out"]
    assert ([rule["key"] for rule in ended.rules], ended.late) == (["clock_end", falls], False)
    assert [task.step for task in StepTask.objects.filter(matter=campaign.pk, closed_at=None)] == ["reporting"]


@pytest.mark.parametrize("place", PLACES[:-1], ids=str)
def test_a_change_whose_last_day_has_passed_falls_by_itself(place, ask):
    campaign = ask(place, 10, 12)
    approved = campaign.declaration_of(1)

    with clock.at(april(12)):
        let_the_clock_work()
        assert again(campaign).state == place
    with clock.at(april(13)):
        let_the_clock_work()

    campaign = again(campaign)
    assert (campaign.state, campaign.in_force, campaign.open_seats()) == (State.RUNNING, campaign.version, [])
    assert (campaign.declared, campaign.ends_on) == (approved, date(2026, 4, 20))
    line = campaign.trail.last()
    assert (line.action, line.actor.is_system, [rule["key"] for rule in line.rules]) == ("lapse", True, ["change_over"])
    assert not IssuedDocument.objects.filter(matter=campaign.pk, kind="campaign.rejection").exists()


def test_before_its_first_day_a_fallen_change_leaves_the_campaign_approved(ask):
    campaign = ask(State.GROUP_REVIEW, 5, 7)

    with clock.at(april(8)):
        let_the_clock_work()

    assert again(campaign).state == State.APPROVED
    with clock.at(april(10)):
        let_the_clock_work()
    assert again(campaign).state == State.RUNNING


def test_after_a_standstill_everything_happens_in_its_order(ask):
    """The worker stood still from the 1st to the 30th: started, the change fell on the 13th, closed out."""
    campaign = ask(State.SIGNATURE, 10, 12)

    with clock.at(april(30)):
        let_the_clock_work()

    campaign = again(campaign)
    acts = [line.action for line in campaign.trail.filter(actor__is_system=True).order_by("seq")]
    assert (campaign.state, acts[-3:]) == (State.REPORTING, ["start_meanwhile", "lapse", "close_out"])


# the change's days; signed on; the state after it, or what it is refused for
SIGNED = [
    ((12, 22), 5, State.APPROVED),  # the same order of things as when it was asked for
    ((12, 22), 9, State.APPROVED),
    ((12, 22), 10, "首日不能再改为 2026-04-12"),  # it has begun as approved: too late to put it off
    ((12, 22), 12, "首日不能再改为 2026-04-12"),
    ((6, 15), 5, State.APPROVED),
    ((6, 15), 6, State.APPROVED),  # the clock starts it at once
    ((6, 15), 7, "变更后的首日 2026-04-06"),  # nobody can begin yesterday
    ((6, 15), 10, "首日不能再改为 2026-04-06"),
    ((10, 25), 15, State.RUNNING),
    ((10, 25), 20, State.RUNNING),  # the last day is a day of the campaign
    ((10, 25), 21, StepOutOfOrder),  # over and closed out as approved
    ((10, 12), 12, State.RUNNING),
    ((10, 12), 13, StepOutOfOrder),  # the change has fallen
    ((5, 7), 8, StepOutOfOrder),
]


class _Undo(Exception):
    pass


def sign(campaign, chain):
    """What becomes of it when the signer signs: the state, the words of the refusal, or that it is out of order."""
    try:
        perform(campaign.sign_change, by=chain.vice_president)
    except Refused as refusal:
        return refusal.messages[0]
    except StepOutOfOrder:
        return StepOutOfOrder
    return State(campaign.state)


def outcome(ask, chain, days, on, *, swept):
    """The change to `days` is signed `on` that day, with or without the clock having worked; undone afterwards."""
    try:
        with transaction.atomic():
            campaign = ask(State.SIGNATURE, *days)
            with clock.at(april(on)):
                if swept:
                    let_the_clock_work()
                hand = again(campaign)
                came = sign(hand, chain)
            if isinstance(came, State):
                assert (hand.starts_on.day, hand.ends_on.day) == days
            raise _Undo
    except _Undo:
        return came


def fits(came, expected):
    plain_words = isinstance(expected, str) and not isinstance(expected, State)
    return expected in came if plain_words and isinstance(came, str) else came == expected


def test_signing_a_change_looks_at_the_dates_again(ask, chain):
    found = [outcome(ask, chain, days, on, swept=True) for days, on, _expected in SIGNED]

    assert [(row, came) for row, came in zip(SIGNED, found, strict=True) if not fits(came, row[2])] == []


# the same in the moment before the clock has come to it: the signer is not faster than the calendar
UNSWEPT = [
    ((12, 22), 10, "首日不能再改为 2026-04-12"),
    ((10, 25), 10, State.APPROVED),  # the clock starts it in a moment
    ((10, 25), 21, "已批准的活动于 2026-04-20 结束"),
    ((10, 12), 13, "变更后的最后一天 2026-04-12"),
    ((5, 7), 8, "变更后的首日 2026-04-05"),
]


def test_nobody_signs_faster_than_the_calendar(ask, chain):
    found = [outcome(ask, chain, days, on, swept=False) for days, on, _expected in UNSWEPT]

    assert [(row, came) for row, came in zip(UNSWEPT, found, strict=True) if not fits(came, row[2])] == []


def test_what_can_not_be_signed_any_more_goes_back_for_new_dates(ask, chain):
    campaign = ask(State.SIGNATURE, 6, 15)

    with clock.at(april(7)):
        assert "变更后的首日 2026-04-06" in sign(campaign, chain)
        perform(campaign.send_back, by=chain.vice_president, note="请重新确定档期", to="draft")

    assert campaign.state == State.DRAFT


def test_a_change_asked_for_while_it_runs_moves_no_first_day(ask, approved, chain):
    with clock.at(april(11)):
        let_the_clock_work()
        running = again(approved)
        changed = running.declared.with_(**held(12, 22))
        with pytest.raises(Refused) as refusal:
            perform(running.change, by=chain.planner, note="推迟", declaration=changed)
        assert list(refusal.value.message_dict) == ["starts_on"]
        changed = running.declared.with_(ends_on=date(2026, 4, 10))
        with pytest.raises(Refused) as refusal:
            perform(running.change, by=chain.planner, note="提前结束", declaration=changed)
        assert "ends_on" in refusal.value.message_dict


def test_a_slip_of_the_pen_in_a_draft_fells_no_change(ask, chain):
    """The planner writes a year too early: it is told at submission, and the clock leaves the draft alone."""
    campaign = ask(State.DRAFT)
    with clock.at(april(2)):
        slipped = campaign.declared.with_(ends_on=date(2025, 4, 25))
        perform(campaign.save_draft, by=chain.planner, declaration=slipped)
    with clock.at(april(3)):
        let_the_clock_work()
        assert again(campaign).state == State.DRAFT
        perform(campaign.save_draft, by=chain.planner, declaration=slipped.with_(ends_on=date(2026, 4, 5)))
    with clock.at(april(6)):
        let_the_clock_work()
    assert again(campaign).state == State.APPROVED


def test_nothing_rings_for_what_was_never_approved(monday, open_campaign, walk):
    campaign = open_campaign(82_000, group_mark=True)
    places = ["store_review", "region_review", "group_review", "countersign", "signature"]
    for place in ["draft", *places]:
        walk(campaign, to=place)
        assert set(StepTask.objects.filter(matter=campaign.pk).values_list("fires_at", "fires_move")) == {(None, "")}


def test_the_days_on_the_matter_are_those_in_force_until_the_change_is_signed(ask, chain, walk):
    campaign = ask(State.GROUP_REVIEW, 12, 22)
    assert (campaign.starts_on.day, campaign.ends_on.day) == (10, 20)

    with clock.at(april(2)):
        walk(campaign, to=State.SIGNATURE)
        perform(campaign.sign_change, by=chain.vice_president)

    assert (campaign.starts_on.day, campaign.ends_on.day) == (12, 22)


def test_the_path_ahead_knows_that_the_clock_does_not_wait(ask):
    campaign = ask(State.SIGNATURE, 2, 2)

    with clock.at(april(1)):
        path = rehearse(again(campaign))

    # the signer's deadline lies behind the change's last day: who takes it up to then finds it fallen
    assert [(step.step, step.move, step.person) for step in path.steps[:3]] == [
        ("signature", "lapse", None),
        ("approved", "start", None),
        ("running", "close_out", None),
    ]


def test_what_starts_meanwhile_is_no_step_of_its_own_on_the_path(ask, chain):
    campaign = ask(State.GROUP_REVIEW, 10, 25)

    with clock.at(april(9)):
        path = rehearse(again(campaign))

    # group review until the 13th, countersign and signature after it; the campaign starts on the 10th beside them
    assert [(step.step, step.move) for step in path.steps[:2]] == [
        ("group_review", "pass_review"),
        ("countersign", "agree"),
    ]
    assert ("approved", "start") not in [(step.step, step.move) for step in path.steps]
