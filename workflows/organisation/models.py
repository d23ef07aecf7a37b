"""Who: the unit tree, people, the posts they hold, who stands in for whom, corrected days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from . import changes, clock
from .glance import asked_once
from .legible import Legible, PrintedName, form_for_print
from .roles import Role


def in_force(on: date, prefix: str = "") -> Q:
    """Rows whose `starts_on`..`ends_on` covers the date `on`; both ends count, no end means open."""
    starts, ends = f"{prefix}starts_on", f"{prefix}ends_on"
    return Q(**{f"{starts}__lte": on}) & (Q(**{f"{ends}__isnull": True}) | Q(**{f"{ends}__gte": on}))


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


class Unit(Shaping, PrintedName, TreeNode):
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

    objects = TreeQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("unit"), _("units")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" and self.name_en else self.name

    def is_open(self, day: date) -> bool:
        """Whether it exists on that day; it is closed from `closed_on` on."""
        return self.closed_on is None or self.closed_on > day

    def above(self, kinds: Iterable[str]) -> Unit | None:
        """The nearest unit of one of `kinds`, counting from this one upwards; one query."""
        wanted = frozenset(kinds)
        return self if self.kind in wanted else self._above(wanted)

    @asked_once
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
        return self.get_or_create(
            username="system", defaults={"name": "系统时钟", "name_en": "System clock", "is_system": True}
        )[0]


class Person(Shaping, PrintedName, AbstractBaseUser, PermissionsMixin):
    """Somebody who may enter. What they may do comes from their posts alone, never from flags."""

    SILENT = frozenset({"last_login", "password", "language", "email"})
    UNPRINTED = frozenset({"password", "username", "email"})

    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=40)
    print_name = form_for_print()
    name_en = models.CharField(_("name in English"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    is_active = models.BooleanField(_("may enter"), default=True)
    is_system = models.BooleanField(_("is the system clock"), default=False, editable=False)
    left_on = models.DateField(_("left on"), null=True, blank=True)

    USERNAME_FIELD = "username"
    objects = PersonManager()

    class Meta:
        verbose_name, verbose_name_plural = _("person"), _("people")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" and self.name_en else self.name

    def get_short_name(self) -> str:
        """How the administration pages greet."""
        return str(self)

    def holds(self, *roles: str, on: date | None = None) -> bool:
        """Does this person hold one of `roles` in any unit on the date `on` (today if None)?"""
        return self.posts.filter(in_force(on or clock.today()), role__in=roles).exists()

    @property
    def is_staff(self) -> bool:
        """Whether the administration pages open: a post decides, no flag does."""
        return self.is_active and self.holds(Role.ADMINISTRATOR)


class Post(Shaping, Legible, models.Model):
    """A person holds a role in a unit, from a date to a date. Several at once are normal."""

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
        return f"{self.unit} · {self.own_title or self.get_role_display()}"

    @property
    def own_title(self) -> str:
        """The title in the active language; empty where it has none, and the role says what the post is."""
        if get_language() != "en":
            return self.title
        return self.title_en or (self.title if self.title.isascii() else "")

    def close(self, last_day: date) -> None:
        """End the post with `last_day`; one that would not have begun by then is as good as never given."""
        if self.starts_on > last_day:
            self.delete()
        else:
            self.ends_on = last_day
            self.save(update_fields=["ends_on"])


class StandIn(Shaping, Legible, models.Model):
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
