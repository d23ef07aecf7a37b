"""Pairs of acts at one instant, on PostgreSQL: one is done and the other is told, or both are, one after the other.

Afterwards the trail has each place once and ends where the matter stands, and somebody has it on the desk.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from documents.models import DistributionList, IssuedDocument, Voiding
from documents.registry.voiding import void
from tests.examples import few_or
from tests.faults.test_races import act_of, at_once, then
from workflows.campaigns.models import Campaign, State
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Unit
from workflows.steps.models import StepTask
from workflows.steps.sweep import sweep
from workflows.trail.models import Entry
from workflows.trail.record import about

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql, pytest.mark.long]
ROUNDS = few_or(2, 50)


def whole(campaign: Any) -> Campaign:
    """The campaign as it stands, after looking whether what happened to it hangs together."""
    campaign = Campaign.objects.get(pk=campaign.pk)
    lines = list(campaign.trail.order_by("seq"))
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1)) == list(range(1, campaign.trail_length + 1))
    moved = [line for line in lines if line.from_state != line.to_state]
    assert [line.from_state for line in moved[1:]] == [line.to_state for line in moved[:-1]]
    assert moved[-1].to_state == campaign.state
    open_steps = list(StepTask.objects.filter(matter=campaign.pk, closed_at=None).values_list("step", flat=True))
    assert open_steps == ([] if campaign.closed_at else [campaign.state])
    numbers = IssuedDocument.objects.exclude(serial=None).order_by("series", "year", "serial")
    assert len(set(numbers.values_list("number", flat=True))) == numbers.count()
    return campaign


def names(results: list[Any]) -> list[str]:
    return sorted(type(result).__name__ for result in results)


def done(campaign: Any, *moves: str) -> list[str]:
    return [line.action for line in campaign.trail.filter(action__in=moves).order_by("seq")]


def test_changed_and_cancelled_at_once(chain, open_campaign, walk):
    colleague = chain.appoint("planner", chain.store, "许愿")
    for _ in range(ROUNDS):
        campaign = walk(open_campaign(), to=State.APPROVED)
        changed = campaign.declared.with_(venue="三层")

        results = at_once(
            act_of(campaign, "change", chain.planner, note="换场地", declaration=changed),
            act_of(campaign, "ask_cancel", colleague, note="不办了"),
        )

        assert names(results) == ["Entry", "StepOutOfOrder"], results
        assert whole(campaign).state in (State.GROUP_REVIEW, State.CANCELLING)
        assert len(done(campaign, "change", "ask_cancel")) == 1


def test_a_cancellation_granted_and_refused_at_once(chain, open_campaign, walk):
    colleague = chain.appoint("planning_reviewer", chain.planning, "何苗")
    for _ in range(ROUNDS):
        campaign = walk(open_campaign(), to=State.APPROVED)
        perform(campaign.ask_cancel, by=chain.planner, note="不办了")

        results = at_once(
            act_of(campaign, "grant_cancel", chain.planning_reviewer, note="同意"),
            act_of(campaign, "refuse_cancel", colleague, note="照办"),
        )

        assert names(results) == ["Entry", "StepOutOfOrder"], results
        assert whole(campaign).state in (State.CANCELLED, State.APPROVED)
        assert len(done(campaign, "grant_cancel", "refuse_cancel")) == 1


def test_started_by_the_planner_and_by_the_clock_at_once(chain, open_campaign, walk):
    for _ in range(ROUNDS):
        campaign = walk(open_campaign(), to=State.APPROVED)
        first_day = clock.now() + timedelta(days=31)

        started, *_swept = at_once(
            then(first_day, act_of(campaign, "start", chain.planner)), then(first_day, sweep), then(first_day, sweep)
        )

        assert type(started).__name__ in ("Entry", "StepOutOfOrder"), started
        assert [type(result) for result in _swept] == [dict, dict]
        with clock.at(first_day):
            assert whole(campaign).state == State.RUNNING
        assert done(campaign, "start") == ["start"]
        assert campaign.documents.filter(kind="campaign.task").count() == 1


def test_a_paper_voided_while_its_campaign_is_changed(chain, open_campaign, walk):
    for _ in range(ROUNDS):
        campaign = walk(open_campaign(200_000), to=State.APPROVED)
        circular = campaign.documents.get(kind="campaign.circular")
        changed = campaign.declared.with_(venue="三层")

        results = at_once(
            act_of(campaign, "change", chain.planner, note="换场地", declaration=changed),
            partial(void, circular, by=chain.clerk, reason="错字"),
        )

        assert names(results) == ["Entry", "Voiding"], results
        assert whole(campaign).state == State.GROUP_REVIEW
        assert sorted(done(campaign, "change", "void")) == ["change", "void"]
        assert Voiding.objects.filter(document=circular).count() == 1


def test_a_report_handed_in_while_the_clock_calls_for_it(chain, open_campaign, walk):
    for _ in range(ROUNDS):
        campaign = walk(open_campaign(), to=State.REPORTING)
        task = StepTask.objects.get(matter=campaign.pk, closed_at=None)
        late = task.due_at + timedelta(hours=1)

        handed_in, *swept = at_once(
            then(late, act_of(campaign, "hand_in", chain.planner, **campaign.as_planned("hand_in"))),
            then(late, sweep),
            then(late, sweep),
        )

        assert type(handed_in).__name__ == "Entry", handed_in
        assert [type(result) for result in swept] == [dict, dict]
        assert whole(campaign).state == State.EVALUATION
        acts = done(campaign, "hand_in", "escalate", "overdue")
        assert acts[-1] == "hand_in"  # nobody is called for what is there
        assert len(acts) <= 2


# --- what is no matter ---------------------------------------------------------------------------------------


def posted(person: Any, address: str, fields: dict[str, Any]) -> Any:
    def act() -> int:
        client = Client()
        client.force_login(person)
        return client.post(address, fields).status_code

    return act


def test_two_auditors_export_at_once(chain):
    colleague = chain.appoint("auditor", chain.audit, "白鹭")

    def export(person: Any) -> tuple[int, int]:
        client = Client()
        client.force_login(person)
        answer = client.get("/trail.csv")
        return answer.status_code, len(b"".join(answer.streaming_content))

    for round_number in range(1, few_or(5, 100) + 1):
        results = at_once(partial(export, chain.auditor), partial(export, colleague))

        assert [status for status, _size in results] == [200, 200]
        lines = Entry.objects.filter(subject="trail.entry/export").order_by("seq").values_list("seq", flat=True)
        assert list(lines) == list(range(1, 2 * round_number + 1))


def test_two_clerks_make_a_list_of_one_name_at_once(chain):
    colleague = chain.appoint("clerk", chain.office, "乔木")
    for number in range(few_or(5, 100)):
        fields = {"name": f"东区各店{number}", "units": [chain.store.pk, chain.neighbour_store.pk]}
        make = [posted(person, reverse("registry:new_list"), fields) for person in (chain.clerk, colleague)]

        assert sorted(at_once(*make)) == [302, 422]
        assert DistributionList.objects.filter(name=fields["name"]).count() == 1


def test_two_administrators_enter_one_unit_at_once(chain):
    colleague = chain.appoint("administrator", chain.office, "林二")
    for number in range(few_or(3, 100)):
        fields = {"kind": "store", "code": f"new-{number}", "name": "新店", "parent": chain.region.pk}
        enter = [
            posted(person, reverse("admin:organisation_unit_add"), fields)
            for person in (chain.administrator, colleague)
        ]

        assert sorted(at_once(*enter)) == [200, 302]  # the administration says what is wrong with 200
        assert Unit.objects.filter(code=fields["code"]).count() == 1


def test_what_is_written_of_one_subject_at_once_is_written_one_after_the_other(chain):
    tell = partial(about, "organisation.unit/1", by=chain.administrator, action="change", changes={})
    for _ in range(few_or(3, 100)):
        results = at_once(*[tell] * 4)

        assert names(results) == ["Entry"] * 4, results
