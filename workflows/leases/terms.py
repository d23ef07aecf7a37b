"""What a renewal is about, as values: what was found, what is proposed or countered, how it was answered, how it ended.

Each is written to the matter as JSON (`content`) and read back (`from_content`): amounts as decimal
strings in the lease's currency, days as ISO dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflows.organisation.figures import CENTS, percent_of, rounded

from .money import months_after
from .register import Lease

NOTHING = Decimal(0)


class Value:
    """Mixed into a frozen dataclass of decimals, days, numbers and words that is kept as JSON."""

    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = _plain(asdict(self))  # type: ignore[call-overload]
        return content

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Self:
        kinds = {field.name: str(field.type) for field in fields(cls)}  # type: ignore[arg-type]
        return cls(**{name: _read(kinds[name], value) for name, value in content.items() if name in kinds})


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _read(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind.startswith("Decimal"):
        return Decimal(value)
    if kind.startswith("date"):
        return date.fromisoformat(value)
    if kind.startswith("tuple[Meter"):
        return tuple(Meter.from_content(inner) for inner in value)
    if kind.startswith("tuple[Deduction"):
        return tuple(Deduction.from_content(inner) for inner in value)
    return value


# --- what was found ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assessment(Value):
    """How a tenant did over the last twelve months that are over, read from the register on one day."""

    on: date
    months: int  # that were reported of the twelve
    sales: Decimal
    sales_per_area: Decimal  # a month and m², over the months reported
    rent: Decimal  # of the months reported
    rent_percent: Decimal  # of the sales
    arrears: Decimal  # by the latest month
    worst_arrears: Decimal
    campaigns: int
    violations: int
    grade: str
    top50: bool
    price: Decimal  # per m² and month, in the lease's last year
    market_price: Decimal  # as the leasing officer found it
    remark: str = ""


def assess(lease: Lease, on: date, market_price: Decimal, remark: str) -> Assessment:
    """Reckon it from what the register says that day."""
    until = on.replace(day=1)
    told = list(lease.months.filter(month__gte=months_after(until, -12), month__lt=until))
    sales = sum((month.sales for month in told), NOTHING)
    rent = sum((lease.rent.of_month(month.month.year, month.month.month) for month in told), NOTHING)
    return Assessment(
        on=on,
        months=len(told),
        sales=sales,
        sales_per_area=rounded(sales / len(told) / lease.area, CENTS) if told else NOTHING,
        rent=rent,
        rent_percent=percent_of(rent, sales),
        arrears=lease.arrears(),
        worst_arrears=max((month.arrears for month in told), default=NOTHING),
        campaigns=sum(month.campaigns for month in told),
        violations=sum(month.violations for month in told),
        grade=lease.tenant.grade,
        top50=lease.tenant.top50,
        price=lease.last_price,
        market_price=market_price,
        remark=remark,
    )


def sales_by_year(lease: Lease) -> list[tuple[int, Decimal]]:
    """Year → sales, for whoever looks at the lease."""
    rows = lease.months.values_list("month__year").annotate(sum=Sum("sales")).order_by("month__year")
    return [(year, total) for year, total in rows]


# --- what is proposed ----------------------------------------------------------------------------------------


class Outcome(models.TextChoices):
    RENEW = "renew", _("renew")
    MOVE = "move", _("renew elsewhere (stall adjustment)")
    END = "end", _("do not renew")


@dataclass(frozen=True)
class Terms(Value):
    """On what terms. `price` and `fees` per m² and month; nothing of it counts where the outcome is END."""

    outcome: str = Outcome.RENEW
    stall: int | None = None  # key of the stall, where it is another one
    stall_name: str = ""
    area: Decimal = NOTHING
    months: int = 36
    price: Decimal = NOTHING
    escalation: Decimal = NOTHING
    rent_free: int = 0
    fees: Decimal = NOTHING
    deposit: Decimal = NOTHING
    campaigns: int = 0  # a year, that the tenant takes part in
    refit: str = ""


LABELS: dict[str, str | Promise] = {
    "outcome": _("proposal"),
    "stall_name": _("stall"),
    "area": _("area (m²)"),
    "months": _("term (months)"),
    "price": _("rent per m² and month"),
    "escalation": _("escalation a year (%)"),
    "rent_free": _("rent-free days"),
    "fees": _("fees per m² and month"),
    "deposit": _("deposit"),
    "campaigns": _("campaigns a year"),
    "refit": _("refit"),
}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of what differs between two terms, in the order of a contract."""
    was, will = (vars(Terms.from_content(content)) for content in (before, after))  # 55800 and 55800.00 are one deposit
    return [name for name in LABELS if was[name] != will[name]]


# --- how it was answered ---------------------------------------------------------------------------------------


class Means(models.TextChoices):
    LETTER = "letter", _("signed letter")
    EMAIL = "email", _("e-mail")
    MESSAGE = "message", _("message to the phone")
    MEETING = "meeting", _("said in a meeting, minuted")
    LINK = "link", _("by the link, confirmed with a one-time code")


@dataclass(frozen=True)
class Proof(Value):
    """How one knows what the tenant answered: who, when, by which means, and where that lies."""

    by: str
    on: date
    means: str
    words: str = ""
    file: str = ""  # name of the file beside the matter
    digest: str = ""


# --- how it ended --------------------------------------------------------------------------------------------------


class Utility(models.TextChoices):
    WATER = "water", _("water")
    POWER = "power", _("electricity")
    GAS = "gas", _("gas")


@dataclass(frozen=True)
class Meter(Value):
    """One meter on the day of the handover: what it showed last, what it shows, what a unit costs."""

    utility: str
    before: Decimal
    reading: Decimal
    price: Decimal

    @property
    def used(self) -> Decimal:
        return self.reading - self.before

    @property
    def charge(self) -> Decimal:
        return rounded(self.used * self.price, CENTS)


@dataclass(frozen=True)
class Deduction(Value):
    what: str
    amount: Decimal


@dataclass(frozen=True)
class Settlement(Value):
    """The handover: readings, and what becomes of the deposit. What is left is reckoned, never typed."""

    on: date
    deposit: Decimal
    arrears: Decimal
    meters: tuple[Meter, ...] = ()
    deductions: tuple[Deduction, ...] = ()

    @property
    def utilities(self) -> Decimal:
        return sum((meter.charge for meter in self.meters), NOTHING)

    @property
    def deducted(self) -> Decimal:
        return sum((line.amount for line in self.deductions), NOTHING)

    @property
    def left(self) -> Decimal:
        """What the tenant gets back; below nothing, what the tenant still has to pay."""
        return self.deposit - self.arrears - self.utilities - self.deducted


def days_before(end: date, days: Decimal | int) -> date:
    return end - timedelta(days=int(days))
