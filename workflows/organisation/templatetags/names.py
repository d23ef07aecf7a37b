"""How pages name whoever did something: as of that day."""

from __future__ import annotations

from datetime import datetime

from django import template

from workflows.organisation.models import Person, Post, Unit
from workflows.organisation.names import told

register = template.Library()


@register.filter
def then(row: Person | Unit | Post | None, at: datetime | None) -> str:
    """`{{ comment.by|then:comment.at }}`: "王敏（今 王珉）" of somebody renamed since; nothing for nobody."""
    return told(row, at)
