"""How a kind of document looks: all the press is told of it. It knows no matters, no models and no database."""

from __future__ import annotations

import json
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
