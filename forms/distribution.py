"""What a clerk is asked who sends papers to units: to whom, how, and until when; and the lists of units."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.forms.boundfield import BoundField, BoundWidget
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.models import DistributionList, IssuedDocument, Receipt
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.models import Unit

FURTHEST = timedelta(days=365)  # from today to the last day a paper may be due: beyond it a year was mistyped


def _still_open(prefix: str = "") -> Q:
    """`Unit.is_open` today, for the database."""
    return Q(**{f"{prefix}closed_on": None}) | Q(**{f"{prefix}closed_on__gt": clock.today()})


@dataclass(frozen=True)
class Branch:
    """A unit in the tree with those below it; without a tick it only says where they belong."""

    unit: Unit
    tick: BoundWidget | None
    has_it: bool
    is_open: bool
    below: list[Branch] = field(default_factory=list)


class UnitTicks(BoundField):
    """The units to be ticked, in the tree they belong to."""

    field: UnitChoices

    @property
    def tree(self) -> list[Branch]:
        """The uppermost branches: every unit open today or to be ticked, and what lies above one, leaves before branches.

        Two queries.
        """
        ticks = {int(str(tick.data["value"])): tick for tick in self.subwidgets}
        units, today = list(Unit.objects.with_tree_fields()), clock.today()
        shown = {key for unit in units if unit.pk in ticks or unit.is_open(today) for key in unit.tree_path}
        found: dict[int | None, Branch] = {}
        top: list[Branch] = []
        for unit in units:
            if unit.pk in shown:
                has_it = unit.pk in self.field.have
                tick = None if has_it else ticks.get(unit.pk)
                found[unit.pk] = Branch(unit, tick, has_it, unit.is_open(today))
                (found[unit.parent_id].below if unit.parent_id in found else top).append(found[unit.pk])
        for branch in found.values():
            branch.below.sort(key=lambda each: bool(each.below))
        return top


class UnitChoices(forms.ModelMultipleChoiceField):
    """Units to be ticked; those in `have` need it no more."""

    widget = forms.CheckboxSelectMultiple
    bound_field_class = UnitTicks
    default_error_messages = {
        "invalid_choice": gettext_lazy("One of these units has been closed meanwhile. Please look through them again.")
    }
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
        # those that have it are welcome too: another clerk may have sent it while this one was ticking
        units.queryset = Unit.objects.with_tree_fields().filter(_still_open())
        lists.queryset = DistributionList.objects.annotate(n=Count("units", filter=_still_open("units__")))

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
            self.add_error(
                "lists" if chosen["lists"] else "units", _("Every unit chosen has been sent the paper already.")
            )
        return chosen

    def recipients(self) -> list[Unit]:
        """The units ticked and those of the lists ticked, without those that are closed or have the paper."""
        lists = Unit.objects.filter(
            pk__in=DistributionList.units.through.objects.filter(
                distributionlist__in=self.cleaned_data["lists"]
            ).values("unit")
        )
        open_now = lists.filter(_still_open())
        chosen = dict.fromkeys([*self.cleaned_data["units"], *open_now.order_by("code")])
        return [unit for unit in chosen if unit.pk not in self.have]


class ListForm(forms.ModelForm):
    """A list of units with a name. One closed since it came onto the list stays there until a clerk takes it off."""

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
        on_it = self.instance.units.values("pk") if self.instance.pk else ()
        units.queryset = Unit.objects.with_tree_fields().filter(_still_open() | Q(pk__in=on_it))
