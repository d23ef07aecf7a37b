"""What is asked about a joint campaign: words, days and stores; later a store to let in or whose part is returned."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workflows.joint.models import Frame, Joint
from workflows.organisation import clock
from workflows.organisation.models import Unit
from workflows.organisation.offices import GROUP

from .base import ActForm
from .decisions import DecisionForm
from .declared import declare
from .fields import DayField, WordsField

WHOLE = "region:"  # before a region's code: all its stores
ABOVE_STORES = (Unit.Kind.REGION, Unit.Kind.EXPANSION)


def stores_by_region(group: Unit, also: Iterable[str] = ()) -> list[tuple[Unit, list[Unit]]]:
    """The open stores of the group under the region each belongs to; `also` those of these codes, if closed meanwhile."""
    kept = set(also)
    below = group.descendants().select_related("parent")
    stores = [
        unit for unit in below if unit.kind == Unit.Kind.STORE and (unit.is_open(clock.today()) or unit.code in kept)
    ]
    regions = {unit.pk: unit for unit in below if unit.kind in ABOVE_STORES}

    def region_of(store: Unit) -> Unit:
        return regions.get(store.parent_id or 0, group)

    ordered = sorted(stores, key=lambda store: (region_of(store).code, store.code))
    return [(region, list(those)) for region, those in groupby(ordered, key=region_of)]


class StoresInput(forms.CheckboxSelectMultiple):
    """Stores under their regions, each region with a box for all of them; understood also where no script ticks them."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        ticked = list(super().value_from_datadict(data, files, name) or [])
        whole = {code.removeprefix(WHOLE) for code in ticked if code.startswith(WHOLE)}
        implied = [code for region, codes in self.regions for code in codes if region in whole]
        return list(dict.fromkeys([*(code for code in ticked if not code.startswith(WHOLE)), *implied]))

    regions: list[tuple[str, list[str]]] = []  # code of a region and of its stores


class FrameForm(ActForm):
    """What the group sets for all stores of a joint campaign."""

    ANSWERS = ("frame",)

    title = WordsField(label=_("Title"), max_length=60)
    theme = WordsField(label=_("Theme"))
    words = WordsField(long=True, label=_("What it is about"), max_length=1000)
    starts_on = DayField(label=_("First day"))
    ends_on = DayField(label=_("Last day"))
    hand_in_by = DayField(label=_("Parts handed in by"))
    stores = forms.MultipleChoiceField(
        label=_("Stores"),
        widget=StoresInput,
        error_messages={
            "required": _("Please invite at least two stores."),
            "invalid_choice": _("One of the stores is no longer to be chosen; please look again."),
        },
    )

    def __init__(self, *args: Any, group: Unit, matter: Joint | None = None, **kwargs: Any) -> None:
        if matter:
            kwargs["initial"] = {**matter.frame(), **kwargs.get("initial", {})}
        super().__init__(*args, matter=matter, **kwargs)
        self.group = group
        self.by_region = stores_by_region(group, matter.stores if matter else ())
        stores = self.fields["stores"]
        assert isinstance(stores, forms.MultipleChoiceField)
        stores.choices = [(store.code, str(store)) for _region, those in self.by_region for store in those]
        assert isinstance(stores.widget, StoresInput)
        stores.widget.regions = [(region.code, [store.code for store in those]) for region, those in self.by_region]

    def picks(self) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
        """For the page: value and name of each region's box, and of each store's whether it is ticked."""
        ticked = set(self["stores"].value() or [])
        return [
            (WHOLE + region.code, str(region), [(store.code, str(store), store.code in ticked) for store in those])
            for region, those in self.by_region
        ]

    def clean(self) -> dict[str, Any]:
        asked = super().clean()
        for name, messages in Joint.complaints(self.frame).items():
            if name not in self.errors:
                self.add_error(name, [*messages])
        return asked

    @property
    def frame(self) -> Frame:
        """As far as it can be read."""
        asked, chosen = self.cleaned_data, set(self.cleaned_data.get("stores", ()))
        return {
            "title": asked.get("title", ""),
            "theme": asked.get("theme", ""),
            "words": asked.get("words", ""),
            "starts_on": asked.get("starts_on"),
            "ends_on": asked.get("ends_on"),
            "hand_in_by": asked.get("hand_in_by"),
            "stores": [store.code for _region, those in self.by_region for store in those if store.code in chosen],
        }

    def drafted(self) -> Joint:
        """The joint campaign the form describes, not saved; only after `is_valid`."""
        return Joint(unit=self.group, title=self.cleaned_data["title"])


def group_of(units: Iterable[Unit]) -> Unit | None:
    """The group the leader's post belongs to."""
    return next((group for unit in units if (group := unit.above(GROUP))), None)


class OneStoreForm(DecisionForm):
    """One store, and a day of its own to hand in by."""

    ANSWERS = ("store", "until")

    store = forms.ChoiceField(label=_("Store"))
    until = DayField(label=_("To be handed in by"))

    def __init__(self, *args: Any, matter: Joint, **kwargs: Any) -> None:
        super().__init__(*args, matter=matter, **kwargs)
        store = self.fields["store"]
        assert isinstance(store, forms.ChoiceField)
        store.choices = [(code, str(unit)) for code, unit in self.offered(matter).items()]

    @staticmethod
    def offered(matter: Joint) -> dict[str, Unit]:
        raise NotImplementedError


class LetInForm(OneStoreForm):
    @staticmethod
    def offered(matter: Joint) -> dict[str, Unit]:
        return matter.late_stores()


class ReturnPartForm(OneStoreForm):
    @staticmethod
    def offered(matter: Joint) -> dict[str, Unit]:
        return {code: unit for code, unit in matter.units().items() if code in matter.parts}


declare(Joint.KIND, rewrite=FrameForm, let_in=LetInForm, return_part=ReturnPartForm)
