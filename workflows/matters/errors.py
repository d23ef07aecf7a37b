"""The ways an act can fail, each in the user's words and each with its own answer.

`StepOutOfOrder` (409): somebody was faster, or the matter has moved on; `TextChanged` among them:
it is where it was, and says something else. `NotYours` (403): no post of yours may do this. `Refused` (422, shown beside the field): you may, but not like this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from workflows.trail.models import Entry

    from .models import Matter


class StepOutOfOrder(Exception):
    """The matter is no longer where the person saw it. `by` is the line that moved it, if known."""

    def __init__(self, matter: Matter, by: Entry | None = None) -> None:
        self.matter, self.by = matter, by
        super().__init__(_("%(title)s has moved on since you opened it.") % {"title": matter.title})


class TextChanged(StepOutOfOrder):
    """What the matter says is not what the person read: others have written since, on `lines` of the trail."""

    def __init__(self, matter: Matter, lines: Sequence[Entry] = (), *, unshown: bool = False) -> None:
        """`unshown`: the form did not say which text its reader had before them."""
        super().__init__(matter, lines[-1] if lines else None)
        self.lines, self.unshown = list(lines), unshown
        self.args = (_("The text of %(title)s has changed since you read it.") % {"title": matter.title},)


class NotYours(PermissionDenied):
    """The person holds no post that may take this step."""

    def __init__(self, matter: Matter) -> None:
        self.matter = matter
        super().__init__(_("You hold no post that may take this step."))


class DecidedBefore(NotYours):
    """A post of the person's may take this step, but the person, or whoever they stand in for, may not: they have decided before."""

    def __init__(self, matter: Matter) -> None:
        super().__init__(matter)
        self.args = (
            _("Your post may take this step, but whoever has decided an earlier one may not take it as well."),
        )


class Refused(ValidationError):
    """The act is the person's to take, but something it needs is missing or wrong."""
