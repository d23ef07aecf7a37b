"""Somebody leaves: what lay on their own desk goes to a named successor, and nothing is orphaned.

Called by the administration inside the transaction that closes the posts, after a successor who
is given them holds them. What the successor may not decide goes back to the office, and from an
office nobody holds to the policy's fallback. Where a matter itself names the leaver, its class
puts the successor there (`Matter.succeed`), and the desks follow.
"""

from __future__ import annotations

from django.db.models import Q

from workflows.matters.models import Mandate, Matter
from workflows.matters.perform import note_down
from workflows.organisation import clock
from workflows.organisation.models import Person
from workflows.organisation.offices import Capacity, person_seat
from workflows.policies.reasons import Reason

from .desks import deciders, node_of, settle
from .flows import all_flows
from .models import Candidate, StepTask
from .sweep import put_down


def hand_over(leaver: Person, successor: Person, by: Capacity) -> None:
    """Open tasks of `leaver` and the care of their open matters, to `successor`, each with its line."""
    tasks = StepTask.objects.filter(closed_at=None, waits=False)
    touched = tasks.filter(Q(taken_by=leaver) | Q(candidates__person=leaver) | Q(matter__initiator=leaver))
    theirs = Q(pk__in=touched.values("matter")) | Q(initiator=leaver, closed_at=None)
    for flow in all_flows().values():
        naming = flow.machine.naming(leaver)
        if naming is not None:
            theirs |= Q(pk__in=flow.machine._default_manager.filter(naming, closed_at=None).values("pk"))
    for pk in Matter.objects.filter(theirs).order_by("pk").values_list("pk", flat=True):
        _hand_over_matter(pk, leaver, successor, by)


def _hand_over_matter(pk: int, leaver: Person, successor: Person, by: Capacity) -> None:
    matter = Matter.objects.select_for_update().get(pk=pk).specific
    named = not matter.is_closed and matter.succeed(leaver, successor)
    if named:
        matter.save()
        _note(matter, by, leaver, successor, "named")
    for task in StepTask.objects.filter(matter=pk, closed_at=None, waits=False).order_by("pk"):
        had_taken = task.taken_by_id == leaver.pk
        changed = _pass_on(task, matter, leaver, successor)
        put_down(matter, settle(task, matter))
        if had_taken and successor in deciders(task):
            task.taken_by, task.taken_at = successor, clock.now()
            task.save(update_fields=["taken_by", "taken_at"])
            changed = True
        if changed:
            _note(matter, by, leaver, successor, "desk", task.seat or task.step)
    if matter.initiator_id == leaver.pk and not matter.is_closed:
        _note(matter, by, leaver, successor, "author")


def _pass_on(task: StepTask, matter: Matter, leaver: Person, successor: Person) -> bool:
    """Put `successor` where the task was the leaver's in person; False where it was not, or it is their own matter."""
    in_person = task.candidates.filter(person=leaver, ground=Mandate.Ground.TRANSFER)
    if _alone_named(task, matter, leaver):
        in_person = task.candidates.all()
    if successor.pk in task.barred or not in_person.exists():
        return False
    reason = Reason.of("left", person=leaver.name)
    mandate = {"person": successor, "ground": Mandate.Ground.TRANSFER, "reason": reason.store()}
    in_person.delete()
    Candidate.objects.create(task=task, **mandate)
    Mandate.objects.create(matter_id=matter.pk, turn=matter.turn, seat=task.seat, **mandate)
    return True


def _alone_named(task: StepTask, matter: Matter, leaver: Person) -> bool:
    """Whether the matter names `leaver` for this task, still, and nobody else who could decide it.

    So it is at a seat that is one person's, and where a workflow does not say who succeeds.
    """
    holder = node_of(task).holder
    named = holder.people(matter, task.seat) if holder else []
    if task.seat == person_seat(leaver):
        named = [leaver]
    return leaver in named and not any(person.is_active for person in named if person != leaver)


def _note(matter: Matter, by: Capacity, leaver: Person, successor: Person, what: str, step: str = "") -> None:
    reason = Reason.of("left", person=leaver.name)
    changes = {what: [leaver.name, successor.name]}
    note_down(matter, by, "hand_over", step=step, changes=changes, rules=[reason.store()])
