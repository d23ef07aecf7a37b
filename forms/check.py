"""What anybody is asked who wants to know whether a paper is genuine: its code, or its number and date."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from documents.registry.numbering import as_written

from .fields import DayField, WordsField

MOST_CODE = 40  # characters somebody may type for it


class CodeForm(forms.Form):
    """What stands beside the QR code."""

    code = WordsField(
        label=_("Check code"),
        max_length=MOST_CODE,
        help_text=_("The twelve characters beside the QR code."),
        error_messages={"required": _("Please enter the code, or the number and the date.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "check-code"}
        ),
    )


class NumberForm(forms.Form):
    """For a paper whose code cannot be read."""

    number = WordsField(
        label=_("Document number"), max_length=40, error_messages={"required": _("Please enter the document's number.")}
    )
    issued_on = DayField(
        label=_("Date of issue"), error_messages={"required": _("The number alone is not enough; please add the date.")}
    )

    def clean_number(self) -> str:
        return as_written(self.cleaned_data["number"])
