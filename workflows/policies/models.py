"""Policy tables: dated, versioned, edited by an administrator, never constants in code.

An `Edition` is the whole book of rules at one time. A published edition is never changed: an
administrator copies it, edits the copy and publishes that from a date. A matter keeps the
edition it was submitted under.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Protocol, TypedDict, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.glance import asked_once
from workflows.organisation.roles import Role

from .reasons import Reason

R = TypeVar("R", bound="Rule")


class NoPolicy(ObjectDoesNotExist):
    """No edition is in force on the date asked for, or the edition has no such rule."""


class Traits(TypedDict):
    """What countersign rules look at beside the amount; `partner_share` in CNY."""

    kind: str
    kind_label: str | Promise
    attendance: int
    group_mark: bool
    partner_share: Decimal


class Judged(Protocol):
    """A matter that rules can be applied to."""

    @property
    def amount(self) -> Decimal | None: ...

    def traits(self) -> Traits: ...


class Edition(models.Model):
    """All rules in force from a date, until a later edition takes over."""

    number = models.PositiveIntegerField(_("edition"), unique=True)
    title = models.CharField(_("title"), max_length=80)
    in_force_from = models.DateField(_("in force from"))
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("policy edition"), _("policy editions")
        ordering = ["-number"]

    def __str__(self) -> str:
        return _("edition %(number)s · %(title)s") % {"number": self.number, "title": self.title}

    @classmethod
    def current(cls, on: date | None = None) -> Edition:
        """The published edition in force on the date (today if None). Raises NoPolicy."""
        on = on or clock.today()
        editions = cls.objects.filter(published_at__isnull=False, in_force_from__lte=on)
        edition = editions.order_by("-in_force_from", "-number").first()
        if edition is None:
            raise NoPolicy(_("No policy edition is in force on %(day)s.") % {"day": on})
        return edition

    @transaction.atomic
    def copy(self) -> Edition:
        """A draft of the next edition with every rule of this one."""
        last = Edition.objects.order_by("-number").values_list("number", flat=True).first() or 0
        draft = Edition.objects.create(number=last + 1, title=self.title, in_force_from=clock.today())
        for table in TABLES:
            for row in table._default_manager.filter(edition=self):
                row.pk, row._state.adding, row.edition = None, True, draft
                row.save()
        return draft

    def gaps(self) -> list[str]:
        """What keeps this edition from being published, in words; empty when it is whole."""
        found: list[object] = []
        if not self.limits.exists():
            found.append(_("An edition without approval limits leaves nobody to sign."))
        for workflow in self.weights.values_list("workflow", flat=True).distinct():
            total = sum(self.weights.filter(workflow=workflow).values_list("weight", flat=True))
            if total != 100:
                found.append(
                    _("The weights of “%(workflow)s” add up to %(total)s, not 100.")
                    % {"workflow": workflow, "total": total}
                )
        for workflow in self.limits.values_list("workflow", flat=True).distinct():
            if not self.limits.filter(workflow=workflow, up_to__isnull=True, signs=True).exists():
                found.append(  # noqa: PERF401 - one sentence per fault, as above
                    _("Somebody must sign without a limit in “%(workflow)s”.") % {"workflow": workflow}
                )
        return [str(gap) for gap in found]

    def publish(self, at: datetime | None = None) -> None:
        """Put this edition in force. Raises ValidationError while it has gaps."""
        if gaps := self.gaps():
            raise ValidationError(gaps)
        self.published_at = at or clock.now()
        self.save(update_fields=["published_at"])

    # --- what the rest of the house asks ---------------------------------------------------

    @asked_once
    def rows(self, table: type[R], workflow: str) -> list[R]:
        """The rows one workflow has in one table of this edition, in the order they were written."""
        return list(table._default_manager.filter(edition=self, workflow=workflow).order_by("pk"))

    def limit(self, workflow: str, role: str) -> ApprovalLimit | None:
        return next((row for row in self.rows(ApprovalLimit, workflow) if row.role == role), None)

    def within(self, workflow: str, role: str, amount: Decimal) -> Reason | None:
        """Why `role` may approve `amount` (CNY) alone, or None if it may not."""
        limit = self.limit(workflow, role)
        if limit is None or limit.up_to is None or amount > limit.up_to:
            return None
        return Reason.of("amount_up_to", amount=amount, limit=limit.up_to, role=role)

    def signer(self, workflow: str, amount: Decimal) -> tuple[str, Reason]:
        """Which signing role approves `amount` (CNY), and why. Raises NoPolicy if none may."""
        floor = Decimal(0)
        ascending = sorted(self.rows(ApprovalLimit, workflow), key=lambda row: (row.up_to is None, row.up_to or 0))
        for limit in ascending:
            if limit.signs and (limit.up_to is None or amount <= limit.up_to):
                if limit.up_to is None:
                    return limit.role, Reason.of("amount_without_limit", amount=amount, floor=floor, role=limit.role)
                return limit.role, Reason.of(
                    "amount_between", amount=amount, floor=floor, limit=limit.up_to, role=limit.role
                )
            floor = limit.up_to if limit.up_to is not None else floor
        raise NoPolicy(_("Nobody may sign an amount of %(amount)s.") % {"amount": amount})

    def countersigners(self, workflow: str, matter: Judged) -> dict[str, Reason]:
        """Role → why it must countersign; empty when nobody must. The first rule that applies speaks."""
        asked: dict[str, Reason] = {}
        for rule in self.rows(CountersignRule, workflow):
            reason = rule.applies(matter)
            if reason and rule.role not in asked:
                asked[rule.role] = reason
        return asked

    def threshold(self, workflow: str, name: str) -> Decimal | None:
        """The number the table gives for `name`; None when the row is absent or empty."""
        return next((row.value for row in self.rows(Threshold, workflow) if row.name == name), None)

    def deadline(self, workflow: str, step: str) -> Deadline | None:
        return next((row for row in self.rows(Deadline, workflow) if row.step == step), None)

    def fallback(self, workflow: str, role: str) -> str:
        """The role that takes over when nobody holds `role`; the administrator where no row says."""
        falls_to = (row.then_role for row in self.rows(Fallback, workflow) if row.role == role)
        return next(falls_to, Role.ADMINISTRATOR.value)

    def weight_table(self, workflow: str) -> dict[str, int]:
        """Criterion → weight; the weights add up to 100."""
        return {row.criterion: row.weight for row in self.rows(Weight, workflow)}


class Rule(models.Model):
    """One row of one table of an edition."""

    edition = models.ForeignKey(Edition, models.CASCADE, verbose_name=_("edition"))
    workflow = models.CharField(_("workflow"), max_length=24, default="campaign")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class ApprovalLimit(Rule):
    """Up to which amount a role may approve. Rows with `signs` are the signers' table."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="limits", verbose_name=_("edition"))
    role = models.CharField(_("role"), max_length=24, choices=Role)
    up_to = models.DecimalField(
        _("up to (CNY)"), max_digits=14, decimal_places=2, null=True, blank=True, help_text=_("Empty: without limit.")
    )
    signs = models.BooleanField(_("signs for the group"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("approval limit"), _("approval limits")
        constraints = [
            models.UniqueConstraint(fields=["edition", "workflow", "role"], name="one_limit_per_role"),
            models.CheckConstraint(condition=Q(up_to__isnull=True) | Q(up_to__gte=0), name="limit_not_negative"),
        ]


class CountersignRule(Rule):
    """When a role must countersign. All must agree; the first objection sends the matter back."""

    class When(models.TextChoices):
        AMOUNT = "amount_above", _("budget above (CNY)")
        ATTENDANCE = "exposure_above", _("expected attendees from")
        GROUP_MARK = "group_mark", _("uses the group's mark")
        PARTNERS = "partner_share", _("partners pay more than (CNY)")
        KIND = "kind_is", _("kind of campaign is")
        ALWAYS = "always", _("always")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="countersign_rules", verbose_name=_("edition"))
    role = models.CharField(
        _("role"), max_length=24, choices=[(r.value, r.label) for r in (Role.FINANCE, Role.BRAND, Role.LEGAL)]
    )
    when = models.CharField(_("when"), max_length=24, choices=When)
    number = models.DecimalField(_("figure"), max_digits=14, decimal_places=2, null=True, blank=True)
    text = models.CharField(_("word"), max_length=40, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("countersign rule"), _("countersign rules")
        ordering = ["pk"]

    def clean(self) -> None:
        if self.when in (self.When.AMOUNT, self.When.ATTENDANCE, self.When.PARTNERS) and self.number is None:
            raise ValidationError({"number": _("This rule needs a number.")})
        if self.when == self.When.KIND and not self.text:
            raise ValidationError({"text": _("This rule needs a word.")})

    def applies(self, matter: Judged) -> Reason | None:
        """Why the rule asks for its role, or None when it does not."""
        traits, number = matter.traits(), self.number or Decimal(0)
        match self.when:
            case self.When.AMOUNT if (matter.amount or 0) > number:
                return Reason.of("amount_above", amount=matter.amount, limit=number, role=self.role)
            case self.When.ATTENDANCE if traits["attendance"] >= number:
                return Reason.of("exposure_above", count=traits["attendance"], limit=number, role=self.role)
            case self.When.PARTNERS if traits["partner_share"] > number:
                return Reason.of("partner_share", amount=traits["partner_share"], limit=number, role=self.role)
            case self.When.GROUP_MARK if traits["group_mark"]:
                return Reason.of("group_mark", role=self.role)
            case self.When.KIND if traits["kind"] == self.text:
                return Reason.of("kind_is", kind=traits["kind_label"], role=self.role)
            case self.When.ALWAYS:
                return Reason.of("always", role=self.role)
        return None


class Deadline(Rule):
    """How long a step may take, when to remind, and to whom it is escalated."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="deadlines", verbose_name=_("edition"))
    step = models.SlugField(_("step"), max_length=40)
    days = models.PositiveSmallIntegerField(_("days"))
    working_days = models.BooleanField(_("counts working days"), default=True)
    remind_percent = models.PositiveSmallIntegerField(_("remind at (%)"), default=80)
    escalate_to = models.CharField(_("escalate to"), max_length=24, choices=Role, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("deadline"), _("deadlines")
        constraints = [
            models.UniqueConstraint(fields=["edition", "workflow", "step"], name="one_deadline_per_step"),
            models.CheckConstraint(
                condition=Q(remind_percent__gt=0) & Q(remind_percent__lt=100), name="reminds_before_the_end"
            ),
        ]

    def due(self, opened_at: datetime, calendar: WorkingCalendar) -> datetime:
        return calendar.deadline(opened_at, self.days, working=self.working_days)


class Threshold(Rule):
    """A named number a check compares with; an empty value switches the check off."""

    class Name(models.TextChoices):
        LEAD_DAYS = "lead_days", _("days between submission and start")
        PERMIT_ATTENDANCE = "permit_attendance", _("attendees from which the police must permit")
        PERMIT_DAYS = "permit_days", _("days before the start to apply for the permit")
        RESERVE_LEAST = "reserve_least", _("least reserve (%)")
        RESERVE_MOST = "reserve_most", _("greatest reserve (%)")
        STORE_ENDORSES_FROM = "store_endorses_from", _("store manager endorses from (CNY)")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="thresholds", verbose_name=_("edition"))
    name = models.CharField(_("name"), max_length=32, choices=Name)
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("threshold"), _("thresholds")
        constraints = [models.UniqueConstraint(fields=["edition", "workflow", "name"], name="one_value_per_threshold")]


class Fallback(Rule):
    """Who takes over a step whose office nobody holds."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="fallbacks", verbose_name=_("edition"))
    role = models.CharField(_("role"), max_length=24, choices=Role)
    then_role = models.CharField(_("falls to"), max_length=24, choices=Role)

    class Meta:
        verbose_name, verbose_name_plural = _("fallback"), _("fallbacks")
        constraints = [models.UniqueConstraint(fields=["edition", "workflow", "role"], name="one_fallback_per_role")]


class Weight(Rule):
    """How much a criterion counts in an evaluation; a workflow's weights add up to 100."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="weights", verbose_name=_("edition"))
    criterion = models.SlugField(_("criterion"), max_length=24)
    weight = models.PositiveSmallIntegerField(_("weight"))

    class Meta:
        verbose_name, verbose_name_plural = _("weight"), _("weights")
        constraints = [
            models.UniqueConstraint(fields=["edition", "workflow", "criterion"], name="one_weight_per_criterion")
        ]


TABLES: tuple[type[Rule], ...] = (ApprovalLimit, CountersignRule, Deadline, Threshold, Fallback, Weight)
