"""What a clerk is asked who puts papers together for the printer: which ones, and what the file is called."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.base import kinds
from documents.models import IssuedDocument, Series
from workflows.organisation.calendar import start_of
from workflows.organisation.models import Unit

from .base import PaperForm
from .fields import DayField, WordsField


class Filter(forms.Form):
    """Which documents the clerk looks for; every field may stay empty."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of document"), required=False)
    series = forms.ModelChoiceField(
        Series.objects.order_by("code"), label=gettext_lazy("Series"), required=False, empty_label=gettext_lazy("all")
    )
    year = forms.IntegerField(
        label=gettext_lazy("Year of the number"),
        required=False,
        min_value=1949,
        max_value=9999,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), gettext_lazy("Please enter a year of four digits, like 2026.")
        ),
    )
    unit = forms.ModelChoiceField(Unit.objects.none(), label=gettext_lazy("Unit and below"), required=False)
    since = DayField(label=gettext_lazy("From"), required=False)
    until = DayField(label=gettext_lazy("Until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        titles = sorted(((name, str(declared.title)) for name, declared in kinds().items()), key=lambda pair: pair[1])
        kind.choices = [("", _("all")), *titles]
        units, unit = Unit.objects.with_tree_fields(), self.fields["unit"]
        chosen: Any = unit
        chosen.queryset = units
        chosen.choices = [("", _("all")), *((each.pk, "\u2003" * each.tree_depth + str(each)) for each in units)]

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or self.cleaned_data
        since, until = asked.get("since"), asked.get("until")
        if since and until and until < since:
            self.add_error("until", _("The end lies before the start."))
        return asked

    @property
    def in_use(self) -> bool:
        return bool(self.errors) or any(self.cleaned_data.values())

    def among(self, papers: QuerySet[IssuedDocument]) -> QuerySet[IssuedDocument]:
        """Those of `papers` that were asked for. Call on a valid form."""
        asked = self.cleaned_data
        wanted = {name: asked[name] for name in ("kind", "series", "year") if asked[name]}
        if asked["unit"]:
            below = Unit.objects.descendants(asked["unit"], include_self=True).values_list("pk", flat=True)
            wanted["matter__unit__in"] = list(below)
        if asked["since"]:
            wanted["issued_at__gte"] = start_of(asked["since"])
        if asked["until"]:
            wanted["issued_at__lt"] = start_of(asked["until"] + timedelta(days=1))
        return papers.filter(**wanted)


class TogetherForm(PaperForm):
    """What the print file is called; which documents it takes is ticked in the list."""

    title = WordsField(
        label=gettext_lazy("Name of the print file"),
        max_length=120,
        error_messages={"required": gettext_lazy("Please name the print file.")},
    )
