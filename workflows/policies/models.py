"""Policy tables: dated, versioned, edited by an administrator, never constants in code.

An `Edition` is all rules at one time, rows of every installed workflow and of the house itself. A
published edition is never changed: an administrator copies it, edits the copy and publishes that from
a date. A matter keeps the edition it was submitted under. Which steps, thresholds, traits and criteria
there are is said by the workflows' rule books (`books`), not here: no column lists them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import ClassVar, Self, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.figures import money
from workflows.organisation.legible import Legible
from workflows.organisation.roles import Role
from workflows.organisation.unchanged import while_unchanged

from . import books
from .books import Asks, Choices, Judged, RuleBook, Words
from .reasons import Reason

R = TypeVar("R", bound="Rule")


class NoPolicy(ObjectDoesNotExist):
    """No edition is in force on the date asked for, or the edition has no such rule."""


class Edition(Legible, models.Model):
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
        edition = _in_force(on)
        if edition is None:
            raise NoPolicy(_("No policy edition is in force on %(day)s.") % {"day": on})
        return edition

    @transaction.atomic
    def copy(self) -> Edition:
        """A draft of the next edition: every rule of this one, and what workflows installed since begin with."""
        last = Edition.objects.order_by("-number").values_list("number", flat=True).first() or 0
        draft = Edition.objects.create(number=last + 1, title=self.title, in_force_from=clock.today())
        for table in TABLES:
            for row in table._default_manager.filter(edition=self).order_by("pk"):
                row.pk, row._state.adding, row.edition, row.is_new = None, True, draft, False
                row.save()
        draft.complete()
        return draft

    @transaction.atomic
    def complete(self) -> list[Rule]:
        """Add what the installed workflows' books begin with and this draft lacks; the rows added, marked new."""
        knows = {kind for table in TABLES for kind in table.known(self)}
        added: list[Rule] = []
        for table in TABLES:
            known = table.known(self)
            for book in books.all_books():
                if table.comes(known[book.kind], new=book.kind not in knows):
                    added += [row for row in table.defaults(book) if row.key not in known[book.kind]]
        for row in added:
            row.edition, row.is_new = self, True
            row.save()
        return added

    def gaps(self) -> list[str]:
        """What keeps this edition from being published, workflow by workflow, in words; empty when it is whole."""
        found: list[Words] = []
        limits, weights = ApprovalLimit.known(self), Weight.known(self)
        strangers = [RuleBook(kind) for kind in sorted({*limits, *weights}) if not books.is_installed(kind)]
        for book in (*books.all_books(), *strangers):
            named = {"workflow": book.name}
            total = sum(self.weights.filter(workflow=book.kind).values_list("weight", flat=True))
            if (book.criteria or book.kind in weights) and total != 100:
                found.append(
                    _("The weights of “%(workflow)s” add up to %(total)s, not 100.") % {**named, "total": total}
                )
            if book.limits and book.kind not in limits:
                found.append(ApprovalLimit.LACKING % {**named, "rows": ""})
            elif (
                book.kind in limits
                and not self.limits.filter(workflow=book.kind, up_to__isnull=True, signs=True).exists()
            ):
                found.append(_("Somebody must sign without a limit in “%(workflow)s”.") % named)
            for wanted in book.gaps:
                found.extend(wanted(self))
        return [str(gap) for gap in found]

    def lacks(self) -> list[str]:
        """What installed workflows begin with and this edition does not say, workflow by workflow, in words.

        It stops nobody: a step without a row has no deadline, and where no fallback is named the
        administrator takes over. But nobody may have meant it so: the edition may be older than the workflow.
        """
        known = {table: table.known(self) for table in TABLES}
        found: list[Words] = []
        for book in books.all_books():
            for table, kinds in known.items():
                if table.comes(kinds[book.kind], new=False):
                    rows = [row for row in table.defaults(book) if row.key not in kinds[book.kind]]
                    if rows and table.LACKING:
                        names = str(_(", ")).join(row.spoken(book) for row in rows)
                        found.append(table.LACKING % {"workflow": book.name, "rows": names})
        return [str(lack) for lack in found]

    def publish(self, at: datetime | None = None) -> None:
        """Put this edition in force. Raises ValidationError while it has gaps."""
        if gaps := self.gaps():
            raise ValidationError(gaps)
        self.published_at = at or clock.now()
        self.save(update_fields=["published_at"])

    # --- what the rest of the house asks ---------------------------------------------------

    @while_unchanged
    def rows(self, table: type[R], workflow: str) -> list[R]:
        """The rows one workflow has in one table of this edition, in the order they were written."""
        return list(table._default_manager.filter(edition=self, workflow=workflow).order_by("pk"))

    def limit(self, workflow: str, role: str) -> ApprovalLimit | None:
        return next((row for row in self.rows(ApprovalLimit, workflow) if row.role == role), None)

    def signing_roles(self) -> frozenset[str]:
        """The roles with a row in the limits of any workflow: whoever holds one decides about money."""
        return frozenset(self.limits.values_list("role", flat=True))

    def within(self, workflow: str, role: str, amount: Decimal) -> Reason | None:
        """Why `role` may approve `amount` (CNY) alone, or None if it may not."""
        limit = self.limit(workflow, role)
        if limit is None or limit.up_to is None or amount > limit.up_to:
            return None
        return Reason.of(_said(workflow, "sum_up_to"), amount=amount, limit=limit.up_to, role=role)

    def signer(self, workflow: str, amount: Decimal) -> tuple[str, Reason]:
        """Which signing role approves `amount` (CNY), and why. Raises NoPolicy if none may."""
        floor = Decimal(0)
        ascending = sorted(self.rows(ApprovalLimit, workflow), key=lambda row: (row.up_to is None, row.up_to or 0))
        for limit in ascending:
            if limit.signs and (limit.up_to is None or amount <= limit.up_to):
                if limit.up_to is None:
                    key = _said(workflow, "sum_without_limit")
                    return limit.role, Reason.of(key, amount=amount, floor=floor, role=limit.role)
                return limit.role, Reason.of(
                    _said(workflow, "sum_between"), amount=amount, floor=floor, limit=limit.up_to, role=limit.role
                )
            floor = limit.up_to if limit.up_to is not None else floor
        raise NoPolicy(_("Nobody may sign an amount of %(amount)s.") % {"amount": money(amount)})

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

    def practices(self, workflow: str, name: str) -> frozenset[str]:
        """What was chosen for a switch of conduct with several choices; as its book says where no row does."""
        row = next((row for row in self.rows(Conduct, workflow) if row.name == name), None)
        if row:
            return frozenset(row.choices)
        practice = books.book(workflow).practice(name)
        if practice is None:
            raise NoPolicy(_("“%(workflow)s” knows no switch “%(name)s”.") % {"workflow": workflow, "name": name})
        return frozenset(practice.default)

    def practice(self, workflow: str, name: str) -> str:
        """What was chosen for a switch of conduct with one choice, e.g. whether one person may decide twice."""
        (chosen,) = self.practices(workflow, name)
        return chosen


@while_unchanged
def _in_force(on: date) -> Edition | None:
    editions = Edition.objects.filter(published_at__isnull=False, in_force_from__lte=on)
    return editions.order_by("-in_force_from", "-number").first()


def _said(workflow: str, key: str) -> str:
    """The sentence a workflow says instead of the house's."""
    return books.book(workflow).instead.get(key, key)


# --- the tables ---------------------------------------------------------------------------------------------


class Comes(Enum):
    """When the default rows of a table join a draft that lacks them."""

    EACH = "each row for itself"
    WITH_TABLE = "only together, where the workflow has no row in the table"
    WITH_WORKFLOW = "only with a workflow the edition does not know; none at all is an answer, too"


class Rule(models.Model):
    """One row of one table of an edition."""

    KEY: ClassVar[str]  # the column that names a row within its workflow
    COMES: ClassVar[Comes] = Comes.EACH
    LACKING: ClassVar[Words] = ""  # what follows from `rows` missing in `workflow`; empty: nothing does

    edition = models.ForeignKey(Edition, models.CASCADE, verbose_name=_("edition"))
    workflow = models.CharField(_("workflow"), max_length=24)  # its KIND, or HOUSE; never left out
    # nobody wrote it: the copied edition had no such row
    is_new = models.BooleanField(_("new, as the workflow suggests"), default=False, editable=False)

    class Meta:
        abstract = True
        constraints = [models.CheckConstraint(condition=~Q(workflow=""), name="%(class)s_of_a_workflow")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @property
    def key(self) -> str:
        return str(getattr(self, self.KEY))

    @classmethod
    def known(cls, edition: Edition) -> defaultdict[str, set[str]]:
        """Workflow → the keys of its rows in this table of the edition."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for workflow, key in cls._default_manager.filter(edition=edition).values_list("workflow", cls.KEY):
            found[workflow].add(key)
        return found

    @classmethod
    def comes(cls, known: set[str], *, new: bool) -> bool:
        """Whether default rows may join those `known` of a workflow, which may be new to the edition."""
        if cls.COMES is Comes.WITH_WORKFLOW:
            return new
        return not known or cls.COMES is Comes.EACH

    @classmethod
    def defaults(cls, book: RuleBook) -> Iterator[Self]:
        """The rows the book suggests for this table, not saved and of no edition."""
        raise NotImplementedError

    @classmethod
    def suits(cls, book: RuleBook) -> bool:
        """Whether the workflow has a use for this table."""
        return any(True for _row in cls.defaults(book))

    @classmethod
    def offers(cls, book: RuleBook) -> dict[str, Choices]:
        """Column → what the workflow's book offers for it. Other columns are the table's own business."""
        return {}

    def spoken(self, book: RuleBook) -> str:
        """The row's name in the words of its workflow."""
        offered = self.offers(book).get(self.KEY)
        label = dict(offered).get(self.key, self.key) if offered is not None else Role(self.key).label
        return str(label)

    def clean(self) -> None:
        if faults := self.faults(books.book(self.workflow)):
            raise ValidationError(dict(faults))

    def faults(self, book: RuleBook) -> dict[str, Words]:
        """Column → what is wrong with it, in words: first of all a name the workflow's book does not know."""
        found: dict[str, Words] = {}
        for column, offered in self.offers(book).items():
            name = str(getattr(self, column))
            if name and name not in dict(offered):
                found[column] = _("“%(workflow)s” knows no “%(name)s”.") % {"workflow": book.name, "name": name}
        return found


class ApprovalLimit(Rule):
    """Up to which amount a role may approve. Rows with `signs` are the signers' table."""

    KEY = "role"
    COMES = Comes.WITH_TABLE
    LACKING = _("“%(workflow)s” has no approval limits: nobody may sign.")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="limits", verbose_name=_("edition"))
    role = models.CharField(_("role"), max_length=24, choices=Role)
    up_to = models.DecimalField(
        _("up to (CNY)"), max_digits=14, decimal_places=2, null=True, blank=True, help_text=_("Empty: without limit.")
    )
    signs = models.BooleanField(_("signs for the group"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("approval limit"), _("approval limits")
        constraints = [
            *Rule.Meta.constraints,
            models.UniqueConstraint(fields=["edition", "workflow", "role"], name="one_limit_per_role"),
            models.CheckConstraint(condition=Q(up_to__isnull=True) | Q(up_to__gte=0), name="limit_not_negative"),
        ]

    @classmethod
    def defaults(cls, book: RuleBook) -> Iterator[Self]:
        for limit in book.limits:
            up_to = None if limit.up_to is None else Decimal(limit.up_to)
            yield cls(workflow=book.kind, role=limit.role, up_to=up_to, signs=limit.signs)


class CountersignRule(Rule):
    """When a role must countersign. All must agree; the first objection sends the matter back."""

    KEY = "role"
    COMES = Comes.WITH_WORKFLOW

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="countersign_rules", verbose_name=_("edition"))
    role = models.CharField(_("role"), max_length=24, choices=Role)
    when = models.CharField(_("when"), max_length=24)  # the name of a trait
    number = models.DecimalField(_("figure"), max_digits=14, decimal_places=2, null=True, blank=True)
    text = models.CharField(_("word"), max_length=40, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("countersign rule"), _("countersign rules")
        ordering = ["pk"]
        constraints = [*Rule.Meta.constraints]

    @classmethod
    def defaults(cls, book: RuleBook) -> Iterator[Self]:
        for rule in book.countersign:
            number = None if rule.number is None else Decimal(rule.number)
            yield cls(workflow=book.kind, role=rule.role, when=rule.when, number=number, text=rule.text)

    @classmethod
    def suits(cls, book: RuleBook) -> bool:
        return bool(book.countersigners)

    @classmethod
    def offers(cls, book: RuleBook) -> dict[str, Choices]:
        roles = [(role, Role(role).label) for role in book.countersigners]
        return {"role": roles, "when": book.trait_choices(), "text": book.word_choices()}

    def faults(self, book: RuleBook) -> dict[str, Words]:
        found = super().faults(book)
        trait = book.trait(self.when)
        if trait and trait.asks.number and self.number is None:
            found["number"] = _("This rule needs a number.")
        if trait and trait.asks is Asks.CHOICE:
            words = {str(code) for code, _label in trait.choices()}
            if not self.text:
                found["text"] = _("This rule needs a word.")
            elif words and self.text not in words:
                found["text"] = _("“%(word)s” does not go with “%(when)s”.") % {"word": self.text, "when": trait.label}
        return found

    def applies(self, matter: Judged) -> Reason | None:
        """Why the rule asks for its role, or None when it does not. Raises NoPolicy if nobody can tell any more."""
        trait = books.book(self.workflow).trait(self.when)
        if trait is None:
            raise NoPolicy(
                _("A countersign rule of “%(workflow)s” looks at “%(when)s”, which nobody can read any more.")
                % {"workflow": self.workflow, "when": self.when}
            )
        return trait.because(matter, self.role, self.number or Decimal(0), self.text)


class Deadline(Rule):
    """How long a step may take, when to remind, and to whom it is escalated."""

    KEY = "step"
    LACKING = _("“%(workflow)s” has no deadline for: %(rows)s. Nothing is due, reminded of or escalated there.")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="deadlines", verbose_name=_("edition"))
    step = models.SlugField(_("step"), max_length=40)
    days = models.PositiveSmallIntegerField(_("days"))
    working_days = models.BooleanField(_("counts working days"), default=True)
    remind_percent = models.PositiveSmallIntegerField(_("remind at (%)"), default=80)
    escalate_to = models.CharField(_("escalate to"), max_length=24, choices=Role, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("deadline"), _("deadlines")
        constraints = [
            *Rule.Meta.constraints,
            models.UniqueConstraint(fields=["edition", "workflow", "step"], name="one_deadline_per_step"),
            models.CheckConstraint(
                condition=Q(remind_percent__gt=0) & Q(remind_percent__lt=100), name="reminds_before_the_end"
            ),
        ]

    @classmethod
    def defaults(cls, book: RuleBook) -> Iterator[Self]:
        for due in book.deadlines:
            yield cls(
                workflow=book.kind,
                step=due.step,
                days=due.days,
                working_days=due.working_days,
                escalate_to=due.escalate_to,
            )

    @classmethod
    def offers(cls, book: RuleBook) -> dict[str, Choices]:
        return {"step": book.step_choices()}

    def due(self, opened_at: datetime, calendar: WorkingCalendar) -> datetime:
        return calendar.deadline(opened_at, self.days, working=self.working_days)


class Threshold(Rule):
    """A named number a check compares with; an empty value switches the check off."""

    KEY = "name"
    LACKING = _("“%(workflow)s” has no value for: %(rows)s. What is checked against it is not checked.")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="thresholds", verbose_name=_("edition"))
    name = models.CharField(_("name"), max_length=32)
    value = models.DecimalField(
        _("value"), max_digits=14, decimal_places=2, null=True, blank=True, help_text=_("Empty: not checked.")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("threshold"), _("thresholds")
        constraints = [
            *Rule.Meta.constraints,
            models.UniqueConstraint(fields=["edition", "workflow", "name"], name="one_value_per_threshold"),
        ]

    @classmethod
    def defaults(cls, book: RuleBook) -> Iterator[Self]:
        for figure in book.figures:
            value = None if figure.value is None else Decimal(figure.value)
            yield cls(workflow=book.kind, name=str(figure.name), value=value)

    @classmethod
    def offers(cls, book: RuleBook) -> dict[str, Choices]:
        return {"name": [(str(figure.name), figure.label) for figure in book.figures]}

    def faults(self, book: RuleBook) -> dict[str, Words]:
        found, figure = super().faults(book), book.figure(self.name)
        if self.value is not None and self.value < 0:
            found["value"] = _("A threshold is not below nothing.")
        elif figure and figure.measure.is_whole and self.value is not None and self.value % 1:
            found["value"] = _("A whole number is needed here.")
        return found


class Fallback(Rule):
    """Who takes over a step whose office nobody holds."""

    KEY = "role"
    LACKING = _("“%(workflow)s” does not say who takes over from: %(rows)s. Where nobody holds it, the administrator.")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="fallbacks", verbose_name=_("edition"))
    role = models.CharField(_("role"), max_length=24, choices=Role)
    then_role = models.CharField(_("falls to"), max_length=24, choices=Role)

    class Meta:
        verbose_name, verbose_name_plural = _("fallback"), _("fallbacks")
        constraints = [
            *Rule.Meta.constraints,
            models.UniqueConstraint(fields=["edition", "workflow", "role"], name="one_fallback_per_role"),
        ]

    @classmethod
    def defaults(cls, book: RuleBook) -> Iterator[Self]:
        for role, then_role in book.fallbacks.items():
            yield cls(workflow=book.kind, role=role, then_role=then_role)


class Weight(Rule):
    """How much a criterion counts in an evaluation; a workflow's weights add up to 100."""

    KEY = "criterion"
    COMES = Comes.WITH_TABLE
    LACKING = _("“%(workflow)s” has no weights: nothing can be scored.")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="weights", verbose_name=_("edition"))
    criterion = models.SlugField(_("criterion"), max_length=24)
    weight = models.PositiveSmallIntegerField(_("weight"))

    class Meta:
        verbose_name, verbose_name_plural = _("weight"), _("weights")
        constraints = [
            *Rule.Meta.constraints,
            models.UniqueConstraint(fields=["edition", "workflow", "criterion"], name="one_weight_per_criterion"),
        ]

    @classmethod
    def defaults(cls, book: RuleBook) -> Iterator[Self]:
        for criterion in book.criteria:
            yield cls(workflow=book.kind, criterion=criterion.name, weight=criterion.weight)

    @classmethod
    def offers(cls, book: RuleBook) -> dict[str, Choices]:
        return {"criterion": [(criterion.name, criterion.label) for criterion in book.criteria]}


class Conduct(Rule):
    """What an office chose where its conduct may be switched; without a row it does as it always did."""

    KEY = "name"

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="conduct", verbose_name=_("edition"))
    name = models.SlugField(_("name"), max_length=40)
    chosen = models.CharField(_("chosen"), max_length=200, blank=True)  # codes, with a space between

    class Meta:
        verbose_name, verbose_name_plural = _("practice"), _("practices")
        constraints = [
            *Rule.Meta.constraints,
            models.UniqueConstraint(fields=["edition", "workflow", "name"], name="one_choice_per_practice"),
        ]

    @classmethod
    def defaults(cls, book: RuleBook) -> Iterator[Self]:
        for practice in book.all_practices():
            yield cls(workflow=book.kind, name=practice.name, chosen=" ".join(practice.default))

    @classmethod
    def offers(cls, book: RuleBook) -> dict[str, Choices]:
        return {"name": [(practice.name, practice.label) for practice in book.all_practices()]}

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(self.chosen.split())

    def faults(self, book: RuleBook) -> dict[str, Words]:
        found, practice = super().faults(book), book.practice(self.name)
        if practice and not practice.several and len(self.choices) != 1:
            found["chosen"] = _("Choose one of these.")
        elif practice and (strange := set(self.choices) - {code for code, _label in practice.choices}):
            found["chosen"] = _("“%(workflow)s” knows no “%(name)s”.") % {
                "workflow": book.name,
                "name": " ".join(sorted(strange)),
            }
        return found


TABLES: tuple[type[Rule], ...] = (ApprovalLimit, CountersignRule, Deadline, Threshold, Fallback, Weight, Conduct)
