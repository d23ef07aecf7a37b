"""The number series on the administration pages: what a series is called; its code is what numbers were written with."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from workflows.trail.admin import Kept, site

from .models import Series


@admin.register(Series, site=site)
class SeriesAdmin(Kept):
    """A series comes into being with its first number, and its code stands in every number: neither is edited."""

    list_display = ("code", "name")
    fields = ("code", "name")
    readonly_fields = ("code",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
