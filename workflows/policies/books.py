"""What each workflow brings to the policy: its rule book, registered from its own `rules.py`.

The policy tables know amounts, roles and days; what a workflow's steps, thresholds and criteria are
called, what its countersign rules may look at, what its first edition says and which sentences its
rules speak stands in its book. The modules `rules` of all apps are loaded when the policies are ready
(`autodiscover_modules`, as the admin does); one value per workflow:

    books.register(RuleBook("errand", deadlines=(Due("offer", 5),), fallbacks={Role.FINANCE: Role.PRESIDENT}))

What holds for every workflow, e.g. how long a unit has to acknowledge a document, is registered by the
house's own parts under `HOUSE`, each its share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any, Protocol

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from . import reasons
from .reasons import Reason

Words = str | Promise
Choices = Sequence[tuple[str, Words]]
HOUSE = "house"  # in place of a workflow, in rows that hold for all of them
AMOUNT_ABOVE = "amount_above"


class Judged(Protocol):
    """A matter that rules can be applied to."""

    @property
    def amount(self) -> Decimal | None: ...

    def traits(self) -> Mapping[str, Any]: ...


# --- the rows of a first edition ------------------------------------------------------------------------


@dataclass(frozen=True)
class Limit:
    """Up to which amount (CNY) a role approves; None: without limit."""

    role: str
    up_to: int | None
    signs: bool = True


@dataclass(frozen=True)
class Countersign:
    """That a role must countersign when the trait `when` applies."""

    role: str
    when: str
    number: int | None = None
    text: str = ""


@dataclass(frozen=True)
class Due:
    """A step with a deadline. Its label is that of the matter's state of the same name, unless given."""

    step: str
    days: int
    escalate_to: str = ""
    working_days: bool = True
    label: Words = ""


# --- what its rules are called --------------------------------------------------------------------------


class Measure(Enum):
    """What a threshold counts."""

    CNY = pgettext_lazy("unit", "CNY")
    DAYS = pgettext_lazy("unit", "days")
    PEOPLE = pgettext_lazy("unit", "people")
    PERCENT = "%"

    @property
    def is_whole(self) -> bool:
        """Whether there are no halves of it."""
        return self in (Measure.DAYS, Measure.PEOPLE)


@dataclass(frozen=True)
class Figure:
    """A named number a check compares with. `turns`: what changes on the path of a matter at that amount,
    told to one below it and to one at or above it; each sentence with a place `limit`.
    """

    name: str
    label: Words
    measure: Measure
    value: int | None = None
    turns: tuple[Words, Words] | None = None


@dataclass(frozen=True)
class Criterion:
    """One of the criteria of an evaluation, and how much it counts; the weights of a book add up to 100."""

    name: str
    label: Words
    weight: int


class Asks(Enum):
    """What somebody who writes a countersign rule has to give beside the trait."""

    NOTHING = "nothing"  # it applies or not
    NUMBER_FROM = "number from"
    NUMBER_ABOVE = "number above"
    CHOICE = "choice"

    @property
    def number(self) -> bool:
        return self in (Asks.NUMBER_FROM, Asks.NUMBER_ABOVE)


@dataclass(frozen=True)
class Trait:
    """Something about a matter that a countersign rule may look at.

    `of` reads it from the matter. `says` is the key of the sentence said when it applies, the trait's
    own name unless given; `fills` is the sentence's place for what was found.
    """

    name: str
    label: Words
    asks: Asks
    of: Callable[[Any], Any]
    fills: str = ""
    says: str = ""
    choices: Callable[[], Iterable[tuple[Any, Words]]] = tuple

    def because(self, matter: Judged, role: str, number: Decimal, text: str) -> Reason | None:
        """Why a rule with that figure or word asks for `role`, or None when it does not."""
        found, say = self.of(matter), partial(Reason.of, self.says or self.name)
        match self.asks:
            case Asks.NOTHING if found:
                return say(role=role)
            case Asks.NUMBER_FROM if (found or 0) >= number:
                return say(**{self.fills: found or 0}, limit=number, role=role)
            case Asks.NUMBER_ABOVE if (found or 0) > number:
                return say(**{self.fills: found or 0}, limit=number, role=role)
            case Asks.CHOICE if found == text:
                return say(**{self.fills: found}, role=role)
        return None


def amount_above(label: Words, says: str = "sum_above") -> Trait:
    """The matter's amount, under the name it goes by in the workflow: a budget, a rent."""
    return Trait(AMOUNT_ABOVE, label, Asks.NUMBER_ABOVE, lambda matter: matter.amount, "amount", says)


@dataclass(frozen=True)
class Practice:
    """A switch of conduct: what the office does where rules leave it a choice.

    An edition without a row for it does as `default` says; that is what was done before there was a row.
    `several`: any number of the choices may be taken, also none.
    """

    name: str
    label: Words
    choices: Choices
    default: tuple[str, ...]
    several: bool = False


@dataclass(frozen=True)
class RuleBook:
    """Everything one workflow brings to the policy."""

    kind: str
    label: Words = ""  # the matter's own name, unless given
    limits: tuple[Limit, ...] = ()
    countersign: tuple[Countersign, ...] = ()
    countersigners: tuple[str, ...] = ()  # the roles its machine has a seat for
    traits: tuple[Trait, ...] = ()
    deadlines: tuple[Due, ...] = ()
    figures: tuple[Figure, ...] = ()
    fallbacks: Mapping[str, str] = field(default_factory=dict)  # role → who takes over where nobody holds it
    criteria: tuple[Criterion, ...] = ()
    practices: tuple[Practice, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)  # key → sentence, in English, marked gettext_noop
    instead: Mapping[str, str] = field(default_factory=dict)  # key of the house's sentence → key of its own
    gaps: tuple[Callable[[Any], Iterable[Words]], ...] = ()  # asked of an edition: what it must have, in words

    def joined(self, other: RuleBook) -> RuleBook:
        """This book with another's pages behind it."""
        pages: dict[str, Any] = {"label": self.label or other.label}
        for page in fields(self):
            mine, more = getattr(self, page.name), getattr(other, page.name)
            if isinstance(mine, tuple):
                pages[page.name] = (*mine, *more)
            elif isinstance(mine, Mapping):
                pages[page.name] = {**mine, **more}
        return replace(self, **pages)

    # --- words ------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """What the workflow is called, in the active language."""
        matter = _matter_of(self.kind)
        return str(self.label or (matter._meta.verbose_name if matter else self.kind))

    def step_choices(self) -> Choices:
        matter = _matter_of(self.kind)
        states = dict(matter.State.choices) if matter else {}
        return [(due.step, due.label or states.get(due.step, due.step)) for due in self.deadlines]

    def trait_choices(self) -> Choices:
        return [(trait.name, trait.label) for trait in self.all_traits()]

    def word_choices(self) -> Choices:
        """What the traits that ask for a choice may be, each with the trait it belongs to."""
        offered = [(trait, *choice) for trait in self.all_traits() for choice in trait.choices()]
        return [(str(code), f"{trait.label} {label}") for trait, code, label in offered]

    # --- its own, and what the house offers to all ---------------------------------------------------------

    def all_traits(self) -> tuple[Trait, ...]:
        if not self.countersigners:
            return ()
        own = {trait.name for trait in self.traits}
        return (*self.traits, *(trait for trait in book(HOUSE).traits if trait.name not in own))

    def trait(self, name: str) -> Trait | None:
        return next((trait for trait in self.all_traits() if trait.name == name), None)

    def all_practices(self) -> tuple[Practice, ...]:
        """What may be switched for this workflow; the house itself has nothing to switch."""
        return () if self.kind == HOUSE else (*book(HOUSE).practices, *self.practices)

    def practice(self, name: str) -> Practice | None:
        return next((practice for practice in self.all_practices() if practice.name == name), None)

    def figure(self, name: str) -> Figure | None:
        return next((figure for figure in self.figures if figure.name == name), None)


def _matter_of(kind: str) -> Any:
    """The model of the matters of that kind; None for the house, and where a book has no matter."""
    return next((model for model in apps.get_models() if getattr(model, "KIND", "") == kind), None)


# --- the shelf --------------------------------------------------------------------------------------------

_books: dict[str, RuleBook] = {}


def register(new: RuleBook) -> None:
    """Put a book on the shelf. A workflow has one; the house's own parts add to the house's."""
    if new.kind in _books and new.kind != HOUSE:
        raise ImproperlyConfigured(f"The workflow “{new.kind}” has registered its rule book already.")
    _books[new.kind] = _books[new.kind].joined(new) if new.kind in _books else new
    reasons.add(new.reasons)
    for trait in new.traits:
        if trait.asks is Asks.CHOICE:
            reasons.spell(trait.says or trait.name, trait.fills, trait.choices)


def book(kind: str) -> RuleBook:
    """The book of that workflow; an empty one where it registered none."""
    return _books.get(kind) or RuleBook(kind)


def is_installed(kind: str) -> bool:
    return kind in _books


def all_books() -> list[RuleBook]:
    """The house's first, then those of the workflows as they came."""
    return sorted(_books.values(), key=lambda one: one.kind != HOUSE)
