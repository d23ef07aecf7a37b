"""What a line of the trail is about when that is no matter: named in the reader's words, not as the trail keeps it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Model
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise

from documents.models import IssuedDocument, Rendition
from workflows.desk.differences import field_label, spoken
from workflows.organisation.models import Appointment, Post, StandIn

# What a row needs beside itself to name itself, and what would be heavy to load for that.
ALONG: dict[type[Model], tuple[str, ...]] = {
    Post: ("unit",),
    StandIn: ("deputy", "principal"),
    Appointment: ("person", "principal", "unit"),
    Rendition: ("document",),
}
HEAVY: dict[type[Model], tuple[str, ...]] = {IssuedDocument: ("facts",), Rendition: ("document__facts",)}


@dataclass(frozen=True)
class Subject:
    """The kind of a row, and the row as it is now; `gone` when there was one. The trail itself is only a kind."""

    kind: str
    row: str = ""
    gone: bool = False


def in_words(subjects: Iterable[str]) -> dict[str, Subject]:
    """Subject, such as "organisation.post/3" → its kind and the post as it is now. One query for each kind of row among them."""
    keys: dict[type[Model], dict[str, str]] = defaultdict(dict)
    for subject in subjects:
        label, _slash, key = subject.partition("/")
        if model := _model(label):
            keys[model][subject] = key
    return {subject: found for model, named in keys.items() for subject, found in _named(model, named).items()}


def _model(label: str) -> type[Model] | None:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):  # a kind of an earlier version, or none at all
        return None


def _named(model: type[Model], keys: dict[str, str]) -> dict[str, Subject]:
    kind = str(model._meta.verbose_name)
    rows = {subject: key for subject, key in keys.items() if _is_key(model, key)}
    found = model._default_manager.filter(pk__in=set(rows.values())).defer(*HEAVY.get(model, ()))
    if model in ALONG:
        found = found.select_related(*ALONG[model])
    words = {str(row.pk): str(row) for row in found}
    return {
        subject: Subject(kind, words.get(key, ""), gone=subject in rows and key not in words)
        for subject, key in keys.items()
    }


def _is_key(model: type[Model], key: str) -> bool:
    try:
        model._meta.pk.to_python(key)
    except ValidationError:
        return False
    return True


def row_changes(subject: str, changes: dict[str, list[Any]]) -> list[tuple[str, str, str]]:
    """Field, before, after: what was changed of a row that is no matter, in the words of its form."""
    model = _model(subject.partition("/")[0])
    columns = {column.name: column for column in model._meta.get_fields()} if model else {}
    return [_spoken(name, columns.get(name), *pair) for name, pair in changes.items()]


def _spoken(name: str, column: Any, before: Any, after: Any) -> tuple[str, str, str]:
    named = getattr(column, "verbose_name", "")
    label = (
        str(named) if isinstance(named, Promise) else field_label("", name)
    )  # Django's own names are in one language
    choices = dict(getattr(column, "flatchoices", ()))

    def words(value: Any) -> str:
        if isinstance(column, DateTimeField) and isinstance(value, str) and (at := parse_datetime(value)):
            return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
        return spoken("", name, choices.get(value, value) if isinstance(value, str) else value)

    return label, words(before), words(after)
