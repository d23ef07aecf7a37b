"""What is asked of whoever decides: an opinion, and with some moves where to or to whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from workflows.matters import scanner
from workflows.matters.models import Matter
from workflows.matters.moves import Move
from workflows.organisation.models import Person

from .base import ActForm, PaperForm
from .fields import WordsField
from .widgets import LongText


class DecisionForm(ActForm):
    """One move that takes an opinion; a move that asks for more has a form of its own, derived from this one.

    Such a form names in `ANSWERS` the arguments it gives the move, and is declared in `forms.declared`.
    """

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

    def own_fields(self) -> list[forms.BoundField]:
        """What it asks beside the opinion, for a page that shows the opinion elsewhere."""
        return [field for field in self.visible_fields() if field.name != "note"]


class ReturnForm(DecisionForm):
    """Back to an earlier step: to which, and by which way it comes again. The matter says which (`earlier_steps`)."""

    ANSWERS = ("to", "straight")
    AGAIN, STRAIGHT = "again", "straight"

    to = forms.ChoiceField(label=_("Back to"))
    way = forms.ChoiceField(
        label=_("And afterwards"),
        choices=[(AGAIN, _("all steps again")), (STRAIGHT, _("straight back to me"))],
        initial=AGAIN,
        widget=forms.RadioSelect,
        help_text=_("Straight back holds only while the rules that applied stay the same."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.matter
        steps = dict(self.matter.State.choices)
        to = self.fields["to"]
        assert isinstance(to, forms.ChoiceField)
        to.choices = [(state, steps[state]) for state in self.matter.earlier_steps()]  # type: ignore[attr-defined]

    @property
    def straight(self) -> bool:
        return bool(self.cleaned_data["way"] == self.STRAIGHT)


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


class CommentForm(PaperForm):
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

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        scanner.objection(file)  # looked through now, while no row is locked; refused where it is laid down
        return file
