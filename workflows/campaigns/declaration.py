"""What a store declares, as a value: the 申报表 with its lines, sums and checks.

A declaration never changes; a version of a campaign holds exactly one. It travels as `content`,
a JSON object with decimals as strings (CNY) and dates as ISO strings, which is what the database
keeps, what the trail compares and what a document freezes.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from functools import cache
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.organisation.figures import CENTS, TENTHS, money, percent_of, percents, rounded
from workflows.policies.models import Edition

from .rules import Threshold

T = TypeVar("T")


class Kind(TextChoices):
    """How far a campaign reaches."""

    SINGLE = "single", gettext_lazy("Single store")
    NATIONAL = "national", gettext_lazy("National theme, local part")
    EXPOSURE = "exposure", gettext_lazy("Exposure only")


class Phase(TextChoices):
    WARM_UP = "warm_up", gettext_lazy("Warm-up")
    EXECUTION = "execution", gettext_lazy("Execution")
    COOL_DOWN = "cool_down", gettext_lazy("Cool-down")


class Channel(TextChoices):
    IN_STORE = "in_store", gettext_lazy("In the store")
    WECHAT = "wechat", gettext_lazy("WeChat and mini-program")
    SHORT_VIDEO = "short_video", gettext_lazy("Short video")
    OUTDOOR = "outdoor", gettext_lazy("Outdoor and metro")
    PRESS = "press", gettext_lazy("Local press and radio")
    MEMBERS = "members", gettext_lazy("Messages to members")
    PARTNERS = "partners", gettext_lazy("Partners' channels")


class Category(TextChoices):
    VENUE = "venue", gettext_lazy("Venue and set-up")
    MEDIA = "media", gettext_lazy("Media")
    GIFTS = "gifts", gettext_lazy("Gifts and prizes")
    PEOPLE = "people", gettext_lazy("Staff and performers")
    MATERIALS = "materials", gettext_lazy("Printed matter")
    OTHER = "other", gettext_lazy("Other")


class Payer(TextChoices):
    STORE = "store", gettext_lazy("Store")
    REGION = "region", gettext_lazy("Region")
    GROUP = "group", gettext_lazy("Group")
    PARTNER = "partner", gettext_lazy("Partner")
    ALLIANCE = "alliance", gettext_lazy("Members' alliance")


@dataclass(frozen=True)
class ScheduleLine:
    phase: str = ""
    on: date | None = None
    what: str = ""
    who: str = ""


@dataclass(frozen=True)
class Partner:
    name: str = ""
    contributes: str = ""
    share: Decimal = Decimal(0)  # CNY


@dataclass(frozen=True)
class Duty:
    who: str = ""
    role: str = ""
    duty: str = ""


@dataclass(frozen=True)
class BudgetLine:
    item: str = ""
    category: str = Category.OTHER.value
    unit_price: Decimal = Decimal(0)  # CNY
    quantity: Decimal = Decimal(1)
    payer: str = Payer.STORE.value

    @property
    def amount(self) -> Decimal:
        return rounded(self.unit_price * self.quantity, CENTS)


@dataclass(frozen=True)
class Declaration:
    """Everything on the form. Amounts are CNY, `attendance` is people expected on the fullest day."""

    title: str = ""
    theme: str = ""
    kind: str = Kind.SINGLE.value
    starts_on: date | None = None
    ends_on: date | None = None
    venue: str = ""
    background: str = ""
    problem: str = ""
    customers: str = ""
    memorable: str = ""
    schedule: tuple[ScheduleLine, ...] = ()
    channels: tuple[str, ...] = ()
    group_mark: bool = False
    partners: tuple[Partner, ...] = ()
    team: tuple[Duty, ...] = ()
    footfall: int | None = None
    sales: Decimal | None = None
    new_members: int | None = None
    exposure: int | None = None
    attendance: int | None = None
    budget: tuple[BudgetLine, ...] = ()
    reserve: Decimal = Decimal(0)
    reserve_payer: str = Payer.STORE.value
    budget_total: Decimal | None = None  # as the planner states it; must equal `total`
    safety: str = ""
    urgent_reason: str = ""

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Declaration:
        """Read what `content` wrote. Unknown names are ignored, missing ones take their default."""
        return _read(cls, content)

    def content(self) -> dict[str, Any]:
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    def with_(self, **changes: Any) -> Declaration:
        return replace(self, **changes)

    # --- sums -----------------------------------------------------------------------------------

    @property
    def lines_total(self) -> Decimal:
        return sum((line.amount for line in self.budget), Decimal(0))

    @property
    def total(self) -> Decimal:
        """Budget lines and reserve, CNY."""
        return self.lines_total + self.reserve

    @property
    def reserve_percent(self) -> Decimal:
        """The reserve's share of the total in percent, one decimal."""
        return percent_of(self.reserve, self.total)

    def shares(self) -> dict[str, Decimal]:
        """Payer → CNY, for every payer who pays anything; adds up to `total`."""
        shares = {payer: Decimal(0) for payer in Payer.values}
        for line in self.budget:
            shares[line.payer] += line.amount
        shares[self.reserve_payer] += self.reserve
        return {payer: amount for payer, amount in shares.items() if amount}

    def percents(self) -> dict[str, Decimal]:
        """Payer → percent of the total, in the order of `shares`; adds up to exactly 100.0."""
        shares = self.shares()
        return dict(zip(shares, percents(list(shares.values())), strict=True))

    @property
    def partner_share(self) -> Decimal:
        return self.shares().get(Payer.PARTNER, Decimal(0))

    # --- checks ---------------------------------------------------------------------------------

    def is_urgent(self, edition: Edition, on: date) -> bool:
        """Whether fewer days than the policy's lead time are left until the start."""
        lead = edition.threshold("campaign", Threshold.LEAD_DAYS)
        return bool(self.starts_on and lead is not None and self.starts_on < on + timedelta(days=int(lead)))

    def errors(self, edition: Edition, on: date, *, running: bool = False) -> dict[str, list[str]]:
        """Field → what is wrong with it, in words; empty when the declaration may be submitted on that date.

        What is wrong with one line of a table stands under the table's name and the line's number,
        counted from 1: "schedule.2". `running`: a change of a campaign that has begun, whose start may lie in the past.
        """
        found: dict[str, list[str]] = {}

        def wrong(name: str, words: str) -> None:
            found.setdefault(name, []).append(words)

        for name in REQUIRED:
            if getattr(self, name) in ("", None, ()):
                wrong(name, _("Please fill this in."))
        self._check_dates(wrong, edition, on, running)
        self._check_budget(wrong, edition)
        return found

    def _check_dates(self, wrong: Any, edition: Edition, on: date, running: bool) -> None:
        starts, ends = self.starts_on, self.ends_on
        if starts and ends and ends < starts:
            wrong("ends_on", _("The campaign ends before it starts."))
        if starts and starts <= on and not running:
            wrong("starts_on", _("The start must lie in the future; today is %(today)s.") % {"today": on})
        missing = [str(phase.label) for phase in Phase if not any(line.phase == phase for line in self.schedule)]
        if self.schedule and missing:
            wrong("schedule", _("No line yet for: %(phases)s.") % {"phases": _(", ").join(missing)})
        for number, line in enumerate(self.schedule, 1):
            if not (line.on and line.what and line.who):
                wrong(
                    f"schedule.{number}",
                    _("Line %(number)s needs a date, what is done and a person.") % {"number": number},
                )
            elif starts and ends and line.phase == Phase.WARM_UP and line.on > ends:
                wrong(f"schedule.{number}", _("Line %(number)s: the warm-up lies after the end.") % {"number": number})
            elif starts and ends and line.phase == Phase.EXECUTION and not starts <= line.on <= ends:
                wrong(
                    f"schedule.{number}", _("Line %(number)s: execution lies outside the period.") % {"number": number}
                )
            elif ends and line.phase == Phase.COOL_DOWN and line.on < ends:
                wrong(
                    f"schedule.{number}", _("Line %(number)s: the cool-down lies before the end.") % {"number": number}
                )
        if self.is_urgent(edition, on) and not running and not self.urgent_reason.strip():
            days = edition.threshold("campaign", Threshold.LEAD_DAYS)
            wrong(
                "urgent_reason",
                _("Fewer than %(days)s days are left: please say why it is urgent.") % {"days": int(days or 0)},
            )

    def _check_budget(self, wrong: Any, edition: Edition) -> None:
        for number, line in enumerate(self.budget, 1):
            if not line.item or line.unit_price <= 0 or line.quantity <= 0:
                wrong(
                    f"budget.{number}", _("Line %(number)s needs an item, a price and a quantity.") % {"number": number}
                )
        if self.budget_total is not None and self.budget_total != self.total:
            wrong(
                "budget_total",
                _(
                    "The lines come to %(lines)s and the reserve to %(reserve)s, together %(total)s; you stated %(stated)s."
                )
                % {
                    "lines": money(self.lines_total),
                    "reserve": money(self.reserve),
                    "total": money(self.total),
                    "stated": money(self.budget_total),
                },
            )
        least = edition.threshold("campaign", Threshold.RESERVE_LEAST)
        most = edition.threshold("campaign", Threshold.RESERVE_MOST)
        percent = self.reserve * 100 / self.total if self.total else Decimal(0)
        if self.budget and least is not None and most is not None and not least <= percent <= most:
            wrong(
                "reserve",
                _("The reserve is %(percent)s %% of the total; it must lie between %(least)s and %(most)s %%.")
                % {"percent": _outside(percent, least, most), "least": int(least), "most": int(most)},
            )
        stated = sum((partner.share for partner in self.partners), Decimal(0))
        if stated != self.partner_share:
            wrong(
                "partners",
                _("Partners bear %(stated)s here, but the budget lines marked “partner” come to %(lines)s.")
                % {"stated": money(stated), "lines": money(self.partner_share)},
            )

    def warnings(self, edition: Edition, on: date) -> list[str]:
        """What the planner should know and may still submit with."""
        found = []
        limit = edition.threshold("campaign", Threshold.PERMIT_ATTENDANCE)
        days = edition.threshold("campaign", Threshold.PERMIT_DAYS)
        if limit is not None and days is not None and (self.attendance or 0) >= limit and self.starts_on:
            found.append(
                _(
                    "%(limit)s or more people are expected: apply to the police for a safety permit by %(day)s, %(days)s days before the start."
                )
                % {"limit": int(limit), "days": int(days), "day": self.starts_on - timedelta(days=int(days))}
            )
        if self.is_urgent(edition, on):
            lead = edition.threshold("campaign", Threshold.LEAD_DAYS)
            found.append(_("Fewer than %(days)s days are left: it will be marked urgent.") % {"days": int(lead or 0)})
        return found


REQUIRED = (
    "title", "theme", "starts_on", "ends_on", "venue", "background", "problem", "customers", "memorable",
    "schedule", "channels", "team", "footfall", "sales", "new_members", "attendance", "budget",
    "budget_total", "safety",
)  # fmt: skip


@dataclass(frozen=True)
class Report:
    """What came of it: actual spend per budget line (same order) and of the reserve, results, words."""

    actuals: tuple[Decimal, ...] = ()
    reserve_spent: Decimal = Decimal(0)
    footfall: int = 0
    sales: Decimal = Decimal(0)
    new_members: int = 0
    exposure: int = 0
    summary: str = ""
    lessons: str = ""

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Report:
        return _read(cls, content)

    def content(self) -> dict[str, Any]:
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    @property
    def spent(self) -> Decimal:
        return sum(self.actuals, self.reserve_spent)


@dataclass(frozen=True)
class Score:
    criterion: str = ""
    weight: int = 0
    computed: Decimal = Decimal(0)  # of 100, as the figures give it
    given: Decimal = Decimal(0)  # of 100, as the reviewer decides
    why: str = ""  # where the two differ

    @property
    def weighted(self) -> Decimal:
        return rounded(self.given * self.weight / 100, CENTS)


@dataclass(frozen=True)
class Evaluation:
    scores: tuple[Score, ...] = field(default=())
    remark: str = ""

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Evaluation:
        return _read(cls, content)

    def content(self) -> dict[str, Any]:
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    @property
    def total(self) -> Decimal:
        """Out of 100, two decimals."""
        return sum((score.weighted for score in self.scores), Decimal(0))


TARGETS = ("footfall", "sales", "new_members", "exposure")


def as_part(declared: Declaration, report: Report | None) -> dict[str, Any]:
    """What a joint campaign reads of one of its stores: money by payer, targets, and the results once they are reported."""
    part: dict[str, Any] = _plain(
        {
            "starts_on": declared.starts_on,
            "ends_on": declared.ends_on,
            "total": declared.total,
            "shares": declared.shares(),
            "attendance": declared.attendance or 0,
            "group_mark": declared.group_mark,
            "targets": {name: getattr(declared, name) for name in TARGETS},
            "spent": report.spent if report else None,
            "results": {name: getattr(report, name) for name in TARGETS} if report else {},
        }
    )
    return part


def computed_scores(declared: Declaration, report: Report, *, report_late: bool) -> dict[str, Decimal]:
    """Criterion → 0..100 as the figures give it, one decimal.

    Target: the mean of result over target, each capped at 100 %. Publicity: exposure over its
    target (100 where none was set). Cost: planned cost per visitor over actual, capped. Discipline:
    100, less 20 when the report came late, less 30 when more was spent than approved.
    """
    pairs: list[tuple[Decimal | int, Decimal | int | None]] = [
        (report.footfall, declared.footfall),
        (report.sales, declared.sales),
        (report.new_members, declared.new_members),
    ]
    reached = [_ratio(Decimal(result), Decimal(target)) for result, target in pairs if target]
    planned_cost = declared.total / declared.footfall if declared.footfall else Decimal(0)
    actual_cost = report.spent / report.footfall if report.footfall else None
    discipline = Decimal(100) - (20 if report_late else 0) - (30 if report.spent > declared.total else 0)
    scores = {
        "target": sum(reached, Decimal(0)) / len(reached) if reached else Decimal(0),
        "publicity": _ratio(Decimal(report.exposure), Decimal(declared.exposure))
        if declared.exposure
        else Decimal(100),
        "cost": _ratio(planned_cost, actual_cost) if actual_cost is not None else Decimal(0),
        "discipline": discipline,
    }
    return {criterion: rounded(score, TENTHS) for criterion, score in scores.items()}


def _outside(percent: Decimal, least: Decimal, most: Decimal) -> Decimal:
    """`percent`, which lies outside, with as many decimals as show that: 4.96 % must not be told as 5.0 %."""
    shown = rounded(percent, TENTHS)
    if least <= shown <= most:
        return percent.quantize(Decimal("0.0001"), ROUND_FLOOR if percent < least else ROUND_CEILING).normalize()
    return shown


def _ratio(part: Decimal, whole: Decimal) -> Decimal:
    return min(Decimal(100), part * 100 / whole) if whole else Decimal(100)


# --- content and back -----------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


@cache
def _hints(wanted: Hashable) -> dict[str, Any]:
    return get_type_hints(wanted)


def _read(wanted: type[T], content: Mapping[str, Any]) -> T:
    hints = _hints(cast("Hashable", wanted))
    present = [item.name for item in fields(wanted) if item.name in content]  # type: ignore[arg-type]
    return wanted(**{name: _value(hints[name], content[name]) for name in present})


def _value(kind: Any, raw: Any) -> Any:
    """`raw` as the annotated `kind`; raises ValueError where it cannot be that."""
    if get_origin(kind) is UnionType:
        return None if raw is None else _value(next(inner for inner in get_args(kind) if inner is not type(None)), raw)
    if get_origin(kind) is tuple:
        return tuple(_value(get_args(kind)[0], inner) for inner in raw or ())
    if is_dataclass(kind):
        return _read(kind, raw)  # type: ignore[arg-type]
    if kind is date:
        return date.fromisoformat(raw)
    if kind is Decimal:
        try:
            return Decimal(raw)
        except InvalidOperation as error:
            raise ValueError(raw) from error
    return kind(raw)
