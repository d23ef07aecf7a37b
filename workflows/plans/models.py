"""Work plan and task assignment 工作计划与任务分工: a plan, its topics, and the units asked about it.

Three machines stand below, each in the order of the domain paper's table. A plan calls for a topic each and, when it is
consolidated, for a consultation each; the sweep opens them, and wakes the plan when they have ended (ADR 26).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from workflows.matters.errors import Refused
from workflows.matters.models import Matter
from workflows.matters.moves import Condition, move
from workflows.matters.perform import is_rehearsal
from workflows.organisation import clock
from workflows.organisation.calendar import DAY, WorkingCalendar, start_of
from workflows.organisation.models import Person, Post, StandIn, Unit, in_force
from workflows.organisation.offices import GROUP, OWN_UNIT, Case, Office, People, Rule, initiator, the_clock
from workflows.organisation.roles import Role
from workflows.policies.models import Edition
from workflows.policies.reasons import Reason

from .outline import Kind, Outline, Owner
from .outline import Topic as TopicValue
from .rules import Threshold


class Paper:
    """The kinds of document a plan and its topics hand out."""

    MINUTES = "plan.minutes"
    DIVISION = "plan.division"
    LETTER = "topic.letter"
    CONSULTATION = "consultation.letter"
    DRAFT = "plan.draft"
    OPINIONS = "plan.opinions"
    CIRCULAR = "plan.circular"
    TOPIC_DRAFT = "topic.draft"
    REPORT = "topic.report"
    EXTENSION = "topic.extension"
    COMPLETION = "topic.completion"
    ACCEPTANCE = "topic.acceptance"
    BULLETIN = "plan.bulletin"
    BOARD = "plan.board"


centre = Office(_("resource centre"), Role.RESOURCE_CENTRE, GROUP)
signer = Office(_("signer"), Role.PRESIDENT, GROUP)


def _head_role(case: Case) -> str:
    """Whose word is the unit's: by what kind of unit it is; of a department whoever holds a post in it the longest."""
    by_kind = {
        Unit.Kind.STORE: Role.STORE_MANAGER,
        Unit.Kind.REGION: Role.REGION_MANAGER,
        Unit.Kind.EXPANSION: Role.REGION_MANAGER,
        Unit.Kind.GROUP: Role.VICE_PRESIDENT,
    }
    if case.unit.kind in by_kind:
        return str(by_kind[Unit.Kind(case.unit.kind)])
    post = Post.objects.filter(in_force(clock.today()), unit=case.unit, person__is_active=True).first()
    return post.role if post else str(Role.REGION_MANAGER)


unit_head = Office(_("whoever speaks for the unit"), _head_role, OWN_UNIT)


# --- the plan ------------------------------------------------------------------------------------------------


class PlanState(models.TextChoices):
    DRAFTING = "drafting", _("plan being drawn up")
    TOPICS_OUT = "topics_out", _("topics out")
    DRAFTS_IN = "drafts_in", _("drafts in")
    CONSULTING = "consulting", _("consulting")
    REVISING = "revising", _("revising")
    SIGNATURE = "plan_signature", _("plan before the signer")
    EXECUTING = "executing", _("executing")
    CLOSING = "plan_closing", _("plan to be closed")
    CLOSED = "plan_closed", _("plan closed")
    CANCELLED = "plan_cancelled", _("plan cancelled")


class Fate(models.TextChoices):
    ADOPTED = "adopted", _("adopted")
    PARTLY = "partly", _("adopted in part")
    DECLINED = "declined", _("declined")


opinions_judged = Condition(
    lambda plan: plan.unjudged() == 0,
    lambda plan: (
        ngettext(
            "%(n)s opinion has not been answered yet.", "%(n)s opinions have not been answered yet.", plan.unjudged()
        )
        % {"n": plan.unjudged()}
    ),
    summary=_("Every opinion has been answered."),
)
topics_ended = Condition(
    lambda plan: is_rehearsal() or plan.topics_at_work() == 0,  # rehearsed, they have ended when the step before did
    lambda plan: (
        ngettext(
            "%(n)s topic is still at work: it is accepted or carried over first.",
            "%(n)s topics are still at work: they are accepted or carried over first.",
            plan.topics_at_work(),
        )
        % {"n": plan.topics_at_work()}
    ),
    summary=_("Every topic has been accepted or carried over."),
)


class WorkPlan(Matter):
    """A half-year's or a year's plan."""

    KIND: ClassVar[str] = "work_plan"
    PREFIX: ClassVar[str] = "GZ"
    FIRST: ClassVar[str] = PlanState.DRAFTING
    ENDS: ClassVar[frozenset[str]] = frozenset({PlanState.CLOSED, PlanState.CANCELLED})
    CHILDREN: ClassVar[frozenset[str]] = frozenset({"topic", "consultation"})
    OPENED_BY: ClassVar[Rule] = centre
    State = PlanState

    begins = models.DateField(_("plan from"), null=True)
    ends = models.DateField(_("plan until"), null=True)
    outline_content = models.JSONField(_("outline"), default=dict)
    meeting_content = models.JSONField(_("kick-off meeting"), default=dict)  # {"held_on", "chair", "present", "words"}
    answer_by = models.DateField(_("answers by"), null=True)
    revised_content = models.JSONField(_("revised texts"), default=dict)  # number of a topic → what it says in the end
    issued_at = models.DateTimeField(_("in force since"), null=True)
    remark = models.TextField(_("closing words"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("work plan"), _("work plans")

    def opened(self, *, begins: date, ends: date) -> None:
        if ends <= begins:
            raise Refused({"ends": _("The last day lies before the first.")})
        self.begins, self.ends = begins, ends

    def snapshot(self) -> dict[str, Any]:
        return {
            **super().snapshot(),
            "begins": self.begins.isoformat() if self.begins else None,
            "ends": self.ends.isoformat() if self.ends else None,
            "outline_content": self.outline_content,
            "meeting_content": self.meeting_content,
            "answer_by": self.answer_by.isoformat() if self.answer_by else None,
            "revised_content": self.revised_content,
            "fates": {str(row.pk): row.fate for row in self._answered()} if self.pk else {},
        }

    # --- what it is made of --------------------------------------------------------------------------------

    @property
    def outline(self) -> Outline:
        return Outline.from_content(self.outline_content)

    def topics(self) -> models.QuerySet[Topic]:
        return Topic.objects.filter(work_plan=self.pk).order_by("number")

    def outline_now(self) -> Outline:
        """The outline with the owners and dates its topics have now; as drafted while there are none."""
        now = {
            topic.number: topic.value() for topic in self.topics().prefetch_related("owners__person", "owners__unit")
        }
        return self.outline.replaced(now)

    def topics_at_work(self) -> int:
        return Topic.objects.filter(work_plan=self.pk, closed_at=None).count()

    def opinions_of_units(self) -> models.QuerySet[UnitOpinion]:
        return (
            UnitOpinion.objects.filter(consultation__work_plan=self.pk)
            .select_related("consultation__unit")
            .order_by("pk")
        )

    def _answered(self) -> Iterable[UnitOpinion]:
        return UnitOpinion.objects.filter(consultation__work_plan=self.pk).exclude(fate="").only("pk", "fate")

    def unjudged(self) -> int:
        return self.opinions_of_units().filter(fate="").count()

    @property
    def closes_at(self) -> datetime | None:
        """When the resource centre is asked to close it, whatever is still at work."""
        days = self.policy.threshold(self.KIND, Threshold.CLOSES)
        return start_of(self.ends + DAY * (int(days) + 1)) if self.ends and days is not None else None

    @property
    def consulting_until(self) -> datetime | None:
        """When the plan goes on even where a letter never reached its unit: as many days again."""
        if self.answer_by is None:
            return None
        days = int(self.policy.threshold(self.KIND, Threshold.ANSWER) or 5)
        return start_of(WorkingCalendar.load().add_working_days(self.answer_by, days) + DAY)

    def as_planned(self, move: str) -> dict[str, Any]:
        today = clock.today()
        answers: dict[str, dict[str, Any]] = {
            "launch": {"held_on": today, "chair": "—", "present": ["—"], "words": "—"},
            "consolidate": {"units": [self.unit]},
            "close": {"words": "—"},
        }
        return answers.get(move, {})

    def _gone(self) -> list[tuple[str, str]]:
        """(place, message) of every owner named in the draft who has left meanwhile."""
        topics = self.outline.topics()
        named = {owner.person for topic in topics for owner in (*topic.leads, *topic.assistants) if owner.person}
        gone = dict(Person.objects.filter(pk__in=named, is_active=False).values_list("pk", "name"))
        return [
            (f"{topic.number}. {topic.title}", gettext("%(name)s has left.") % {"name": gone[owner.person]})
            for topic in topics
            for owner in (*topic.leads, *topic.assistants)
            if owner.person in gone
        ]

    def final_text(self, topic: Topic) -> str:
        """What the plan says of a topic in the end: its draft, unless it was revised."""
        return str(self.revised_content.get(str(topic.number), topic.text))

    # --- the machine -----------------------------------------------------------------------------------------

    @move(source=PlanState.DRAFTING, by=centre, verb=_("Write a topic"), done=_("wrote a topic of the plan"))
    def write_topic(self, *, by: Person, note: str = "", topic: TopicValue, part: str, place: int | None) -> None:
        """A topic into its part, or in another's place (`place`: its number); numbers are counted anew."""
        self.outline_content = self.outline.with_topic(topic, part, place).content()

    @move(source=PlanState.DRAFTING, by=centre, verb=_("Drop a topic"), done=_("dropped a topic of the plan"))
    def drop_topic(self, *, by: Person, note: str = "", place: int) -> None:
        """The topic with that number goes."""
        self.outline_content = self.outline.without_topic(place).content()

    @move(source=PlanState.DRAFTING, by=centre, verb=_("Carry over"), done=_("carried over what an earlier plan left"))
    def carry_over_from(self, *, by: Person, note: str = "", plan: WorkPlan) -> None:
        """What was not accepted of an earlier plan comes into this one, with where it comes from."""
        left = [topic.value() for topic in plan.topics().filter(state=TopicState.CARRIED_OVER)]
        known = {topic.carried for topic in self.outline.topics() if topic.carried}
        outline = self.outline
        for topic, value in zip(plan.topics().filter(state=TopicState.CARRIED_OVER), left, strict=True):
            if topic.reference not in known:
                outline = outline.with_topic(value.carried_from(topic.reference), gettext("Carried over"), None)
        self.outline_content = outline.content()

    @move(
        source=PlanState.DRAFTING,
        target=PlanState.TOPICS_OUT,
        by=centre,
        verb=_("Launch"),
        done=_("launched the plan"),
        issues=[Paper.MINUTES, Paper.DIVISION],
        verdict="submit",
    )
    def launch(self, *, by: Person, note: str = "", held_on: date, chair: str, present: list[str], words: str) -> None:
        """After the kick-off meeting: every topic goes out to its owners."""
        faults = self.outline.faults(clock.today(), WorkingCalendar.load(), self.ends)
        if faults := [*faults, *self._gone()]:
            raise Refused([f"{place}：{message}" if place else message for place, message in faults])
        self.policy = Edition.current(clock.today())
        self.submitted_at = clock.now()
        self.meeting_content = {"held_on": held_on.isoformat(), "chair": chair, "present": present, "words": words}
        units = {unit.pk: unit for unit in Unit.objects.filter(pk__in={t.leads[0].unit for t in self.outline.topics()})}
        for topic in self.outline.topics():
            unit = units.get(topic.leads[0].unit or 0, self.unit)
            self.call_for(
                f"topic-{topic.number}", Topic.KIND, topic.title, unit=unit, plan=self.pk, content=topic.content()
            )

    @move(
        source=PlanState.TOPICS_OUT,
        target=PlanState.DRAFTS_IN,
        by=the_clock,
        verb=_("Drafts in"),
        done=_("has every topic's draft"),
    )
    def all_in(self, *, by: Person, note: str = "") -> None:
        """Every topic's draft has been taken in."""

    @move(
        source=PlanState.DRAFTS_IN,
        target=PlanState.CONSULTING,
        by=centre,
        verb=_("Consolidate"),
        done=_("consolidated the draft and asked the units"),
        issues=[Paper.DRAFT],
    )
    def consolidate(self, *, by: Person, note: str = "", units: list[Unit]) -> None:
        """The draft goes to the units chosen, each with a letter of its own."""
        if not units:
            raise Refused({"units": _("Please choose at least one unit to be asked.")})
        days = int(self.policy.threshold(self.KIND, Threshold.ANSWER) or 5)
        self.answer_by = WorkingCalendar.load().add_working_days(clock.today(), days)
        for unit in units:
            self.call_for(f"unit-{unit.pk}", Consultation.KIND, self.title, unit=unit, plan=self.pk)

    @move(
        source=PlanState.CONSULTING,
        target=PlanState.REVISING,
        by=the_clock,
        verb=_("Close the consultation"),
        done=_("has every unit's answer, or the time for it is over"),
    )
    def close_consultation(self, *, by: Person, note: str = "") -> None:
        """Every unit has answered, or its days are over; whoever's letter never came is not waited for."""
        for place in self.children.filter(kind=Consultation.KIND, matter__closed_at=None).exclude(matter=None):
            self.tell(place, "over")

    @move(source=PlanState.REVISING, by=centre, verb=_("Answer the opinions"), done=_("answered opinions"))
    def judge(self, *, by: Person, note: str = "", fates: Mapping[int, tuple[str, str]]) -> None:
        """Adopted, in part or declined; declined needs an answer. `fates`: opinion → (fate, reply)."""
        for row in self.opinions_of_units().filter(pk__in=fates):
            row.fate, row.reply = fates[row.pk]
            if row.fate == Fate.DECLINED and not row.reply:
                raise Refused({f"reply_{row.pk}": _("Whoever declines an opinion says why.")})
            row.save(update_fields=["fate", "reply"])

    @move(source=PlanState.REVISING, by=centre, verb=_("Revise"), done=_("revised the text of topics"))
    def revise(self, *, by: Person, note: str = "", texts: Mapping[int, str]) -> None:
        """What topics say in the end, where that is not their draft. `texts`: number → text."""
        self.revised_content = {**self.revised_content, **{str(number): text for number, text in texts.items()}}

    @move(
        source=PlanState.REVISING,
        target=PlanState.SIGNATURE,
        by=centre,
        verb=_("Finalise"),
        done=_("finalised the plan"),
        when=[opinions_judged],
        issues=[Paper.OPINIONS],
        verdict="submit",
    )
    def finalise(self, *, by: Person, note: str = "") -> None:
        """Every opinion has its answer; the plan goes before the signer."""

    @move(
        source=PlanState.SIGNATURE,
        target=PlanState.EXECUTING,
        by=signer & ~initiator,
        verb=_("Sign"),
        done=_("signed the plan"),
        issues=[Paper.CIRCULAR],
        verdict="agree",
    )
    def sign(self, *, by: Person, note: str = "") -> None:
        """The plan is in force; its topics are taken up."""
        self.issued_at = clock.now()

    @move(
        source=PlanState.SIGNATURE,
        target=PlanState.REVISING,
        by=signer & ~initiator,
        verb=_("Return"),
        done=_("returned the plan"),
        reason=True,
        verdict="return",
    )
    def send_back(self, *, by: Person, note: str = "") -> None:
        """The resource centre shall look at it again."""

    @move(
        source=PlanState.EXECUTING,
        target=PlanState.CLOSING,
        by=the_clock,
        verb=_("Topics ended"),
        done=_("has seen every topic end"),
    )
    def topics_done(self, *, by: Person, note: str = "") -> None:
        """Every topic has been accepted or carried over."""

    @move(
        source=PlanState.EXECUTING,
        target=PlanState.CLOSING,
        by=the_clock,
        verb=_("Time is over"),
        done=_("has seen the plan's time end"),
    )
    def run_out(self, *, by: Person, note: str = "") -> None:
        """The time of the plan is over; what is still at work is accepted or carried over now."""

    @move(source=[PlanState.EXECUTING, PlanState.CLOSING], by=centre, verb=_("Print the board"),
          done=_("had the board printed"), issues=[Paper.BOARD])  # fmt: skip
    def print_board(self, *, by: Person, note: str = "") -> None:
        """How every topic stands today, on paper."""

    @move(
        source=PlanState.CLOSING,
        target=PlanState.CLOSED,
        by=centre,
        verb=_("Close"),
        done=_("closed the plan"),
        when=[topics_ended],
        issues=[Paper.BULLETIN],
    )
    def close(self, *, by: Person, note: str = "", words: str) -> None:
        """What became of every topic is made known."""
        self.remark = words

    @move(
        source=[
            PlanState.DRAFTING,
            PlanState.TOPICS_OUT,
            PlanState.DRAFTS_IN,
            PlanState.CONSULTING,
            PlanState.REVISING,
        ],
        target=PlanState.CANCELLED,
        by=centre,
        verb=_("Cancel"),
        done=_("cancelled the plan"),
        reason=True,
    )
    def cancel(self, *, by: Person, note: str = "") -> None:
        """No plan after all; its topics and consultations are called off."""


Plan = WorkPlan  # the longer name is the class's own, since a matter's way to its machine is called after it


# --- the topic -------------------------------------------------------------------------------------------------


class TopicState(models.TextChoices):
    SENDING = "sending", _("task letters going out")
    ASSIGNED = "assigned", _("assigned")
    REASSIGNING = "reassigning", _("another owner wanted")
    WRITING = "writing", _("topic being drafted")
    SUBMITTED = "topic_submitted", _("topic draft handed in")
    CONSOLIDATED = "consolidated", _("taken in")
    IN_PROGRESS = "in_progress", _("in progress")
    EXTENDING = "extending", _("extension asked for")
    COMPLETION = "completion_review", _("completion review")
    ACCEPTED = "accepted", _("accepted")
    CARRIED_OVER = "carried_over", _("carried over")
    CALLED_OFF = "topic_called_off", _("topic called off")


def _acting_leads(topic: Any, seat: str = "") -> list[Person]:
    return topic.acting_leads()


def _writers(topic: Any, seat: str = "") -> list[Person]:
    """Nobody while a lead owner's signature is wanted: then the draft lies with them alone."""
    return [] if _signer(topic) else topic.acting_leads()


def _signer(topic: Any, seat: str = "") -> list[Person]:
    return topic.signers_left()[:1] if topic.text else []


def _asked(topic: Any, seat: str = "") -> list[Person]:
    """While there is no draft: the assistants who have given nothing yet."""
    given = {row["person"] for row in topic.pieces}
    return [] if topic.text else [person for person in topic.assistants() if person.pk not in given]


def _first_lead(topic: Any, seat: str = "") -> list[Person]:
    return topic.leads()[:1]


lead_one = People(_("lead owner 1"), _first_lead)
writer = People(_("the lead owner who writes"), _writers)
leads_in_turn = People(_("the lead owner whose turn it is"), _acting_leads) | writer
next_signer = People(_("the next lead owner to sign"), _signer)
asked = People(_("assisting owners who are asked"), _asked)
assistant = People(_("assisting owners"), lambda topic, seat: topic.assistants()) | asked
turn = writer | next_signer | asked

has_text = Condition(lambda topic: bool(topic.text), _("There is no draft yet."), hides=True)
all_signed = Condition(
    lambda topic: not topic.signers_left(), _("Not every lead owner has signed the draft."), hides=True
)
waits_for_signature = Condition(
    lambda topic: bool(topic.text and topic.signers_left()), _("Nobody's signature is wanted now."), hides=True
)
has_assistants = Condition(lambda topic: bool(topic.assistants()), _("The topic has no assisting owners."), hides=True)


class Topic(Matter):
    """One topic of a plan: assigned, drafted, executed, accepted."""

    KIND: ClassVar[str] = "topic"
    PREFIX: ClassVar[str] = "ZT"
    FIRST: ClassVar[str] = TopicState.SENDING
    ENDS: ClassVar[frozenset[str]] = frozenset({TopicState.ACCEPTED, TopicState.CARRIED_OVER, TopicState.CALLED_OFF})
    CALL_OFF: ClassVar[str] = "call_off"
    AWAITS: ClassVar[frozenset[str]] = frozenset({TopicState.CONSOLIDATED})  # its draft is in, and the plan goes on
    OPENED_BY: ClassVar[Rule] = the_clock
    State = TopicState

    work_plan = models.ForeignKey(
        WorkPlan, models.PROTECT, null=True, related_name="topic_rows", verbose_name=_("work plan")
    )
    number = models.PositiveSmallIntegerField(_("number"), default=0)
    topic_content = models.JSONField(_("topic"), default=dict)  # title, aim, items, as launched
    due = models.DateField(_("due"), null=True)
    draft_by = models.DateField(_("draft by"), null=True)
    lead_turn = models.PositiveSmallIntegerField(default=1)  # up to which lead owner may act: late ones stay
    text = models.TextField(_("draft"), blank=True)
    pieces = models.JSONField(_("contributions"), default=list)  # [{"person", "who", "kind", "words", "at"}]
    signed = models.JSONField(_("signatures"), default=list)  # [{"person", "who", "rank", "at"}]
    reports = models.JSONField(
        _("progress reports"), default=list
    )  # [{"month","share","done","next","at","who","late"}]
    wanted_content = models.JSONField(_("extension"), default=dict)  # {"wanted", "reason", "granted"}
    completion_content = models.JSONField(_("completion"), default=dict)  # {"done", "at", "who"}
    outcome = models.TextField(_("outcome"), blank=True)  # why it was carried over

    class Meta:
        verbose_name, verbose_name_plural = _("topic"), _("topics")

    def opened(self, *, plan: int, content: Mapping[str, Any]) -> None:
        value = TopicValue.from_content(content)
        self.work_plan_id = plan
        self.number, self.topic_content, self.due = int(value.number), dict(content), value.due
        days = int(self.policy.threshold(WorkPlan.KIND, Threshold.DRAFT) or 7)
        self.draft_by = clock.today() + DAY * days
        for place, owner in enumerate([*value.leads, *value.assistants]):
            Ownership.objects.create(
                topic=self, kind=owner.kind, rank=owner.rank, unit_id=owner.unit, person_id=owner.person,
                words=owner.words, place=place,
            )  # fmt: skip

    @classmethod
    def naming(cls, person: Person) -> Q | None:
        return Q(owners__person=person)

    def succeed(self, leaver: Person, successor: Person) -> bool:
        return bool(self.owners.filter(person=leaver).update(person=successor, words=successor.name))

    def fallback(self, role: str) -> str:
        return super().fallback(role) if role else str(Role.RESOURCE_CENTRE)

    def snapshot(self) -> dict[str, Any]:
        return {
            **super().snapshot(),
            "due": self.due.isoformat() if self.due else None,
            "text": self.text,
            "pieces": len(self.pieces) or None,
            "signed": [row["who"] for row in self.signed],
            "reports": len(self.reports) or None,
            "wanted_content": self.wanted_content,
            "completion_content": self.completion_content,
            "owners": [owner.words for owner in self._owners()] if self.pk else [],
        }

    @property
    def plan(self) -> WorkPlan:
        """The plan it belongs to."""
        assert self.work_plan
        return self.work_plan

    # --- whose it is --------------------------------------------------------------------------------------------

    def _owners(self) -> list[Ownership]:
        return list(self.owners.all())

    def leads(self) -> list[Person]:
        """Lead owners in their order."""
        return [row.person for row in self._owners() if row.kind == Kind.LEAD and row.person]

    def assistants(self) -> list[Person]:
        return list(dict.fromkeys(row.person for row in self._owners() if row.kind != Kind.LEAD and row.person))

    def acting_leads(self) -> list[Person]:
        """Who may act as lead owner now: the first, and after each day that was missed the next as well, the latest first."""
        return self.leads()[: self.lead_turn][::-1]

    def signers_left(self) -> list[Person]:
        """Lead owners 2 and 3 who have not signed the draft as it stands, in their order."""
        signed = {row["person"] for row in self.signed}
        return [person for person in self.leads()[1:] if person.pk not in signed and person not in self.acting_leads()]

    def value(self) -> TopicValue:
        """The topic as a value, with its owners and due date of today."""
        launched = TopicValue.from_content(self.topic_content)
        owners = [row.value() for row in self._owners()]
        return launched.with_owners(owners, self.due)

    @property
    def writes_until(self) -> datetime | None:
        """When the draft is late, and the next lead owner may hand it in."""
        if self.draft_by is None or self.lead_turn >= len(self.leads()):
            return None
        return start_of(self.draft_by + DAY * (1 + (self.lead_turn - 1) * 2))

    @property
    def percent(self) -> int:
        if self.state == TopicState.ACCEPTED:
            return 100
        return int(self.reports[-1]["share"]) if self.reports else 0

    @property
    def late_by(self) -> int:
        """Calendar days past its due date, while it is at work; of one that has ended, when it was completed."""
        if self.due is None:
            return 0
        done = self.completion_content.get("at", "")[:10]
        until = date.fromisoformat(done) if done else clock.today()
        return max(0, (until - self.due).days)

    @property
    def sends_at(self) -> datetime:
        return self.opened_at

    @property
    def begins_at(self) -> datetime | None:
        return self.plan.issued_at

    def as_planned(self, move: str) -> dict[str, Any]:
        answers: dict[str, dict[str, Any]] = {
            "complete": {"done": "—"},
            "reassign": {"person": self.leads()[0] if self.leads() else self.initiator},
            "write": {"text": "—"},
        }
        return answers.get(move, {})

    def _begin_anew(self) -> None:
        """The days for the draft are counted from today, and it is lead owner 1's turn."""
        days = int(self.policy.threshold(WorkPlan.KIND, Threshold.DRAFT) or 7)
        self.draft_by, self.lead_turn = clock.today() + DAY * days, 1

    def _signed_by(self, person: Person) -> dict[str, Any]:
        rank = next((n for n, lead in enumerate(self.leads(), 1) if lead == person), 0)
        return {"person": person.pk, "who": person.name, "rank": rank, "at": clock.now().isoformat()}

    # --- the machine ------------------------------------------------------------------------------------------

    @move(source=TopicState.SENDING, target=TopicState.ASSIGNED, by=the_clock, verb=_("Send the task letters"),
          done=_("sent the task letters"), issues=[Paper.LETTER])  # fmt: skip
    def send(self, *, by: Person, note: str = "") -> None:
        """A letter to each owner."""

    @move(
        source=TopicState.ASSIGNED,
        target=TopicState.WRITING,
        by=lead_one,
        verb=_("Accept"),
        done=_("accepted the topic"),
    )
    def accept(self, *, by: Person, note: str = "") -> None:
        """Lead owner 1 takes it on."""

    @move(source=TopicState.ASSIGNED, target=TopicState.REASSIGNING, by=lead_one, verb=_("Decline"),
          done=_("declined the topic"), reason=True)  # fmt: skip
    def decline(self, *, by: Person, note: str = "") -> None:
        """The resource centre shall name another."""

    @move(source=TopicState.REASSIGNING, target=TopicState.ASSIGNED, by=centre, verb=_("Name another owner"),
          done=_("named another lead owner 1"))  # fmt: skip
    def reassign(self, *, by: Person, note: str = "", person: Person) -> None:
        """Another lead owner 1."""
        if person in [*self.leads()[1:], *self.assistants()]:
            raise Refused({"person": gettext("%(person)s is an owner of this topic already.") % {"person": person}})
        post = person.posts.filter(in_force(clock.today())).first()
        row = self.owners.filter(kind=Kind.LEAD, rank=1).first() or Ownership(topic=self, kind=Kind.LEAD, rank=1)
        row.person, row.words = person, person.name
        row.unit = post.unit if post else row.unit
        row.save()
        self._begin_anew()

    @move(source=TopicState.WRITING, target=TopicState.WRITING, by=assistant, verb=_("Contribute"),
          done=_("gave a contribution"), when=[has_assistants])  # fmt: skip
    def contribute(self, *, by: Person, note: str = "", words: str) -> None:
        """Text, data or advice, signed by who gives it."""
        rows = [row for row in self._owners() if row.kind != Kind.LEAD and row.person_id]
        stands_in_for = StandIn.objects.filter(in_force(clock.today()), deputy=by).values_list("principal", flat=True)
        chairs = [by.pk, *stands_in_for]
        mine = min((row for row in rows if row.person_id in chairs), key=lambda row: chairs.index(row.person_id or 0))
        self.pieces = [
            *self.pieces,
            {"person": by.pk, "who": by.name, "kind": mine.kind, "words": words, "at": clock.now().isoformat()},
        ]

    @move(source=TopicState.WRITING, target=TopicState.WRITING, by=leads_in_turn, verb=_("Lay down the draft"),
          done=_("laid down the draft"))  # fmt: skip
    def write(self, *, by: Person, note: str = "", text: str) -> None:
        """The draft with what the assistants gave; whoever signed an earlier one signs anew."""
        self.text, self.signed = text, []

    @move(source=TopicState.WRITING, target=TopicState.WRITING, by=next_signer, verb=_("Co-sign"),
          done=_("co-signed the draft"), when=[waits_for_signature])  # fmt: skip
    def cosign(self, *, by: Person, note: str = "") -> None:
        """Lead owners 2, then 3."""
        signer_now = self.signers_left()[0]
        self.signed = [*self.signed, self._signed_by(signer_now)]

    @move(source=TopicState.WRITING, target=TopicState.WRITING, by=the_clock, verb=_("Pass to the next owner"),
          done=_("let the next lead owner hand it in"))  # fmt: skip
    def fall_late(self, *, by: Person, note: str = "") -> None:
        """The draft is late: the next lead owner may hand it in, too."""
        late = self.leads()[self.lead_turn - 1]
        assert self.draft_by
        self.because(Reason.of("topic_late", person=late, count=(clock.today() - self.draft_by).days))
        self.lead_turn += 1

    @move(
        source=TopicState.WRITING,
        target=TopicState.SUBMITTED,
        by=leads_in_turn,
        verb=_("Hand in"),
        done=_("handed in the topic draft"),
        when=[has_text, all_signed],
        issues=[Paper.TOPIC_DRAFT],
        verdict="submit",
    )
    def submit(self, *, by: Person, note: str = "") -> None:
        """The draft goes to the resource centre."""
        self.submitted_at = clock.now()
        self.signed = [*self.signed, self._signed_by(by)]
        if self.draft_by and clock.today() > self.draft_by:
            self.because(Reason.of("topic_draft_late", count=(clock.today() - self.draft_by).days))

    @move(source=TopicState.SUBMITTED, target=TopicState.WRITING, by=centre, verb=_("Return"), done=_("returned"),
          reason=True, verdict="return")  # fmt: skip
    def send_back(self, *, by: Person, note: str = "") -> None:
        """The lead owners write it again, and have their days for it."""
        self.signed = []
        self._begin_anew()

    @move(source=TopicState.SUBMITTED, target=TopicState.CONSOLIDATED, by=centre, verb=_("Take in"),
          done=_("took the draft in"), verdict="agree")  # fmt: skip
    def take_in(self, *, by: Person, note: str = "") -> None:
        """Into the plan."""

    @move(source=TopicState.CONSOLIDATED, target=TopicState.IN_PROGRESS, by=the_clock, verb=_("Begin"), done=_("began"))
    def begin_work(self, *, by: Person, note: str = "") -> None:
        """The plan is in force."""

    @move(
        source=TopicState.IN_PROGRESS, by=lead_one, verb=_("Report"), done=_("reported progress"), issues=[Paper.REPORT]
    )
    def report(self, *, by: Person, note: str = "", month: str, share: int, done: str, next_: str) -> None:
        """How far, what was done, what comes next; by the 28th of each month."""
        if any(row["month"] == month for row in self.reports):
            raise Refused({"month": gettext("%(month)s has been reported already.") % {"month": month}})
        if share < self.percent:
            raise Refused({"share": gettext("The last report says %(share)s %%.") % {"share": self.percent}})
        late = clock.today() > report_day(month)
        self.reports = [
            *self.reports,
            {
                "month": month, "share": share, "before": self.percent, "done": done, "next": next_,
                "at": clock.now().isoformat(), "who": by.name, "late": (clock.today() - report_day(month)).days if late else 0,
            },
        ]  # fmt: skip

    @move(source=TopicState.IN_PROGRESS, target=TopicState.EXTENDING, by=lead_one, verb=_("Ask for more time"),
          done=_("asked for more time"), reason=True)  # fmt: skip
    def extend(self, *, by: Person, note: str = "", wanted: date) -> None:
        """Until when; the resource centre decides."""
        if self.due and wanted <= self.due:
            raise Refused({"wanted": gettext("The topic is due on %(day)s as it is.") % {"day": self.due}})
        if not WorkingCalendar.load().is_working(wanted):
            raise Refused({"wanted": gettext("%(day)s is a rest day.") % {"day": wanted}})
        self.wanted_content = {
            "wanted": wanted.isoformat(),
            "reason": note,
            "due": self.due.isoformat() if self.due else "",
        }

    @move(source=TopicState.EXTENDING, target=TopicState.IN_PROGRESS, by=centre, verb=_("Extend"),
          done=_("extended the topic"), issues=[Paper.EXTENSION])  # fmt: skip
    def grant(self, *, by: Person, note: str = "") -> None:
        """The topic is due later."""
        self.due = date.fromisoformat(self.wanted_content["wanted"])
        self.wanted_content = {**self.wanted_content, "granted": True}

    @move(source=TopicState.EXTENDING, target=TopicState.IN_PROGRESS, by=centre, verb=_("Do not extend"),
          done=_("did not extend the topic"), reason=True, issues=[Paper.EXTENSION])  # fmt: skip
    def refuse(self, *, by: Person, note: str = "") -> None:
        """It stays due when it was."""
        self.wanted_content = {**self.wanted_content, "granted": False}

    @move(source=TopicState.IN_PROGRESS, target=TopicState.COMPLETION, by=lead_one, verb=_("Report completion"),
          done=_("reported completion"), issues=[Paper.COMPLETION])  # fmt: skip
    def complete(self, *, by: Person, note: str = "", done: str) -> None:
        """What was achieved; the resource centre examines it."""
        self.completion_content = {"done": done, "at": clock.now().isoformat(), "who": by.name}

    @move(source=TopicState.COMPLETION, target=TopicState.ACCEPTED, by=centre, verb=_("Accept"), done=_("accepted it"),
          issues=[Paper.ACCEPTANCE], verdict="agree")  # fmt: skip
    def accept_result(self, *, by: Person, note: str = "") -> None:
        """Done."""

    @move(source=TopicState.COMPLETION, target=TopicState.IN_PROGRESS, by=centre, verb=_("Return"), done=_("returned"),
          reason=True, verdict="return")  # fmt: skip
    def return_result(self, *, by: Person, note: str = "") -> None:
        """Something is missing."""
        self.completion_content = {}

    @move(
        source=[TopicState.IN_PROGRESS, TopicState.EXTENDING, TopicState.COMPLETION],
        target=TopicState.CARRIED_OVER,
        by=centre,
        verb=_("Carry over"),
        done=_("carried it over"),
        reason=True,
    )
    def carry_over(self, *, by: Person, note: str = "") -> None:
        """It goes into the next plan."""
        self.outcome = note

    @move(
        source=[
            TopicState.SENDING, TopicState.ASSIGNED, TopicState.REASSIGNING, TopicState.WRITING, TopicState.SUBMITTED,
            TopicState.CONSOLIDATED, TopicState.IN_PROGRESS, TopicState.EXTENDING, TopicState.COMPLETION,
        ],
        target=TopicState.CALLED_OFF,
        by=the_clock,
        verb=_("Call off"),
        done=_("called it off with its plan"),
    )  # fmt: skip
    def call_off(self, *, by: Person, note: str = "") -> None:
        """The plan was cancelled."""


def report_day(month: str) -> date:
    """By when the report of a month (YYYY-MM) is due."""
    return date.fromisoformat(f"{month}-28")


class Ownership(models.Model):
    """Who owns a topic, and as what: lead owners in order, assisting owners with what they give."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="owners")
    kind = models.CharField(max_length=8, choices=Kind)
    rank = models.PositiveSmallIntegerField(default=0)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    words = models.CharField(max_length=80)
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["place", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "rank"], condition=Q(kind="lead"), name="one_lead_owner_of_each_rank"
            )
        ]

    def value(self) -> Owner:
        return Owner(self.kind, self.rank, self.unit_id, self.person_id, self.words)


# --- a unit that is asked ---------------------------------------------------------------------------------------


class ConsultationState(models.TextChoices):
    SENDING = "letter_going_out", _("letter going out")
    ASKED = "asked", _("unit asked")
    ANSWERED = "answered", _("answered")
    SILENT = "silent", _("silent")
    CALLED_OFF = "consultation_called_off", _("consultation called off")


letter_delivered = Condition(
    lambda consultation: consultation.delivered,
    _("The letter has not reached the unit: it cannot be called silent."),
    hides=True,
)
not_delivered = Condition(
    lambda consultation: not consultation.delivered, _("The letter has been delivered."), hides=True
)
still_heard = Condition(
    lambda consultation: consultation.plan.state in (PlanState.CONSULTING, PlanState.REVISING),
    _("The plan has been finalised."),
    hides=True,
)


class Consultation(Matter):
    """One unit's word on the draft of a plan."""

    KIND: ClassVar[str] = "consultation"
    PREFIX: ClassVar[str] = "YJ"
    FIRST: ClassVar[str] = ConsultationState.SENDING
    ENDS: ClassVar[frozenset[str]] = frozenset(
        {ConsultationState.ANSWERED, ConsultationState.SILENT, ConsultationState.CALLED_OFF}
    )
    CALL_OFF: ClassVar[str] = "call_off"
    HEARS: ClassVar[Mapping[str, str]] = {"over": "call_off"}
    OPENED_BY: ClassVar[Rule] = the_clock
    State = ConsultationState

    work_plan = models.ForeignKey(
        WorkPlan, models.PROTECT, null=True, related_name="consultations", verbose_name=_("work plan")
    )
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("consultation"), _("consultations")

    def opened(self, *, plan: int) -> None:
        self.work_plan_id = plan

    def snapshot(self) -> dict[str, Any]:
        opinions = [f"{row.topic} {row.clause}: {row.wanted}" for row in self.opinions_given.all()] if self.pk else []
        return {**super().snapshot(), "opinions": opinions}

    @property
    def plan(self) -> WorkPlan:
        """The plan whose draft is asked about."""
        assert self.work_plan
        return self.work_plan

    @property
    def sends_at(self) -> datetime:
        return self.opened_at

    @property
    def delivered(self) -> bool:
        """Whether the letter is there to be read: printed, and in the hands of a unit where somebody can answer."""
        return self.documents.filter(kind=Paper.CONSULTATION, rendition__status="rendered").exists()

    @move(source=ConsultationState.SENDING, target=ConsultationState.ASKED, by=the_clock, verb=_("Send the letter"),
          done=_("sent the letter"), issues=[Paper.CONSULTATION])  # fmt: skip
    def send(self, *, by: Person, note: str = "") -> None:
        """A letter to the unit, with the draft."""
        self.sent_at = clock.now()

    @move(source=ConsultationState.ASKED, by=centre, verb=_("Send the letter anew"), done=_("sent the letter anew"),
          when=[not_delivered], issues=[Paper.CONSULTATION])  # fmt: skip
    def send_anew(self, *, by: Person, note: str = "") -> None:
        """The first one never came."""
        self.sent_at = clock.now()

    @move(source=ConsultationState.ASKED, by=unit_head, verb=_("Add an opinion"), done=_("wrote an opinion"),
          when=[still_heard])  # fmt: skip
    def opine(self, *, by: Person, note: str = "", topic: int, clause: str, wanted: str, why: str) -> None:
        """One clause: what is to change, and why."""
        UnitOpinion.objects.create(consultation=self, topic=topic, clause=clause, wanted=wanted, why=why)

    @move(source=ConsultationState.ASKED, target=ConsultationState.ANSWERED, by=unit_head, verb=_("Hand in the answer"),
          done=_("answered for the unit"), when=[still_heard])  # fmt: skip
    def answer(self, *, by: Person, note: str = "") -> None:
        """With the opinions written, or with none."""

    @move(source=ConsultationState.ASKED, target=ConsultationState.SILENT, by=the_clock, verb=_("Take as no opinion"),
          done=_("took the silence as no opinion"), when=[letter_delivered])  # fmt: skip
    def fall_silent(self, *, by: Person, note: str = "") -> None:
        """The days are over, and the letter was there."""
        printed = self.documents.filter(kind=Paper.CONSULTATION).order_by("-issued_at").first()
        self.because(Reason.of("consultation_silent", day=timezone.localdate(printed.issued_at) if printed else ""))

    @move(source=[ConsultationState.SENDING, ConsultationState.ASKED], target=ConsultationState.CALLED_OFF, by=the_clock,
          verb=_("Call off"), done=_("called it off with its plan"))  # fmt: skip
    def call_off(self, *, by: Person, note: str = "") -> None:
        """The plan was cancelled, or went on without."""


class UnitOpinion(models.Model):
    """What a unit wants changed in one clause, and what became of it."""

    consultation = models.ForeignKey(Consultation, models.CASCADE, related_name="opinions_given")
    topic = models.PositiveSmallIntegerField(_("topic"))
    clause = models.CharField(_("clause"), max_length=20, blank=True)  # the item's number; empty: the whole topic
    wanted = models.TextField(_("what is to change"))
    why = models.TextField(_("why"))
    fate = models.CharField(_("outcome"), max_length=8, choices=Fate, blank=True)
    reply = models.TextField(_("reply"), blank=True)

    class Meta:
        ordering = ["pk"]
