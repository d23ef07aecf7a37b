"""What a person, a unit or a post was called on the day something was done.

Whoever is renamed has signed under the old name: what is shown of a past act bears the name of that
day, with today's beside it where the two differ. The names of before stand on the row itself, so
that a page which has the row asks nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db import models, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from . import clock


class Renamed(models.Model):
    """Mixed into a model whose rows are renamed: saving one under another name keeps the one it had.

    A bulk `update()` goes past it, as it goes past every `save`.
    """

    NAMED: ClassVar[tuple[str, str]] = ("name", "name_en")  # the columns that are the name, in each language

    # [[until when, name, name in English], …], oldest first: from that instant on it was called otherwise
    former_names = models.JSONField(default=list, blank=True, editable=False)
    once_called = models.TextField(blank=True, editable=False)  # the same names and nothing else: for searching

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        written = kwargs.get("update_fields")
        if self._state.adding or not (written is None or set(written) & set(self.NAMED)):
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            self._keep_name()
            if written is not None:
                kwargs["update_fields"] = {*written, "former_names", "once_called"}
            super().save(*args, **kwargs)

    def _keep_name(self) -> None:
        """Write down the name the row has, if it is about to get another; whatever this object was read with."""
        rows = type(self)._default_manager.select_for_update().filter(pk=self.pk)
        row = rows.order_by().values_list("former_names", *self.NAMED).first()
        if row is None:
            return
        former, *names = row
        if self.is_renamed(names, [getattr(self, column) for column in self.NAMED]):
            former = [*former, [clock.now().isoformat(), *names]]
        self.keep(former)

    @classmethod
    def is_renamed(cls, before: Sequence[str], after: Sequence[str]) -> bool:
        """Whether it is called otherwise now; a name in a language it had none in takes no other's place."""
        return any(old and old != new for old, new in zip(before, after, strict=True))

    def keep(self, former: list[list[str]]) -> None:
        self.former_names = former
        self.once_called = "\n".join(dict.fromkeys(name for _until, *names in former for name in names if name))

    def names_on(self, at: datetime | None) -> Sequence[str]:
        """The name at that instant, in each language; today's for none."""
        if at is not None:
            for until, *names in self.former_names:
                if at < datetime.fromisoformat(until):
                    return names
        return [getattr(self, column) for column in self.NAMED]

    def called(self, at: datetime | None = None) -> str:
        """What it was called at that instant (today if None), in the active language."""
        name, name_en = self.names_on(at)
        return name_en if get_language() == "en" and name_en else name


def beside_todays(then: str, today: str) -> str:
    """The name of that day, with today's beside it where they differ."""
    return then if then == today else _("%(then)s (now %(today)s)") % {"then": then, "today": today}


def told(row: Renamed | None, at: datetime | None) -> str:
    """What `row` is called where an act of that instant is shown; nothing for nobody."""
    return beside_todays(row.called(at), row.called()) if row else ""


def answers_to(text: str, to: str = "") -> models.Q:
    """Rows one of whose names, of today or of before, contains `text`. `to` is the lookup path to them."""
    found = models.Q()
    for column in ("name", "name_en", "once_called"):
        found |= models.Q(**{f"{to}{column}__mentions": text})
    return found
