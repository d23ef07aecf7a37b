"""What is asked of whoever decides: an opinion, and with some moves where to or to whom."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from workflows.matters.models import Matter
from workflows.matters.moves import Move
from workflows.organisation.models import Person

from .base import ActForm
from .fields import WordsField
from .widgets import LongText

ASKED_EVERYWHERE = {"self", "by", "note"}


def questions(matter: Matter, move: Move) -> set[str]:
    """What the move's method asks for beyond who and why: `seat`, `to`, `straight`, `declaration` …"""
    return set(inspect.signature(getattr(type(matter), move.name)).parameters) - ASKED_EVERYWHERE


class DecisionForm(ActForm):
    """One move that takes an opinion and nothing else."""

    seat = forms.CharField(required=False, widget=forms.HiddenInput)
    note = WordsField(
        long=True,
        required=False,
        label=_("Opinion"),
        widget=LongText({"placeholder": _("Opinion (not needed to agree)")}, rows=1),
    )

    def __init__(self, *args: Any, matter: Matter, move: Move, **kwargs: Any) -> None:
        super().__init__(*args, matter=matter, **kwargs)
        self.move = move
        if move.reason:
            self.fields["note"].required = True
            self.fields["note"].label = _("Reason")
            self.fields["note"].widget.attrs = {"rows": 4}
            self.fields["note"].error_messages["required"] = _("Please write the reason.")

    def answers(self) -> dict[str, Any]:
        """The keyword arguments of the move."""
        return {}


class ReturnForm(DecisionForm):
    """Back to an earlier step: to which, and by which way it comes again."""

    AGAIN, STRAIGHT = "again", "straight"

    to = forms.ChoiceField(label=_("Back to"))
    way = forms.ChoiceField(
        label=_("And afterwards"),
        choices=[(AGAIN, _("all steps again")), (STRAIGHT, _("straight back to me"))],
        initial=AGAIN,
        widget=forms.RadioSelect,
        help_text=_("Straight back holds only while the budget does not rise and no other rules apply."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.matter
        steps = dict(self.matter.State.choices)
        to = self.fields["to"]
        assert isinstance(to, forms.ChoiceField)
        to.choices = [(state, steps[state]) for state in self.matter.earlier_steps()]  # type: ignore[attr-defined]

    def answers(self) -> dict[str, Any]:
        return {"to": self.cleaned_data["to"], "straight": self.cleaned_data["way"] == self.STRAIGHT}


class PersonChoice(forms.ModelChoiceField):
    """People by name, with the posts that qualify them: two may share a name."""

    def label_from_instance(self, person: Person) -> str:
        return f"{person}（{person.username}）"


class TransferForm(ActForm):
    """To whom a task is passed on, and why."""

    FIELD_OF: ClassVar = {"to": "person"}

    seat = forms.CharField(required=False, widget=forms.HiddenInput)
    person = PersonChoice(Person.objects.none(), label=_("Pass on to"), empty_label=_("choose a person"))
    note = WordsField(long=True, label=_("Reason"), error_messages={"required": _("Please write the reason.")})

    def __init__(self, *args: Any, receivers: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        assert isinstance(person, PersonChoice)
        person.queryset = Person.objects.filter(pk__in=[receiver.pk for receiver in receivers])


class CommentForm(forms.Form):
    """A word beside the matter."""

    text = WordsField(
        long=True,
        label=_("Comment"),
        widget=LongText(rows=2),
        error_messages={"required": _("Please write something.")},
    )


class AttachForm(forms.Form):
    """A file to lay beside the matter; what it really is is found out by `matters.attachments`."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("PDF, PNG, JPEG, WebP, Word, Excel, PowerPoint, text or CSV; up to 20 MiB."),
        error_messages={"required": _("Please choose a file."), "empty": _("The file is empty.")},
    )
