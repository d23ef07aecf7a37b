"""What is asked of whoever keeps the office's papers: a seal's words, and why something counts no more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.press.seals import lacking
from workflows.organisation.legible import named
from workflows.organisation.models import Unit

from .base import PaperForm
from .fields import WordsField


class SealForm(PaperForm):
    """A new seal for a unit. What cannot be cut is said beside its field."""

    unit = forms.ModelChoiceField(Unit.objects.none(), label=gettext_lazy("Unit"), empty_label=None)
    name = WordsField(
        label=gettext_lazy("Words round the ring"),
        min_length=2,
        max_length=24,
        help_text=gettext_lazy("The unit's full name, 2 to 24 characters."),
        error_messages={
            "required": gettext_lazy("Please write the words round the ring."),
            "min_length": gettext_lazy("At least %(limit_value)d characters, please."),
        },
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    below = WordsField(
        label=gettext_lazy("Words beneath the star"),
        required=False,
        max_length=12,
        help_text=gettext_lazy("What the seal is for, if it is for one thing only. May stay empty."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        chosen: Any = self.fields["unit"]
        units = Unit.objects.with_tree_fields().filter(closed_on=None)
        chosen.queryset = units
        chosen.choices = [(unit.pk, "\u2003" * unit.tree_depth + str(unit)) for unit in units]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in ("name", "below"):
            if name in cleaned and (missing := lacking(cleaned[name])):
                self.add_error(name, _("The seal's lettering has no “%(character)s”.") % {"character": missing[0]})
        return cleaned


class ReasonForm(PaperForm):
    """Why: it ends up on the trail, and of a voided document on the notice."""

    reason = WordsField(
        long=True,
        label=gettext_lazy("Reason"),
        max_length=1000,
        error_messages={"required": gettext_lazy("Please write the reason.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class CorrectionForm(PaperForm):
    """How each character that no font can draw is written on the paper that is issued again."""

    def __init__(self, *args: Any, chars: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.chars = {f"u{ord(char):04x}": char for char in chars}
        for name, char in self.chars.items():
            self.fields[name] = WordsField(
                label=_("Instead of %(character)s") % {"character": named([char])},
                max_length=20,
                help_text=gettext_lazy("Another form of the character, its parts, or its sound."),
                error_messages={"required": gettext_lazy("Please write what is printed instead.")},
                widget=forms.TextInput({"autocomplete": "off"}),
            )

    def forms(self) -> dict[str, str]:
        """Character → what is printed instead; only after `is_valid`."""
        return {char: self.cleaned_data[name] for name, char in self.chars.items()}
