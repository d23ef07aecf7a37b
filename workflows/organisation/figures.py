"""How numbers are written: grouped by thousands in every language, as business papers do.

Django would group by ten thousands in Chinese, which nobody signs under.
"""

from decimal import Decimal


def figure(number: Decimal | int) -> str:
    """82000 → "82,000"; 82000.5 → "82,000.50"."""
    value = Decimal(number)
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"


def money(amount: Decimal) -> str:
    """An amount in CNY: "¥82,000"."""
    return f"¥{figure(amount)}"
