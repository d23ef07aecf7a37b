"""Who stands on a line of the trail, in the reader's language.

What was frozen is what is shown, in the language it was frozen in; in another one the name the row
had then. Today's stands beside it where it differs.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from workflows.organisation.names import Renamed, beside_todays

from .models import Entry


def actor(entry: Entry) -> str:
    return _told(entry, entry.actor_name, entry.actor)


def principal(entry: Entry) -> str:
    """For whom it was done; empty for nobody else."""
    return _told(entry, entry.on_behalf_of_name, entry.on_behalf_of)


def post(entry: Entry) -> str:
    """In which post; empty for none."""
    return _told(entry, entry.post_title, entry.post)


def in_full(entry: Entry) -> str:
    """Who it was, a stand-in with the one they stood in for."""
    if entry.on_behalf_of is None:
        return actor(entry)
    return _("%(actor)s for %(principal)s") % {"actor": actor(entry), "principal": principal(entry)}


def _told(entry: Entry, frozen: str, row: Renamed | None) -> str:
    if row is None:
        return frozen
    then = frozen if frozen and get_language() == settings.LANGUAGE_CODE else row.called(entry.at)
    return beside_todays(then, row.called())
