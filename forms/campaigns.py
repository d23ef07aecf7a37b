"""What is asked about a campaign: the declaration with its tables, its change, the report, the evaluation.

A form reads and writes the values of `workflows.campaigns.declaration`. Whether a declaration may
be submitted is the declaration's own word (`Declaration.errors`); the form lays each message
beside the field or the line it is about (`complain`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workflows.campaigns.declaration import (
    REQUIRED,
    BudgetLine,
    Category,
    Channel,
    Declaration,
    Duty,
    Evaluation,
    Kind,
    Partner,
    Payer,
    Phase,
    Report,
    ScheduleLine,
    Score,
)
from workflows.campaigns.models import Campaign
from workflows.campaigns.wording import CRITERIA
from workflows.organisation.figures import money
from workflows.organisation.models import Unit

from .base import ActForm, PaperForm
from .decisions import ReturnForm
from .declared import declare
from .fields import CountField, DayField, FigureField, FilesField, WordsField
from .widgets import FigureInput, LongText

Line = ScheduleLine | Partner | Duty | BudgetLine
NOTHING = Decimal(0)
MOST_LINES = 100
GREATEST_TOTAL = Decimal("999999999999.99")  # CNY; the column of a matter's amount ends here


class Fault(NamedTuple):
    """One message of the summary above a form: `anchor` is the id of what it is about."""

    anchor: str
    label: str
    message: str


# --- tables: any number of lines ------------------------------------------------------------------


class LineForm(PaperForm):
    """One line of a table. Everything may be left empty while drafting."""

    shape: ClassVar[type[Line]]
    picked: ClassVar[frozenset[str]] = frozenset()  # chosen from a list: alone they make no line

    def line(self) -> Line:
        """What was typed, as far as it can be read."""
        read = self.cleaned_data if self.is_bound and self.errors is not None else self.initial
        default = asdict(self.shape())
        return self.shape(**{name: read.get(name, default[name]) for name in default})

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed; a line that holds something unreadable is not blank."""
        line, blank = asdict(self.line()), asdict(self.shape())
        return not self.errors and all(line[name] in (blank[name], 0) for name in blank if name not in self.picked)


class ScheduleForm(LineForm):
    shape, picked = ScheduleLine, frozenset({"phase"})

    phase = forms.ChoiceField(choices=Phase.choices, required=False, widget=forms.HiddenInput)
    on = DayField(label=_("Date"), required=False)
    what = WordsField(label=_("What is done"), required=False)
    who = WordsField(label=_("Person in charge"), required=False, max_length=40)


class PartnerForm(LineForm):
    shape = Partner

    name = WordsField(label=_("Partner"), required=False)
    contributes = WordsField(label=_("Contributes"), required=False)
    share = FigureField(label=_("Bears (CNY)"), required=False, empty=NOTHING)


class DutyForm(LineForm):
    shape = Duty

    who = WordsField(label=_("Person"), required=False, max_length=40)
    role = WordsField(label=_("Role"), required=False, max_length=40)
    duty = WordsField(label=_("Duty"), required=False)


class BudgetForm(LineForm):
    shape, picked = BudgetLine, frozenset({"category", "payer"})

    item = WordsField(label=_("Item"), required=False)
    category = forms.ChoiceField(
        label=_("Category"), choices=Category.choices, required=False, initial=Category.OTHER.value
    )
    unit_price = FigureField(label=_("Unit price"), required=False, empty=NOTHING)
    quantity = FigureField(
        label=_("Quantity"), required=False, empty=NOTHING, greatest=Decimal("999999.99"), initial=Decimal(1)
    )
    payer = forms.ChoiceField(label=_("Paid by"), choices=Payer.choices, required=False, initial=Payer.STORE.value)

    @property
    def amount(self) -> str:
        line = self.line()
        assert isinstance(line, BudgetLine)
        return money(line.amount)


class Table(forms.BaseFormSet):
    """The lines of one table, in the order they are printed; `complaints` are about the table as a whole."""

    extra, min_num, max_num, absolute_max = 0, 0, MOST_LINES, 2000
    can_order = can_delete = validate_min = False
    can_delete_extra = validate_max = edit_only = True
    renderer = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.complaints: list[str] = []

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "use_required_attribute": False}

    def written(self) -> list[LineForm]:
        """The forms of the lines that hold something, in the order of the declaration."""
        return [form for form in self.forms if not form.is_blank]

    def value(self) -> tuple[Line, ...]:
        return tuple(form.line() for form in self.written())

    def messages(self) -> list[str]:
        """What is said of the table as a whole: by the declaration, and when there are too many lines."""
        return [*self.complaints, *(str(error) for error in self.non_form_errors() if self.is_bound)]

    def faults(self, title: str) -> Iterator[Fault]:
        for message in self.messages():
            yield Fault(f"table-{self.prefix}", title, message)
        for form in self.forms if self.is_bound else ():
            for name, messages in form.errors.items():
                label = title if name == "__all__" else f"{title} · {form.fields[name].label}"
                anchor = f"line-{form.prefix}" if name == "__all__" else form[name].auto_id
                yield from (Fault(anchor, label, str(message)) for message in messages)


class Schedule(Table):
    form = ScheduleForm

    def written(self) -> list[LineForm]:
        return [form for _phase, forms_ in self.by_phase() for form in forms_ if not form.is_blank]

    def by_phase(self) -> list[tuple[Phase, list[LineForm]]]:
        """Each phase with its lines; a line that names none belongs to the execution."""
        lines: dict[str, list[LineForm]] = {phase.value: [] for phase in Phase}
        for form in self.forms:
            phase = form["phase"].value()
            lines[phase if phase in lines else Phase.EXECUTION.value].append(form)
        return [(phase, lines[phase.value]) for phase in Phase]


class Partners(Table):
    form = PartnerForm


class Team(Table):
    form = DutyForm


class Budget(Table):
    form = BudgetForm


TABLES: dict[str, type[Table]] = {"schedule": Schedule, "partners": Partners, "team": Team, "budget": Budget}
STARTERS: dict[str, list[dict[str, Any]]] = {  # what an empty table shows first
    "schedule": [{"phase": phase.value} for phase in Phase],
    "partners": [],
    "team": [asdict(Duty())],
    "budget": [asdict(BudgetLine())],
}


def renumbered(data: QueryDict, *, add: str = "", remove: str = "") -> QueryDict:
    """A form's data with the lines of every table numbered from 0 without gaps.

    A browser may take lines out and put lines in as it likes; only the order of their numbers
    counts. `add` appends a line to a table ("budget", or "schedule:warm_up" for a phase), `remove`
    takes one out ("budget-3").
    """
    tidy = QueryDict(mutable=True)
    present: dict[str, set[int]] = {name: set() for name in TABLES}
    rows: list[tuple[str, int, str, list[Any]]] = []
    for key, values in data.lists():
        found = re.fullmatch(rf"({'|'.join(TABLES)})-(\d{{1,5}})-(\w+)", key)
        if found is None:
            tidy.setlist(key, values)
        elif f"{found[1]}-{int(found[2])}" != remove:
            present[found[1]].add(int(found[2]))
            rows.append((found[1], int(found[2]), found[3], values))
    places = {name: {old: new for new, old in enumerate(sorted(numbers))} for name, numbers in present.items()}
    for name, old, field, values in rows:
        tidy.setlist(f"{name}-{places[name][old]}-{field}", values)
    for name, table in TABLES.items():
        count = len(places[name])
        if add.partition(":")[0] == name:
            for field, asked in table.form.base_fields.items():
                tidy[f"{name}-{count}-{field}"] = "" if asked.initial is None else asked.initial
            if phase := add.partition(":")[2]:
                tidy[f"{name}-{count}-phase"] = phase
            count += 1
        tidy[f"{name}-TOTAL_FORMS"], tidy[f"{name}-INITIAL_FORMS"] = str(count), "0"
    return tidy


def laid_over(data: QueryDict, declaration: Declaration, names: Iterable[str]) -> QueryDict:
    """A form's data with these fields and tables as the declaration has them, whatever was typed."""
    laid, form = data.copy(), DeclarationForm(declaration=declaration)
    for name in names:
        if name in form.tables:
            for key in [key for key in laid if key.startswith(f"{name}-")]:
                del laid[key]
        else:
            laid.setlist(name, [])
        bound = [form[name]] if name in form.fields else [box for line in form.tables[name].forms for box in line]
        for box in bound:
            shown = box.value()
            if isinstance(shown, list | tuple):
                laid.setlist(box.html_name, [str(value) for value in shown])
            elif shown not in (None, False):
                laid[box.html_name] = "on" if shown is True else str(shown)
    return renumbered(laid)


# --- the declaration --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Section:
    """A part of the declaration as it is asked: its fields, and the table it holds, if any."""

    name: str
    title: Any
    fields: tuple[str, ...]
    table: str = ""


SECTIONS = (
    Section("what", _("What and why"), ("title", "theme", "kind", "background", "problem", "customers", "memorable")),
    Section("when", _("When and where"), ("starts_on", "ends_on", "venue", "attendance", "urgent_reason")),
    Section("schedule", _("Schedule"), (), "schedule"),
    Section("publicity", _("Publicity"), ("channels", "group_mark")),
    Section("targets", _("Targets"), ("footfall", "sales", "new_members", "exposure")),
    Section("partners", _("Partners"), (), "partners"),
    Section("team", _("Team and duties"), (), "team"),
    Section("budget", _("Budget"), ("reserve", "reserve_payer", "budget_total"), "budget"),
    Section("risk", _("Risk and safety"), ("safety",)),
)


@dataclass(frozen=True)
class Progress:
    """How far a section is: what it still needs, whether something in it is wrong, whether it is shown open."""

    section: Section
    missing: int
    faulty: bool
    open: bool

    @property
    def optional(self) -> bool:
        """Whether a declaration may be submitted without a word in this section."""
        return not {*self.section.fields, self.section.table} & set(REQUIRED)


@dataclass(frozen=True)
class Sums:
    """The budget's sums as they are shown, each in words like "¥82,000"."""

    lines: str
    reserve_percent: str
    total: str
    shares: list[tuple[str, str, str]]  # payer, its label, what it pays
    difference: str  # stated total less the sum; empty while nothing is stated or both agree


class DeclarationForm(ActForm):
    """The 申报表. Lenient: only what cannot be read at all keeps a draft from being saved."""

    ANSWERS = ("declaration",)
    use_required_attribute = False

    title = WordsField(label=_("Title"), required=False)
    theme = WordsField(label=_("Theme"), required=False, help_text=_("The sentence customers will remember."))
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices, widget=forms.RadioSelect, required=False)
    background = WordsField(label=_("Background"), required=False, long=True)
    problem = WordsField(
        label=_("The one problem it solves"), required=False, long=True, help_text=_("One, with figures if you can.")
    )
    customers = WordsField(label=_("Target customers"), required=False, long=True, widget=LongText(rows=2))
    memorable = WordsField(label=_("The memorable point"), required=False, long=True, widget=LongText(rows=2))

    starts_on = DayField(label=_("First day"), required=False)
    ends_on = DayField(label=_("Last day"), required=False)
    venue = WordsField(label=_("Venue"), required=False)
    attendance = CountField(
        label=_("People expected on the fullest day"), required=False, help_text=_("Decides about the police permit.")
    )
    urgent_reason = WordsField(label=_("Why it is urgent"), required=False, long=True, widget=LongText(rows=2))

    channels = forms.MultipleChoiceField(
        label=_("Channels"), choices=Channel.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    group_mark = forms.BooleanField(
        label=_("Uses the group's mark"), required=False, help_text=_("Then the brand department countersigns.")
    )

    footfall = CountField(label=_("Footfall"), required=False, help_text=_("People over the whole period."))
    sales = FigureField(label=_("Sales (CNY)"), required=False)
    new_members = CountField(label=_("New members"), required=False)
    exposure = CountField(label=_("Exposure"), required=False, help_text=_("Times seen. May be left empty."))

    reserve = FigureField(label=_("Reserve (CNY)"), required=False, empty=NOTHING)
    reserve_payer = forms.ChoiceField(label=_("Reserve paid by"), choices=Payer.choices, required=False)
    budget_total = FigureField(label=_("Total as you state it (CNY)"), required=False, greatest=GREATEST_TOTAL)

    safety = WordsField(
        label=_("Risk and safety plan"),
        required=False,
        long=True,
        widget=LongText(rows=5),
        help_text=_("Crowds, fire, electricity, weather, first aid; who decides to stop."),
    )
    attachments = FilesField(label=_("Attachments"), required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        files: Any = None,
        *,
        declaration: Declaration | None = None,
        opened: str = "",
        **options: Any,
    ) -> None:
        """`declaration` fills the form; `opened` names a section to show open."""
        self.given, self.opened = declaration or Declaration(), opened
        content = {item.name: getattr(self.given, item.name) for item in fields(Declaration)}
        data = None if data is None else renumbered(data)
        super().__init__(data, files, initial={**content, **options.pop("initial", {})}, **options)
        for name in REQUIRED:
            if name in self.fields:
                self.fields[name].widget.attrs["data-needed"] = True
        self.tables: dict[str, Table] = {
            name: table(
                data, prefix=name, initial=[asdict(line) for line in _in_order(content[name])] or STARTERS[name]
            )
            for name, table in TABLES.items()
        }

    # --- reading ------------------------------------------------------------------------------------

    @cached_property
    def declaration(self) -> Declaration:
        """The declaration as far as it can be read."""
        if not self.is_bound:
            return self.given
        assert self.errors is not None  # reads the fields
        blank = Declaration()
        answers: dict[str, Any] = {name: table.value() for name, table in self.tables.items()}
        for item in fields(Declaration):
            if item.name in self.cleaned_data:
                answers[item.name] = self.cleaned_data[item.name]
        answers["channels"] = tuple(answers.get("channels", ()))
        answers["kind"] = answers.get("kind") or blank.kind
        answers["reserve_payer"] = answers.get("reserve_payer") or blank.reserve_payer
        return Declaration(**answers)

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.declaration.total > GREATEST_TOTAL:
            self.add_error("budget_total", gettext("The lines come to more than can be entered."))
        return self.cleaned_data

    def is_valid(self) -> bool:
        """Whether everything typed can be read. Whether it may be submitted the declaration says."""
        readable = [super().is_valid(), *(table.is_valid() for table in self.tables.values())]
        return all(readable)

    # --- what is wrong ------------------------------------------------------------------------------

    def complain(self, found: Mapping[str, Iterable[str]]) -> None:
        """Lay each message beside its field, table or line; names as in `Declaration.errors`."""
        assert self.declaration  # a message takes its field out of cleaned_data
        for name, messages in found.items():
            table, _dot, number = name.partition(".")
            if number:
                self.tables[table].written()[int(number) - 1].add_error(None, list(messages))
            elif table in self.tables:
                self.tables[table].complaints.extend(messages)
            else:
                self.add_error(name if name in self.fields else None, list(messages))

    def faults(self) -> list[Fault]:
        """Every message of the form, in the order of the page."""
        if not self.is_bound:
            return []
        found = _form_faults(self)
        listed = {name for section in SECTIONS for name in section.fields}
        found += _field_faults(self, [name for name in self.fields if name not in listed])
        for section in SECTIONS:
            if section.table:
                found += self.tables[section.table].faults(str(section.title))
            found += _field_faults(self, section.fields)
        return found

    # --- showing ------------------------------------------------------------------------------------

    def sections(self) -> list[Progress]:
        """The sections as they stand; those with something wrong and the first unfinished one are open."""
        errors: ErrorDict | dict[str, Any] = self.errors if self.is_bound else {}
        parts: list[Progress] = []
        for section in SECTIONS:
            names = (*section.fields, section.table) if section.table else section.fields
            missing = sum(getattr(self.declaration, name) in ("", None, ()) for name in names if name in REQUIRED)
            faulty = any(name in errors for name in section.fields) or (
                bool(section.table) and any(True for _fault in self.tables[section.table].faults(""))
            )
            first = missing and not any(part.missing for part in parts)
            parts.append(Progress(section, missing, faulty, bool(faulty or first or section.name == self.opened)))
        return parts

    @property
    def sums(self) -> Sums:
        declared = self.declaration
        stated = declared.budget_total
        gap = NOTHING if stated is None else stated - declared.total
        shares = declared.shares()
        return Sums(
            lines=money(declared.lines_total),
            reserve_percent=str(declared.reserve_percent),
            total=money(declared.total),
            shares=[(payer.value, str(payer.label), money(shares.get(payer, NOTHING))) for payer in Payer],
            difference=money(gap) if gap else "",
        )

    @property
    def visible_urgency(self) -> bool:
        return bool(self["urgent_reason"].value() or (self.is_bound and "urgent_reason" in self.errors))


class NewDeclarationForm(DeclarationForm):
    """A declaration that has no matter yet: it must say for which unit."""

    unit = forms.ModelChoiceField(label=_("Declaring unit"), queryset=Unit.objects.none(), empty_label=None)

    def __init__(self, *args: Any, units: Iterable[Unit], **options: Any) -> None:
        super().__init__(*args, **options)
        mine = [unit.pk for unit in units]
        self.one_unit = len(mine) == 1
        asked = self.fields["unit"]
        assert isinstance(asked, forms.ModelChoiceField)
        asked.queryset = Unit.objects.filter(pk__in=mine)
        if self.one_unit:
            asked.widget, asked.initial = forms.HiddenInput(), mine[0]


class ChangeForm(DeclarationForm):
    """A changed declaration, and why."""

    note = WordsField(
        label=_("Reason for the change"),
        long=True,
        help_text=_("The reviewers read it first, and it is printed on the change sheet."),
    )


def _in_order(lines: Any) -> list[Line]:
    """Lines of a schedule by phase, others as they are."""
    order = [phase.value for phase in Phase]
    return sorted(lines, key=lambda line: order.index(line.phase) if getattr(line, "phase", "") in order else 1)


def _form_faults(form: forms.Form) -> list[Fault]:
    """What is wrong with the whole."""
    return [Fault("main", "", str(message)) for message in form.non_field_errors()]


def _field_faults(form: forms.Form, names: Iterable[str]) -> list[Fault]:
    return [
        Fault(form[name].auto_id, str(form.fields[name].label), str(message))
        for name in names
        for message in form.errors.get(name, [])
    ]


class StepBackForm(ReturnForm):
    """Back to an earlier step; the way straight back is kept for a budget that does not rise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["way"].help_text = _(
            "Straight back holds only while the budget does not rise and no other rules apply."
        )


# --- the report ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spent:
    """One approved budget line beside the box for what was spent on it."""

    box: forms.BoundField
    label: str
    approved: str
    amount: Decimal


@dataclass(frozen=True)
class Result:
    """One result beside its target."""

    box: forms.BoundField
    target: str


class ReportForm(ActForm):
    """What was spent on each approved line, what came of it, what was learnt."""

    ANSWERS = ("report",)
    use_required_attribute = False

    reserve_spent = FigureField(label=_("Reserve"), empty=NOTHING, required=False)
    footfall = CountField(label=_("Footfall"))
    sales = FigureField(label=_("Sales (CNY)"))
    new_members = CountField(label=_("New members"))
    exposure = CountField(label=_("Exposure"), required=False)
    summary = WordsField(label=_("What happened"), long=True, widget=LongText(rows=5))
    lessons = WordsField(
        label=_("What to do differently next time"), long=True, required=False, widget=LongText(rows=4)
    )
    pictures = FilesField(label=_("Pictures"), required=False)

    def __init__(self, data: Any = None, files: Any = None, *, declared: Declaration, **options: Any) -> None:
        """`declared` is the version in force: its budget lines are asked about one by one."""
        self.declared = declared
        super().__init__(data, files, **options)
        for number, line in enumerate(declared.budget):
            self.fields[f"actual_{number}"] = FigureField(label=line.item)

    def spending(self) -> list[Spent]:
        lines = [
            Spent(self[f"actual_{number}"], line.item, money(line.amount), line.amount)
            for number, line in enumerate(self.declared.budget)
        ]
        reserve = self.declared.reserve
        return [*lines, Spent(self["reserve_spent"], gettext("Reserve"), money(reserve), reserve)]

    def results(self) -> list[Result]:
        targets = ("footfall", "sales", "new_members", "exposure")
        return [Result(self[name], self._target(name)) for name in targets]

    def _target(self, name: str) -> str:
        target = getattr(self.declared, name)
        return "" if target is None else money(target)[1:]

    @property
    def report(self) -> Report:
        """The report; only after `is_valid`."""
        answers = self.cleaned_data
        return Report(
            actuals=tuple(answers[f"actual_{number}"] for number in range(len(self.declared.budget))),
            reserve_spent=answers["reserve_spent"],
            footfall=answers["footfall"],
            sales=answers["sales"],
            new_members=answers["new_members"],
            exposure=answers["exposure"] or 0,
            summary=answers["summary"],
            lessons=answers["lessons"],
        )

    @property
    def approved(self) -> str:
        return money(self.declared.total)

    @property
    def spent(self) -> str:
        """What has been entered so far, as far as it can be read."""
        if not self.is_bound:
            return money(NOTHING)
        assert self.errors is not None
        names = ["reserve_spent", *(f"actual_{number}" for number in range(len(self.declared.budget)))]
        return money(sum((self.cleaned_data.get(name) or NOTHING for name in names), NOTHING))

    def faults(self) -> list[Fault]:
        order = [spent.box.name for spent in self.spending()]
        order += [name for name in self.fields if name not in order]
        return _form_faults(self) + _field_faults(self, order) if self.is_bound else []


# --- the evaluation ----------------------------------------------------------------------------------

RULES = {  # criterion → how its score is computed
    "target": _("The mean of results over targets, each counted up to 100 %."),
    "publicity": _("Exposure over its target; 100 where none was set."),
    "cost": _("Planned cost per visitor over actual, up to 100."),
    "discipline": _("100, less 20 for a late report, less 30 for spending more than was approved."),
}


@dataclass(frozen=True)
class Criterion:
    """One criterion as it is scored: its weight, the score the figures give, the reviewer's boxes."""

    name: str
    label: str
    rule: str
    weight: int
    computed: Decimal
    given: forms.BoundField
    why: forms.BoundField


class EvaluationForm(ActForm):
    """A score per weighted criterion; one that differs from the computed score needs a reason."""

    ANSWERS = ("evaluation",)
    use_required_attribute = False

    remark = WordsField(label=_("Remark"), long=True, required=False)

    def __init__(
        self, data: Any = None, *, weights: Mapping[str, int], computed: Mapping[str, Decimal], **options: Any
    ) -> None:
        """`weights` and `computed` by criterion; scores are out of 100 with one decimal."""
        self.weights, self.computed = weights, computed
        super().__init__(data, **options)
        for name in weights:
            self.fields[f"given_{name}"] = FigureField(
                label=_("Score"),
                decimal_places=1,
                greatest=Decimal(100),
                initial=self._computed(name),
                widget=FigureInput(inputmode="decimal"),
            )
            self.fields[f"why_{name}"] = WordsField(
                label=_("Why it differs"), long=True, required=False, max_length=500, widget=LongText(rows=2)
            )

    def _computed(self, name: str) -> Decimal:
        return self.computed.get(name, NOTHING)

    def clean(self) -> dict[str, Any]:
        super().clean()
        for name in self.weights:
            given = self.cleaned_data.get(f"given_{name}")
            if given is not None and given != self._computed(name) and not self.cleaned_data.get(f"why_{name}"):
                self.add_error(
                    f"why_{name}",
                    gettext("The figures give %(computed)s. Please say why you give %(given)s.")
                    % {"computed": self._computed(name), "given": given},
                )
        return self.cleaned_data

    def criteria(self) -> list[Criterion]:
        return [
            Criterion(
                name,
                str(CRITERIA.get(name, name)),
                str(RULES.get(name, "")),
                weight,
                self._computed(name),
                self[f"given_{name}"],
                self[f"why_{name}"],
            )
            for name, weight in self.weights.items()
        ]

    def _score(self, name: str, given: Decimal) -> Score:
        why = self.cleaned_data.get(f"why_{name}", "") if self.is_bound else ""
        return Score(name, self.weights[name], self._computed(name), given, why)

    @property
    def evaluation(self) -> Evaluation:
        """What was given; only after `is_valid`."""
        answers = self.cleaned_data
        return Evaluation(
            tuple(self._score(name, answers[f"given_{name}"]) for name in self.weights), answers["remark"]
        )

    @property
    def total(self) -> Decimal:
        """Out of 100, of what is shown: an unreadable score counts nothing."""
        if not self.is_bound:
            given = {name: self._computed(name) for name in self.weights}
        else:
            assert self.errors is not None
            given = {name: self.cleaned_data.get(f"given_{name}") or NOTHING for name in self.weights}
        return Evaluation(tuple(self._score(name, score) for name, score in given.items())).total

    def faults(self) -> list[Fault]:
        if not self.is_bound:
            return []
        return (
            _form_faults(self)
            + [fault for name in self.weights for fault in _field_faults(self, (f"given_{name}", f"why_{name}"))]
            + _field_faults(self, ["remark"])
        )


declare(
    Campaign.KIND,
    send_back=StepBackForm,
    save_draft=DeclarationForm,
    change=ChangeForm,
    hand_in=ReportForm,
    score=EvaluationForm,
)
