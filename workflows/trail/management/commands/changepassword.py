"""Django's command, with its line on the trail: whose password was set at the console, and by which of its users."""

from __future__ import annotations

import getpass
from typing import Any

from django.conf import settings
from django.contrib.auth.management.commands import changepassword
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from workflows.organisation.models import Person
from workflows.trail.passwords import password_set


class Command(changepassword.Command):
    help = "Set somebody's password; the trail says so, and the person is told at the door."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> str | None:
        done = super().handle(*args, **options)
        person = Person.objects.get(username=options["username"] or getpass.getuser())
        with override(settings.LANGUAGE_CODE):
            note = _("at the console, by its user %(user)s") % {"user": getpass.getuser()}
        password_set(person, by=Person.objects.system(), note=note)
        return done
