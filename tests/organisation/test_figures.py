"""Money is rounded half up, and shares in percent come to exactly 100.0."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.organisation.figures import figure, money, percent_of, percents, rounded


@pytest.mark.parametrize(
    ("number", "places", "expected"),
    [
        ("6.225", 2, "6.23"),
        ("6.224999", 2, "6.22"),
        ("0.005", 2, "0.01"),
        ("0.015", 2, "0.02"),
        ("0.025", 2, "0.03"),
        ("-6.225", 2, "-6.23"),
        ("16.665", 2, "16.67"),
        ("2.5", 0, "3"),
        ("3.5", 0, "4"),
        ("7.25", 1, "7.3"),
        ("7.35", 1, "7.4"),
        ("250", -2, "300"),
        ("82000", 2, "82000.00"),
    ],
)
def test_a_half_goes_up(number: str, places: int, expected: str) -> None:
    assert str(rounded(Decimal(number), places)) == expected


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("82000", "¥82,000"), ("82000.5", "¥82,000.50"), ("0.125", "¥0.13"), ("1234567.005", "¥1,234,567.01"),
        ("0", "¥0"), ("-0.004", "¥0"), ("0.995", "¥1"),
    ],
)  # fmt: skip
def test_an_amount_is_written_as_it_is_rounded(amount: str, written: str) -> None:
    assert money(Decimal(amount)) == written
    assert figure(Decimal(amount)) == written.removeprefix("¥")


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [("6000", "82000", "7.3"), ("1", "3", "33.3"), ("2", "3", "66.7"), ("1", "2000", "0.1"), ("5", "0", "0")],
)
def test_one_figure_in_percent_of_another(part: str, whole: str, percent: str) -> None:
    assert str(percent_of(Decimal(part), Decimal(whole))) == percent


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["100", "100", "100"], ["33.4", "33.3", "33.3"]),
        (["1", "1", "1", "1", "1", "1"], ["16.7", "16.7", "16.7", "16.7", "16.6", "16.6"]),
        (["2", "1"], ["66.7", "33.3"]),
        (["34152", "45756", "12092"], ["37.1", "49.7", "13.2"]),  # 37.1217, 49.7348, 13.1435: 13.2 lost most
        (["82000"], ["100.0"]),
        (["0.01", "999999999.99"], ["0.0", "100.0"]),
        (["1", "1999"], ["0.1", "99.9"]),  # 0.05 and 99.95 lose the same: the first has it
        ([], []),
        (["0", "0"], ["0.0", "0.0"]),
    ],
)
def test_shares_by_largest_remainder(parts: list[str], expected: list[str]) -> None:
    assert list(map(str, percents(list(map(Decimal, parts))))) == expected


AMOUNTS = st.decimals(min_value="0.01", max_value="999999999.99", places=2)


@given(st.lists(AMOUNTS, min_size=1, max_size=8))
def test_shares_always_come_to_a_hundred_and_none_is_a_tenth_off(amounts: list[Decimal]) -> None:
    shares = percents(amounts)

    assert sum(shares) == Decimal("100.0")
    for amount, share in zip(amounts, shares, strict=True):
        assert share == share.quantize(Decimal("0.1"))
        assert abs(share - amount * 100 / sum(amounts)) < Decimal("0.1")
