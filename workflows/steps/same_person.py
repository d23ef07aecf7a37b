"""One person in several posts: what becomes of a task that falls to somebody who has decided before.

The row `same_person` of the matter's edition says it. They may decide again, and it is said; or the
task passes to another holder of the post, where there is one; or they may not, and with nobody else
the policy's fallback takes over. A stand-in is measured by both: by their own hand, and by the chair
they sit in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from workflows.matters.agreements import agreed_elsewhere, behind
from workflows.matters.models import Matter, Opinion
from workflows.organisation.models import Person
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role
from workflows.policies.books import Choices
from workflows.policies.reasons import Reason

from .flows import all_flows
from .models import EarlierDecision, StepTask

ALLOW = "allow"  # what an edition says where one person may decide again and again
SAID = "same_person"  # the reason on the line of whoever decides again
PASSED_OVER = "passed_over"  # the reason on the line of a task that leaves somebody out


def barred_by(practice: str, earlier: Collection[int], holders: Iterable[Person]) -> set[int]:
    """Who of those who decided before may not decide again (primary keys), `holders` being the office's own."""
    match practice:
        case "forbid":
            return set(earlier)
        case "pass_on" if any(person.pk not in earlier for person in holders):
            return set(earlier)
    return set()


def practice_for(matter: Matter) -> str:
    return matter.policy.practice(matter.kind, "same_person")


def take_note(task: StepTask, matter: Matter, rows: list[EarlierDecision]) -> list[EarlierDecision]:
    """Bring the task's rows in line with what was agreed elsewhere on the way up; returns them all."""
    agreed = agreed_elsewhere(matter, matter.state, task.seat)
    wanted = {(person, opinion.step, opinion.seat) for opinion in agreed for person in behind(opinion)}
    present = {(row.person_id, row.step, row.seat): row for row in rows}
    gone = [row.pk for key, row in present.items() if key not in wanted]
    if gone:
        EarlierDecision.objects.filter(pk__in=gone).delete()
    new = [
        EarlierDecision(task=task, person_id=person, step=step, seat=seat)
        for person, step, seat in sorted(wanted - present.keys())
    ]
    EarlierDecision.objects.bulk_create(new)
    return [row for key, row in present.items() if key in wanted] + new


# --- in words ---------------------------------------------------------------------------------------------


def decided_before(rows: Iterable[EarlierDecision], capacity: Capacity) -> list[EarlierDecision]:
    """Those of the rows that are of whoever acts in this capacity, by their own hand or in that chair."""
    acting = {capacity.person.pk, capacity.on_behalf_of.pk if capacity.on_behalf_of else None}
    return [row for row in rows if row.person_id in acting]


def said(row: EarlierDecision, matter: Matter, key: str = SAID) -> Reason:
    """The reason: the same person as at that step."""
    return Reason.of(key, person=row.person, step=_place(matter, row.step, row.seat))


def where(matter: Matter, row: EarlierDecision | Opinion) -> str:
    """An earlier step in words, and who sat there where several did."""
    step = str(dict(matter.State.choices).get(row.step, row.step))
    return f"{step} · {matter.seat_label(row.seat)}" if row.seat else step


def _place(matter: Matter, step: str, seat: str) -> str:
    """What a reason keeps of a step: a key to spell in the reader's language; for a person's own seat their name."""
    if seat and seat not in Role.values:
        return f"{dict(matter.State.choices).get(step, step)} · {matter.seat_label(seat)}"
    return f"{matter.kind}.{step}.{seat}" if seat else f"{matter.kind}.{step}"


def places_in_words() -> Choices:
    """Every step a reason may name, and every office at one."""
    found: list[tuple[str, str]] = []
    for kind, flow in all_flows().items():
        for state, label in flow.machine.State.choices:
            found.append((f"{kind}.{state}", str(label)))
            found += [(f"{kind}.{state}.{role}", f"{label} · {role_label}") for role, role_label in Role.choices]
    return found
