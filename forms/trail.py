"""What an auditor is asked who reads the trail: which lines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.models import IssuedDocument
from documents.registry.numbering import part_as_written
from workflows.organisation.calendar import start_of
from workflows.organisation.models import Person, Unit
from workflows.organisation.names import answers_to
from workflows.organisation.width import as_reference
from workflows.trail import actions
from workflows.trail.models import Entry

from .fields import DayField

OVERRIDES = ("fall_back", "escalate", "transfer", "reassign", "hand_over", "pass_over")


class ActionField(forms.ChoiceField):
    """One of what is offered; also a bare name that several workflows have come to use since an address was kept."""

    def valid_value(self, value: Any) -> bool:
        return super().valid_value(value) or actions.is_known(str(value))


class Question(forms.Form):
    """What the auditor wants to see; every field may stay empty."""

    text = forms.CharField(
        label=gettext_lazy("Words"), required=False, help_text=gettext_lazy("in the reason, reference or number")
    )
    person = forms.CharField(
        label=gettext_lazy("Person"), required=False, help_text=gettext_lazy("who acted, or for whom")
    )
    unit = forms.ModelChoiceField(Unit.objects.none(), label=gettext_lazy("Unit and below"), required=False)
    workflow = forms.ChoiceField(label=gettext_lazy("Workflow"), required=False)
    action = ActionField(label=gettext_lazy("Action"), required=False)
    since = DayField(label=gettext_lazy("From"), required=False)
    until = DayField(label=gettext_lazy("Until"), required=False)
    stand_in = forms.BooleanField(label=gettext_lazy("by a stand-in"), required=False)
    late = forms.BooleanField(label=gettext_lazy("late"), required=False)
    override = forms.BooleanField(label=gettext_lazy("put on another desk"), required=False)

    SWITCHES = ("stand_in", "late", "override")

    def __init__(self, *args: Any, workflows: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Unit.objects.with_tree_fields()
        chosen: Any = self.fields["unit"]
        chosen.queryset = units
        chosen.choices = [
            ("", _("all")),
            *((unit.pk, "\u2003" * unit.tree_depth + str(unit)) for unit in units),
        ]
        named: Any = self.fields["workflow"]
        named.choices = [("", _("all")), *workflows]
        known: Any = self.fields["action"]
        known.choices = [("", _("all")), *sorted(actions.all_actions().items(), key=lambda pair: pair[1])]

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or self.cleaned_data
        since, until = asked.get("since"), asked.get("until")
        if since and until and until < since:
            self.add_error("until", _("The end lies before the start."))
        return asked

    def among(self, lines: QuerySet[Entry]) -> QuerySet[Entry]:
        """Those of `lines` that were asked for. Call on a valid form."""
        asked = self.cleaned_data
        if asked["person"]:
            name = asked["person"].strip()
            people = Person.objects.filter(Q(username=name) | answers_to(name))
            lines = lines.filter(Q(actor__in=people) | Q(on_behalf_of__in=people))
        if asked["unit"]:
            below = Unit.objects.descendants(asked["unit"], include_self=True).values_list("pk", flat=True)
            lines = lines.filter(unit__in=list(below))
        if asked["workflow"]:
            lines = lines.filter(workflow=asked["workflow"])
        if asked["action"]:
            lines = lines.filter(actions.asked_for(asked["action"]))
        if asked["since"]:
            lines = lines.filter(at__gte=start_of(asked["since"]))
        if asked["until"]:
            lines = lines.filter(at__lt=start_of(asked["until"] + timedelta(days=1)))
        if asked["stand_in"]:
            lines = lines.exclude(on_behalf_of=None)
        if asked["late"]:
            lines = lines.filter(late=True)
        if asked["override"]:
            lines = lines.filter(action__in=OVERRIDES)
        if asked["text"]:
            lines = lines.filter(_mentions(asked["text"].strip()))
        return lines

    def told(self) -> dict[str, str]:
        """What was asked, as the trail keeps it with an export: {field: value} of the fields in use."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}


def _mentions(text: str) -> Q:
    numbered = IssuedDocument.objects.filter(number__icontains=part_as_written(text)).values("matter")
    return (
        Q(note__mentions=text)
        | Q(matter__reference__icontains=as_reference(text))
        | Q(subject__icontains=text)
        | Q(matter__in=numbered)
    )
