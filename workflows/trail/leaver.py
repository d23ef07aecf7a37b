"""Somebody leaves the group: one act that leaves nothing behind on an empty desk."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from workflows.organisation import clock, handover
from workflows.organisation.calendar import DAY
from workflows.organisation.models import Person, Post, StandIn, in_force
from workflows.organisation.offices import Capacity
from workflows.organisation.roles import Role

from .appointments import appoint
from .models import Entry
from .record import about, columns_of, difference, subject_of


@transaction.atomic
def leave(person: Person, successor: Person, *, by: Person, give_posts: bool, note: str = "") -> Entry:
    """Close every post and stand-in of `person` as of yesterday and hand what is open to `successor`.

    Whom the leaver stood in for, the successor stands in for, over the same days and workflow.

    With `give_posts` the successor holds the posts from today; those that sign, and standing in for
    whoever holds one, wait for a second administrator (see `appointments`). Open tasks go to the successor
    where they may decide them, else back to the office. Returns the line about the person; every
    row touched and every matter handed over has its own. Raises ValidationError if the successor
    cannot be one, or if nobody would be left to administer.
    """
    today = clock.today()
    _check(person, successor, by, give_posts)
    posts = list(person.posts.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today)).select_related("unit"))
    for post in posts:
        if give_posts:
            _give(post, successor, by)
        _close(post, by)
    for stand_in in StandIn.objects.filter(Q(principal=person) | Q(deputy=person), ends_on__gte=today):
        if stand_in.deputy_id == person.pk and stand_in.principal_id != successor.pk:
            _pass_on(stand_in, successor, by)
        _end(stand_in, by)

    before = columns_of(person)
    person.is_active, person.left_on = False, today
    person.save(update_fields=["is_active", "left_on"])
    capacity = Capacity(by, by.posts.filter(in_force(today), role=Role.ADMINISTRATOR).first())
    handover.hand_over(person, successor, capacity)
    told = {**difference(before, columns_of(person)), "successor": [None, f"{successor.name} #{successor.pk}"]}
    return about(subject_of(person), by=by, action="leave", changes=told, note=note)


def _check(person: Person, successor: Person, by: Person, give_posts: bool) -> None:
    if successor == by:
        raise ValidationError({"successor": _("Nobody appoints themselves: ask another administrator to do it.")})
    if successor == person or not successor.is_active or successor.is_system:
        raise ValidationError({"successor": _("%(person)s cannot be the successor.") % {"person": successor}})
    if not person.is_active and person.left_on:
        raise ValidationError(_("%(person)s has left already.") % {"person": person})
    others = Post.objects.filter(in_force(clock.today()), role=Role.ADMINISTRATOR, person__is_active=True)
    if person.is_staff and not give_posts and not others.exclude(person=person).exists():
        raise ValidationError(_("Nobody would be left who may administer. Give the successor the posts."))


def _give(post: Post, successor: Person, by: Person) -> None:
    starts_on = max(post.starts_on, clock.today())
    held = successor.posts.filter(in_force(starts_on), role=post.role, unit=post.unit)
    if not held.exists():
        new = Post(
            person=successor,
            role=post.role,
            unit=post.unit,
            title=post.title,
            title_en=post.title_en,
            starts_on=starts_on,
            ends_on=post.ends_on,
        )
        appoint(new, by=by)


def _close(post: Post, by: Person) -> None:
    before, subject = columns_of(post), subject_of(post)
    # a post that began today may have been acted in: it keeps its one day, its holder just cannot enter
    last_day = post.starts_on if post.starts_on == clock.today() else clock.today() - DAY
    post.close(last_day)
    gone = post.pk is None
    told = {name: [value, None] for name, value in before.items()} if gone else difference(before, columns_of(post))
    about(subject, by=by, action="delete" if gone else "change", changes=told)


def _pass_on(stand_in: StandIn, successor: Person, by: Person) -> None:
    new = StandIn(
        principal=stand_in.principal,
        deputy=successor,
        workflow=stand_in.workflow,
        reason=stand_in.reason,
        starts_on=max(stand_in.starts_on, clock.today()),
        ends_on=stand_in.ends_on,
    )
    appoint(new, by=by)


def _end(stand_in: StandIn, by: Person) -> None:
    before, subject = columns_of(stand_in), subject_of(stand_in)
    yesterday = clock.today() - DAY
    if stand_in.starts_on > yesterday:
        stand_in.delete()
        about(subject, by=by, action="delete", changes={name: [value, None] for name, value in before.items()})
    else:
        stand_in.ends_on = yesterday
        stand_in.save(update_fields=["ends_on"])
        about(subject, by=by, action="change", changes=difference(before, columns_of(stand_in)))
