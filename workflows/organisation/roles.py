"""What a post lets its holder do, and where such a post sits.

Apart from the models, for those who name roles and know no database.
"""

from enum import Enum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Level(Enum):
    """Where in the organisation a role sits, seen from a matter."""

    UNIT = "unit"  # in the matter's own unit: what it holds stays there
    REGION = "region"  # in the region or expansion area above it
    GROUP = "group"  # in the group or one of its departments: its work is the whole group's


class Role(TextChoices):
    """What a post lets its holder do. A role of a unit or a region says so in `sits_in`."""

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

    @property
    def sits_in(self) -> Level:
        """Told here and nowhere else: it decides where an office is looked for, what its holder
        sees, and to whom work may be passed on."""
        match self:
            case Role.PLANNER | Role.STORE_MANAGER | Role.LEASING_OFFICER:
                return Level.UNIT
            case Role.REGION_MANAGER:
                return Level.REGION
            case _:
                return Level.GROUP
