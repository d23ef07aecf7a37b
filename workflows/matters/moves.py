"""How a move of a state machine is declared: one decorator, read by everything.

The permission check, the desk a step lies on, the printed machine, the buttons of a page and the
test matrix all read the same declaration, so that none of them can disagree with another.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django_fsm import GET_STATE, transition

from workflows.organisation.offices import Rule

if TYPE_CHECKING:
    from .models import Matter

Words = str | Promise
ASKED_OF_EVERY_MOVE = ("self", "by", "note")
SEAT = "seat"


@dataclass(frozen=True)
class Condition:
    """Something that must be true before a move; `words` tell the person what is missing."""

    holds: Callable[[Any], bool]
    words: Words | Callable[[Any], Words]
    hides: bool = False  # a move whose condition hides is not offered at all, rather than refused
    summary: Words = ""  # the same for the printed machine, where `words` can only be said of one matter

    def message(self, matter: Matter) -> str:
        return str(self.words(matter) if callable(self.words) else self.words)


@dataclass(frozen=True)
class Move:
    """One row of a state machine's table."""

    name: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    by: Rule
    verb: Words  # on the button
    done: Words  # on the trail
    papers: Mapping[str, tuple[str, ...]]  # target state → kinds of document issued on arriving there
    when: tuple[Condition, ...] = ()
    reason: bool = False  # a written reason is mandatory
    stays: bool = False  # writes to the matter without ending its step
    verdict: str = ""  # what the opinion counts as: agree, return, reject, object; empty: no opinion
    purpose: str = ""  # the doc line of the method
    asks: tuple[str, ...] = ()  # what the method wants to know beyond who and why, by the names of its arguments
    at_a_seat: bool = False  # made for one of several seats; which, the engine says

    @property
    def decides(self) -> bool:
        """Whether whoever makes it judges the matter; handing it in is not judging it."""
        return self.verdict not in ("", "submit")

    def offered(self, matter: Matter) -> bool:
        return matter.state in self.sources and all(c.holds(matter) for c in self.when if c.hides)

    def objections(self, matter: Matter) -> list[str]:
        """Why the matter may not take this move now, in words; empty when it may."""
        return [c.message(matter) for c in self.when if not c.holds(matter)]

    def all_papers(self) -> set[str]:
        return {kind for kinds in self.papers.values() for kind in kinds}


def move(
    *,
    source: str | Sequence[str],
    target: str | Sequence[str] | None = None,
    where: Callable[..., str] | None = None,
    by: Rule,
    verb: Words,
    done: Words,
    issues: Iterable[str] | Mapping[str, Iterable[str]] = (),
    when: Iterable[Condition] = (),
    reason: bool = False,
    verdict: str = "",
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a method of a matter as a move of its state machine.

    `target` is one state; or several, among which `where(matter, **answers)` chooses after the
    method ran; or None for a move that stays where it is and does not end the step. `issues` names
    the kinds of document handed out: for every target, or per target as a mapping.
    """
    sources = (source,) if isinstance(source, str) else tuple(source)
    targets = sources if target is None else (target,) if isinstance(target, str) else tuple(target)
    if isinstance(issues, Mapping):
        papers = {state: tuple(kinds) for state, kinds in issues.items()}
    else:
        kinds = tuple(issues)
        papers = dict.fromkeys(targets, kinds) if kinds else {}
    conditions = tuple(when)

    def declare(method: Callable[..., None]) -> Callable[..., None]:
        asks = [name for name in inspect.signature(method).parameters if name not in ASKED_OF_EVERY_MOVE]
        spec = Move(
            name=method.__name__,
            sources=sources,
            targets=targets,
            by=by,
            verb=verb,
            done=done,
            papers=papers,
            when=conditions,
            reason=reason,
            stays=target is None,
            verdict=verdict,
            purpose=(method.__doc__ or "").strip().split("\n")[0],
            asks=tuple(name for name in asks if name != SEAT),
            at_a_seat=SEAT in asks,
        )
        end = None if target is None else GET_STATE(where, states=targets) if where else targets[0]
        return transition("state", list(sources), end, custom={"move": spec})(method)

    return declare


def moves_of(machine: type[Matter]) -> dict[str, Move]:
    """Every declared move of a matter class, by name, in the order of declaration."""
    declared: dict[str, Move] = {}
    for parent in reversed(machine.__mro__):
        for name, attribute in vars(parent).items():
            spec = _declared_on(attribute)
            if spec:
                declared[name] = spec
    return declared


# --- where django-fsm is asked for more than a transition: what a new release of it has to keep -----------


def _declared_on(method: object) -> Move | None:
    """The move `method` was declared as, or None for what is no move."""
    meta = getattr(method, "_django_fsm", None)
    spec: Move | None = next(iter(meta.transitions.values())).custom["move"] if meta else None
    return spec


def begin_at_first(matter: Matter) -> None:
    """Put a new matter where its workflow begins; nothing but a move changes its state from then on."""
    field: Any = matter._meta.get_field("state")
    field.set_state(matter, matter.FIRST)
