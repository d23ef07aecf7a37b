"""What every form that makes a move has in common: it knows what its reader saw, and shows what was refused."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from workflows.matters.models import Matter
from workflows.organisation.legible import objection


def new_key() -> str:
    """A key for one showing of a form: sent twice, it counts once."""
    return uuid.uuid4().hex


class PaperForm(forms.Form):
    """A form whose words end up on paper: a character no font can draw is refused where it was typed."""

    def clean(self) -> dict[str, Any]:
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, str) and (why := objection(value)):
                self.add_error(name, why)
        return self.cleaned_data


class ActForm(PaperForm):
    """A form about one matter: carries the turn and the text its reader saw, and a key of its own."""

    turn = forms.IntegerField(widget=forms.HiddenInput)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    written = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)  # `Matter.written`

    FIELD_OF: ClassVar[Mapping[str, str]] = {}  # what a refusal calls a field → what this form calls it
    ANSWERS: ClassVar[tuple[str, ...]] = ()  # the arguments of the move it answers: properties or fields of its own

    def __init__(self, *args: Any, matter: Matter | None = None, **kwargs: Any) -> None:
        """`matter` is the one the form is about; None for a matter yet to be opened."""
        self.matter = matter
        seen = {"turn": matter.turn if matter else 0, "key": new_key(), "written": self._mark}
        kwargs["initial"] = {**seen, **kwargs.get("initial", {})}
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def _mark(self) -> str:
        """Asked of the matter only where the form is really shown."""
        return self.matter.written if self.matter else ""

    def seen(self) -> dict[str, Any]:
        """The arguments of `perform` that say what the person saw: `turn`, `key` and `written`.

        A form that carries no `written` was shown no text, and `perform` says so.
        """
        return {name: self.cleaned_data[name] for name in ("turn", "key", "written")}

    def show_again(self, **hidden: str) -> None:
        """Give the form, shown again after what it was about has changed, a new key and new hidden values."""
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        for name, value in {"key": new_key(), **hidden}.items():
            data[name] = value
        self.data = data

    def answers(self) -> dict[str, Any]:
        """The arguments of the move beyond who and why; only after `is_valid`."""
        return {name: self.cleaned_data[name] if name in self.fields else getattr(self, name) for name in self.ANSWERS}

    def refuse(self, refusal: ValidationError) -> None:
        """Put what `perform` refused beside the fields it names; the rest above the form."""
        if not hasattr(refusal, "error_dict"):
            self.add_error(None, refusal)
            return
        for name, errors in refusal.error_dict.items():
            field = self.FIELD_OF.get(name, name)
            self.add_error(field if field in self.fields else None, errors)
