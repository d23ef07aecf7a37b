"""How many examples a random test takes: a few each time the suite runs, many when it is given the night.

What costs a millisecond takes Hypothesis's own hundred; what walks a whole matter says how few are
enough beside everything else, `@settings(max_examples=examples(10))`. EXAMPLES=many (`make
test-long`) multiplies them all.
"""

import os

FEW, MANY = "few", "many"
TIMES = {FEW: 1, MANY: 50}


def how_many() -> str:
    return os.environ.get("EXAMPLES", FEW)


def examples(few: int, name: str | None = None) -> int:
    """`few`, or fifty times as many in the long run."""
    return few * TIMES[name or how_many()]
