"""The register on the administration pages: whatever is changed there has its line on the trail."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from workflows.trail.admin import Kept, site

from .register import Lease, Month, Stall, Tenant


@admin.register(Stall, site=site)
class StallAdmin(Kept):
    list_display = ("number", "mall", "floor", "area", "trade")
    list_filter = ("mall",)
    list_select_related = ("mall",)
    search_fields = ("number", "mall__name")


@admin.register(Tenant, site=site)
class TenantAdmin(Kept):
    list_display = ("name", "grade", "top50", "licence_until")
    list_filter = ("grade", "top50")
    search_fields = ("name", "licence")


@admin.register(Lease, site=site)
class LeaseAdmin(Kept):
    """What a lease says may be corrected; who holds the stall until when is decided by its renewal alone."""

    list_display = ("stall", "tenant", "starts_on", "ends_on", "state")
    list_filter = ("state",)
    list_select_related = ("stall__mall", "tenant")
    search_fields = ("stall__number", "tenant__name")
    autocomplete_fields = ("stall", "tenant")
    readonly_fields = ("state", "held_until", "follows")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.state == Lease.State.IN_FORCE)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Month, site=site)
class MonthAdmin(Kept):
    list_display = ("lease", "month", "sales", "arrears")
    list_select_related = ("lease__stall__mall", "lease__tenant")
    search_fields = ("lease__stall__number", "lease__tenant__name")
    autocomplete_fields = ("lease",)
