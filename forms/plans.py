"""What is asked about work plans: of the resource centre, the owners of topics, the units that are consulted."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.models import Person, Unit
from workflows.plans.models import Consultation, Fate, Plan, Topic, TopicState
from workflows.plans.outline import Item, Kind, Owner
from workflows.plans.outline import Topic as TopicValue
from workflows.plans.owners import Found, find, parted

from .base import ActForm
from .decisions import DecisionForm
from .declared import declare
from .fields import CountField, DayField, WordsField
from .widgets import LongText

ASSISTING = {"author": Kind.AUTHOR, "figures": Kind.DATA, "advice": Kind.ADVICE}
_ITEM_DUE = re.compile(r"[|｜]\s*(\d{4}-\d{2}-\d{2})\s*$")


class NewPlanForm(ActForm):
    """What a plan is called and which time it is for."""

    title = WordsField(label=_("Title"), max_length=120)
    begins = DayField(label=_("First day"))
    ends = DayField(label=_("Last day"))

    def clean(self) -> dict[str, Any]:
        super().clean()
        begins, ends = self.cleaned_data.get("begins"), self.cleaned_data.get("ends")
        if begins and ends and ends <= begins:
            self.add_error("ends", _("The last day lies before the first."))
        return self.cleaned_data


class TopicForm(ActForm):
    """A topic of the draft: what is to be done, by when, who leads and who assists."""

    ANSWERS = ("topic", "part", "place")

    part = WordsField(label=_("Part"), max_length=60)
    title = WordsField(label=_("Topic"), max_length=80)
    aim = WordsField(long=True, max_length=1000, required=False, label=_("Aim"), widget=LongText(rows=2))
    items_text = WordsField(
        long=True, required=False, label=_("Items, one a line"), widget=LongText(rows=5),
        help_text=_("An item's own due date may follow a stroke: “Choose the stores | 2026-12-18”."),
    )  # fmt: skip
    due = DayField(label=_("Due"))
    lead_1 = WordsField(
        label=_("Lead owner 1"), max_length=60, help_text=_("A name, a name·unit, or the title of a post.")
    )
    lead_2 = WordsField(label=_("Lead owner 2"), max_length=60, required=False)
    lead_3 = WordsField(label=_("Lead owner 3"), max_length=60, required=False)
    author = WordsField(label=_("Assisting: authors"), max_length=300, required=False,
                        help_text=_("Several names with 、 or commas between them."))  # fmt: skip
    figures = WordsField(label=_("Assisting: data"), max_length=300, required=False)
    advice = WordsField(label=_("Assisting: advice"), max_length=300, required=False)

    def __init__(self, *args: Any, matter: Plan, place: int | None = None, **kwargs: Any) -> None:
        self.place = place
        if place is not None:
            kwargs["initial"] = {**_shown(matter, place), **kwargs.get("initial", {})}
        super().__init__(*args, matter=matter, **kwargs)
        self.owners: list[Owner] = []
        self.items: list[Item] = []

    def clean_due(self) -> date:
        due = _free(self.cleaned_data["due"])
        if isinstance(self.matter, Plan) and self.matter.ends and due > self.matter.ends:
            raise forms.ValidationError(gettext("The plan ends on %(day)s.") % {"day": self.matter.ends})
        return due

    def clean_items_text(self) -> str:
        text: str = self.cleaned_data["items_text"]
        for number, line in enumerate((line.strip() for line in text.split("\n")), 1):
            if not line:
                continue
            match = _ITEM_DUE.search(line)
            try:
                due = _free(date.fromisoformat(match[1])) if match else None
            except ValueError:
                raise forms.ValidationError(gettext("Line %(n)d: this is not a day.") % {"n": number}) from None
            except forms.ValidationError as fault:
                told = gettext("Line %(n)d: %(why)s") % {"n": number, "why": fault.messages[0]}
                raise forms.ValidationError(told) from fault
            self.items.append(Item("", line[: match.start()].strip() if match else line, due))
        return text

    def clean(self) -> dict[str, Any]:
        super().clean()
        taken: dict[int, str] = {}
        for rank in (1, 2, 3):
            self._owner(f"lead_{rank}", self.cleaned_data.get(f"lead_{rank}", ""), Kind.LEAD, rank, taken)
        if self.cleaned_data.get("lead_3") and not self.cleaned_data.get("lead_2"):
            self.add_error("lead_2", _("There is a third lead owner and no second."))
        for field, kind in ASSISTING.items():
            for words in parted(self.cleaned_data.get(field, "")):
                self._owner(field, words, kind, 0, taken)
        return self.cleaned_data

    def _owner(self, field: str, words: str, kind: str, rank: int, taken: dict[int, str]) -> None:
        if not words:
            return
        found: Found = find(words)
        if found.person is None:
            self.add_error(field, found.why)
            return
        if found.person.pk in taken:
            self.add_error(field, gettext("%(person)s is named twice.") % {"person": found.person})
            return
        taken[found.person.pk] = words
        unit = found.post.unit_id if found.post else None
        called = f"{found.person.name}·{found.post.unit.name}" if found.post else found.person.name
        self.owners.append(Owner(str(kind), rank, unit, found.person.pk, called[:80]))

    @property
    def topic(self) -> TopicValue:
        asked = self.cleaned_data
        carried = ""
        if self.place is not None and isinstance(self.matter, Plan):
            carried = next((t.carried for t in self.matter.outline.topics() if t.number == str(self.place)), "")
        leads = tuple(owner for owner in self.owners if owner.kind == Kind.LEAD)
        others = tuple(owner for owner in self.owners if owner.kind != Kind.LEAD)
        return TopicValue("", asked["title"], asked["aim"], asked["due"], tuple(self.items), leads, others, carried)


def _shown(plan: Plan, place: int) -> dict[str, Any]:
    """The topic with that number as the form's fields."""
    for part in plan.outline.parts:
        for topic in part.topics:
            if topic.number == str(place):
                by_kind = {
                    field: "、".join(owner.words for owner in topic.assistants if owner.kind == kind)
                    for field, kind in ASSISTING.items()
                }
                lines = [f"{item.words} | {item.due}" if item.due else item.words for item in topic.items]
                leads = {f"lead_{owner.rank}": owner.words for owner in topic.leads}
                return {
                    "part": part.title, "title": topic.title, "aim": topic.aim, "due": topic.due,
                    "items_text": "\n".join(lines), **leads, **by_kind,
                }  # fmt: skip
    return {}


def _free(day: date) -> date:
    """Raises ValidationError for a day that is over, or on which nobody works."""
    if day < clock.today():
        raise forms.ValidationError(gettext("%(day)s has passed.") % {"day": day})
    if not WorkingCalendar.load().is_working(day):
        raise forms.ValidationError(gettext("%(day)s is a rest day.") % {"day": day})
    return day


class DropForm(DecisionForm):
    ANSWERS = ("place",)

    place = forms.TypedChoiceField(label=_("Topic"), coerce=int)

    def __init__(self, *args: Any, matter: Plan, **kwargs: Any) -> None:
        super().__init__(*args, matter=matter, **kwargs)
        place = self.fields["place"]
        assert isinstance(place, forms.TypedChoiceField)
        place.choices = [(topic.number, f"{topic.number}. {topic.title}") for topic in matter.outline.topics()]


class CarryForm(DecisionForm):
    """From which earlier plan."""

    ANSWERS = ("plan",)

    plan = forms.ModelChoiceField(Plan.objects.none(), label=_("Earlier plan"))

    def __init__(self, *args: Any, matter: Plan, **kwargs: Any) -> None:
        super().__init__(*args, matter=matter, **kwargs)
        plan = self.fields["plan"]
        assert isinstance(plan, forms.ModelChoiceField)
        left = Topic.objects.filter(state=TopicState.CARRIED_OVER).values("work_plan")
        plan.queryset = Plan.objects.filter(pk__in=left).exclude(pk=matter.pk).order_by("-begins")


class LaunchForm(DecisionForm):
    """The kick-off meeting: when, who, what was settled."""

    ANSWERS = ("held_on", "chair", "present", "words")

    held_on = DayField(label=_("Kick-off meeting held on"))
    chair = WordsField(label=_("Chair"), max_length=40)
    present_text = WordsField(label=_("Present"), max_length=600, help_text=_("Names with 、 or commas between them."))
    words = WordsField(long=True, label=_("What was settled"))

    def clean_held_on(self) -> date:
        day: date = self.cleaned_data["held_on"]
        if day > clock.today():
            raise forms.ValidationError(_("This day lies in the future."))
        return day

    @property
    def present(self) -> list[str]:
        return parted(self.cleaned_data["present_text"])


class UnitsField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple


class ConsolidateForm(DecisionForm):
    """Which units are asked."""

    ANSWERS = ("units",)

    units = UnitsField(
        Unit.objects.none(), label=_("Units to be asked"),
        error_messages={"required": _("Please choose at least one unit to be asked.")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = self.fields["units"]
        assert isinstance(units, forms.ModelMultipleChoiceField)
        units.queryset = Unit.objects.filter(closed_on=None).exclude(kind=Unit.Kind.GROUP).order_by("kind", "code")
        self.fields["units"].initial = list(
            units.queryset.filter(kind__in=[Unit.Kind.REGION, Unit.Kind.EXPANSION]).values_list("pk", flat=True)
        )


class JudgeForm(DecisionForm):
    """An outcome, and where it is declined an answer, for each opinion; those that have one show it."""

    ANSWERS = ("fates",)

    def __init__(self, *args: Any, matter: Plan, **kwargs: Any) -> None:
        super().__init__(*args, matter=matter, **kwargs)
        titles = {topic.number: topic.title for topic in matter.topics()}
        self.rows = list(matter.opinions_of_units().order_by("topic", "pk"))
        for row in self.rows:
            clause = row.clause or gettext("whole topic")
            told = f"{row.consultation.unit} · {row.topic}. {titles.get(row.topic, '')} · {clause}：{row.wanted}"
            self.fields[f"fate_{row.pk}"] = forms.ChoiceField(
                label=told, choices=[("", "—"), *Fate.choices], required=False, help_text=row.why, initial=row.fate
            )
            self.fields[f"reply_{row.pk}"] = WordsField(
                long=True, max_length=500, required=False, label=_("Reply"), widget=LongText(rows=1), initial=row.reply
            )

    def clean(self) -> dict[str, Any]:
        super().clean()
        for row in self.rows:
            declined = self.cleaned_data.get(f"fate_{row.pk}") == Fate.DECLINED
            if declined and not self.cleaned_data.get(f"reply_{row.pk}"):
                self.add_error(f"reply_{row.pk}", _("Whoever declines an opinion says why."))
        if self.rows and not self.errors and not self.fates:
            self.add_error(None, _("Please choose an outcome."))
        return self.cleaned_data

    @property
    def fates(self) -> dict[int, tuple[str, str]]:
        asked = self.cleaned_data
        return {
            row.pk: (asked[f"fate_{row.pk}"], asked.get(f"reply_{row.pk}", ""))
            for row in self.rows
            if asked.get(f"fate_{row.pk}")
        }


class ReviseForm(DecisionForm):
    """What each topic says, to be rewritten where an opinion was adopted."""

    ANSWERS = ("texts",)

    def __init__(self, *args: Any, matter: Plan, **kwargs: Any) -> None:
        super().__init__(*args, matter=matter, **kwargs)
        self.now = {topic.number: matter.final_text(topic) for topic in matter.topics()}
        for topic in matter.topics():
            self.fields[f"text_{topic.number}"] = WordsField(
                long=True, max_length=8000, label=f"{topic.number}. {topic.title}", initial=self.now[topic.number],
                widget=LongText(rows=4),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.errors and not self.texts:
            self.add_error(None, _("Nothing has been changed."))
        return self.cleaned_data

    @property
    def texts(self) -> dict[int, str]:
        said = {number: str(self.cleaned_data.get(f"text_{number}", "")) for number in self.now}
        return {number: text for number, text in said.items() if text != self.now[number]}


class CloseForm(DecisionForm):
    ANSWERS = ("words",)

    words = WordsField(long=True, label=_("What is to be said of it"))


declare(
    Plan.KIND, write_topic=TopicForm, drop_topic=DropForm, carry_over_from=CarryForm, launch=LaunchForm,
    consolidate=ConsolidateForm, judge=JudgeForm, revise=ReviseForm, close=CloseForm,
)  # fmt: skip


class ReassignForm(DecisionForm):
    ANSWERS = ("person",)

    name = WordsField(
        label=_("Lead owner 1"), max_length=60, help_text=_("A name, a name·unit, or the title of a post.")
    )
    FIELD_OF = {"person": "name"}

    def clean_name(self) -> str:
        found = find(self.cleaned_data["name"])
        if found.person is None:
            raise forms.ValidationError(found.why)
        self.found = found.person
        return str(self.cleaned_data["name"])

    @property
    def person(self) -> Person:
        return self.found


class ContributeForm(DecisionForm):
    ANSWERS = ("words",)

    words = WordsField(long=True, label=_("Your contribution"), widget=LongText(rows=5))


class WriteForm(DecisionForm):
    """The draft, with what the assisting owners gave below it to merge."""

    ANSWERS = ("text",)

    text = WordsField(long=True, max_length=8000, label=_("Draft"), widget=LongText(rows=12))

    def __init__(self, *args: Any, matter: Topic, **kwargs: Any) -> None:
        super().__init__(*args, matter=matter, **kwargs)
        self.fields["text"].initial = matter.text


class ReportForm(DecisionForm):
    ANSWERS = ("month", "share", "done", "next_")

    month = forms.ChoiceField(label=_("Month"))
    share = CountField(label=_("Progress (%)"))
    done = WordsField(long=True, max_length=2000, label=_("What was done"))
    next_ = WordsField(long=True, max_length=1000, required=False, label=_("What comes next"))

    def __init__(self, *args: Any, matter: Topic, **kwargs: Any) -> None:
        super().__init__(*args, matter=matter, **kwargs)
        today = clock.today()
        before = date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)
        month = self.fields["month"]
        assert isinstance(month, forms.ChoiceField)
        month.choices = [(f"{day:%Y-%m}", f"{day:%Y-%m}") for day in (today, before)]
        self.fields["share"].initial = matter.percent

    def clean_share(self) -> int:
        share: int = self.cleaned_data["share"]
        if share > 100:
            raise forms.ValidationError(_("At most 100 %."))
        return share


class ExtendForm(DecisionForm):
    ANSWERS = ("wanted",)

    wanted = DayField(label=_("Due then"))


class CompleteForm(DecisionForm):
    ANSWERS = ("done",)

    done = WordsField(long=True, label=_("What was achieved"))


declare(
    Topic.KIND, reassign=ReassignForm, contribute=ContributeForm, write=WriteForm, report=ReportForm, extend=ExtendForm,
    complete=CompleteForm,
)  # fmt: skip


class OpinionForm(DecisionForm):
    """One clause of the draft: what is to change, and why."""

    ANSWERS = ("topic", "clause", "wanted", "why")

    place = forms.ChoiceField(label=_("Topic and clause"))
    wanted = WordsField(long=True, max_length=1000, label=_("What is to change"))
    why = WordsField(long=True, max_length=1000, label=_("Why"))

    def __init__(self, *args: Any, matter: Consultation, **kwargs: Any) -> None:
        super().__init__(*args, matter=matter, **kwargs)
        place = self.fields["place"]
        assert isinstance(place, forms.ChoiceField)
        choices: list[tuple[str, Any]] = [("", gettext("choose a clause"))]
        for topic in matter.plan.outline.topics():
            whole = (f"{topic.number}/", gettext("the whole topic"))
            items = [(f"{topic.number}/{item.number}", f"{item.number} {item.words}") for item in topic.items]
            choices.append((f"{topic.number}. {topic.title}", [whole, *items]))
        place.choices = choices

    @property
    def topic(self) -> int:
        return int(self.cleaned_data["place"].partition("/")[0])

    @property
    def clause(self) -> str:
        return str(self.cleaned_data["place"].partition("/")[2])


declare(Consultation.KIND, opine=OpinionForm)
