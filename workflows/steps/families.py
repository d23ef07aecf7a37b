"""Parents and children, kept by the sweep: no act ever locks two matters.

A matter that calls for children writes what it wants (`Matter.call_for`) and goes on; the sweep
opens what is wanted, takes a parent's word to a child (`Matter.tell`), wakes a parent that waits
(`Await`) when its last child has ended or handed its part in, and calls off the children of a parent
that has ended. Each of these is one act under one lock, and idempotent: that a child has ended, or a
parent, never becomes untrue, and what was handed in only the parent's word takes back, so whoever
looks late loses nothing. Why not nested acts, and what it costs: ADR 26; words: ADR 30.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from workflows.matters.models import ChildMatter, Matter, machine_of
from workflows.matters.moves import moves_of
from workflows.matters.perform import begin, perform
from workflows.organisation import clock
from workflows.organisation.models import Person

from .flows import all_flows
from .models import StepTask
from .nodes import Await

WAITS = "waits_for_children"  # the reason of a step ahead that waits for children
WAITS_ON = "waits_for_children_on"  # the same, where none of them is due on a day that is known
STILL_OPEN = Q(matter=None) | Q(matter__closed_at=None)


def to_be_opened() -> QuerySet[ChildMatter]:
    """What open matters have called for and nobody has opened yet."""
    return ChildMatter.objects.filter(matter=None, parent__closed_at=None).order_by("pk")


@transaction.atomic
def open_child(place: ChildMatter) -> bool:
    """Open the child wanted in that place, unless it is there already or its parent has ended meanwhile."""
    parent = Matter.objects.select_for_update(no_key=True).get(pk=place.parent_id)
    wanted = ChildMatter.objects.select_related("unit").get(pk=place.pk)
    if wanted.matter_id or parent.closed_at:
        return False
    child = machine_of(wanted.kind)(unit=wanted.unit, title=wanted.title, language=parent.language)
    child.submitted_at = clock.now()  # called for by an act: nobody's draft, so the offices above see it as any other
    begin(child, by=Person.objects.system(), **wanted.answers)
    wanted.matter_id = child.pk
    wanted.save(update_fields=["matter"])
    return True


def to_be_called_off() -> QuerySet[ChildMatter]:
    """Children at work whose parent has ended."""
    return ChildMatter.objects.filter(matter__closed_at=None, parent__closed_at__isnull=False).exclude(matter=None)


def call_off(place: ChildMatter) -> bool:
    """End a child by its own `CALL_OFF`; one that has ended by itself stays as it is."""
    assert place.matter
    child = place.matter.specific
    perform(getattr(child, child.CALL_OFF), by=Person.objects.system())
    return True


def to_be_told() -> QuerySet[ChildMatter]:
    """Children to whom a word of their parent is under way."""
    return ChildMatter.objects.exclude(word="").exclude(matter=None).order_by("pk")


@transaction.atomic
def take_word(place: ChildMatter) -> bool:
    """Make the child's move for the word of its parent; one that is past hearing it stays as it is."""
    assert place.matter_id
    child = Matter.objects.select_for_update().get(pk=place.matter_id).specific
    told = ChildMatter.objects.get(pk=place.pk)
    if not told.word:
        return False
    name = child.HEARS.get(told.word, "")
    heard = bool(name) and moves_of(type(child))[name].offered(child)
    if heard:
        perform(getattr(child, name), by=Person.objects.system(), note=told.word_note)
    # another word that the parent has sent meanwhile stays under way
    ChildMatter.objects.filter(pk=place.pk, word=told.word).update(word="", word_note="")
    return heard


def handed_in() -> Q:
    """Of places for children: those whose child has handed its part in, and no word has called it back."""
    found = Q(pk__in=[])
    for kind, flow in all_flows().items():
        if flow.machine.AWAITS:
            found |= Q(kind=kind, matter__state__in=sorted(flow.machine.AWAITS), word="")
    return found


def to_be_woken() -> QuerySet[StepTask]:
    """Tasks that wait for children of which none is at work or still to be opened."""
    ended = Q(pk__in=[])
    for kind, flow in all_flows().items():
        for node in flow._nodes_by_name.values():
            if isinstance(node, Await):
                ended |= Q(~Exists(_waited_for(node).filter(parent=OuterRef("matter"))), workflow=kind, step=node.name)
    return StepTask.objects.filter(ended, closed_at=None, waits=True).order_by("pk")


def _waited_for(node: Await) -> QuerySet[ChildMatter]:
    """The places of children, whosever, that keep such a step waiting."""
    places = ChildMatter.objects.filter(STILL_OPEN, **({"kind": node.of} if node.of else {}))
    return places.exclude(handed_in()) if node.handed_in else places


@transaction.atomic
def wake(task: StepTask) -> bool:
    """Let the parent go on, if it still waits there and has called for nobody since."""
    parent = Matter.objects.select_for_update().get(pk=task.matter_id).specific
    if not to_be_woken().filter(pk=task.pk).exists():
        return False
    node = all_flows()[task.workflow].find(task.step)
    perform(getattr(parent, node.ended_move), by=Person.objects.system())
    return True


@dataclass(frozen=True)
class Family:
    """What a matter's page says of its parent, of the parent's other children, and of its own children, in their order."""

    parent: Matter | None
    siblings: list[ChildMatter]
    children: list[ChildMatter]


def family_of(matter: Matter) -> Family | None:
    """The matter's family; None for a workflow that has none. Whoever sees the matter sees it: see `visible_to`."""
    machine = machine_of(matter.kind)
    is_child = bool(machine.CALL_OFF) and matter.specific.may_be_a_child
    if not (machine.CHILDREN or is_child):
        return None
    rows = ChildMatter.objects.select_related("matter__unit", "unit")
    place = rows.select_related("parent").filter(matter=matter.pk).first() if is_child else None
    siblings = list(rows.filter(parent=place.parent_id).exclude(pk=place.pk)) if place else []
    children = list(rows.filter(parent=matter.pk)) if machine.CHILDREN else []
    return Family(place.parent if place else None, siblings, children) if place or children else None


def at_work(matter: Matter, node: Await) -> tuple[int, datetime | None]:
    """How many children the matter waits for at `node`, and when the last of them is due, as far as is known."""
    children = _waited_for(node).filter(parent=matter.pk)
    due = StepTask.objects.filter(matter__in=children.values("matter"), closed_at=None, due_at__isnull=False)
    return children.count(), due.order_by("-due_at").values_list("due_at", flat=True).first()
