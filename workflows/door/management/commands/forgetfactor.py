"""Somebody's second factors are lost, and no administrator is left who could take them away."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import override

from workflows.door.factors import of_them_all, take_away
from workflows.organisation.models import Person


class Command(BaseCommand):
    help = "Take somebody's second factors away; the trail says so."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        with override(settings.LANGUAGE_CODE):
            note = _("taken away at the console, by its user %(user)s") % {"user": getpass.getuser()}
        held = list(of_them_all().filter(user__username=username).select_related("user"))
        if not held:
            raise CommandError("This person has no second factor.")
        for factor in held:
            take_away(None, factor, by=Person.objects.system(), note=note)
        self.stdout.write(f"{username}: {len(held)} taken away")
