"""How many examples a random test takes: a few each time the suite runs, many when it is given the night.

What costs a millisecond takes Hypothesis's own hundred; what walks a whole matter says how few are
enough beside everything else, `@settings(max_examples=examples(10))`. EXAMPLES=many (`make
test-long`) multiplies them all. A race says how many rounds (`few_or`), a sweep over lengths or
places how many of them (`some`): all of them in the long run, which takes whatever is marked `long`.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

FEW, MANY = "few", "many"
TIMES = {FEW: 1, MANY: 50}
T = TypeVar("T")


def how_many() -> str:
    return os.environ.get("EXAMPLES", FEW)


def examples(few: int, name: str | None = None) -> int:
    """`few`, or fifty times as many in the long run."""
    return few * TIMES[name or how_many()]


def few_or(few: int, many: int) -> int:
    """How often something is tried: `few` times, or `many` in the long run."""
    return many if how_many() == MANY else few


def some(cases: Sequence[T], few: int) -> Sequence[T]:
    """`few` of the cases, the first, the last and evenly between; all of them in the long run."""
    if how_many() == MANY or few >= len(cases):
        return cases
    return [cases[round(number * (len(cases) - 1) / (few - 1))] for number in range(few)]
