"""How pages name who stands on a line of the trail: `{{ entry|actor }}`, `{{ entry|principal }}`, `{{ entry|post }}`."""

from __future__ import annotations

from django import template

from workflows.trail import naming

register = template.Library()
register.filter("actor", naming.actor)
register.filter("principal", naming.principal)
register.filter("post", naming.post)
