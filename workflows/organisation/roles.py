"""What a post lets its holder do. Apart from the models, for those who name roles and know no database."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a post lets its holder do."""

    PLANNER = "planner", _("Planner")
    STORE_MANAGER = "store_manager", _("Store manager")
    REGION_MANAGER = "region_manager", _("Region manager")
    PLANNING_REVIEWER = "planning_reviewer", _("Planning reviewer")
    FINANCE = "finance", _("Finance")
    BRAND = "brand", _("Brand")
    LEGAL = "legal", _("Legal")
    LEASING_OFFICER = "leasing_officer", _("Leasing officer")
    RESOURCE_CENTRE = "resource_centre", _("Resource centre")
    VICE_PRESIDENT = "vice_president", _("Vice-president")
    PRESIDENT = "president", _("President")
    CLERK = "clerk", _("Clerk")
    PERFORMANCE_OFFICE = "performance_office", _("Performance office")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("System administrator")
