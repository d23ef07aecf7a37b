"""How questions look: native controls with the right keyboard, and nothing typed is ever dropped."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from workflows.organisation.figures import figure


class FigureInput(forms.TextInput):
    """A number: the phone's number pad, thousands separators when shown, what was typed when not readable."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, inputmode: str = "decimal") -> None:
        super().__init__({"inputmode": inputmode, "autocomplete": "off", "data-figure": True, **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, Decimal | int):
            return figure(value)
        return super().format_value(value)


class DayInput(forms.DateInput):
    """The browser's own day picker.

    It shows nothing but ISO dates, so what is none is shown in a text box, for its author to correct.
    """

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        if shown and not _is_iso(shown):
            context["widget"]["type"] = "text"
        return context


def _is_iso(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class LongText(forms.Textarea):
    """A few lines of prose; the sheet grows with what is written."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, rows: int = 3) -> None:
        super().__init__({"rows": rows, **(attrs or {})})


class Files(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True
