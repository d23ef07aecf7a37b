"""What somebody else does between the look and the writing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def once_more(view: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """A view that is asked again where the name it found free was taken, or the row it found was gone, as it wrote.

    The second time it finds what the other left, and says so beside the field, as it would have a moment
    later. What it writes has to be one transaction.
    """

    @wraps(view)
    def asked(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        try:
            return view(*args, **kwargs)
        except IntegrityError:
            return view(*args, **kwargs)

    return asked
