"""What is asked about leases: of the officer who assesses, proposes and records; of whoever keeps the register."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from workflows.leases.models import COUNTERED, Renewal
from workflows.leases.register import Lease, Month, Stall, Tenant
from workflows.leases.terms import Deduction, Means, Meter, Outcome, Proof, Settlement, Terms, Utility
from workflows.organisation import clock
from workflows.organisation.figures import figure

from .base import PaperForm
from .decisions import DecisionForm
from .declared import declare
from .fields import CountField, DayField, FigureField, WordsField

PRICE = Decimal("99999.99")
PERCENT = Decimal(100)
DEDUCTIONS = 3
MOST_MONTHS = 240  # what may be typed; whether the law allows it the matter says


BY_HAND = [
    (key, label) for key, label in Means.choices if key != Means.LINK
]  # of the other nobody but the tenant says it


class AssessForm(DecisionForm):
    """The market's price, and what the officer says to the figures; the figures themselves come from the register."""

    ANSWERS = ("market_price", "remark")

    market_price = FigureField(label=_("Market rent per m² and month"), min_value=Decimal("0.01"), greatest=PRICE)
    remark = WordsField(long=True, max_length=1000, label=_("Comment on the figures"))


class StallChoice(forms.ModelChoiceField):
    def label_from_instance(self, stall: Any) -> str:
        return f"{stall.number} · {figure(stall.area)} m² · {stall.get_trade_display()}"


class TermsForm(DecisionForm):
    """Figures of a lease to come; beside each what is paid at present."""

    months = CountField(label=_("Term (months)"), min_value=1)
    price = FigureField(label=_("Rent per m² and month"), min_value=Decimal("0.01"), greatest=PRICE)
    escalation = FigureField(label=_("Escalation a year (%)"), greatest=PERCENT)
    rent_free = CountField(label=_("Rent-free days"))
    deposit = FigureField(label=_("Deposit"))

    BESIDE = ("months", "price", "escalation", "rent_free", "fees", "deposit")

    def __init__(self, *args: Any, matter: Renewal, **kwargs: Any) -> None:
        super().__init__(*args, matter=matter, **kwargs)
        present, last = matter.present_terms(), self.starting_from(matter)
        for name, field in self.fields.items():
            if name in vars(last):
                field.initial = getattr(last, name)
            if name in self.BESIDE and name != "months":
                field.help_text = gettext("At present: %(value)s.") % {"value": figure(getattr(present, name))}

    def starting_from(self, matter: Renewal) -> Terms:
        """What the form is filled with: the tenant's last word, else what was proposed last, else the present lease."""
        if matter.rounds:
            return Terms.from_content(matter.rounds[-1]["terms"])
        return matter.terms if matter.terms_content else matter.present_terms()

    def clean_months(self) -> int:
        months: int = self.cleaned_data["months"]
        if months > MOST_MONTHS:
            raise forms.ValidationError(
                gettext("A lease may not run for more than %(years)d years (Civil Code, article 705).")
                % {"years": MOST_MONTHS // 12}
            )
        return months

    def clean_rent_free(self) -> int:
        days: int = self.cleaned_data["rent_free"]
        if days > 366:
            raise forms.ValidationError(_("At most a year is free of rent."))
        return days


class ProposeForm(TermsForm):
    """To renew, to renew elsewhere or not to renew, and on which terms."""

    ANSWERS = ("terms",)

    outcome = forms.ChoiceField(label=_("Proposal"), choices=Outcome, initial=Outcome.RENEW, widget=forms.RadioSelect)
    stall = StallChoice(
        Stall.objects.none(), label=_("Another stall"), required=False, empty_label=_("none: the same stall"),
        help_text=_("Only where the tenant renews elsewhere; free stalls of this mall."),
    )  # fmt: skip
    fees = FigureField(label=_("Fees per m² and month"), greatest=PRICE)
    campaigns = CountField(label=_("Campaigns a year the tenant takes part in"))
    refit = WordsField(long=True, max_length=500, required=False, label=_("Refit"))

    field_order = (
        "outcome", "stall", "months", "price", "escalation", "rent_free", "fees", "deposit", "campaigns", "refit",
    )  # fmt: skip

    def __init__(self, *args: Any, matter: Renewal, **kwargs: Any) -> None:
        super().__init__(*args, matter=matter, **kwargs)
        stall = self.fields["stall"]
        assert isinstance(stall, forms.ModelChoiceField)
        here = Stall.objects.filter(mall=matter.unit_id).exclude(pk=matter.lease.stall_id)
        stall.queryset = here.exclude(leases__held_until=None, leases__isnull=False)

    def clean(self) -> dict[str, Any]:
        super().clean()
        moves = self.cleaned_data.get("outcome") == Outcome.MOVE
        if moves and not self.cleaned_data.get("stall") and "stall" not in self.errors:
            self.add_error("stall", _("Please choose the stall the tenant moves to."))
        return self.cleaned_data

    @property
    def terms(self) -> Terms:
        asked = self.cleaned_data
        assert isinstance(self.matter, Renewal)
        stall = asked["stall"] if asked["outcome"] == Outcome.MOVE else None
        lease = self.matter.lease
        return Terms(
            outcome=asked["outcome"],
            stall=stall.pk if stall else None,
            stall_name=stall.number if stall else lease.stall.number,
            area=stall.area if stall else lease.area,
            **{name: asked[name] for name in (*COUNTERED, "fees", "campaigns", "refit")},
        )


class Proving(DecisionForm):
    """Who answered, when and by which means, and where that lies."""

    by = WordsField(label=_("Who answered for the tenant"), max_length=40)
    on = DayField(label=_("On"))
    means = forms.ChoiceField(label=_("By which means"), choices=BY_HAND)
    words = WordsField(long=True, max_length=1000, label=_("What was said, and where it lies"))
    file = forms.ChoiceField(
        label=_("File"), required=False, help_text=_("A file can be laid beside the matter under Discussion.")
    )

    def __init__(self, *args: Any, matter: Renewal, **kwargs: Any) -> None:
        super().__init__(*args, matter=matter, **kwargs)
        self.fields["by"].initial, self.fields["on"].initial = matter.lease.tenant.contact, clock.today()
        self.laid = {str(file.pk): file for file in matter.attachments.filter(withdrawn_at=None)}
        file = self.fields["file"]
        assert isinstance(file, forms.ChoiceField)
        file.choices = [("", _("none")), *((key, file.name) for key, file in self.laid.items())]

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > clock.today():
            raise forms.ValidationError(_("This day lies in the future."))
        return on

    @property
    def proof(self) -> Proof:
        asked, file = self.cleaned_data, self.laid.get(self.cleaned_data["file"])
        return Proof(
            **{name: asked[name] for name in ("by", "on", "means", "words")},
            file=file.name if file else "",
            digest=file.digest if file else "",
        )


class AnswerForm(Proving):
    ANSWERS = ("proof",)


class CounterForm(TermsForm, Proving):
    """The figures the tenant names, with the proof that they did."""

    ANSWERS = ("terms", "proof")

    def starting_from(self, matter: Renewal) -> Terms:
        return matter.terms

    @property
    def terms(self) -> Terms:
        return Terms(**{name: self.cleaned_data[name] for name in COUNTERED})


class NoticeForm(DecisionForm):
    """Why the lease ends; and whom the tenant would have to equal, if there is somebody."""

    ANSWERS = ("competing",)

    competing = WordsField(
        long=True, max_length=500, required=False, label=_("Competing offer"),
        help_text=_("If another has made an offer: on which terms. The tenant goes first on equal ones."),
    )  # fmt: skip


class HandoverForm(DecisionForm):
    """Meters and deductions; what is left of the deposit is reckoned from them."""

    ANSWERS = ("settlement",)

    on = DayField(label=_("Day of the handover"))

    def __init__(self, *args: Any, matter: Renewal, **kwargs: Any) -> None:
        super().__init__(*args, matter=matter, **kwargs)
        self.fields["on"].initial = clock.today()
        for utility in Utility:
            told = {"meter": utility.label}
            places: dict[str, Any] = {"decimal_places": 3, "required": False}
            self.fields[f"{utility}_before"] = FigureField(label=gettext("%(meter)s: last reading") % told, **places)
            self.fields[f"{utility}_reading"] = FigureField(label=gettext("%(meter)s: reading now") % told, **places)
            self.fields[f"{utility}_price"] = FigureField(label=gettext("%(meter)s: price of a unit") % told, **places)
        for line in range(1, DEDUCTIONS + 1):
            told_line = {"n": line}
            self.fields[f"what_{line}"] = WordsField(
                label=gettext("Deduction %(n)s: for what") % told_line, max_length=60, required=False
            )
            self.fields[f"amount_{line}"] = FigureField(
                label=gettext("Deduction %(n)s: amount") % told_line, required=False
            )

    def clean(self) -> dict[str, Any]:
        asked = super().clean()
        for utility in Utility:
            names = [f"{utility}_{part}" for part in ("before", "reading", "price")]
            given = [asked.get(name) for name in names]
            if any(value is not None for value in given):
                for name, value in zip(names, given, strict=True):
                    if value is None and name not in self.errors:
                        self.add_error(name, _("All three are needed to reckon it."))
            before, reading, _price = given
            if before is not None and reading is not None and reading < before:
                self.add_error(names[1], _("A meter does not run backwards."))
        for line in range(1, DEDUCTIONS + 1):
            what, amount = asked.get(f"what_{line}"), asked.get(f"amount_{line}")
            if amount and not what and f"what_{line}" not in self.errors:
                self.add_error(f"what_{line}", _("Please say what it is for."))
            if what and not amount and f"amount_{line}" not in self.errors:
                self.add_error(f"amount_{line}", _("Please say how much it is."))
        return asked

    @property
    def settlement(self) -> Settlement:
        asked = self.cleaned_data
        return Settlement(
            on=asked["on"],
            deposit=Decimal(0),  # both as the register has them when it is done
            arrears=Decimal(0),
            meters=tuple(self._meters()),
            deductions=tuple(
                Deduction(asked[f"what_{line}"], asked[f"amount_{line}"])
                for line in range(1, DEDUCTIONS + 1)
                if asked[f"amount_{line}"]
            ),
        )

    def _meters(self) -> Iterator[Meter]:
        asked = self.cleaned_data
        for utility in Utility:
            before, reading, price = (asked[f"{utility}_{part}"] for part in ("before", "reading", "price"))
            if reading is not None:
                yield Meter(utility.value, before, reading, price)


declare(
    Renewal.KIND,
    assess=AssessForm,
    propose=ProposeForm,
    accept=AnswerForm,
    counter=CounterForm,
    decline=AnswerForm,
    lay_before=AnswerForm,
    notify=NoticeForm,
    hand_over=HandoverForm,
)


# --- the register ------------------------------------------------------------------------------------------------


class _Row(forms.ModelForm):
    """A row of the register; days as everywhere."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class TenantForm(_Row):
    licence_until = DayField(label=pgettext_lazy("a field", "Licence expires on"), required=False)

    class Meta:
        model = Tenant
        fields = (
            "name", "licence", "licence_until", "contact", "phone", "email", "address", "grade", "top50", "language",
        )  # fmt: skip


class LeaseForm(_Row):
    """A lease of one stall, as it was signed."""

    starts_on = DayField(label=_("First day"))
    ends_on = DayField(label=_("Last day"))
    price = FigureField(label=_("Rent per m² and month"), min_value=Decimal("0.01"), greatest=PRICE)
    escalation = FigureField(label=_("Escalation a year (%)"), greatest=PERCENT, empty=Decimal(0), required=False)
    fees = FigureField(label=_("Fees per m² and month"), greatest=PRICE, empty=Decimal(0), required=False)
    deposit = FigureField(label=_("Deposit"), empty=Decimal(0), required=False)

    class Meta:
        model = Lease
        fields = (
            "tenant", "starts_on", "ends_on", "price", "escalation", "rent_free", "fees", "deposit", "currency",
            "broken_month",
        )  # fmt: skip

    def __init__(self, *args: Any, stall: Stall, **kwargs: Any) -> None:
        super().__init__(*args, instance=Lease(stall=stall, area=stall.area), **kwargs)


class MonthForm(_Row):
    """What is reported of a lease for one month; the same month again corrects it."""

    month = forms.DateField(
        label=_("Month"), input_formats=["%Y-%m"], widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
        error_messages={"invalid": _("This is not a month. Write it like 2026-11.")},
    )  # fmt: skip
    sales = FigureField(label=_("Turnover"))
    arrears = FigureField(label=_("Arrears at its end"), empty=Decimal(0), required=False)
    campaigns = CountField(label=_("Campaigns joined"), empty=Decimal(0), required=False)
    violations = CountField(label=_("Violations"), empty=Decimal(0), required=False)

    class Meta:
        model = Month
        fields = ("month", "sales", "arrears", "campaigns", "violations")

    def clean_month(self) -> date:
        month: date = self.cleaned_data["month"]
        if month > clock.today():
            raise forms.ValidationError(_("This month has not begun."))
        return month


# --- the tenant, by the link ---------------------------------------------------------------------------------------


class ByLinkForm(PaperForm):
    """What a tenant without an account answers; the figures count only where they want other terms."""

    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=[
            ("accept", _("We accept the offer.")),
            ("counter", _("We want other terms.")),
            ("decline", _("We do not renew.")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose an answer.")},
    )
    months = CountField(label=_("Term (months)"), min_value=1, required=False)
    price = FigureField(label=_("Rent per m² and month"), min_value=Decimal("0.01"), greatest=PRICE, required=False)
    escalation = FigureField(label=_("Escalation a year (%)"), greatest=PERCENT, required=False)
    rent_free = CountField(label=_("Rent-free days"), required=False)
    deposit = FigureField(label=_("Deposit"), required=False)
    words = WordsField(long=True, max_length=1000, required=False, label=_("What else you want to say"))
    by = WordsField(label=_("Your name"), max_length=40)

    def __init__(self, *args: Any, offered: Terms, **kwargs: Any) -> None:
        self.offered = offered
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for name in COUNTERED:
            self.fields[name].initial = getattr(offered, name)
            told = {"value": figure(getattr(offered, name))}
            self.fields[name].help_text = gettext("Offered: %(value)s.") % told

    @property
    def figures(self) -> list[forms.BoundField]:
        return [self[name] for name in COUNTERED]

    def clean(self) -> dict[str, Any]:
        super().clean()
        asked = self.cleaned_data
        if asked.get("answer") != "counter":
            for name in COUNTERED:
                self.errors.pop(name, None)
            return asked
        for name in COUNTERED:
            if asked.get(name) is None and name not in self.errors:
                self.add_error(name, _("Please give a figure."))
        months, free = asked.get("months"), asked.get("rent_free")
        if months and months > MOST_MONTHS:
            told = {"years": MOST_MONTHS // 12}
            self.add_error(
                "months", gettext("A lease may not run for more than %(years)d years (Civil Code, article 705).") % told
            )
        if free and free > 366:
            self.add_error("rent_free", _("At most a year is free of rent."))
        if not self.errors and all(asked[name] == getattr(self.offered, name) for name in COUNTERED):
            self.add_error(None, _("These are the terms of the offer. Please change a figure, or accept it."))
        return asked

    @property
    def content(self) -> dict[str, Any]:
        """The answer as it waits for its code."""
        asked = self.cleaned_data
        terms = (
            Terms(**{**vars(self.offered), **{name: asked[name] for name in COUNTERED}})
            if asked["answer"] == "counter"
            else None
        )
        return {
            "move": asked["answer"],
            "by": asked["by"],
            "words": asked["words"],
            "terms": terms.content() if terms else {},
        }


class CodeForm(forms.Form):
    code = forms.RegexField(
        r"^\s*\d{6}\s*$",
        label=_("Code"),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "8"}),
        error_messages={"required": _("Please type the code."), "invalid": _("The code has six digits.")},
    )

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).strip()
