"""Words that can be printed: asked of every name and title where it is entered, not when a paper is due.

Which characters a font can draw is known further up the house; whoever knows registers here when the
project starts. A model whose words may end up on paper says so by `Legible`; one whose name may hold a
character that no font draws, and which then says how papers write it, by `PrintedName`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Check = Callable[[str], list[str]]

_checks: list[Check] = []


def register(check: Check) -> None:
    """Have `check` asked which characters of a text cannot be printed."""
    if check not in _checks:
        _checks.append(check)


def strange(text: str) -> list[str]:
    """The characters of `text` that cannot be printed, each once."""
    return list(dict.fromkeys(char for check in _checks for char in check(text)))


def named(chars: Iterable[str]) -> str:
    """Characters a reader may see as nothing but a box: each with its code point."""
    return " ".join(f"{char} (U+{ord(char):04X})" for char in chars)


def objection(text: str) -> str:
    """Why `text` cannot be printed, for whoever typed it; empty if it can."""
    if not (found := strange(text)):
        return ""
    return _("“%(characters)s” cannot be printed on a document. Please put it in words.") % {"characters": named(found)}


class Legible:
    """Mixed into a model whose words may be printed: what cannot be is refused beside its field, in every form."""

    UNPRINTED: ClassVar[frozenset[str]] = frozenset()  # columns that no paper shows

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        found: dict[str, Any] = {}
        try:
            super().clean_fields(exclude=exclude)  # type: ignore[misc]
        except ValidationError as error:
            found = error.error_dict
        for column in self._meta.concrete_fields:  # type: ignore[attr-defined]
            name = column.name
            is_words = (
                isinstance(column, models.CharField | models.TextField) and column.editable and not column.choices
            )
            if is_words and name not in found and name not in (exclude or ()) and name not in self.UNPRINTED:
                found |= self.illegible(name, str(getattr(self, name) or ""), exclude or ())
        if found:
            raise ValidationError(found)

    def illegible(self, name: str, text: str, exclude: Collection[str]) -> dict[str, Any]:
        """What is wrong with the words in one column: {column: messages}."""
        why = objection(text)
        return {name: [ValidationError(why, code="illegible")]} if why else {}


def form_for_print() -> models.CharField:
    """The column in which a `PrintedName` keeps how papers write its name."""
    return models.CharField(
        gettext_lazy("form for print"),
        max_length=60,
        blank=True,
        help_text=gettext_lazy(
            "How papers write the name, of which no font draws every character. Everywhere else it stays what it is."
        ),
    )


class PrintedName(Legible):
    """Mixed into a model whose `name` is what it is; where no font draws a character of it, papers write `print_name`.

    That is there exactly while it is needed.
    """

    name: Any
    print_name: Any

    def illegible(self, name: str, text: str, exclude: Collection[str]) -> dict[str, Any]:
        if name != "name" or "print_name" in exclude or not (lacking := strange(text)):
            return super().illegible(name, text, exclude)
        if self.print_name:
            return {}
        asked = _("No font draws %(characters)s. Please write here how papers are to write the name.")
        return {"print_name": [ValidationError(asked % {"characters": named(lacking)}, code="illegible")]}

    def clean(self) -> None:
        super().clean()  # type: ignore[misc]
        if not strange(self.name):
            self.print_name = ""
