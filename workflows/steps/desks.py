"""Desks: where an open task lies, kept true while people come, go, and are put elsewhere.

`open_desk` and `settle` write candidate rows; `transfer`, `take` and `release` are what people do
with a task short of deciding it. Each leaves its line on the trail.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from workflows.matters.errors import NotYours, Refused, StepOutOfOrder
from workflows.matters.models import Handover, Mandate, Matter
from workflows.matters.moves import Move
from workflows.matters.perform import Remark, note_down
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.glance import asked_once
from workflows.organisation.models import Person, Post, Unit, in_force
from workflows.organisation.offices import Capacity, Place, usual_office
from workflows.organisation.roles import Role
from workflows.organisation.standing import Circle, Hat, Standing, holders
from workflows.policies.reasons import Reason

from . import same_person
from .flows import flow_for
from .models import Candidate, EarlierDecision, StepTask
from .nodes import Step

KEPT = "open_tasks"  # on a matter: how long its trail was, and the tasks it then lay on
LAST_RESORT = (Role.ADMINISTRATOR, Role.PRESIDENT, Role.VICE_PRESIDENT)


def node_of(task: StepTask) -> Step:
    """The flow's node for this task."""
    node: Step = flow_for(task.workflow).instance.node(task.step)
    return node


def open_tasks(matter: Matter, length: int) -> list[StepTask]:
    """The tasks a locked matter lies on, in their order; read once for a trail of that length."""
    kept: tuple[int, list[StepTask]] | None = vars(matter).get(KEPT)
    if kept is None or kept[0] != length:
        rows = StepTask.objects.filter(matter=matter.pk, closed_at=None).order_by("pk")
        kept = length, list(rows.select_related("taken_by", "task__process__matterprocess"))
        vars(matter)[KEPT] = kept  # gone when the matter is locked the next time: see `Matter.reload`
    return kept[1]


def keep_in_hand(matter: Matter, tasks: list[StepTask]) -> None:
    """These are the tasks the matter lies on: nobody else can move it, as in a rehearsal."""
    vars(matter)[KEPT] = matter.trail_length, tasks


def open_desk(viewflow_task: object, matter: Matter) -> tuple[StepTask, list[Remark]]:
    """Give a task viewflow has just created its desk, its deadline and, if it waits, its alarm."""
    node: Step = viewflow_task.flow_task  # type: ignore[attr-defined]
    seat = viewflow_task.data.get("seat", "")  # type: ignore[attr-defined]
    at = clock.now()
    task = StepTask(
        task=viewflow_task,
        matter_id=matter.pk,
        workflow=matter.kind,
        step=node.name,
        seat=seat,
        waits=node.waits,
        opened_at=at,
    )
    calendar = WorkingCalendar.load()
    task.calendar = calendar.fingerprint
    task.fires_at, task.fires_move = node.alarm(matter)
    if node.waits:
        task.save()
        return task, []
    assert node.holder is not None
    if node.holder.excludes_initiator(matter, seat):
        task.excluded_id = matter.initiator_id
        task.excluded_too_id = matter.submitter_id if matter.submitter_id != matter.initiator_id else None
        task.excluded_keeper_id = matter.keeper_id
    if deadline := matter.policy.deadline(matter.kind, node.deadline):
        task.due_at = node.due(deadline, matter, at, calendar)
        task.remind_at = calendar.share_of(at, task.due_at, deadline.remind_percent)
    task.save()
    desk = Desk(task, [], [])
    task.desk = desk
    return task, _settle(desk, matter)


@dataclass
class Desk:
    """A task and the rows its desk is made of, read once; whoever writes one of them keeps it in line."""

    task: StepTask
    rows: list[Candidate]  # in the order they were written
    earlier: list[EarlierDecision]

    @classmethod
    def of(cls, task: StepTask) -> Desk:
        return cls(
            task, list(task.candidates.select_related("person", "unit").order_by("pk")), list(task.earlier.all())
        )

    @property
    def step(self) -> str:
        return self.task.seat or self.task.step

    @property
    def barred(self) -> set[int]:
        return self.task.barred_by(self.earlier)

    @property
    def called(self) -> str:
        """The place it was laid on first, in words."""
        return _name(self.rows[0]) if self.rows else ""

    @property
    def ground(self) -> str:
        """Why it lies where it was laid last."""
        return self.rows[-1].ground if self.rows else "office"

    def on(self, ground: str) -> list[Candidate]:
        return [row for row in self.rows if row.ground == ground]

    def drop(self, gone: list[Candidate]) -> None:
        Candidate.objects.filter(pk__in=[row.pk for row in gone]).delete()
        self.rows = [row for row in self.rows if row not in gone]

    def deciders(self) -> list[Person]:
        return _seated(self.task, self.rows, self.barred)


def settle(task: StepTask, matter: Matter) -> list[Remark]:
    """Bring the candidate rows of an open task in line with the organisation of today.

    The caller holds the matter's lock. Returns what is worth a line on the trail; an unchanged
    desk costs no write.
    """
    if task.waits or task.closed_at:
        return []
    task.desk = Desk.of(task)
    return _settle(task.desk, matter)


def _settle(desk: Desk, matter: Matter) -> list[Remark]:
    task = desk.task
    remarks = _give_back(desk, matter) + _follow_office(desk, matter) + _heed_earlier(desk, matter)
    if given_back := _give_back(desk, matter):  # the receiver has just been barred
        remarks += given_back + _follow_office(desk, matter) + _heed_earlier(desk, matter)
    if task.taken_by and not may_decide(task, Standing(task.taken_by)):
        reasons = _released(desk, task.taken_by)
        task.taken_by, task.taken_at = None, None
        task.save(update_fields=["taken_by", "taken_at"])
        remarks.append(Remark("reassign", reasons, step=desk.step))
    if not desk.deciders():
        remarks += _fall_back(desk, matter) + _heed_earlier(desk, matter)
    return remarks


def _released(desk: Desk, person: Person) -> list[Reason]:
    """Why the task is no longer theirs; nothing where they are barred, which has its own line or is their own matter."""
    return [] if person.pk in desk.barred else [Reason.of("released", person=person)]


def in_line(task: StepTask, matter: Matter) -> bool:
    """Would `settle` leave the desk as it is? Reads only; rows come prefetched, no lock is needed."""
    holder, rows = node_of(task).holder, list(task.candidates.all())
    assert holder is not None
    earlier = list(task.earlier.all())
    if {row.person_id for row in earlier if row.bars} != _barred_again(task, matter, earlier, rows):
        return False
    if not _seated(task, rows, task.barred) or (task.taken_by and not may_decide(task, Standing(task.taken_by))):
        return False
    given = [row for row in rows if row.ground == Mandate.Ground.TRANSFER]
    if given:
        return all(_still_held(task, row) and row.person_id not in task.barred for row in given)
    present = {(row.role, row.unit_id, row.person_id) for row in rows if row.ground == "office"}
    return present == {_key(place) for place in holder.places(matter, task.seat)}


def _give_back(desk: Desk, matter: Matter) -> list[Remark]:
    """What was passed on to somebody who no longer holds the role it came from, or may not decide it, is the office's."""
    task, given = desk.task, desk.on(Mandate.Ground.TRANSFER)
    barred = desk.barred if given else set()
    lapsed = [row for row in given if row.person_id in barred or not _still_held(task, row)]
    if not lapsed:
        return []
    desk.drop(lapsed)
    passed_on = Mandate.objects.filter(matter=matter.pk, turn=matter.turn, seat=task.seat, lapsed_at=None)
    passed_on.filter(ground=Mandate.Ground.TRANSFER).update(lapsed_at=clock.now())
    holder = node_of(task).holder
    office = [str(place) for place in holder.places(matter, task.seat)] if holder else []
    return [
        Remark("reassign", _released(desk, row.person) if row.person else [], {"desk": [_name(row), office]}, desk.step)
        for row in lapsed
    ]


def _still_held(task: StepTask, row: Candidate) -> bool:
    return bool(row.person_id and _circle(task, row).holds(row.person_id))


def _circle(task: StepTask, row: Candidate) -> Circle:
    """Among whom a task that was passed on may lie; rows of earlier releases do not say, then their step does."""
    if row.role or row.unit_id:
        return Circle(row.role, row.unit_id)
    holder = node_of(task).holder
    role = holder.role_for(task.matter.specific, task.seat) if holder else ""
    return Circle.around(role, task.matter.unit_id) if role else Circle()


def _follow_office(desk: Desk, matter: Matter) -> list[Remark]:
    """Office rows where the rule puts them now: units move, posts are closed, initiators leave."""
    task = desk.task
    holder = node_of(task).holder
    assert holder is not None
    if desk.on(Mandate.Ground.TRANSFER):
        return []
    wanted = {_key(place): place for place in holder.places(matter, task.seat)}
    present = {(row.role, row.unit_id, row.person_id): row for row in desk.on("office")}
    gone, new = present.keys() - wanted.keys(), [key for key in wanted if key not in present]
    if gone:
        desk.drop([present[key] for key in gone])
    for key in new:
        place = wanted[key]
        desk.rows.append(Candidate.objects.create(task=task, role=place.role, unit=place.unit, person=place.person))
    if not present or not (gone or new):
        return []
    before = [_name(present[key]) for key in sorted(gone, key=str)]
    after = [str(wanted[key]) for key in new]
    return [Remark("reassign", changes={"desk": [before, after]}, step=desk.step)]


def _heed_earlier(desk: Desk, matter: Matter) -> list[Remark]:
    """Who has decided an earlier step, and whether that bars them here: as the edition says."""
    task = desk.task
    if not node_of(task).is_decision:
        return []
    desk.earlier = same_person.take_note(task, matter, desk.earlier)
    if not desk.earlier:
        return []
    barred = _barred_again(task, matter, desk.earlier, desk.rows)
    changed = [row for row in desk.earlier if row.bars != (row.person_id in barred)]
    if not changed:
        return []
    for row in changed:
        row.bars = not row.bars
    EarlierDecision.objects.bulk_update(changed, ["bars"])
    would = {person.pk for person in _seated(task, desk.rows, task.excluded_people)}
    reasons = [
        same_person.said(row, matter, same_person.PASSED_OVER) for row in changed if row.bars and row.person_id in would
    ]
    return [Remark("pass_over", reasons, step=desk.step)] if reasons else []


def _barred_again(
    task: StepTask, matter: Matter, earlier: Iterable[EarlierDecision], rows: Iterable[Candidate]
) -> set[int]:
    """Which of those who decided before may not decide this task, by the desk it lies on today."""
    people = {row.person_id for row in earlier}
    if not people:
        return set()
    # whoever was only called because nobody decided in time, or nobody held the post, is no other holder of it
    excluded, rows = task.excluded_people, list(rows)
    holders_now = _seated(task, [row for row in rows if row.ground == "office"], excluded)
    if any(row.ground == Mandate.Ground.TRANSFER for row in rows):
        holders_now += _holding(task, matter, excluded)
    if not holders_now:
        holders_now = _seated(task, [row for row in rows if row.ground == Mandate.Ground.FALLBACK], excluded)
    return same_person.barred_by(same_person.practice_for(matter), people, holders_now)


def _holding(task: StepTask, matter: Matter, excluded: set[int]) -> list[Person]:
    """Who holds the office the step belongs to, wherever the task was passed on to."""
    holder = node_of(task).holder
    assert holder is not None
    found: list[Person] = []
    for place in holder.places(matter, task.seat):
        found += [place.person] if place.person else holders(place.role, [place.unit.pk] if place.unit else [])
    return [person for person in found if person.pk not in excluded]


def barred_now(matter: Matter, seat: str) -> set[int]:
    """A barrier of `perform`: who has decided before and may not again, by the desk as it is this instant."""
    if same_person.practice_for(matter) == same_person.ALLOW:
        return set()
    found = _decided_before(matter.pk, seat, matter.trail_length)
    if not found:
        return set()
    task = found[0].task
    rows = task.candidates.select_related("person")
    return _barred_again(task, matter, found, rows)


@asked_once
def _decided_before(matter: int, seat: str, _trail_length: int) -> list[EarlierDecision]:
    """The rows of the open task at `seat`; what they are changes with the trail, and so does the question."""
    open_task = {"task__matter": matter, "task__seat": seat, "task__closed_at": None}
    return list(EarlierDecision.objects.filter(**open_task).select_related("task"))


def _key(place: Place) -> tuple[str, int | None, int | None]:
    return place.role, place.unit.pk if place.unit else None, place.person.pk if place.person else None


def _name(row: Candidate) -> str:
    return str(Place(row.role, row.unit, row.person))


def deciders(task: StepTask) -> list[Person]:
    """Who may decide an open task in their own right today; stand-ins come on top of these."""
    return _seated(task, task.candidates.select_related("person").order_by("pk"), task.barred)


def _seated(task: StepTask, rows: Iterable[Candidate], barred: set[int]) -> list[Person]:
    """Who sits at the desk the rows make, without `barred` (primary keys)."""
    people: list[Person] = []
    for row in rows:
        if row.person and row.ground == Mandate.Ground.TRANSFER:
            people += [row.person] if _still_held(task, row) else []
        elif row.person:
            people += [row.person] if row.person.is_active and not row.person.is_system else []
        elif row.unit_id:
            people += holders(row.role, [row.unit_id])
    return [person for person in dict.fromkeys(people) if person.pk not in barred]


def _fall_back(desk: Desk, matter: Matter) -> list[Remark]:
    """Nobody may decide: the policy's fallback takes over, and its fallback, down to the last resort.

    Where the matter's own people should decide and have left, the matter says which role does.
    """
    task = desk.task
    holder = node_of(task).holder
    assert holder is not None
    vacant = holder.role_for(matter, task.seat)
    tried: list[str] = [vacant]
    candidate = matter.fallback(vacant)
    queue, barred = iter(LAST_RESORT), desk.barred
    while True:
        for unit in usual_office(candidate).units(matter):
            if [person for person in holders(candidate, [unit.pk]) if person.pk not in barred]:
                return _mandate_office(desk, matter, candidate, unit, vacant)
        tried.append(candidate)
        following = matter.fallback(candidate)
        if following in tried:
            following = next((role for role in queue if role not in tried), "")
        if not following:
            # Not even an administrator is left: keep it with that office, where whoever is
            # appointed next will find it.
            unit = matter.unit.above([Unit.Kind.GROUP]) or matter.unit
            return _mandate_office(desk, matter, Role.ADMINISTRATOR, unit, vacant)
        candidate = following


def _mandate_office(desk: Desk, matter: Matter, role: str, unit: Unit, vacant: str) -> list[Remark]:
    named = Reason.of("nobody_named", fallback=role)
    reason = Reason.of("no_holder", role=vacant, fallback=role) if vacant else named
    task, ground = desk.task, Mandate.Ground.FALLBACK
    if any((row.role, row.unit_id) == (role, unit.pk) for row in desk.on(ground)):
        return []  # it lies there already, and nobody has been appointed since
    Mandate.objects.create(
        matter_id=matter.pk,
        turn=matter.turn,
        seat=task.seat,
        ground=ground,
        role=role,
        unit=unit,
        reason=reason.store(),
    )
    desk.rows.append(Candidate.objects.create(task=task, role=role, unit=unit, ground=ground, reason=reason.store()))
    return [Remark("fall_back", [reason], {"desk": [None, str(Place(role, unit))]}, desk.step)]


def may_decide(task: StepTask, standing: Standing) -> Capacity | None:
    """In which capacity the person may decide the task, by its candidate rows; None if not at all.

    The same answer the inbox gives; `perform` asks the matter's rule once more before anything moves.
    """
    barred = task.barred
    for row in task.candidates.all():
        hats: Iterable[Hat]
        if row.person_id and row.ground == Mandate.Ground.TRANSFER:
            mine = {standing.person.pk, *(stand_in.principal_id for stand_in in standing.stand_ins)}
            hats = _circle(task, row).hats(standing, row.person_id, task.workflow) if row.person_id in mine else ()
        elif row.person_id:
            hats = standing.as_person(row.person_id, task.workflow)
        else:
            hats = standing.in_office(row.role, {row.unit_id} if row.unit_id else set(), task.workflow)
        for hat in hats:
            principal = hat.principal.pk if hat.principal else None
            if barred.isdisjoint({standing.person.pk, principal}):
                return Capacity.wearing(hat, standing.person, row.ground)
    return None


def taken_by_another(task: StepTask, standing: Standing) -> bool:
    """A colleague has put their name on it, and the person does not stand in for them."""
    stand_ins = (stand_in for stand_in in standing.stand_ins if stand_in.workflow in ("", task.workflow))
    mine = {standing.person.pk, *(stand_in.principal_id for stand_in in stand_ins)}
    return task.taken_by_id is not None and task.taken_by_id not in mine


def refuse_what_a_colleague_took(matter: Matter, move: Move, standing: Standing, seat: str) -> None:
    """A task with a colleague's name on it is theirs until they give it back, or may no longer decide it.

    `perform` asks this under the matter's lock, a page before it looks at what was typed.
    """
    if not move.by.passes_on or standing.person.is_system:
        return
    task = next((task for task in open_tasks(matter, matter.trail_length) if task.seat == seat), None)
    if task and task.taken_by and taken_by_another(task, standing) and may_decide(task, Standing(task.taken_by)):
        raise StepOutOfOrder(matter, matter.trail.filter(action="take").last())


def _locked(task: StepTask, by: Person) -> tuple[StepTask, Matter, Capacity]:
    """The task and its matter under lock, and the capacity in which `by` holds the task."""
    matter = (
        Matter.objects.select_for_update(of=("self",)).select_related("unit", "policy").get(pk=task.matter_id).specific
    )
    fresh = StepTask.objects.select_related("taken_by").get(pk=task.pk)
    if fresh.closed_at or fresh.waits:
        raise StepOutOfOrder(matter, matter.trail.last())
    capacity = may_decide(fresh, Standing(by))
    if capacity is None:
        raise NotYours(matter)
    return fresh, matter, capacity


@transaction.atomic
def take(task: StepTask, *, by: Person) -> None:
    """Put one's name on a task of one's office, so that colleagues see somebody is at it."""
    task, matter, capacity = _locked(task, by)
    if task.taken_by and task.taken_by != by:
        raise StepOutOfOrder(matter, matter.trail.filter(action="take").last())
    if task.taken_by is None:
        task.taken_by, task.taken_at = by, clock.now()
        task.save(update_fields=["taken_by", "taken_at"])
        note_down(matter, capacity, "take", step=task.seat or task.step)


@transaction.atomic
def release(task: StepTask, *, by: Person) -> None:
    """Give a task one took back to the office."""
    task, matter, capacity = _locked(task, by)
    if task.taken_by_id != by.pk:
        raise NotYours(matter)
    task.taken_by, task.taken_at = None, None
    task.save(update_fields=["taken_by", "taken_at"])
    note_down(matter, capacity, "release", step=task.seat or task.step)


def receivers(task: StepTask, by: Person) -> list[Person]:
    """To whom `by` may pass the task on: who holds the same role (`Circle.around`).

    A unit's own work stays in the unit; a region's or the group's may go to a colleague elsewhere.
    So an amount never reaches a desk that may not sign it, and no store reads another's matters.
    What the matter's own people hold goes to a colleague of the matter's unit.
    """
    posts = Post.objects.filter(around(task).posts(), in_force(clock.today()), person__is_active=True)
    people = Person.objects.filter(pk__in=posts.values("person"), is_system=False)
    return list(people.exclude(pk__in={by.pk, *task.barred}).order_by("username"))


def around(task: StepTask) -> Circle:
    """Among whom the task may be passed on."""
    matter, holder = task.matter.specific, node_of(task).holder
    assert holder is not None
    return Circle.around(holder.role_for(matter, task.seat), matter.unit_id)


@transaction.atomic
def transfer(task: StepTask, *, to: Person, by: Person, note: str) -> None:
    """Pass a task on to one person, who then holds it instead of the office. A reason is mandatory."""
    task, matter, capacity = _locked(task, by)
    if taken_by_another(task, Standing(by)):
        raise StepOutOfOrder(matter, matter.trail.filter(action="take").last())
    if not note.strip():
        raise Refused({"note": _("Please write the reason.")})
    if to not in receivers(task, by):
        raise Refused({"to": _("%(person)s cannot take this task over.") % {"person": to}})
    reason = Reason.of("transferred", person=by.name)
    task.candidates.all().delete()
    lay_on(task, matter, to, around(task), reason)
    task.taken_by, task.taken_at = None, None
    task.save(update_fields=["taken_by", "taken_at"])
    entry = note_down(
        matter,
        capacity,
        "transfer",
        step=task.seat or task.step,
        note=note.strip(),
        changes={"desk": [by.name, to.name]},
        rules=[reason.store()],
    )
    Handover.objects.create(matter_id=matter.pk, entry=entry, what=Handover.What.TASK, giver=by, receiver=to)


def lay_on(task: StepTask, matter: Matter, person: Person, circle: Circle, reason: Reason) -> None:
    """Lay the task on one person's desk instead of another's; they keep it while they belong to `circle`."""
    given = {
        "person": person,
        "role": circle.role,
        "unit_id": circle.unit,
        "ground": Mandate.Ground.TRANSFER,
        "reason": reason.store(),
    }
    Mandate.objects.create(matter_id=matter.pk, turn=matter.turn, seat=task.seat, **given)
    Candidate.objects.create(task=task, **given)
