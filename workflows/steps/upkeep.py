"""What has to be looked at when the organisation or the date is no longer what it was.

Somebody is appointed, leaves, or stands in for somebody; a post ends with the day: open tasks must
then lie on another desk. Looking at all of them is dear, noticing that something changed is not.
"""

from __future__ import annotations

from django.core.cache import cache
from django.db.models import Count, Max, Q

from workflows.matters.models import SentForm
from workflows.organisation import clock
from workflows.organisation.models import Person, Post, StandIn, Unit
from workflows.steps.sweep import settle_all
from workflows.trail.models import Entry

LAST_LOOK = "upkeep.last-look"


def organisation_stamp() -> str:
    """Changes with the date, and whenever people, posts, stand-ins or units do: five small queries."""
    posts = Post.objects.aggregate(Count("pk"), Max("pk"), Count("ends_on"), Max("ends_on"))
    people = Person.objects.aggregate(Count("pk"), active=Count("pk", filter=Q(is_active=True)))
    stand_ins = StandIn.objects.aggregate(Count("pk"), Max("pk"), Max("ends_on"))
    units = Unit.objects.aggregate(Count("pk"), Count("closed_on"))
    # an edit in place, a unit moved or a date corrected, shows in the line it left
    edits = Entry.objects.filter(action__in=["add", "change", "delete"], subject__startswith="organisation.")
    line = edits.aggregate(Max("pk"))
    return repr([clock.today().isoformat(), posts, people, stand_ins, units, line])


def settle_if_changed() -> int:
    """Settle every desk if anything changed since the last look; how many desks were laid anew."""
    stamp = organisation_stamp()
    if cache.get(LAST_LOOK) == stamp:
        return 0
    settled = settle_all()
    SentForm.forget_old()
    cache.set(LAST_LOOK, stamp, timeout=None)
    return settled
