"""viewflow made ours: a handful of nodes are all a workflow is written with.

    start = Opening().Next(this.next_desk)
    next_desk = ByState()
    region_review = Step().HeldBy(region_manager & ~initiator).Within("region_review").Next(this.next_desk)
    signature = Step().HeldBy(signer).Meanwhile("lapses_at", "lapse").Next(this.next_desk)
    approved = Standby().Until("starts_at", "start").Next(this.next_desk)
    countersign = ShareOut(this.seat, among="open_seats")

A node that has a state's name is what that state means for desks. The matter decides where it
goes, by its machine; the flow only follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from operator import itemgetter
from typing import Any, ClassVar, Self

from django.utils.timezone import now
from viewflow import this
from viewflow.workflow import Token, nodes
from viewflow.workflow.activation import Activation
from viewflow.workflow.base import Edge, Flow, Node
from viewflow.workflow.exceptions import FlowRuntimeError
from viewflow.workflow.lock import SelectForUpdateLock
from viewflow.workflow.status import STATUS

from workflows.matters.models import Matter, Opinion
from workflows.matters.moves import moves_of
from workflows.matters.perform import is_rehearsal
from workflows.organisation.calendar import WorkingCalendar, start_of
from workflows.organisation.offices import Rule
from workflows.policies.models import Deadline

from .models import MatterProcess

End = nodes.End


class MatterFlow(Flow):
    """A flow that follows one matter. `machine` is the matter's class."""

    process_class = MatterProcess
    # Without a real lock viewflow approves twice on PostgreSQL; with nowait it guesses and sleeps.
    lock_impl = SelectForUpdateLock(nowait=False)
    machine: ClassVar[type[Matter]]
    RENAMED: ClassVar[Mapping[str, str]] = {}  # old node name → new: open tasks carry the name they were opened with

    def node(self, name: str, no_obsolete: bool = False) -> Any:
        """The node of that name, also under its old name, so that renaming one strands no task."""
        return super().node(self.RENAMED.get(name, name), no_obsolete)

    @classmethod
    def find(cls, name: str) -> Any:
        """The node of that name, also under its old one; None where there is none.

        viewflow only has a lookup that raises, and only on a flow that is already bound.
        """
        return cls._nodes_by_name.get(cls.RENAMED.get(name, name))

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        return False  # viewflow's own pages are not mounted; who sees a matter is asked of the matter

    def has_manage_permission(self, user: Any, obj: Any = None) -> bool:
        return False


class StepActivation(nodes.ViewActivation):
    """A task somebody or the clock will end."""

    def carry_out(self, person: Any) -> None:
        """End the task as `person` and go on, with one write where viewflow makes three of it."""
        if self.task.status == STATUS.NEW:
            self.task.owner, self.task.assigned, self.task.status = person, now(), STATUS.ASSIGNED
        self.start(None)
        self.execute()

    @classmethod
    def create(cls, flow_task: Any, prev_activation: Any, token: Any, data: Any = None, seed: Any = None) -> Any:
        if not is_rehearsal():
            return super().create(flow_task, prev_activation, token, data, seed)
        # which task came before which is read by people alone
        process, task_class = prev_activation.process, flow_task.flow_class.task_class
        return cls(task_class.objects.create(process=process, flow_task=flow_task, token=token, data=data or {}))

    def prepare_revived_task(self, task: Any) -> None:
        # viewflow's revive forgets who may do the task; nothing here revives, and nothing shall
        raise NotImplementedError("A task is never revived; the matter's machine has moves for going back.")


class Step(nodes.View):
    """One human step: who holds it, within which deadline, which move means agreeing."""

    activation_class = StepActivation
    waits = False

    @property
    def is_first(self) -> bool:
        """Whether matters are opened here: whoever begins one has it in hand, and it takes no time until they submit."""
        return bool(self.name == self.flow_class.machine.FIRST)

    @property
    def is_decision(self) -> bool:
        """Whether agreeing here is a judgement of the matter, which one person may or may not give twice."""
        moves = moves_of(self.flow_class.machine)
        return any(moves[name].verdict == Opinion.Verdict.AGREE for name in self.agreeing if name in moves)

    def __init__(self) -> None:
        super().__init__(view=None)
        self.holder: Rule | None = None
        self.deadline = ""
        self.agreeing: tuple[str, ...] = ()
        self.alarms: tuple[tuple[str, str], ...] = ()
        self.own_day = ""
        self.last_day = ""

    def HeldBy(self, rule: Rule) -> Self:
        """Whose desk it lies on: the same rule that permits the move."""
        self.holder = rule
        return self

    def Within(self, deadline: str) -> Self:
        """The row of the deadline table that applies."""
        self.deadline = deadline
        return self

    def NotBefore(self, attribute: str) -> Self:
        """The matter has a calendar of its own: due at the end of the day its `attribute` names, where that is later."""
        self.own_day = attribute
        return self

    def NotAfter(self, attribute: str) -> Self:
        """Due no later than at the end of the day its `attribute` names; one that was over at the start says nothing."""
        self.last_day = attribute
        return self

    def due(self, deadline: Deadline, matter: Matter, opened_at: datetime, calendar: WorkingCalendar) -> datetime:
        """When a task opened then is due: by the policy's row, within the days the matter itself names."""
        due = deadline.due(opened_at, calendar)
        if first := self._end_of(self.own_day, matter, calendar):
            due = max(due, first)
        last = self._end_of(self.last_day, matter, calendar)
        return min(due, last) if last and last > opened_at else due

    @staticmethod
    def _end_of(attribute: str, matter: Matter, calendar: WorkingCalendar) -> datetime | None:
        day: date | None = getattr(matter, attribute) if attribute else None
        return calendar.closing(start_of(day)) if day else None

    def Agreeing(self, *moves: str) -> Self:
        """The move a rehearsal makes here: the first of these that is offered."""
        self.agreeing = moves
        return self

    def Meanwhile(self, attribute: str, move: str) -> Self:
        """While it is undecided: at the instant the matter's `attribute` names, the clock makes `move`."""
        self.alarms = (*self.alarms, (attribute, move))
        return self

    def alarm(self, matter: Matter) -> tuple[datetime | None, str]:
        """What the clock does next with an open task of this step, and when; of several the earliest."""
        moves = moves_of(type(matter)) if self.alarms else {}
        offered = [(getattr(matter, name), move) for name, move in self.alarms if moves[move].offered(matter)]
        return min(((at, move) for at, move in offered if at), key=itemgetter(0), default=(None, ""))

    def _create(self, prev_activation: Any, token: Any, data: Any = None, seed: Any = None) -> Any:
        activation = super()._create(prev_activation, token, data, seed)
        activation.process.opened.append(activation.task)
        return activation

    def can_assign(self, user: Any, task: Any) -> bool:
        return False  # rights are asked of the matter, in `perform`


class Standby(Step):
    """A step that lies on nobody's desk and waits for the clock."""

    waits = True

    def __init__(self) -> None:
        super().__init__()
        self.fires_at = self.fires_move = ""

    def Until(self, attribute: str, move: str) -> Self:
        """At the instant the matter's `attribute` names, the clock makes `move`."""
        self.fires_at, self.fires_move = attribute, move
        self.agreeing = (move,)
        return self

    def alarm(self, matter: Matter) -> tuple[datetime | None, str]:
        return getattr(matter, self.fires_at), self.fires_move


class Await(Standby):
    """A step that waits for the children of the matter, or for those of one kind: when all have ended, the clock makes `move`.

    With `.Until("attribute", "move")` a day decides where they take longer. Nobody is woken by the
    act that ends the last child: the sweep looks; see ADR 26.
    """

    def __init__(self, move: str, *, of: str = "", handed_in: bool = False) -> None:
        """`of`: the kind of child that is waited for, if not every one. `handed_in`: a child need not have ended; that it
        has handed its part in, and waits itself, will do."""
        super().__init__()
        self.ended_move, self.of, self.handed_in = move, of, handed_in
        self.agreeing = (move,)

    def Until(self, attribute: str, move: str) -> Self:
        """At the instant the matter's `attribute` names, the clock makes `move`, whoever is still at work."""
        self.fires_at, self.fires_move = attribute, move
        return self

    def alarm(self, matter: Matter) -> tuple[datetime | None, str]:
        return (getattr(matter, self.fires_at), self.fires_move) if self.fires_at else (None, "")


class Heed(Standby):
    """A step at which a child waits for the word of its parent (`Matter.HEARS`); see ADR 30."""

    def Foreseeing(self, move: str) -> Self:
        """The move that follows if the parent agrees: what a rehearsal takes for granted."""
        self.agreeing = (move,)
        return self

    def alarm(self, matter: Matter) -> tuple[datetime | None, str]:
        return (None, "")


def _bind(activation: Any, matter: Matter) -> MatterProcess:
    activation.process.matter = matter
    process: MatterProcess = activation.process
    return process


class Opening(nodes.StartHandle):
    """Where a flow begins: `flow.start.run(matter=…)`."""

    def __init__(self) -> None:
        super().__init__(_bind)


class ByState(nodes.Switch):
    """Opens the step of the state the matter is in. The machine routes; this only looks, and leaves no task of its own."""

    def _resolve(self, instance: Any) -> None:
        flow = self.flow_class
        for state in flow.machine.State.values:
            node = flow.find(state)
            if node is not None:
                self.Case(node)
        super()._resolve(instance)

    def _create(self, prev_activation: Any, token: Any, data: Any = None, seed: Any = None) -> Any:
        state = prev_activation.process.matter.state
        node = self.flow_class.find(state)
        if node is None:
            raise FlowRuntimeError(f"No step is called “{state}”, which is where {prev_activation.process.matter} is.")
        return node._create(prev_activation, token, data, seed)


class JoinActivation(nodes.JoinActivation):
    """Goes on with the process in hand, where viewflow reads it anew for a join that was begun earlier."""

    @classmethod
    def create(cls, flow_task: Any, prev_activation: Any, token: Any, data: Any = None, seed: Any = None) -> Any:
        activation = super().create(flow_task, prev_activation, token, data, seed)
        activation.process = activation.task.process = prev_activation.process
        return activation


class Join(nodes.Join):
    """Where those who decided side by side come together."""

    activation_class = JoinActivation


class ShareOutActivation(Activation):
    """Opens one branch per seat; viewflow's own dynamic split is not in the open package."""

    @Activation.status.super()
    def activate(self) -> None:
        """Nothing to choose: one branch per seat."""

    @Activation.status.super()
    def create_next(self) -> Iterator[Any]:
        matter = self.process.matter.specific
        tokens = Token.split_token_source(self.task.token, self.task.pk)
        for seat in getattr(matter, self.flow_task.among)():
            yield self.flow_task.each._create(self, next(tokens), data={"seat": seat})


class ShareOut(Node):
    """One task per seat, side by side: `among` is the matter's method that names the seats."""

    task_type = "PARALLEL_GATEWAY"
    activation_class = ShareOutActivation
    shape = nodes.Split.shape
    bpmn_element = "parallelGateway"

    def __init__(self, each: Any, *, among: str) -> None:
        super().__init__()
        self.each, self.among = each, among

    def _resolve(self, instance: Any) -> None:
        self.each = this.resolve(instance, self.each)

    def _outgoing(self) -> Iterable[Edge]:
        yield Edge(src=self, dst=self.each, edge_class="next")
