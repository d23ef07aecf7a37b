"""Found an office: the group, its first administrator, the first edition of the policies."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from workflows.organisation import clock
from workflows.organisation.models import Person, Post, Unit
from workflows.organisation.roles import Role
from workflows.policies.defaults import first_edition
from workflows.trail.passwords import HIDDEN
from workflows.trail.record import about


class Command(BaseCommand):
    help = "Found an office on an empty database: group, first administrator, first policy edition."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="user name of the first administrator")
        parser.add_argument("name", help="the administrator's name")
        parser.add_argument("--group", default=settings.GROUP_NAME, help="name of the group (default: %(default)s)")
        parser.add_argument("--print-name", default="", help="how papers write a name that no font can draw")
        parser.add_argument("--group-print-name", default="", help="the same for the name of the group")
        parser.add_argument("--password", help="asked for when left out, which is the better way")

    def handle(self, *args: Any, **options: Any) -> None:
        if Person.objects.filter(is_system=False).exists():
            raise CommandError("People exist already: this office has been founded.")
        password = options["password"] or getpass.getpass()
        person = Person(username=options["username"], name=options["name"], print_name=options["print_name"])
        group = Unit(kind=Unit.Kind.GROUP, code="group", name=options["group"], print_name=options["group_print_name"])
        try:
            validate_password(password, person)
            for row in (person, group):
                row.full_clean(exclude=["password"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        with transaction.atomic():
            group.save()
            person.set_password(password)
            person.save()
            Post.objects.create(person=person, role=Role.ADMINISTRATOR, unit=group)
            edition = first_edition(clock.today())
            about(
                f"organisation.unit/{group.pk}",
                by=person,
                action="add",
                changes={
                    "name": [None, group.name],
                    "policy": [None, str(edition)],
                    "administrator": [None, f"{person.name} #{person.pk}"],
                    "password": [None, HIDDEN],
                },
            )
        self.stdout.write(f"{group.name}: {person.name} administers it; enter at {settings.SITE_URL}")
