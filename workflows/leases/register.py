"""The register: the malls' floors and stalls, their tenants, the leases, and what is reported of each by month.

A lease holds its stall from `starts_on` to `held_until`; until it is renewed or handed over nobody
knows that day and it is empty. That no two leases hold a stall on one day the database sees to (`overlap`).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workflows.organisation import clock
from workflows.organisation.legible import Legible
from workflows.organisation.models import Unit

from .money import LONGEST_TERM, BrokenMonth, Currency, Money, Rent, too_long

NOT_NEGATIVE = [MinValueValidator(0)]


class Trade(models.TextChoices):
    PHONES = "phones", _("phones")
    COMPUTERS = "computers", _("computers")
    CAMERAS = "cameras", _("cameras")
    AUDIO = "audio", _("audio")
    GAMES = "games", _("games")
    HOME = "home", _("smart home")
    SERVICE = "service", _("repair and service")
    FOOD = "food", _("food and drink")


class Stall(Legible, models.Model):
    """One stall of a mall. Whether it is let is no column: its leases say so."""

    mall = models.ForeignKey(
        Unit, models.PROTECT, related_name="+", verbose_name=_("mall"), limit_choices_to={"kind": Unit.Kind.STORE}
    )
    floor = models.SmallIntegerField(
        _("floor"),
        validators=[MinValueValidator(-5), MaxValueValidator(20)],
        help_text=_("Below ground: −1, −2."),
    )
    number = models.CharField(_("number"), max_length=12)
    area = models.DecimalField(
        _("area (m²)"), max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    trade = models.CharField(_("trade"), max_length=12, choices=Trade)

    class Meta:
        verbose_name, verbose_name_plural = _("stall"), _("stalls")
        ordering = ["mall", "floor", "number"]
        constraints = [
            models.UniqueConstraint(fields=["mall", "number"], name="one_stall_per_number"),
            models.CheckConstraint(condition=Q(area__gt=0), name="stall_has_an_area"),
        ]

    def __str__(self) -> str:
        return f"{self.mall} {self.number}"

    def lease_on(self, day: date) -> Lease | None:
        """The lease that holds the stall on that day."""
        return self.leases.filter(holding(day)).select_related("tenant").first()

    @property
    def is_free(self) -> bool:
        """Whether nobody holds it, today or from any later day on."""
        return not self.leases.filter(Q(held_until=None) | Q(held_until__gte=clock.today())).exists()


class Tenant(Legible, models.Model):
    """A shop's owner: who signs, who is written to, in which language."""

    class Grade(models.TextChoices):
        A = "A", "A"
        B = "B", "B"
        C = "C", "C"
        D = "D", "D"

    name = models.CharField(_("name"), max_length=80, unique=True)
    licence = models.CharField(_("licence number"), max_length=32)
    licence_until = models.DateField(_("licence expires on"), null=True, blank=True)
    contact = models.CharField(_("contact"), max_length=40)
    phone = models.CharField(_("telephone"), max_length=24)
    email = models.EmailField(_("e-mail"), blank=True)
    address = models.CharField(_("address"), max_length=120)
    grade = models.CharField(_("grade"), max_length=1, choices=Grade, default=Grade.B)
    top50 = models.BooleanField(_("one of the TOP50"), default=False)
    language = models.CharField(
        _("language of its documents"), max_length=10, choices=[("zh-hans", "简体中文"), ("en", "English")], default="zh-hans"
    )  # fmt: skip

    class Meta:
        verbose_name, verbose_name_plural = _("tenant"), _("tenants")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def standing(self) -> str:
        """Grade, and the mark of the TOP50."""
        return f"{self.grade} · TOP50" if self.top50 else self.grade


def holding(day: date) -> Q:
    """Leases that hold their stall on that day."""
    return Q(starts_on__lte=day) & (Q(held_until=None) | Q(held_until__gte=day))


class Lease(models.Model):
    """Who rents which stall from when to when, and for what."""

    class State(models.TextChoices):
        IN_FORCE = "in_force", _("in force")
        RENEWED = "renewed", _("renewed")
        RELEASED = "released", _("handed over")

    stall = models.ForeignKey(Stall, models.PROTECT, related_name="leases", verbose_name=_("stall"))
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="leases", verbose_name=_("tenant"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    area = models.DecimalField(  # as let: a stall that is rebuilt changes no contract
        _("area (m²)"), max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    price = models.DecimalField(
        _("rent per m² and month"), max_digits=10, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    escalation = models.DecimalField(
        _("escalation a year (%)"),
        max_digits=5, decimal_places=2, default=Decimal(0), validators=[*NOT_NEGATIVE, MaxValueValidator(100)],
    )  # fmt: skip
    rent_free = models.PositiveSmallIntegerField(_("rent-free days"), default=0, validators=[MaxValueValidator(366)])
    fees = models.DecimalField(
        _("fees per m² and month"), max_digits=10, decimal_places=2, default=Decimal(0), validators=NOT_NEGATIVE
    )
    deposit = models.DecimalField(
        _("deposit"), max_digits=12, decimal_places=2, default=Decimal(0), validators=NOT_NEGATIVE
    )
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, default=Currency.CNY)
    broken_month = models.CharField(
        _("rent of a broken month"), max_length=4, choices=BrokenMonth, default=BrokenMonth.MEAN
    )
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.IN_FORCE, editable=False)
    held_until = models.DateField(_("held the stall until"), null=True, editable=False)
    awaits_renewal = models.BooleanField(default=True, editable=False)  # the clock has opened none yet
    follows = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="followed_by", editable=False, verbose_name=_("follows")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("lease"), _("leases")
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="lease_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(held_until=None) | Q(held_until__gte=F("starts_on")), name="lease_held_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(state="in_force", held_until=None) | (~Q(state="in_force") & Q(held_until__isnull=False)),
                name="lease_in_force_has_an_open_end",
            ),
        ]
        indexes = [
            # what the clock asks every round: those that are due, and no others
            models.Index(fields=["ends_on"], condition=Q(awaits_renewal=True), name="lease_awaits_renewal"),
            models.Index(fields=["stall", "starts_on"], name="leases_of_a_stall"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Under the lock of the stall's row: two who let one stall at one instant come one after the other.

        Without it PostgreSQL may find each waiting for the other's row before it compares them, and calls that a
        deadlock instead of refusing the second.
        """
        with transaction.atomic():
            Stall.objects.select_for_update(no_key=True).filter(pk=self.stall_id).first()
            super().save(*args, **kwargs)

    def __str__(self) -> str:
        return f"{self.stall} · {self.tenant} · {self.starts_on}–{self.ends_on}"

    @property
    def rent(self) -> Rent:
        return Rent(
            self.starts_on,
            self.ends_on,
            self.price,
            self.area,
            self.escalation,
            self.rent_free,
            self.broken_month,
            self.currency,
        )

    def money(self, amount: Decimal) -> Money:
        return Money(amount, self.currency)

    @property
    def last_price(self) -> Decimal:
        """Per m² and month in its last year: what a renewal is measured by."""
        *_before, (number, _begins, _ends) = self.rent.years()
        return self.rent.price_in(number)

    def arrears(self) -> Decimal:
        """What the tenant owes by the latest month that was reported."""
        latest = self.months.order_by("-month").first()
        return latest.arrears if latest else Decimal(0)

    def is_held_over(self, today: date) -> bool:
        """Whether the term is over and the tenant still there, nobody having said what follows."""
        return self.state == Lease.State.IN_FORCE and self.ends_on < today

    def clean(self) -> None:
        found: dict[str, Any] = {}
        if self.starts_on and self.ends_on:
            if self.ends_on < self.starts_on:
                found["ends_on"] = _("The last day lies before the first.")
            elif too_long(self.starts_on, self.ends_on):
                found["ends_on"] = _("A lease may not run for more than %(years)d years (Civil Code, article 705).") % {
                    "years": LONGEST_TERM
                }
            elif self.pk is None and self.ends_on < clock.today():
                found["ends_on"] = _("This lease is over; only leases in force are entered.")
        if self.stall_id and self.starts_on and (other := self.in_the_way()):
            found[NON_FIELD_ERRORS] = in_the_way(other)
        if found:
            raise ValidationError(found)

    def in_the_way(self) -> Lease | None:
        """Another lease that holds the stall on one of this one's days."""
        others = Lease.objects.filter(stall=self.stall_id).exclude(pk=self.pk)
        if self.held_until:
            others = others.filter(starts_on__lte=self.held_until)
        return others.filter(Q(held_until=None) | Q(held_until__gte=self.starts_on)).select_related("tenant").first()


def in_the_way(other: Lease) -> str:
    """Why a stall cannot be let: whose it is, from when."""
    return gettext("%(tenant)s holds the stall from %(day)s on; two leases cannot hold one stall.") % {
        "tenant": other.tenant,
        "day": other.starts_on,
    }


class Month(models.Model):
    """What is known of a lease for one month: sales, what was owed at its end, campaigns joined, violations."""

    lease = models.ForeignKey(Lease, models.PROTECT, related_name="months", verbose_name=_("lease"))
    month = models.DateField(_("month"))  # its first day
    sales = models.DecimalField(_("sales"), max_digits=14, decimal_places=2, validators=NOT_NEGATIVE)
    arrears = models.DecimalField(
        _("arrears at its end"), max_digits=12, decimal_places=2, default=Decimal(0), validators=NOT_NEGATIVE
    )
    campaigns = models.PositiveSmallIntegerField(_("campaigns joined"), default=0)
    violations = models.PositiveSmallIntegerField(_("violations"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("month of a lease"), _("months of leases")
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["lease", "month"], name="one_row_per_lease_and_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="month_by_its_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.lease} · {self.month:%Y-%m}"
