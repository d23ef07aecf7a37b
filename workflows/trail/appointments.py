"""Who is appointed by whom: nobody by themselves, and to a post that signs by two administrators.

A post signs where its role has a row in the limits of the edition in force. Such an appointment, and
a stand-in for whoever holds such a post, is proposed by one administrator and has no effect until
another confirms it; both stand on the trail.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from workflows.organisation import clock
from workflows.organisation.models import Appointment, Person, Post, StandIn, in_force
from workflows.organisation.roles import Role
from workflows.policies.models import Edition, NoPolicy

from .record import about, columns_of, difference, subject_of


def signing_roles() -> frozenset[str]:
    """The roles that sign under the edition in force; none where none is."""
    try:
        return Edition.current().signing_roles()
    except NoPolicy:
        return frozenset()


def takes_two(row: Post | StandIn) -> bool:
    """Whether it takes a second administrator: for a post that signs, for a stand-in whose principal holds one then."""
    if isinstance(row, Post):
        return row.role in signing_roles()
    lasts = Q(ends_on=None) | Q(ends_on__gte=row.starts_on)
    return row.principal.posts.filter(lasts, starts_on__lte=row.ends_on, role__in=signing_roles()).exists()


def hold(person_id: int) -> None:
    """Until the transaction ends nobody else decides who holds this person's posts or stands in for them."""
    Person.objects.select_for_update(no_key=True).get(pk=person_id)


@transaction.atomic
def appoint(row: Post | StandIn, *, by: Person) -> Appointment | None:
    """Save `row` and put it on the trail; where it takes two, propose it instead and return the proposal."""
    if isinstance(row, StandIn):
        hold(row.principal_id)
    if takes_two(row):
        return propose(row, by=by)
    row.save()
    about(subject_of(row), by=by, action="add", changes=difference({}, columns_of(row)))
    return None


@transaction.atomic
def propose(row: Post | StandIn, *, by: Person) -> Appointment:
    """Write down `row`, which is not saved, for a second administrator to confirm."""
    proposed = Appointment.to(row, by)
    proposed.save()
    about(subject_of(proposed), by=by, action="propose", changes=difference({}, columns_of(proposed)))
    return proposed


def who_may_confirm(appointment: Appointment) -> QuerySet[Person]:
    """Today's administrators but for whoever proposed it and whoever is appointed."""
    posts = Post.objects.filter(in_force(clock.today()), role=Role.ADMINISTRATOR)
    others = Person.objects.filter(is_active=True, pk__in=posts.values("person"))
    return others.exclude(pk__in=[appointment.proposed_by_id, appointment.person_id])


def waiting() -> QuerySet[Appointment]:
    return Appointment.objects.filter(decided_at=None)


@transaction.atomic
def confirm(appointment: Appointment, *, by: Person) -> Post | StandIn:
    """Make it the post or stand-in it was proposed as, from today if its first day has passed.

    Raises PermissionDenied if `by` administers nothing, ValidationError if they proposed it or are
    appointed by it, if it is decided, or if it has come to nothing meanwhile.
    """
    row = _undecided(appointment, by)
    if by.pk in (row.proposed_by_id, row.person_id):
        raise ValidationError(_("Whoever proposed an appointment or is appointed by it cannot confirm it."))
    today = clock.today()
    if row.ends_on and row.ends_on < today:
        raise ValidationError(_("Its last day has passed. Refuse it, and propose another."))
    if not row.person.is_active or (row.principal and not row.principal.is_active):
        raise ValidationError(_("This person has left."))
    hold(row.person_id)
    made = row.becomes(max(row.starts_on, today))
    if isinstance(made, Post) and (lent := _lent_by_one(made)):
        values = {"deputy": lent.deputy, "person": row.person}
        raise ValidationError(
            _("%(deputy)s stands in for %(person)s, as one administrator alone decided. End that first.") % values
        )
    made.save()
    about(subject_of(made), by=by, action="add", changes=difference({}, columns_of(made)))
    _decide(row, by, confirmed=True)
    about(subject_of(row), by=by, action="confirm", changes={"confirmed": [False, True]})
    return made


def _lent_by_one(post: Post) -> StandIn | None:
    """A stand-in that needed no second administrator, and would sign by the new post of its principal."""
    lent = StandIn.objects.filter(principal=post.person, ends_on__gte=post.starts_on)
    if post.ends_on:
        lent = lent.filter(starts_on__lte=post.ends_on)
    return next((row for row in lent.select_related("principal", "deputy") if not takes_two(row)), None)


@transaction.atomic
def refuse(appointment: Appointment, *, by: Person, note: str) -> None:
    """Let it come to nothing; whoever proposed it may take it back so. Raises as `confirm` does."""
    row = _undecided(appointment, by)
    if not note.strip():
        raise ValidationError({"note": _("Please write the reason.")})
    _decide(row, by, confirmed=False)
    about(subject_of(row), by=by, action="refuse", changes={}, note=note.strip())


def _undecided(appointment: Appointment, by: Person) -> Appointment:
    """The row, nobody else's to decide until this transaction ends."""
    if not by.is_staff:
        raise PermissionDenied(_("Only an administrator may open these pages."))
    row = Appointment.objects.select_for_update().get(pk=appointment.pk)
    if row.decided_at and row.decided_by:
        values = {"person": row.decided_by, "when": f"{timezone.localtime(row.decided_at):%Y-%m-%d %H:%M}"}
        raise ValidationError(_("%(person)s has decided this already, on %(when)s.") % values)
    return row


def _decide(row: Appointment, by: Person, *, confirmed: bool) -> None:
    row.decided_by, row.decided_at, row.confirmed = by, clock.now(), confirmed
    row.save(update_fields=["decided_by", "decided_at", "confirmed"])
