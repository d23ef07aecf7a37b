"""What rent comes to: the one place that reckons it, for form, page and paper.

Everything is `Decimal` with its currency. Rounded is half up (`organisation.figures`), to cents, and only
here: the price per m² once a year when it rises, a month's rent once, whatever pieces it is made of.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflows.organisation.figures import CENTS, figure, rounded

DAY = timedelta(days=1)
DAYS_OF_A_YEAR, MONTHS_OF_A_YEAR = 365, 12
LONGEST_TERM = 20  # years; Civil Code, article 705


class Currency(models.TextChoices):
    CNY = "CNY", _("Renminbi")
    HKD = "HKD", _("Hong Kong dollar")


SIGNS = {Currency.CNY: "¥", Currency.HKD: "HK$"}
NAMES = {Currency.CNY: "人民币", Currency.HKD: "港币"}


class BrokenMonth(models.TextChoices):
    """How the rent of a month is reckoned that is not let for all its days."""

    MEAN = "mean", _("by 365/12 days")
    DAYS = "days", _("by the days of the month")


@dataclass(frozen=True)
class Money:
    """An amount of a currency, in whole cents."""

    amount: Decimal
    currency: str = Currency.CNY

    def __str__(self) -> str:
        sign = "−" if self.amount < 0 else ""
        return f"{sign}{SIGNS[Currency(self.currency)]}{figure(abs(self.amount))}"

    @property
    def in_capitals(self) -> str:
        return in_capitals(self.amount, self.currency)


# --- a term -----------------------------------------------------------------------------------------------


def months_after(day: date, count: int) -> date:
    """The same day so many months on; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def end_of_term(starts_on: date, months: int) -> date:
    """The last day of so many months: of one year from 1 March 2026, 28 February 2027."""
    return months_after(starts_on, months) - DAY


def too_long(starts_on: date, ends_on: date) -> bool:
    """Whether the term goes beyond what the law allows; the twentieth year's last day is still within."""
    return ends_on > end_of_term(starts_on, LONGEST_TERM * MONTHS_OF_A_YEAR)


@dataclass(frozen=True)
class Rent:
    """What a lease says of its rent. `price` per m² and month in the first year, `escalation` in percent a year,
    `area` in m². The first `rent_free` days cost nothing.
    """

    starts_on: date
    ends_on: date
    price: Decimal
    area: Decimal
    escalation: Decimal = Decimal(0)
    rent_free: int = 0
    broken_month: str = BrokenMonth.MEAN
    currency: str = Currency.CNY

    def price_in(self, year: int) -> Decimal:
        """Per m² and month in the lease's `year`, counted from 0: each on the price before it, which is a price in cents."""
        price = self.price
        for _year in range(year):
            price = rounded(price * (100 + self.escalation) / 100, CENTS)
        return price

    def monthly_in(self, year: int) -> Decimal:
        """A whole month's rent in the lease's `year`."""
        return rounded(self.price_in(year) * self.area, CENTS)

    def annual_in(self, year: int) -> Decimal:
        """Twelve whole months' rent in the lease's `year`."""
        return self.monthly_in(year) * MONTHS_OF_A_YEAR

    def years(self) -> Iterator[tuple[int, date, date]]:
        """The lease's years: number from 0, first day, last day; the last may be shorter."""
        number, first = 0, self.starts_on
        while first <= self.ends_on:
            following = months_after(self.starts_on, (number + 1) * MONTHS_OF_A_YEAR)
            yield number, first, min(following - DAY, self.ends_on)
            number, first = number + 1, following

    def of_month(self, year: int, month: int) -> Decimal:
        """The rent of one month of the calendar.

        A month paid for every one of its days is a whole month, in the shares of its days where the
        price rises within it. Of any other each paid day costs the month's rent by 365/12, or by
        the days of that month, as the lease says.
        """
        days = monthrange(year, month)[1]
        first, last = date(year, month, 1), date(year, month, days)
        paid_from = self.starts_on + DAY * self.rent_free
        pieces = [
            ((min(last, ends) - max(first, begins, paid_from)).days + 1, self.monthly_in(number))
            for number, begins, ends in self.years()
            if begins <= last and ends >= first
        ]
        pieces = [(count, monthly) for count, monthly in pieces if count > 0]
        whole = sum(count for count, _monthly in pieces) == days
        share = sum((monthly * count for count, monthly in pieces), Decimal(0))
        if whole or self.broken_month == BrokenMonth.DAYS:
            return rounded(share / days, CENTS)
        return rounded(share * MONTHS_OF_A_YEAR / DAYS_OF_A_YEAR, CENTS)


@dataclass(frozen=True)
class RentYear:
    """One year of the rent path."""

    number: int  # from 1
    begins: date
    ends: date
    price: Decimal
    monthly: Decimal
    annual: Decimal


def path(rent: Rent) -> list[RentYear]:
    """What the lease costs, year by year."""
    return [
        RentYear(number + 1, begins, ends, rent.price_in(number), rent.monthly_in(number), rent.annual_in(number))
        for number, begins, ends in rent.years()
    ]


# --- in words ------------------------------------------------------------------------------------------------

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def in_capitals(amount: Decimal, currency: str = Currency.CNY) -> str:
    """The amount as a contract writes it, by the rules for filling in bills (支付结算办法, annex 1).

    100000.05 → 人民币壹拾万元零伍分. Raises ValueError from ten quadrillion on.
    """
    cents = int(rounded(abs(amount), CENTS) * 100)
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    words = NAMES[Currency(currency)] + ("负" if amount < 0 else "")
    if yuan:
        words += _whole(yuan) + "元"
    if jiao:
        # a nought before the jiao where the yuan end in one; it may be left out, and is harder to forge with it
        words += ("零" if yuan and not yuan % 10 else "") + f"{_DIGITS[jiao]}角"
    elif fen and yuan:
        words += "零"
    if fen:
        return words + f"{_DIGITS[fen]}分"
    return words + ("整" if cents else "零元整")


def _whole(number: int) -> str:
    """A whole number in capitals; one nought for any run of them inside, none at the end."""
    if number >= 10_000 ** len(_GROUPS):
        raise ValueError(number)
    words, gap, groups = "", False, []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    for place, group in reversed(list(enumerate(groups))):
        if not group:
            gap = gap or bool(words)
            continue
        if words and (gap or group < 1_000):
            words += "零"
        words += _under_ten_thousand(group) + _GROUPS[place]
        gap = False
    return words.replace("万亿", "万") if words.count("亿") > 1 else words


def _under_ten_thousand(number: int) -> str:
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if not digit:
            gap = bool(words)
        else:
            words += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
    return words
