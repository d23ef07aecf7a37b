from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class OrganisationConfig(AppConfig):
    name = "workflows.organisation"
    verbose_name = _("Organisation")

    def ready(self) -> None:
        from . import width  # noqa: F401  # registers the lookup `mentions`
        from .checks import check_schedule

        checks.register(check_schedule, "calendar")
