"""How numbers are rounded and written: the one place that says so.

Money is rounded half up, as every accountant and every cash register does; Python would round half
to even. Figures are grouped by thousands in every language, as business papers do; Django would
group by ten thousands in Chinese, which nobody signs under.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

CENTS, TENTHS = 2, 1  # decimal places: of an amount in CNY, of a percentage or a score


def rounded(number: Decimal | int, places: int) -> Decimal:
    """`number` with so many decimal places, a half away from zero; -2 places are full hundreds."""
    step = Decimal(1).scaleb(-places)
    found = Decimal(number).quantize(step, ROUND_HALF_UP)
    return found.quantize(Decimal(1)) if places < 0 else found


def percent_of(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """`part` of `whole` in percent, one decimal; 0 of nothing."""
    return rounded(Decimal(part) * 100 / Decimal(whole), TENTHS) if whole else Decimal(0)


def percents(parts: Sequence[Decimal]) -> list[Decimal]:
    """Each part's share of their sum in percent, one decimal; together exactly 100.0.

    By largest remainder: every share is cut off at its decimal, and the tenths left over go to those
    that lost most, the earlier of two that lost the same. Three equal parts: 33.4, 33.3, 33.3.
    """
    whole = sum(parts, Decimal(0))
    if not whole:
        return [Decimal("0.0") for _part in parts]
    cut = [divmod(part * 1000, whole) for part in parts]
    left = 1000 - int(sum(tenths for tenths, _remainder in cut))
    by_loss = sorted(range(len(parts)), key=lambda place: -cut[place][1])
    more = set(by_loss[:left])
    return [(tenths + (place in more)).scaleb(-1).quantize(Decimal("0.1")) for place, (tenths, _rest) in enumerate(cut)]


def figure(number: Decimal | int) -> str:
    """82000 → "82,000"; 82000.5 → "82,000.50"."""
    value = rounded(number, CENTS) + 0  # no "-0" for what rounds to nothing
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"


def money(amount: Decimal) -> str:
    """An amount in CNY: "¥82,000"."""
    return f"¥{figure(amount)}"
