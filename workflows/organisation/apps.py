from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OrganisationConfig(AppConfig):
    name = "workflows.organisation"
    verbose_name = _("Organisation")

    def ready(self) -> None:
        from . import unchanged, width  # noqa: F401  # registers the lookup `mentions`
        from .checks import check_schedule
        from .models import DayCorrection, Person, Post, StandIn, Unit

        checks.register(check_schedule, "calendar")
        for model in (Unit, Post, StandIn, DayCorrection):
            unchanged.watch(model)
        unchanged.watch(Person, silent=Person.OF_THE_DOOR)
        post_migrate.connect(unchanged.after_migrate, dispatch_uid="unchanged")
        checks.register(unchanged.check_triggers, checks.Tags.database)
