"""Before a new release serves anybody: are the rule books sound, and does the edition in force know every workflow?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ValidationError
from django.db import connections

from . import books
from .models import TABLES, CountersignRule, Edition, NoPolicy


def check_books(**_: Any) -> list[CheckMessage]:
    """An Error for every row a workflow suggests that its own book would refuse."""
    found: list[CheckMessage] = []
    for book in books.all_books():
        for table in TABLES:
            for row in table.defaults(book):
                try:
                    row.clean()
                except ValidationError as refusal:
                    told = " ".join(refusal.messages)
                    found.append(Error(f"{book.kind}, {table.__name__} “{row.key}”: {told}", id="policies.E001"))
    return found


def check_edition(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """A Warning for what the edition in force does not say of an installed workflow.

    An Error for every countersign rule of a published edition that looks at what no book can read any
    more: matters submitted under it would stop there.
    """
    found: list[CheckMessage] = []
    for alias in databases or []:
        there = connections[alias].introspection.table_names()
        if not all(table._meta.db_table in there for table in TABLES):
            continue  # `migrate` asks before it has run
        rules = CountersignRule.objects.using(alias).filter(edition__published_at__isnull=False)
        for workflow, when in sorted(set(rules.values_list("workflow", "when"))):
            if books.is_installed(workflow) and not books.book(workflow).trait(when):
                found.append(
                    Error(
                        f"Countersign rules of “{workflow}” look at “{when}”, which its rule book does not know.",
                        hint="Keep the trait in the book as long as an edition names it.",
                        id="policies.E002",
                    )
                )
        try:
            edition = Edition.current()
        except NoPolicy:
            continue
        found += [
            checks.Warning(
                f"{edition}: {lack}",
                hint="Copy the edition in the administration: the copy has the rows that are missing. Then put it in force.",
                id="policies.W001",
            )
            for lack in edition.lacks()
        ]
    return found
