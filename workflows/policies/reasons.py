"""Why a rule applied, in one sentence, in the language of whoever reads it.

A reason is stored as a key and its values, never as text: the trail keeps it for ever, and the
same reason is read in Chinese on the desk and in English on a document. The sentences come with the
rule books; one key has one sentence in the whole house, so a workflow names its own after itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.translation import gettext

from workflows.organisation.figures import figure
from workflows.organisation.roles import Role

SENTENCES: dict[str, str] = {}
_spellings: dict[tuple[str, str], Callable[[], Iterable[tuple[Any, str | Promise]]]] = {}


def add(sentences: Mapping[str, str]) -> None:
    """Make sentences known, each in English under its key."""
    for key, sentence in sentences.items():
        if SENTENCES.setdefault(key, sentence) != sentence:
            raise ImproperlyConfigured(f"Two sentences want the key “{key}”: a line already written would change.")


def spell(key: str, place: str, choices: Callable[[], Iterable[tuple[Any, str | Promise]]]) -> None:
    """Say what fills that place of a sentence by its label among `choices`."""
    _spellings[key, place] = choices


@dataclass(frozen=True)
class Reason:
    """A sentence's key and what fills it; amounts are CNY as decimal strings."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, key: str, **values: Any) -> Reason:
        return cls(key, {name: str(value) for name, value in values.items()})

    @classmethod
    def load(cls, stored: dict[str, Any] | None) -> Reason | None:
        return cls(stored["key"], stored.get("values", {})) if stored else None

    def store(self) -> dict[str, Any]:
        return {"key": self.key, "values": self.values}

    def __str__(self) -> str:
        """The sentence in the active language; of a workflow no longer installed, what is left: key and values."""
        values = {name: self._spoken(name, value) for name, value in self.values.items()}
        if self.key not in SENTENCES:
            told = gettext(", ").join(f"{name} {value}" for name, value in values.items())
            return f"{self.key}{gettext(': ')}{told}" if told else self.key
        return gettext(SENTENCES[self.key]) % values

    def _spoken(self, name: str, value: str) -> str:
        if name in ("role", "fallback") and value in Role.values:
            return str(Role(value).label)
        if name in ("amount", "limit", "floor", "count"):
            return figure(Decimal(value))
        if choices := _spellings.get((self.key, name)):
            label = dict(choices()).get(value)
            if label is not None:
                return str(label)
        return gettext(value) if value else value
