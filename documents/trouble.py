"""Why a file was not made: a sentence to translate and what fills it, so that each reader has it in their language."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext


class Trouble(Exception):
    """The file was not made. `tries`: how many tries are worth it, this one included."""

    tries = 1

    def __init__(self, sentence: str, **values: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = {name: _plain(value) for name, value in values.items()}

    def __str__(self) -> str:
        """The whole sentence, in the active language."""
        return gettext(self.sentence) % self.values if self.values else gettext(self.sentence)

    def store(self) -> str:
        """As a row keeps it; see `read`."""
        return json.dumps({"sentence": self.sentence, "values": self.values}, ensure_ascii=False)


class Unprintable(Trouble):
    """The document cannot be printed and trying again would not help."""


class TooHeavy(Trouble):
    """It took more time or memory than it is granted. Once more, in case the machine was busy; then no more."""

    tries = 2


class PressFailed(Trouble):
    """Something around the document went wrong: the press was killed, the disk is full. It will pass."""

    tries = 5


class SigningFailed(PressFailed):
    """The paper could not be signed; another try may succeed. Says why, for whoever looks after the office."""


def read(stored: str) -> str:
    """What `store` kept, or any other sentence, in the active language."""
    try:
        kept = json.loads(stored)
        return str(Trouble(kept["sentence"], **kept["values"]))
    except (ValueError, TypeError, KeyError):  # somebody else's words, or those of an earlier release
        return gettext(stored) if stored else ""


def _plain(value: Any) -> int | str:
    """`value` so that every database keeps it and every page shows it."""
    if isinstance(value, int):
        return value
    text = str(value)[:2000].encode("utf-8", "replace").decode()
    return "".join(char for char in text if char.isprintable() or char == "\n")
