"""A schedule is loaded: every day of the file, and one line on the trail, in one act."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from workflows.organisation import clock, schedule
from workflows.organisation.models import DayCorrection, Person, Post, in_force
from workflows.organisation.readings import would_move
from workflows.organisation.roles import Role
from workflows.organisation.schedule import Difference, Line

from .models import Entry
from .record import about

SUBJECT = "organisation.daycorrection/schedule"


@dataclass(frozen=True)
class DryRun:
    """What loading the lines would do, before anything is written."""

    differences: list[Difference]
    deadlines: int  # open ones that would be another day
    announced: list[int]  # years that would count as announced from then on
    lacking: dict[int, list[Any]]  # year → holidays of the law the file would have to name for that

    @property
    def seen(self) -> str:
        """Stands for what is shown: whoever loads agrees to this and nothing else."""
        return sha256(json.dumps(_told(self.differences), sort_keys=True).encode()).hexdigest()[:16]


def dry_run(lines: list[Line]) -> DryRun:
    before, after = schedule.with_lines([]), schedule.with_lines(lines)
    new = [year for year in sorted({line.day.year for line in lines}) if not before.is_announced(year)]
    return DryRun(
        schedule.differences(lines),
        would_move(after),
        [year for year in new if after.is_announced(year)],
        {year: after.unnamed(year) for year in new if not after.is_announced(year)},
    )


def load(lines: list[Line], *, by: Person, note: str = "", seen: str = "") -> Entry | None:
    """Write every day of `lines`; the line on the trail, or None where nothing is different.

    `seen` is what a dry run said it would change: raises ValidationError when it is something else by now.
    """
    try:
        with transaction.atomic():
            changes = schedule.differences(lines)
            if seen and dry_run(lines).seen != seen:
                raise ValidationError(_("The calendar has been changed since you looked; please look again."))
            return _write(changes, by, note) if changes else None
    except IntegrityError:
        raise ValidationError(_("Somebody else is changing the same days at this moment; please look again.")) from None


def _write(changes: list[Difference], by: Person, note: str) -> Entry:
    for change in changes:
        line = change.line
        said = {"is_working": line.is_working, **({"note": line.note} if line.note else {})}
        DayCorrection.objects.update_or_create(day=line.day, defaults=said)
    post = Post.objects.filter(in_force(clock.today()), person=by, role=Role.ADMINISTRATOR).first()
    return about(SUBJECT, by=by, post=post, action="load", changes=_told(changes), note=note)


def _told(changes: list[Difference]) -> dict[str, list[Any]]:
    """{day: [working before, working now]} for the trail, where it counted or was said otherwise; notes beside it."""
    told: dict[str, list[Any]] = {}
    for change in changes:
        day = change.day.isoformat()
        if change.corrected != change.is_working:
            told[day] = [change.corrected, change.is_working]
        if change.line.note and change.line.note != change.note:
            told[f"{day}/note"] = [change.note or None, change.line.note]
    return told
