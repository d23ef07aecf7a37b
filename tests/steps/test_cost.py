"""What a decision costs: statements, of which each is time for whoever waits, and for the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from workflows.matters.moves import moves_of
from workflows.matters.perform import perform
from workflows.steps.desks import deciders, node_of
from workflows.steps.models import StepTask

# act → statements at most, on a warm process: savepoints included, a paper issued where the table says so
AT_MOST = {"vouch": 31, "endorse": 27, "pass_review": 30, "agree": 38, "sign": 41}


@pytest.mark.django_db(transaction=True)
def test_an_act_makes_at_most_so_many_statements(chain: Any, open_campaign: Any) -> None:
    def walked() -> dict[str, int]:
        campaign, costs = open_campaign(), {}
        while campaign.state != "approved":
            task = StepTask.objects.filter(matter=campaign.pk, closed_at=None).order_by("pk")[0]
            moves = moves_of(type(campaign))
            name = next(name for name in node_of(task).agreeing if moves[name].offered(campaign))
            answers, person = campaign.as_planned(name), deciders(task)[0]
            with CaptureQueriesContext(connection) as statements:
                perform(getattr(campaign, name), by=person, seat=task.seat, **answers)
            costs.setdefault(name, len(statements))
        return costs

    walked()
    costs = walked()

    assert {name: count for name, count in costs.items() if count > AT_MOST.get(name, count)} == {}
    assert AT_MOST.keys() <= costs.keys(), costs
