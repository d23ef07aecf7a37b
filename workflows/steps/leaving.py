"""Somebody leaves: what lay on their own desk goes to a named successor, and nothing is orphaned.

Called by the administration inside the transaction that closes the posts, after a successor who
is given them holds them. What the successor may not decide goes back to the office, and from an
office nobody holds to the policy's fallback: a task passed on to the leaver too, unless the
successor holds the role it came from. Where a matter itself names the leaver, its class puts the
successor there (`Matter.succeed`), and the desks follow. A matter the leaver began, or kept for
somebody who left before, has the successor for its keeper, who from then on decides none of it.
"""

from __future__ import annotations

from django.db.models import Q

from workflows.matters.models import Handover, Mandate, Matter
from workflows.matters.perform import note_down
from workflows.organisation import clock
from workflows.organisation.models import Person
from workflows.organisation.offices import Capacity, person_seat
from workflows.organisation.standing import Circle
from workflows.policies.reasons import Reason
from workflows.trail.models import Entry

from .desks import around, deciders, lay_on, node_of, settle
from .flows import all_flows
from .models import StepTask
from .sweep import put_down


def hand_over(leaver: Person, successor: Person, by: Capacity) -> None:
    """Open tasks of `leaver` and the care of their open matters, to `successor`, each with its line."""
    tasks = StepTask.objects.filter(closed_at=None, waits=False)
    touched = tasks.filter(Q(taken_by=leaver) | Q(candidates__person=leaver) | Q(matter__initiator=leaver))
    theirs = Q(pk__in=touched.values("matter")) | Q(initiator=leaver, closed_at=None)
    theirs |= Q(keeper=leaver, closed_at=None)
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
    cared_for = not matter.is_closed and leaver.pk in (matter.initiator_id, matter.keeper_id)
    if cared_for:
        matter.keeper = successor
        matter.save(update_fields=["keeper"])
        own = StepTask.objects.filter(matter=pk, closed_at=None, excluded__isnull=False)
        own.update(excluded_keeper=successor)
    for task in StepTask.objects.filter(matter=pk, closed_at=None, waits=False).order_by("pk"):
        had_taken = task.taken_by_id == leaver.pk
        changed = _pass_on(task, matter, leaver, successor)
        put_down(matter, settle(task, matter))
        if had_taken and successor in deciders(task):
            task.taken_by, task.taken_at = successor, clock.now()
            task.save(update_fields=["taken_by", "taken_at"])
            changed = True
        if changed:
            entry = _note(matter, by, leaver, successor, "desk", task.seat or task.step)
            Handover.objects.create(
                matter_id=matter.pk, entry=entry, what=Handover.What.LEFT, giver=leaver, receiver=successor
            )
    if cared_for:
        entry = _note(matter, by, leaver, successor, "author")
        Handover.objects.create(
            matter_id=matter.pk, entry=entry, what=Handover.What.CARE, giver=leaver, receiver=successor
        )


def _pass_on(task: StepTask, matter: Matter, leaver: Person, successor: Person) -> bool:
    """Put `successor` where the task was the leaver's in person; False where it was not, or may not be theirs.

    Not theirs is their own matter, and the work of a role that they do not hold.
    """
    in_person = task.candidates.filter(person=leaver, ground=Mandate.Ground.TRANSFER)
    if _alone_named(task, matter, leaver):
        in_person = task.candidates.all()
    circle = around(task) if _role(task, matter) else Circle()
    if successor.pk in task.barred or not in_person.exists() or not circle.holds(successor.pk):
        return False
    in_person.delete()
    lay_on(task, matter, successor, circle, Reason.of("left", person=leaver.name))
    return True


def _role(task: StepTask, matter: Matter) -> str:
    holder = node_of(task).holder
    return holder.role_for(matter, task.seat) if holder else ""


def _alone_named(task: StepTask, matter: Matter, leaver: Person) -> bool:
    """Whether the matter names `leaver` for this task, still, and nobody else who could decide it.

    So it is at a seat that is one person's, and where a workflow does not say who succeeds.
    """
    holder = node_of(task).holder
    named = holder.people(matter, task.seat) if holder else []
    if task.seat == person_seat(leaver):
        named = [leaver]
    return leaver in named and not any(person.is_active for person in named if person != leaver)


def _note(matter: Matter, by: Capacity, leaver: Person, successor: Person, what: str, step: str = "") -> Entry:
    reason = Reason.of("left", person=leaver.name)
    changes = {what: [leaver.name, successor.name]}
    return note_down(matter, by, "hand_over", step=step, changes=changes, rules=[reason.store()])
