"""Somebody has lost their phone: an administrator takes the second factor away, and the trail says so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workflows.organisation.models import Person
from workflows.trail.admin import Kept, site
from workflows.trail.passwords import last_done_by

from .factors import FACTORS, WORDS, Kind, take_away


class Factor(Authenticator):
    """A second factor, as the administration calls it; its secret is on none of these pages."""

    class Meta:
        proxy = True
        verbose_name, verbose_name_plural = _("second factor"), _("second factors")

    def __str__(self) -> str:
        return f"{self.user} · {WORDS[Kind(self.type)]}"


@admin.register(Factor, site=site)
class FactorAdmin(Kept):
    list_display = ("person", "kind", "since", "last_used")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__name__mentions")
    fields = readonly_fields = ("person", "kind", "since", "last_used")
    ordering = ("user__username", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Factor]:
        return super().get_queryset(request).filter(type__in=FACTORS)

    @admin.display(description=_("person"), ordering="user__username")
    def person(self, factor: Factor) -> str:
        return str(factor.user)

    @admin.display(description=_("kind"), ordering="type")
    def kind(self, factor: Factor) -> str | Promise:
        return WORDS[Kind(factor.type)]

    @admin.display(description=_("set up"), ordering="created_at")
    def since(self, factor: Factor) -> datetime:
        return factor.created_at

    @admin.display(description=_("last used"), ordering="last_used_at", empty_value="—")
    def last_used(self, factor: Factor) -> datetime | None:
        return factor.last_used_at

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # only its owner has it in their hand

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Not by whoever set the person's password: both together are that person."""
        factor = self.get_object(request, object_id)
        assert isinstance(request.user, Person)
        if factor and last_done_by(request.user, factor.user, "password"):
            told = gettext("You set %(person)s's password. Another administrator takes the second factor away.")
            self.message_user(request, told % {"person": factor.user}, messages.ERROR)
            return redirect("admin:door_factor_changelist")
        return super().delete_view(request, object_id, extra_context)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        assert isinstance(request.user, Person)
        take_away(request, obj, by=request.user)
