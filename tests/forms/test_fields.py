"""What planners type, and what is made of it."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from forms.fields import CountField, DayField, FigureField, WordsField, read_figure
from forms.widgets import DayInput, FigureInput
from workflows.organisation.figures import figure

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("82000", "82000"),
        ("82,000", "82000"),
        ("1,234,567.5", "1234567.5"),
        ("８２，０００", "82000"),  # full width, as a Chinese keyboard writes
        ("８２０００．５０", "82000.50"),
        ("¥82,000", "82000"),
        ("￥ 82 000 元", "82000"),
        ("8,2000", "82000"),  # grouped by ten thousands
        ("8.2万", "82000"),
        ("960万", "9600000"),
        ("-5", "-5"),
        ("0", "0"),
    ],
)
def test_a_figure_is_read_as_people_write_it(typed, meant):
    assert read_figure(typed) == Decimal(meant)


@pytest.mark.parametrize(
    "typed", ["1,5", "12,34", "1.2.3", "1e5", "NaN", "Infinity", "约八万", "82000 or so", "--5", "1" * 30, ",", "."]
)
def test_what_can_be_read_in_two_ways_or_none_is_not_guessed(typed):
    with pytest.raises(ValueError):
        read_figure(typed)


@given(st.decimals(min_value=0, max_value=Decimal("999999999.99"), places=2))
def test_a_figure_shown_is_read_back_as_it_was(amount):
    field = FigureField()
    once = field.clean(str(amount))

    assert once == amount
    assert str(field.clean(figure(once))) == str(once)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        (FigureField(), "12,5", "This cannot be read as a number. Write it like 82,000 or 82000.50."),
        (FigureField(), "-1", "This must not be less than 0."),
        (FigureField(), "0.005", "At most 2 decimal places, please."),
        (FigureField(), "1000000000", "This must not be more than 999999999.99."),
        (CountField(), "12.5", "A whole number, please."),
        (CountField(), "many", "This cannot be read as a number. Write it like 82,000 or 82000.50."),
        (DayField(), "soon", "This is not a day. Write it like 2026-12-20."),
        (DayField(), "2026-02-30", "This is not a day. Write it like 2026-12-20."),
        (DayField(), "1999-12-31", "The year must lie between 2000 and 2099."),
        (DayField(), "9999-12-31", "The year must lie between 2000 and 2099."),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(field, typed, words):
    with translation.override("en"):
        with pytest.raises(ValidationError) as refusal:
            field.clean(typed)

        assert refusal.value.messages == [words]


@pytest.mark.parametrize("typed", ["2026-12-20", "2026/12/20", "2026年12月20日", "２０２６－１２－２０", "20261220"])
def test_a_day_is_read_as_people_write_it(typed):
    assert DayField().clean(typed) == date(2026, 12, 20)


def test_an_empty_box_is_what_its_field_says_it_is():
    assert FigureField(required=False).clean("  ") is None
    assert FigureField(required=False, empty=Decimal(0)).clean("") == 0
    assert CountField(required=False).clean("") is None


def test_line_ends_are_the_same_from_every_browser():
    assert WordsField(long=True).clean(" one\r\ntwo\rthree \n") == "one\ntwo\nthree"


def test_a_count_asks_for_the_number_pad_and_an_amount_for_the_one_with_a_point():
    assert 'inputmode="numeric"' in CountField().widget.render("people", 1200)
    assert 'inputmode="decimal"' in FigureField().widget.render("amount", Decimal("82000.50"))
    assert 'value="82,000.50"' in FigureInput().render("amount", Decimal("82000.50"))


def test_a_day_that_is_none_is_shown_where_it_can_be_corrected():
    good, bad = DayInput().render("day", date(2026, 12, 20)), DayInput().render("day", "20th of December")

    assert 'type="date"' in good
    assert 'value="2026-12-20"' in good
    assert 'type="text"' in bad
    assert 'value="20th of December"' in bad
