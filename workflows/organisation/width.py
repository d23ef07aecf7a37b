"""Words are found in whichever width they were typed: （ by (, ＱＨ by qh, and the reverse.

`field__mentions="(国行)"` is `icontains` for people who have two widths of every sign on one keyboard.
What is typed is brought to one form, and each of its characters looked for in all it may have been
stored in. The stored text is not normalised for that: asked of every row, `normalize()` costs
PostgreSQL eight times and SQLite twenty times what looking for a word costs. A class of characters
costs PostgreSQL less than the upper case that `icontains` makes of every row, and a word of Chinese
characters alone, which have one width, is looked for as ever.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

from django.db.models import CharField, TextField
from django.db.models.lookups import IContains

# full and half width, the blanks of both, the small forms: each stands for one character of plain text
FORMS = (0x00A0, 0x3000, *range(0xFE50, 0xFE70), *range(0xFF00, 0xFFF0))
DASHES = re.compile("[\u2010-\u2015\u2212]")  # typed where a reference has its hyphen


def plain(text: str) -> str:
    """`text` in the width and the composition computers prefer; nothing else about it changes."""
    return unicodedata.normalize("NFKC", text).replace("\x00", "")


def as_reference(typed: str) -> str:
    """A matter's reference, or a part of one, as it is stored: ＱＨ－２０２６－０００１ and QH–2026–0001 are QH-2026-0001."""
    return DASHES.sub("-", plain(typed)).upper()


@cache
def _stored_as() -> dict[str, str]:
    """A character → the other forms it may be stored in."""
    found: dict[str, str] = {}
    for form in map(chr, FORMS):
        one = plain(form)
        if len(one) == 1 and one != form:
            found[one] = found.get(one, "") + form
    return found


def _ways(typed: str) -> str:
    """All characters one typed character may stand for, itself included: both cases, both widths."""
    one = plain(typed)
    if len(one) != 1:
        return typed
    cases = {typed, one, *(case for case in (one.lower(), one.upper()) if len(case) == 1)}
    ways = cases.union(*(_stored_as().get(case, "") for case in cases))
    # in a class of characters ] and - stand for themselves where they are first, ^ where it is not
    return "".join(sorted(ways, key=lambda char: (char not in "]-", char == "^", char)))


@CharField.register_lookup
@TextField.register_lookup
class Mentions(IContains):
    """Whether the text contains what is asked for, in whichever width and case."""

    lookup_name = "mentions"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        typed = unicodedata.normalize("NFC", str(self.rhs)).replace("\x00", "")
        ways = [_ways(char) for char in typed]
        if all(len(way) == 1 for way in ways):
            return IContains(self.lhs, typed).as_sql(compiler, connection)
        lhs, params = self.process_lhs(compiler, connection)
        pattern = "".join(f"[{way}]" if len(way) > 1 else way for way in ways)
        if connection.vendor == "postgresql":
            return f"{lhs}::text ~ %s", [*params, pattern.replace("\\", "\\\\")]
        # one character of one width filters first: SQLite looks for that alone in a tenth of the time
        runs = "".join(way if len(way) == 1 else " " for way in ways).split()
        if runs:
            return f"({lhs} LIKE %s AND {lhs} GLOB %s)", [*params, f"%{max(runs, key=len)}%", *params, f"*{pattern}*"]
        return f"{lhs} GLOB %s", [*params, f"*{pattern}*"]
