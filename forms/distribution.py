"""What a clerk is asked who sends papers to units: to whom, how, and until when; and the lists of units."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.forms.boundfield import BoundField, BoundWidget
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
    return units.filter(_still_open())


def _still_open() -> Q:
    """`Unit.is_open` today, for the database."""
    return Q(closed_on=None) | Q(closed_on__gt=clock.today())


@dataclass(frozen=True)
class Branch:
    """A unit in the tree with those below it; without a tick it only says where they belong."""

    unit: Unit
    tick: BoundWidget | None
    has_it: bool
    below: list[Branch] = field(default_factory=list)


class UnitTicks(BoundField):
    """The units to be ticked, in the tree they belong to."""

    field: UnitChoices

    @property
    def tree(self) -> list[Branch]:
        """The uppermost branches: every unit open today and what lies above one, leaves before branches. Two queries."""
        ticks = {str(tick.data["value"]): tick for tick in self.subwidgets}
        units, today = list(Unit.objects.with_tree_fields()), clock.today()
        shown = {key for unit in units if unit.is_open(today) for key in unit.tree_path}
        found: dict[int | None, Branch] = {}
        top: list[Branch] = []
        for unit in units:
            if unit.pk in shown:
                found[unit.pk] = Branch(unit, ticks.get(str(unit.pk)), unit.pk in self.field.have)
                (found[unit.parent_id].below if unit.parent_id in found else top).append(found[unit.pk])
        for branch in found.values():
            branch.below.sort(key=lambda each: bool(each.below))
        return top


class UnitChoices(forms.ModelMultipleChoiceField):
    """Units to be ticked; those in `have` need it no more."""

    widget = forms.CheckboxSelectMultiple
    bound_field_class = UnitTicks
    have: frozenset[int] = frozenset()


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
        self.have = frozenset(paper.receipts.values_list("unit", flat=True))
        units, lists = self.fields["units"], self.fields["lists"]
        assert isinstance(units, UnitChoices)
        assert isinstance(lists, ListChoices)
        units.have = self.have
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
        open_now = lists.filter(_still_open()).exclude(pk__in=self.have)
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
