"""What the clock does for plans beside the families: the topics of a plan that has come into force are taken up.

A topic that was taken in waits for its plan, which is another matter's state: no act locks two matters (ADR 26), so
each round looks for topics whose plan is in force. That a plan is in force never becomes untrue.
"""

from __future__ import annotations

import logging

from django.db.models import Q

from workflows.matters.errors import StepOutOfOrder
from workflows.matters.perform import perform
from workflows.organisation.models import Person

from .models import PlanState, Topic, TopicState

log = logging.getLogger(__name__)

IN_FORCE = Q(work_plan__state__in=[PlanState.EXECUTING, PlanState.CLOSING])


def take_up() -> int:
    """Begin the topics of plans in force; how many. One broken topic keeps nobody from the others."""
    begun = 0
    for topic in Topic.objects.filter(IN_FORCE, state=TopicState.CONSOLIDATED).order_by("pk"):
        try:
            perform(topic.begin_work, by=Person.objects.system())
            begun += 1
        except StepOutOfOrder:
            continue  # another worker was faster
        except Exception:
            log.exception("Topic %s could not be taken up; it will be tried again", topic.reference)
    return begun
