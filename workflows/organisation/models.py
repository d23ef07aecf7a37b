"""Who: the unit tree, people, the posts they hold, who stands in for whom, corrected days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from . import changes, clock
from .legible import Legible, PrintedName, form_for_print
from .names import Renamed
from .roles import Role
from .unchanged import while_unchanged


def in_force(on: date, prefix: str = "") -> Q:
    """Rows whose `starts_on`..`ends_on` covers the date `on`; both ends count, no end means open."""
    starts, ends = f"{prefix}starts_on", f"{prefix}ends_on"
    return Q(**{f"{starts}__lte": on}) & (Q(**{f"{ends}__isnull": True}) | Q(**{f"{ends}__gte": on}))


class Dated:
    """Mixed into a model whose rows hold from a date to a date."""

    starts_on: date
    ends_on: date | None

    def is_in_force(self, on: date) -> bool:
        """As `in_force`, of a row in hand."""
        return self.starts_on <= on and (self.ends_on is None or self.ends_on >= on)


class Shaping:
    """Mixed into a model whose rows shape who may do what: saving or deleting one is announced."""

    SILENT: ClassVar[frozenset[str]] = frozenset()  # columns that say nothing about who may do what

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)  # type: ignore[misc]
        written = kwargs.get("update_fields")
        if written is None or not set(written) <= self.SILENT:
            changes.announce()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        deleted: tuple[int, dict[str, int]] = super().delete(*args, **kwargs)  # type: ignore[misc]
        changes.announce()
        return deleted


class Unit(Shaping, PrintedName, TreeNode, Renamed):  # type: ignore[django-manager-missing]  # TreeNode, of an untyped library, has it
    """A place in the organisation: a store, the region above it, a department of the group."""

    class Kind(models.TextChoices):
        GROUP = "group", _("Group")
        DEPARTMENT = "department", _("Department")
        REGION = "region", _("Region")
        EXPANSION = "expansion", _("Expansion area")
        COMPANY = "company", _("Company")
        STORE = "store", _("Store")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    code = models.SlugField(_("code"), max_length=24, unique=True)
    name = models.CharField(_("name"), max_length=60)
    print_name = form_for_print()
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    objects: ClassVar[Any] = TreeQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("unit"), _("units")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.called()

    def is_open(self, day: date) -> bool:
        """Whether it exists on that day; it is closed from `closed_on` on."""
        return self.closed_on is None or self.closed_on > day

    def above(self, kinds: Iterable[str]) -> Unit | None:
        """The nearest unit of one of `kinds`, counting from this one upwards; one query."""
        wanted = frozenset(kinds)
        return self if self.kind in wanted else self._above(wanted)

    @while_unchanged
    def _above(self, wanted: frozenset[str]) -> Unit | None:
        upwards = Unit.objects.ancestors(self).extra(order_by=["-__tree.tree_depth"])
        return next((unit for unit in upwards if unit.kind in wanted), None)


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> Person:
        person = self.model(username=username, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def system(self) -> Person:
        """The clock as an actor: whoever performs what no human being performs."""
        words = {"name": "系统时钟", "name_en": "System clock", "is_system": True}
        return _system() or self.get_or_create(username="system", defaults=words)[0]

    def outsider(self) -> Person:
        """The other party as an actor: whoever has no account here and answers by a link; the line says who, and how one knows."""
        return self.get_or_create(
            username="outsider", defaults={"name": "外部当事人", "name_en": "Outside party", "is_system": True}
        )[0]


@while_unchanged
def _system() -> Person | None:
    return Person.objects.filter(username="system").first()


class Person(Shaping, PrintedName, Renamed, AbstractBaseUser, PermissionsMixin):
    """Somebody who may enter. What they may do comes from their posts alone, never from flags."""

    OF_THE_DOOR = frozenset({"last_login", "password", "password_set_by", "password_set_at", "sessions_mark"})
    SILENT = OF_THE_DOOR | {"language", "email"}
    UNPRINTED = frozenset({"password", "username", "email", "sessions_mark"})

    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=40)
    print_name = form_for_print()
    name_en = models.CharField(_("name in English"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    is_active = models.BooleanField(_("may enter"), default=True)
    is_system = models.BooleanField(_("is the system clock"), default=False, editable=False)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    # who else set the password in use, until the person has been told at the door
    password_set_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", editable=False)
    password_set_at = models.DateTimeField(null=True, editable=False)
    sessions_mark = models.CharField(max_length=16, blank=True, editable=False)  # a session of another one is over

    USERNAME_FIELD = "username"
    objects = PersonManager()

    class Meta:
        verbose_name, verbose_name_plural = _("person"), _("people")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.called()

    def get_short_name(self) -> str:
        """How the administration pages greet."""
        return str(self)

    @property
    def is_outsider(self) -> bool:
        """Whether this stands for the other party, who is nobody of this house; nobody enters as it."""
        return self.is_system and self.username == "outsider"

    def end_sessions(self) -> None:
        """Whoever is inside as this person, on whatever device, has to enter again."""
        self.sessions_mark = get_random_string(16)
        self.save(update_fields=["sessions_mark"])

    def get_session_auth_hash(self) -> str:
        """What a session must know to be this person's: it changes with the password, and when sessions are ended."""
        return self._marked(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same by former keys of the house."""
        yield from map(self._marked, super().get_session_auth_fallback_hash())

    def _marked(self, known: str) -> str:
        return (
            salted_hmac("organisation.sessions", known + self.sessions_mark).hexdigest()
            if self.sessions_mark
            else known
        )

    def holds(self, *roles: str, on: date | None = None) -> bool:
        """Does this person hold one of `roles` in any unit on the date `on` (today if None)?"""
        return self.posts.filter(in_force(on or clock.today()), role__in=roles).exists()

    @property
    def is_staff(self) -> bool:
        """Whether the administration pages open: a post decides, no flag does."""
        return self.is_active and self.holds(Role.ADMINISTRATOR)


class Post(Dated, Shaping, Legible, Renamed):
    """A person holds a role in a unit, from a date to a date. Several at once are normal."""

    NAMED = ("title", "title_en")

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=24, choices=Role)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts", verbose_name=_("unit"))
    title = models.CharField(_("post title"), max_length=40, blank=True)
    title_en = models.CharField(_("post title in English"), max_length=60, blank=True)
    starts_on = models.DateField(_("from"), default=clock.today)
    ends_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("post"), _("posts")
        ordering = ["starts_on", "pk"]
        indexes = [models.Index(fields=["role", "unit"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="post_ends_after_it_starts",
                violation_error_message=_("The end lies before the start."),
            )
        ]

    def __str__(self) -> str:
        return self.called()

    def called(self, at: datetime | None = None) -> str:
        """Unit and title, or the role where it had none, as both were called at that instant (today if None)."""
        return f"{self.unit.called(at)} · {self.title_on(at) or self.get_role_display()}"

    @classmethod
    def is_renamed(cls, before: Sequence[str], after: Sequence[str]) -> bool:
        """A post without a title is called by its role, so that a first title is another name, too."""
        return list(before) != list(after)

    @property
    def own_title(self) -> str:
        """The title in the active language; empty where it has none, and the role says what the post is."""
        return self.title_on(None)

    def title_on(self, at: datetime | None) -> str:
        title, title_en = self.names_on(at)
        if get_language() != "en":
            return title
        return title_en or (title if title.isascii() else "")

    def close(self, last_day: date) -> None:
        """End the post with `last_day`; one that would not have begun by then is as good as never given."""
        if self.starts_on > last_day:
            self.delete()
        else:
            self.ends_on = last_day
            self.save(update_fields=["ends_on"])


class StandIn(Dated, Shaping, Legible, models.Model):
    """A deputy acts for a principal between two dates, in one workflow or in all.

    One hop only: a deputy's own deputy gains nothing by it.
    """

    principal = models.ForeignKey(Person, models.PROTECT, related_name="stand_ins", verbose_name=_("stands in for"))
    deputy = models.ForeignKey(Person, models.PROTECT, related_name="deputyships", verbose_name=_("stand-in"))
    workflow = models.CharField(_("workflow"), max_length=24, blank=True, help_text=_("Empty: all workflows."))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    starts_on = models.DateField(_("from"), default=clock.today)
    ends_on = models.DateField(_("until"))

    class Meta:
        verbose_name, verbose_name_plural = _("stand-in"), _("stand-ins")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="stand_in_ends_after_it_starts",
                violation_error_message=_("The end lies before the start."),
            ),
            models.CheckConstraint(
                condition=~Q(principal=F("deputy")),
                name="nobody_stands_in_for_oneself",
                violation_error_message=_("Nobody stands in for themselves."),
            ),
        ]

    def __str__(self) -> str:
        return _("%(deputy)s for %(principal)s, %(start)s to %(end)s") % {
            "deputy": self.deputy,
            "principal": self.principal,
            "start": self.starts_on,
            "end": self.ends_on,
        }

    def clean(self) -> None:
        if self.deputy_id and not self.deputy.is_active:
            raise ValidationError({"deputy": _("This person has left.")})


class Appointment(Legible, models.Model):
    """A post or a stand-in that somebody proposed, and that is none until a second administrator confirms it.

    A stand-in names its principal; a post its role and unit.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=24, choices=Role, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("unit"))
    title = models.CharField(_("post title"), max_length=40, blank=True)
    title_en = models.CharField(_("post title in English"), max_length=60, blank=True)
    principal = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("stands in for"))
    workflow = models.CharField(_("workflow"), max_length=24, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed"), default=clock.now)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    confirmed = models.BooleanField(_("confirmed"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("appointment"), _("appointments")
        ordering = [F("decided_at").desc(nulls_first=True), "-proposed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(principal=None) & Q(unit__isnull=False) & ~Q(role=""))
                | (Q(principal__isnull=False) & Q(unit=None) & Q(role="") & Q(ends_on__isnull=False)),
                name="appointment_to_a_post_or_as_a_stand_in",
            ),
        ]

    def __str__(self) -> str:
        if self.principal:
            return _("%(person)s for %(principal)s") % {"person": self.person, "principal": self.principal}
        return f"{self.person} · {self.unit} · {self.get_role_display()}"

    @classmethod
    def to(cls, row: Post | StandIn, proposed_by: Person) -> Appointment:
        """What would become `row`, which is not saved."""
        if isinstance(row, Post):
            found = cls(
                person=row.person, role=row.role, unit=row.unit, title=row.title, title_en=row.title_en,
            )  # fmt: skip
        else:
            found = cls(person=row.deputy, principal=row.principal, workflow=row.workflow, reason=row.reason)
        found.starts_on, found.ends_on, found.proposed_by = row.starts_on, row.ends_on, proposed_by
        return found

    def becomes(self, starts_on: date) -> Post | StandIn:
        """The row it was proposed as, not saved, from that day on."""
        dates: dict[str, Any] = {"starts_on": starts_on, "ends_on": self.ends_on}
        if self.principal:
            return StandIn(
                deputy=self.person, principal=self.principal, workflow=self.workflow, reason=self.reason, **dates
            )
        return Post(
            person=self.person, role=self.role, unit=self.unit, title=self.title, title_en=self.title_en, **dates
        )


class DayCorrection(Legible, models.Model):
    """An administrator's word on one day, over the official calendar."""

    day = models.DateField(_("day"), unique=True)
    is_working = models.BooleanField(_("working day"))
    note = models.CharField(_("note"), max_length=120, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("corrected day"), _("corrected days")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} · {_('working day') if self.is_working else _('rest day')}"


class Stamp(models.Model):
    """One row, whose word is another after every change of a watched table. Written by triggers alone: see `unchanged`."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    word = models.CharField(max_length=36, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = "stamp", "stamps"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_stamp")]


class CalendarReading(models.Model):
    """What the working calendar said when the clock first met it in this form.

    Deadlines carry the fingerprint of the calendar they were counted by. When that is no longer the
    one in force, its reading tells which days have changed since.
    """

    fingerprint = models.CharField(primary_key=True, max_length=16)
    known_to = models.PositiveSmallIntegerField()  # the last year the package knew
    odd_days = models.JSONField()  # as `WorkingCalendar.odd_days` says them, from the year before on
    read_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name, verbose_name_plural = _("calendar reading"), _("calendar readings")

    def __str__(self) -> str:
        return self.fingerprint
