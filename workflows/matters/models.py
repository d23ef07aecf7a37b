"""What all workflows share: the matter, what was said about it, what was attached to it.

`Matter.state` is changed by `perform` and by nothing else; the field is protected, the admin site
does not show it for editing, and every change leaves its line on the trail.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import date, timedelta
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin

from workflows.organisation import clock
from workflows.organisation.glance import asked_once
from workflows.organisation.models import Person, Unit
from workflows.organisation.offices import PERSON, Rule
from workflows.organisation.roles import Role
from workflows.organisation.standing import Hat, Standing
from workflows.organisation.unchanged import while_unchanged
from workflows.policies.models import Edition
from workflows.policies.reasons import Reason

_machines: dict[str, type[Matter]] = {}  # kind → the class of its matters


def register(machine: type[Matter]) -> None:
    """Make the class of a workflow's matters known by its kind."""
    _machines[machine.KIND] = machine


def machine_of(kind: str) -> type[Matter]:
    """The class of the matters of that kind."""
    return _machines[kind]


class MatterQuerySet(models.QuerySet["Matter"]):
    def visible_to(self, person: Person, standing: Standing | None = None) -> MatterQuerySet:
        """What `person` may see: their own, their units', what names them, what they were asked to
        decide, have decided or passed on.

        Drafts that were never submitted stay within the unit that writes them.
        """
        standing = standing or Standing(person)
        seen = Q(initiator=person) | Q(keeper=person) | _decided_by(person) | _mandated(person=person) | _named(person)
        seen |= Q(Exists(Handover.objects.filter(matter=OuterRef("pk"), giver=person)))
        for hat in standing.hats():
            scope = reach(hat)
            if hat.workflow:
                scope &= Q(kind=hat.workflow)
            seen |= scope
        for stand_in in standing.stand_ins:
            principal = stand_in.principal
            theirs = Q(initiator=principal) | Q(keeper=principal) | _mandated(person=principal) | _named(principal)
            seen |= theirs & Q(kind=stand_in.workflow) if stand_in.workflow else theirs
        if any(machine.CHILDREN for machine in _machines.values()):
            # whoever sees a matter sees what it has called for, and what called for it
            own = Matter.objects.filter(seen).values("pk")
            families = ChildMatter.objects.exclude(matter=None)
            seen |= Q(pk__in=families.filter(parent__in=own).values("matter"))
            seen |= Q(pk__in=families.filter(matter__in=own).values("parent"))
        return self.filter(seen)


def _decided_by(person: Person) -> Q:
    return Q(Exists(Opinion.objects.filter(matter=OuterRef("pk"), person=person)))


def _mandated(**who: Any) -> Q:
    return Q(Exists(Mandate.objects.filter(matter=OuterRef("pk"), **who)))


def _named(person: Person) -> Q:
    """Matters that name `person`: as each workflow says that keeps names at all."""
    named = Q(pk__in=[])
    for machine in _machines.values():
        naming = machine.naming(person)
        if naming is not None:
            named |= Q(pk__in=machine._default_manager.filter(naming).values("pk"))
    return named


@while_unchanged
def _person(key: int) -> Person | None:
    return Person.objects.filter(pk=key).first()


@asked_once
def _files(matter: int, _trail_length: int) -> list[tuple[str, str]]:
    """Content and name of what lies with the text and not only in the discussion; every change is a line of the trail."""
    lying = Attachment.objects.filter(matter=matter, withdrawn_at=None).exclude(purpose=Attachment.Purpose.DISCUSSION)
    return list(lying.order_by("digest", "name").values_list("digest", "name"))


def reach(hat: Hat) -> Q:
    """The matters a post lets its holder see."""
    if hat.post is None:
        return Q(pk__in=[])
    role, unit = hat.post.role, hat.post.unit
    # an administrator keeps the tables, and sees of matters only what falls to the office
    scope = _mandated(role=role, unit=unit, person=None)
    if role == Role.ADMINISTRATOR:
        return scope
    return scope | Q(unit=unit) | (Q(unit__in=hat.units_below()) & Q(submitted_at__isnull=False))


REST = "text"  # the group of every field of a content that is in no other


class Matter(FSMModelMixin, models.Model):
    """One run of one workflow. The only legal way to change it is `matters.perform.perform`."""

    KIND: ClassVar[str] = ""
    PREFIX: ClassVar[str] = ""  # of the reference: QH-2026-0418
    FIRST: ClassVar[str] = ""  # the state it is opened in
    ENDS: ClassVar[frozenset[str]] = frozenset()  # states with no way out, wanted so
    GROUPS: ClassVar[Mapping[str, str]] = {}  # field of its content → the group a row of the policy names it by
    CHILDREN: ClassVar[frozenset[str]] = frozenset()  # kinds of the matters it may call for and wait for
    CALL_OFF: ClassVar[str] = ""  # as a child: the move by which the clock ends it when its parent has ended
    OPENED_BY: ClassVar[Rule]  # who may begin one, in whose unit: people of an office, people by name, the clock
    State: ClassVar[type[models.TextChoices]]

    reference = models.CharField(_("reference"), max_length=24, unique=True)
    kind = models.CharField(_("workflow"), max_length=24)
    title = models.CharField(_("title"), max_length=120)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    initiator = models.ForeignKey(Person, models.PROTECT, related_name="initiated", verbose_name=_("initiator"))
    submitter = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")  # of what is being decided
    keeper = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")  # took it over from a leaver
    state = FSMField(_("state"), max_length=24, protected=True)  # from `FIRST` on; `begin` puts it there
    turn = models.PositiveIntegerField(default=0)  # how often the state has changed
    amount = models.DecimalField(_("amount (CNY)"), max_digits=14, decimal_places=2, null=True, blank=True)
    language = models.CharField(
        _("language of its documents"), max_length=10, choices=settings.LANGUAGES, default="zh-hans"
    )
    urgent = models.BooleanField(_("urgent"), default=False)
    policy = models.ForeignKey(Edition, models.PROTECT, related_name="+", verbose_name=_("policy edition"))
    seats = models.JSONField(default=dict)  # who decides side by side now: {seat: {"reason", "agreed"}}
    resume_at = models.CharField(max_length=24, blank=True)  # returned "straight back": where to
    opened_at = models.DateTimeField(_("opened"))
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    trail_length = models.PositiveIntegerField(default=0)
    path_shown = models.JSONField(default=list)  # the preview as it stood at submission

    objects = MatterQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("matter"), _("matters")
        ordering = ["-opened_at", "-pk"]
        indexes = [
            models.Index(fields=["initiator", "-opened_at"]),
            models.Index(fields=["unit", "state"]),
            models.Index(fields=["kind", "state"]),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("desk:matter", args=[self.reference])

    @property
    def specific(self) -> Matter:
        """This matter as an object of its workflow's class (one query, unless it already is)."""
        if self.KIND:
            return self
        machine = _machines[self.kind]
        if machine._meta.proxy:  # a workflow without columns of its own
            return machine._default_manager.get(pk=self.pk)
        specific: Matter = getattr(self, str(machine._meta.model_name))
        return specific

    @property
    def state_label(self) -> str:
        return str(self.specific.State(self.state).label)

    @property
    def interested(self) -> set[int]:
        """Who began it, who submitted what is being decided, who took it over from a leaver (primary
        keys): they act for its author, and none of them decides it."""
        return {person for person in (self.initiator_id, self.submitter_id, self.keeper_id) if person}

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    # --- what a workflow's class says of itself ----------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """What the trail compares before and after an act: {field: JSON value}."""
        return {
            "title": self.title,
            "amount": str(self.amount) if self.amount is not None else None,
            "language": self.language,
            "urgent": self.urgent,
        }

    @property
    def written(self) -> str:
        """Which text whoever reads the matter now has before them: a mark that a form carries to `perform`.

        How long the trail was, to tell later what was written since; a digest of what it says; and one
        of the files that belong to what it says, where there are any.
        """
        return "-".join([str(self.trail_length), *self._digests()])

    def reads(self, written: str) -> bool:
        """Whether the matter still says what it said to whoever was given the mark `written`, files and all."""
        return written.split("-")[1:] == self._digests()

    def says(self, written: str) -> bool:
        """As `reads`, but of the words alone."""
        return written.split("-")[1:2] == self._digests()[:1]

    def _digests(self) -> list[str]:
        content = json.dumps(self.snapshot(), sort_keys=True, ensure_ascii=False, default=str)
        files = repr(_files(self.pk, self.trail_length)) if self.pk else "[]"
        said = [hashlib.sha256(content.encode()).hexdigest()[:32]]
        return said if files == "[]" else [*said, hashlib.sha256(files.encode()).hexdigest()[:16]]

    def opened(self, *args: Any, **answers: Any) -> None:
        """Take in what the person answered when opening the matter, which has just been saved."""

    def call_for(self, slot: str, kind: str, title: str, *, unit: Unit | None = None, **answers: Any) -> ChildMatter:
        """Call for a child matter, within a move: the clock opens it, once, as soon as the act is done.

        `slot` names its place among the children of this matter; `answers` are JSON and go to the
        child's `opened`. See ADR 26.
        """
        if kind not in self.CHILDREN:
            raise ValueError(f"{type(self).__name__}.CHILDREN does not name {kind}")
        of = unit or self.unit
        return ChildMatter.objects.create(
            parent_id=self.pk, slot=slot, kind=kind, title=title, unit=of, answers=answers
        )

    def as_planned(self, move: str) -> dict[str, Any]:
        """What a rehearsal answers where `move` asks for more than agreement; keyword arguments of the move."""
        return {}

    @property
    def version(self) -> int:
        """Which version an opinion is about; 1 for a workflow that keeps none."""
        return 1

    def content_of(self, version: int) -> Mapping[str, Any]:
        """What that version says, field by field, as JSON values; nothing for a workflow that keeps no versions."""
        return {}

    def seat_label(self, seat: str) -> str:
        """Who sits at `seat`, in words: the role or the person it is named after, else its name."""
        if seat in Role.values:
            return str(Role(seat).label)
        key = seat.removeprefix(PERSON)
        return str(_person(int(key)) or seat) if key != seat and key.isdecimal() else seat

    def open_seats(self) -> list[str]:
        """Seats that have not yet spoken; nobody else decides from a seat.

        In no order to rely on: PostgreSQL keeps the keys of a JSON object by length, SQLite as written.
        """
        return [seat for seat, running in self.seats.items() if not running["agreed"]]

    def fallback(self, role: str) -> str:
        """The role that takes over a step nobody may decide: `role` is whose office it was, empty where
        the people named for it have left."""
        return self.policy.fallback(self.kind, role) if role else Role.ADMINISTRATOR.value

    @classmethod
    def naming(cls, person: Person) -> Q | None:
        """Which matters of this workflow name `person`, and so are theirs to see; None where none names anybody."""
        return None

    def succeed(self, leaver: Person, successor: Person) -> bool:
        """Put `successor` where this matter names `leaver`, who leaves; True if it named them.

        Called for every open matter that `naming` finds. Only sets attributes: the caller saves.
        """
        return False

    # --- while an act is made --------------------------------------------------------------------

    _heard: list[Reason] | None = None  # the reasons of the act in hand

    def because(self, *reasons: Reason) -> None:
        """Say which rules decided about the act being made; the act keeps them, and the trail."""
        if self._heard is None:
            raise RuntimeError("Only an act has reasons: nobody is performing anything on this matter.")
        self._heard.extend(reasons)

    @contextmanager
    def heard_by(self, reasons: list[Reason]) -> Iterator[None]:
        """What is said by `because` inside goes to `reasons`."""
        self._heard = reasons
        try:
            yield
        finally:
            self._heard = None

    def reload(self) -> None:
        """Make this object what its row says now, the protected state included.

        Everything else it carried is dropped: cached properties, annotations, prefetched rows and
        fetched relations, all of which may be stale by now, and whatever was set without being
        saved. Of what is behind a foreign key, unit, initiator and policy come along anew.

        Not `refresh_from_db`: that has to switch off the protection of the state, and does so on
        the class, for every thread, while it runs.
        """
        fresh = type(self)._default_manager.select_related("unit", "initiator", "policy").get(pk=self.pk)
        self.__dict__.clear()
        self.__dict__.update(fresh.__dict__)

    def forget(self) -> None:
        """Drop what this object has worked out and kept, all of which may be stale by now."""
        for name in list(vars(self)):
            if isinstance(getattr(type(self), name, None), cached_property):
                del vars(self)[name]

    def columns(self) -> dict[str, Any]:
        """Name of each field → what its column would be given, apart from this object: later changes do not reach it."""
        fields = self._meta.concrete_fields
        return {field.name: deepcopy(getattr(self, field.attname)) for field in fields if not field.primary_key}


class ChildMatter(models.Model):
    """A place for a child that a matter has called for; `matter` is the child, once the clock has opened it."""

    parent = models.ForeignKey(Matter, models.PROTECT, related_name="children")
    slot = models.CharField(max_length=64)
    kind = models.CharField(max_length=24)
    title = models.CharField(max_length=120)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    answers = models.JSONField(default=dict)
    matter = models.OneToOneField(Matter, models.PROTECT, null=True, related_name="place")

    class Meta:
        verbose_name, verbose_name_plural = _("child matter"), _("child matters")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["parent", "slot"], name="one_child_per_place")]
        indexes = [models.Index(fields=["id"], condition=Q(matter=None), name="children_to_be_opened")]

    def __str__(self) -> str:
        return f"{self.slot} {self.title}"

    @property
    def state_label(self) -> str:
        """The child's state in words, without asking for the child's own columns; empty while it is to be opened."""
        return str(machine_of(self.kind).State(self.matter.state).label) if self.matter else ""


class Sequence(models.Model):
    """The last reference given out, per prefix and year."""

    prefix = models.CharField(max_length=8)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["prefix", "year"], name="one_sequence_per_prefix_and_year")]

    @classmethod
    def next_reference(cls, prefix: str, on: date) -> str:
        """The next `PREFIX-YEAR-NNNN`; holds the counter row until the transaction ends."""
        cls.objects.get_or_create(prefix=prefix, year=on.year)
        row = cls.objects.select_for_update().get(prefix=prefix, year=on.year)
        row.last += 1
        row.save(update_fields=["last"])
        return f"{prefix}-{on.year}-{row.last:04}"


class Opinion(models.Model):
    """What somebody decided, and what they said with it."""

    class Verdict(models.TextChoices):
        SUBMIT = "submit", _("submitted")
        AGREE = "agree", _("agrees")
        RETURN = "return", _("returns")
        REJECT = "reject", _("rejects")
        OBJECT = "object", _("objects")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="opinions")
    turn = models.PositiveIntegerField()
    seq = models.PositiveIntegerField()  # the line of the trail it belongs to
    step = models.CharField(max_length=24)  # the state it was given in
    seat = models.CharField(max_length=24, blank=True)
    version = models.PositiveIntegerField(default=1)
    resumed = models.BooleanField(default=False)  # a submission that went straight back: earlier agreements stand
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict)
    text = models.TextField(_("opinion"), blank=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    post_title = models.CharField(max_length=120, blank=True)
    on_behalf_of = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = _("opinion"), _("opinions")
        ordering = ["pk"]
        indexes = [models.Index(fields=["person", "-at"])]


class Mandate(models.Model):
    """Who else may decide during one turn: after a transfer, a fallback or an escalation.

    What was passed on to a person holds while they belong to the circle it could be passed on in: the
    role it came from, in `unit` where it had to stay there. When they no longer do, it has lapsed for good.
    """

    class Ground(models.TextChoices):
        TRANSFER = "transfer", _("passed on")
        FALLBACK = "fallback", _("fallback")
        ESCALATION = "escalation", _("escalation")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="mandates")
    turn = models.PositiveIntegerField()
    seat = models.CharField(max_length=24, blank=True)
    ground = models.CharField(max_length=12, choices=Ground)
    role = models.CharField(max_length=24, choices=Role, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    reason = models.JSONField()
    at = models.DateTimeField(default=clock.now)
    lapsed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | (Q(unit__isnull=False) & ~Q(role="")),
                name="mandate_names_a_person_or_an_office",
            )
        ]


class Handover(models.Model):
    """That work went from one person to another, by a line of the trail: what the lists of both are made of."""

    class What(models.TextChoices):
        TASK = "task", _("a task")  # passed on by whoever held it
        LEFT = "left", _("a task of somebody who left")
        CARE = "care", _("the care of a matter whose author left")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="handovers")
    entry = models.ForeignKey("trail.Entry", models.PROTECT, related_name="+")
    what = models.CharField(max_length=4, choices=What)
    giver = models.ForeignKey(Person, models.PROTECT, related_name="+")
    receiver = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("handover"), _("handovers")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["receiver", "-id"], name="handed_over_to_somebody"),
            models.Index(fields=["giver", "-id"], name="handed_over_by_somebody"),
        ]


def attachment_path(attachment: Attachment, name: str) -> str:
    """Named by content, below a folder per two digits; what the person called it is only a column."""
    return f"{attachment.digest[:2]}/{attachment.digest}"


class Attachment(models.Model):
    """A file laid beside a matter. Downloaded only through a view that asks who is asking."""

    class Purpose(models.TextChoices):
        TEXT = "text", _("with the text")
        RESULT = "result", _("with the results")
        DISCUSSION = "discussion", _("in the discussion")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="attachments")
    purpose = models.CharField(max_length=12, choices=Purpose, default=Purpose.TEXT)
    file = models.FileField(upload_to=attachment_path, max_length=120)
    name = models.CharField(_("name"), max_length=160)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(_("size"))
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("attachment"), _("attachments")
        ordering = ["at"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.content_type.startswith("image/")

    def get_absolute_url(self) -> str:
        return reverse("desk:attachment", args=[self.pk])

    @staticmethod
    def digest_of(content: bytes) -> str:
        return hashlib.sha256(content).hexdigest()


class Comment(models.Model):
    """Said beside the matter, deciding nothing."""

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="comments")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    text = models.TextField(_("comment"), max_length=4000)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name, verbose_name_plural = _("comment"), _("comments")
        ordering = ["pk"]


class ActKey(models.Model):
    """A form's own key: the same form sent twice is answered with the first result."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)
    entry = models.ForeignKey("trail.Entry", models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="one_act_per_key")]


class SentForm(models.Model):
    """A form as it came in, by the key it carried: sent again, it is answered as it was the first time."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)  # of the address and everything that was typed
    done = models.BooleanField(default=False)  # it did something, and need not come again
    answer = models.JSONField(default=dict)  # where it led and what was said; empty where it has to be asked anew
    at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="one_answer_per_form")]

    @classmethod
    def forget_old(cls) -> None:
        """A device keeps what was typed for two weeks; a month later nobody sends that form again."""
        cls.objects.filter(at__lt=clock.now() - timedelta(days=30)).delete()
