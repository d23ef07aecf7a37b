"""What a clerk is asked who sends papers to units: to whom, how, and until when; and the lists of units."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.models import DistributionList, IssuedDocument, Receipt
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.models import Unit

FURTHEST = timedelta(days=365)  # from today to the last day a paper may be due: beyond it a year was mistyped


def open_units() -> QuerySet[Unit]:
    """Units that exist today, as the tree has them."""
    units: QuerySet[Unit] = Unit.objects.with_tree_fields()
    return units.filter(Q(closed_on=None) | Q(closed_on__gt=clock.today()))


class UnitChoices(forms.ModelMultipleChoiceField):
    """Units to be ticked, each set in as deep as it lies in the tree."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, unit: Unit) -> str:
        return "\u2003" * getattr(unit, "tree_depth", 0) + str(unit)


class ListChoices(forms.ModelMultipleChoiceField):
    """Distribution lists to be ticked, with the number of units on each."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, row: DistributionList) -> str:
        return _("%(name)s (%(n)s)") % {"name": row.name, "n": row.n}  # type: ignore[attr-defined]


class SendForm(forms.Form):
    """One paper to further units."""

    lists = ListChoices(DistributionList.objects.none(), label=gettext_lazy("Along a list"), required=False)
    units = UnitChoices(Unit.objects.none(), label=gettext_lazy("To units"), required=False)
    purpose = forms.ChoiceField(
        label=gettext_lazy("Sent"), choices=Receipt.Purpose, initial=Receipt.Purpose.COPY, widget=forms.RadioSelect
    )
    due_on = forms.DateField(
        label=gettext_lazy("To be acknowledged by"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Please enter the last day.")},
    )

    def __init__(self, *args: Any, paper: IssuedDocument, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.have = set(paper.receipts.values_list("unit", flat=True))
        units, lists = self.fields["units"], self.fields["lists"]
        assert isinstance(units, UnitChoices)
        assert isinstance(lists, ListChoices)
        units.queryset = open_units().exclude(pk__in=self.have)
        lists.queryset = DistributionList.objects.annotate(n=Count("units"))

    def clean_due_on(self) -> Any:
        day = self.cleaned_data["due_on"]
        if day < clock.today():
            raise forms.ValidationError(_("This day is over."))
        if day > clock.today() + FURTHEST:
            raise forms.ValidationError(_("This day is more than a year away. Please look at the year again."))
        if not WorkingCalendar.load().is_working(day):
            raise forms.ValidationError(_("This is a rest day; please choose a working day."))
        return day

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if not self.errors and not chosen["lists"] and not chosen["units"]:
            self.add_error("units", _("Please choose a unit or a list."))
        elif not self.errors and not self.recipients():
            self.add_error("lists", _("Every unit of this list has the paper already."))
        return chosen

    def recipients(self) -> list[Unit]:
        """The units ticked and those of the lists ticked, without those that are closed or have the paper."""
        lists = Unit.objects.filter(
            pk__in=DistributionList.units.through.objects.filter(
                distributionlist__in=self.cleaned_data["lists"]
            ).values("unit")
        )
        open_now = lists.filter(Q(closed_on=None) | Q(closed_on__gt=clock.today())).exclude(pk__in=self.have)
        return list(dict.fromkeys([*self.cleaned_data["units"], *open_now.order_by("code")]))


class ListForm(forms.ModelForm):
    """A list of units with a name."""

    units = UnitChoices(
        Unit.objects.none(),
        label=gettext_lazy("Units"),
        error_messages={"required": gettext_lazy("Please choose at least one unit.")},
    )

    class Meta:
        model = DistributionList
        fields = ("name", "units")
        error_messages = {
            "name": {
                "required": gettext_lazy("Please give the list a name."),
                "unique": gettext_lazy("There is a list of this name already."),
            }
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        units = self.fields["units"]
        assert isinstance(units, UnitChoices)
        units.queryset = open_units()
