"""What the clock does for plans beside the families, round by round.

A topic that was taken in waits for its plan to be in force, a unit's silence for its letter to be printed: the state of
another matter, and of a paper. No act locks two matters (ADR 26), so each round looks. Neither becomes untrue.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from itertools import chain

from workflows.matters.errors import StepOutOfOrder
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Person

from .models import Consultation, ConsultationState, PlanState, Topic, TopicState

log = logging.getLogger(__name__)

IN_FORCE = (PlanState.EXECUTING, PlanState.CLOSING)


def take_up() -> int:
    """Begin the topics of plans in force, and take silence for an answer; how many. A broken one keeps nobody from the others."""
    done = 0
    for move in chain(_to_begin(), _to_be_called_silent()):
        try:
            perform(move, by=Person.objects.system())
            done += 1
        except StepOutOfOrder:
            continue  # another worker was faster
        except Exception:
            log.exception("%s could not be moved by the clock; it will be tried again", move)
    return done


def _to_begin() -> Iterable[Callable[..., None]]:
    topics = Topic.objects.filter(state=TopicState.CONSOLIDATED, work_plan__state__in=IN_FORCE)
    return [topic.begin_work for topic in topics.order_by("pk")]


def _to_be_called_silent() -> Iterable[Callable[..., None]]:
    over = Consultation.objects.filter(state=ConsultationState.ASKED, work_plan__answer_by__lt=clock.today())
    return [consultation.fall_silent for consultation in over.order_by("pk") if consultation.delivered]
