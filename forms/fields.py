"""What planners type, read as kindly as it can be read without guessing.

Figures may come with thousands separators, in full-width digits, with ¥ or 元, in ten thousands
(8.2万). What cannot be read without guessing ("1,5") is handed back with a word beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from workflows.matters import scanner

from .widgets import DayInput, FigureInput, Files, LongText

# 82000 · 82,000 · 8,2000 (grouped by ten thousands) · each with decimals and 万, signed or not
FIGURE = re.compile(r"([+-]?)(\d+|\d{1,3}(?:,\d{3})+|\d{1,4}(?:,\d{4})+)(\.\d+)?(万?)")
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
MOST_LINES_OF_PROSE = 100
GREATEST_AMOUNT = Decimal("999999999.99")  # CNY; what a matter's amount holds, with room for many lines


def read_figure(text: str) -> Decimal:
    """`text` as a number. Raises ValueError where it can be read in two ways or none."""
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"[\s¥元_']", "", plain).replace("、", ",").replace("。", ".")
    found = FIGURE.fullmatch(plain)
    if found is None or len(plain) > 24:  # no budget is that long, and decimals round beyond 28 digits
        raise ValueError(text)
    sign, whole, fraction, ten_thousands = found.groups()
    return Decimal(f"{sign}{whole.replace(',', '')}{fraction or ''}") * (10_000 if ten_thousands else 1)


def in_one_form(number: Decimal, places: int) -> Decimal:
    """The same number always written the same way, so that saving twice changes nothing: 5, 5.50."""
    whole = number.to_integral_value()
    if number == whole:
        return whole
    exact = number.normalize()
    padded = exact.quantize(Decimal(1).scaleb(-places))
    return padded if padded == exact else exact


class FigureField(forms.DecimalField):
    """A number with at most `decimal_places`. Left empty it is `empty`."""

    default_error_messages = {
        "invalid": _("This cannot be read as a number. Write it like 82,000 or 82000.50."),
        "min_value": _("This must not be less than %(limit_value)s."),
        "max_value": _("This must not be more than %(limit_value)s."),
        "max_decimal_places": _("At most %(max)s decimal places, please."),
    }

    def __init__(
        self,
        *,
        empty: Decimal | None = None,
        decimal_places: int = 2,
        greatest: Decimal = GREATEST_AMOUNT,
        **options: Any,
    ) -> None:
        self.empty = empty
        options.setdefault("widget", FigureInput(inputmode="decimal" if decimal_places else "numeric"))
        options.setdefault("min_value", Decimal(0))
        super().__init__(decimal_places=decimal_places, max_value=greatest, **options)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if value in self.empty_values or (isinstance(value, str) and not value.strip()):
            return self.empty
        if isinstance(value, Decimal | int):
            return Decimal(value)
        try:
            number = read_figure(str(value))
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        return in_one_form(number, self.decimal_places or 0)

    def prepare_value(self, value: Any) -> Any:
        """An amount of nothing is shown as an empty box where empty means nothing."""
        return None if self.empty == 0 and value == 0 and not isinstance(value, str) else value


class CountField(FigureField):
    """A whole number of people or things, as an int; None when left empty."""

    default_error_messages = {"max_decimal_places": _("A whole number, please.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(decimal_places=0, greatest=Decimal(999_999_999), **options)

    def clean(self, value: Any) -> int | None:
        number = super().clean(value)
        return None if number is None else int(number)


class DayField(forms.DateField):
    """A day between 2000 and 2099: the browser's picker, or typed as 2026-12-20, 2026/12/20 or 2026年12月20日."""

    widget = DayInput
    default_error_messages = {"invalid": _("This is not a day. Write it like 2026-12-20.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日"],
            validators=[
                MinValueValidator(FIRST_DAY, _("The year must lie between 2000 and 2099.")),
                MaxValueValidator(LAST_DAY, _("The year must lie between 2000 and 2099.")),
            ],
            **options,
        )

    def to_python(self, value: Any) -> date | None:
        return super().to_python(unicodedata.normalize("NFKC", value) if isinstance(value, str) else value)


def few_lines(text: str) -> None:
    """Raises ValidationError for a text of more lines than a paper has room for."""
    if (count := text.count("\n") + 1) > MOST_LINES_OF_PROSE:
        told = _("At most %(most)d lines, please; these are %(count)d.")
        raise ValidationError(told, code="lines", params={"most": MOST_LINES_OF_PROSE, "count": count})


class WordsField(forms.CharField):
    """Text without blanks around it; line ends are \\n whatever the browser sends."""

    default_error_messages = {"max_length": _("At most %(limit_value)d characters, please; these are %(show_value)d.")}

    def __init__(self, *, long: bool = False, **options: Any) -> None:
        options.setdefault("max_length", 4000 if long else 120)
        if long:
            options.setdefault("widget", LongText())
        super().__init__(**options, validators=[few_lines] if long else [])

    def to_python(self, value: Any) -> str:
        if isinstance(value, str):
            value = value.replace("\r\n", "\n").replace("\r", "\n")
        return super().to_python(value) or ""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No limit for the browser to keep in prose: it would cut off what is pasted, without a word."""
        attrs = super().widget_attrs(widget)
        return {} if isinstance(widget, LongText) else attrs


class FilesField(forms.FileField):
    """Any number of files; `clean` gives a list, empty when none was chosen."""

    widget = Files

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        chosen: Sequence[Any] = data if isinstance(data, list | tuple) else [data] if data else []
        files: list[UploadedFile] = [super(FilesField, self).clean(one, initial) for one in chosen]
        if self.required and not files:
            raise ValidationError(self.error_messages["required"], code="required")
        for file in files:
            scanner.objection(file)  # looked through now, while no row is locked; refused where it is laid down
        return files
