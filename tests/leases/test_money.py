"""Rent against tables reckoned by hand, and amounts as a contract writes them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.leases.money import BrokenMonth, Money, Rent, end_of_term, in_capitals, path, too_long

# 86.50 m² at 210.00, rising by 5 %: 210.00, 220.50, 231.525 → 231.53
THREE_YEARS = Rent(date(2027, 1, 1), date(2029, 12, 31), Decimal(210), Decimal("86.50"), escalation=Decimal(5))
# a month of 12,000 (100 m² at 120), from 10 March to 20 June 2026
BROKEN = Rent(date(2026, 3, 10), date(2026, 6, 20), Decimal(120), Decimal(100))


def test_it_rises_on_the_price_before():
    assert [(y.number, y.begins, y.ends, y.price, y.monthly, y.annual) for y in path(THREE_YEARS)] == [
        (1, date(2027, 1, 1), date(2027, 12, 31), Decimal(210), Decimal("18165.00"), Decimal("217980.00")),
        (2, date(2028, 1, 1), date(2028, 12, 31), Decimal("220.50"), Decimal("19073.25"), Decimal("228879.00")),
        # half up: 231.525 is 231.53, where Python would round 231.52; × 86.50 = 20,027.345 → .35
        (3, date(2029, 1, 1), date(2029, 12, 31), Decimal("231.53"), Decimal("20027.35"), Decimal("240328.20")),
    ]


@pytest.mark.parametrize(
    ("way", "march", "april", "june"),
    [
        # 22 and 20 days at 12,000 × 12 / 365 = 394.5205… a day
        (BrokenMonth.MEAN, "8679.45", "12000.00", "7890.41"),
        # 12,000 × 22 / 31 and × 20 / 30
        (BrokenMonth.DAYS, "8516.13", "12000.00", "8000.00"),
    ],
)
def test_a_broken_month_is_reckoned_as_the_lease_says(way, march, april, june):
    rent = Rent(**{**vars(BROKEN), "broken_month": way})

    assert [rent.of_month(2026, month) for month in (2, 3, 4, 6, 7)] == [
        0,
        Decimal(march),
        Decimal(april),
        Decimal(june),
        0,
    ]


def test_rent_free_days_are_the_first_ones():
    rent = Rent(**{**vars(BROKEN), "rent_free": 30, "broken_month": BrokenMonth.DAYS})

    # free from 10 March to 8 April; 22 of April's 30 days are paid
    assert [rent.of_month(2026, month) for month in (3, 4, 5)] == [0, Decimal("8800.00"), Decimal("12000.00")]


@pytest.mark.parametrize("way", BrokenMonth)
def test_a_month_in_which_the_price_rises_is_a_whole_month_all_the_same(way):
    rent = Rent(
        date(2026, 3, 11), date(2028, 3, 10), Decimal(100), Decimal(31), escalation=Decimal(10), broken_month=way
    )

    # ten days at 3,100 and 21 at 3,410
    assert rent.of_month(2027, 3) == Decimal("3310.00")


def test_a_term_ends_the_day_before_its_anniversary():
    assert [
        end_of_term(date(2026, 3, 1), 12),
        end_of_term(date(2024, 2, 29), 12),
        end_of_term(date(2026, 1, 31), 1),
    ] == [
        date(2027, 2, 28),
        date(2025, 2, 27),
        date(2026, 2, 27),
    ]


def test_twenty_years_are_the_most():
    first = date(2026, 1, 1)

    assert [too_long(first, date(2045, 12, 31)), too_long(first, date(2046, 1, 1))] == [False, True]


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "人民币零元整"),
        ("0.29", "人民币贰角玖分"),
        ("0.05", "人民币伍分"),
        ("10", "人民币壹拾元整"),
        ("1.10", "人民币壹元壹角整"),
        ("10.50", "人民币壹拾元零伍角整"),
        ("20.05", "人民币贰拾元零伍分"),
        ("325.04", "人民币叁佰贰拾伍元零肆分"),
        ("1010.00", "人民币壹仟零壹拾元整"),
        ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
        ("1680.32", "人民币壹仟陆佰捌拾元零叁角贰分"),
        ("6007.14", "人民币陆仟零柒元壹角肆分"),
        ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
        ("100000.05", "人民币壹拾万元零伍分"),
        ("100005.00", "人民币壹拾万零伍元整"),
        ("107000.53", "人民币壹拾万柒仟元零伍角叁分"),
        ("10000000.30", "人民币壹仟万元零叁角整"),
        ("10001000.00", "人民币壹仟万壹仟元整"),
        ("100000001.00", "人民币壹亿零壹元整"),
        ("100100000.00", "人民币壹亿零壹拾万元整"),
        ("1000000000000.00", "人民币壹万亿元整"),
        ("1000100000000.00", "人民币壹万零壹亿元整"),
        ("-5.10", "人民币负伍元壹角整"),
        ("99.995", "人民币壹佰元整"),
    ],
)
def test_amounts_in_capitals(amount, words):
    assert in_capitals(Decimal(amount)) == words


def test_other_money_in_capitals():
    assert (Money(Decimal(88000), "HKD").in_capitals, str(Money(Decimal("-88000.5"), "HKD"))) == (
        "港币捌万捌仟元整",
        "−HK$88,000.50",
    )


VALUES = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
SCALES = {"拾": 10, "佰": 100, "仟": 1000}


def read(words):
    """Capitals as cents, by a reader of its own."""
    whole, _yuan, rest = words.removeprefix("人民币").rpartition("元")
    total = group = digit = 0
    for char in whole:
        if char in VALUES:
            digit = VALUES[char]
        elif char in SCALES:
            group, digit = group + digit * SCALES[char], 0
        elif char == "万":
            total, group, digit = total + (group + digit) * 10_000, 0, 0
        elif char == "亿":
            total, group, digit = (total + group + digit) * 100_000_000, 0, 0
    cents = (total + group + digit) * 100
    for char in rest:
        if char in VALUES:
            digit = VALUES[char]
        elif char in "角分":
            cents, digit = cents + digit * (10 if char == "角" else 1), 0
    return cents


@given(st.integers(0, 10**17 - 1))
def test_whoever_reads_the_capitals_finds_the_amount(cents):
    words = in_capitals(Decimal(cents) / 100)

    assert (read(words), "零零" in words) == (cents, False)
