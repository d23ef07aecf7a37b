"""How a kind of document looks: all the press is told of it. It knows no matters, no models and no database."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

# Family → its style sheets, in their order.
FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "circular": ("family", "official"),
        "letter": ("family", "official"),
        "minutes": ("family", "official"),
        "notice": ("family", "sheet", "notice"),
        "sheet": ("family", "sheet"),
        "score": ("family", "sheet", "score"),
        "contract": ("family", "sheet", "contract"),
    }
)

MOST_DOCUMENTS, MOST_PAGES = 500, 2000  # of one print file
MOST_BYTES = 32 << 20  # of a finished file
MOST_CHARACTERS = 300_000  # of a document's page as it is written for the press; beyond it, laying out takes minutes
MOST_UNBROKEN = 10_000  # characters with no place to break a line: laying them out takes time by the square, and
# far beyond it Pango's measure of a line runs over and drops what it cannot count

# In Chinese a line may break at any character, in what else there is at a gap.
_UNBROKEN = re.compile(rf"[^\s\u3400-\u9fff]{{{MOST_UNBROKEN + 1},}}")


@dataclass(frozen=True)
class Look:
    """A kind of document in one language."""

    kind: str
    language: str
    title: str  # of the kind, in that language
    family: str  # one of FAMILIES
    template: str
    whole: tuple[str, ...]  # the facts whose words no line of the title ends in: names


def in_groups(code: str) -> str:
    """A check code as it is printed: in groups of four."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def record_of(kind: str, language: str, facts: Mapping[str, Any]) -> bytes:
    """What the attached `record.json` holds: kind, language and facts, keys in order, UTF-8."""
    whole = {"kind": kind, "language": language, "facts": facts}
    return json.dumps(whole, ensure_ascii=False, sort_keys=True, indent=1).encode()


def unbroken(text: str) -> str:
    """The first run in it that is longer than the press can break into lines; empty if there is none."""
    run = _UNBROKEN.search(text) if len(text) > MOST_UNBROKEN else None
    return run[0] if run else ""
