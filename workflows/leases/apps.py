from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class LeasesConfig(AppConfig):
    name = "workflows.leases"
    verbose_name = _("Leases")

    def ready(self) -> None:
        from documents import leases  # noqa: F401 - the kinds of paper it hands out
        from workflows.desk import rail
        from workflows.steps.flows import register
        from workflows.steps.sweep import register_opener

        from . import overlap
        from .flow import RenewalFlow
        from .opening import open_renewals
        from .reach import sees_malls

        register(RenewalFlow)
        register_opener(open_renewals)
        rail.register(
            [
                rail.Entry(
                    rail.Heading.RECORDS,
                    30,
                    "leases:malls",
                    _("Stalls and leases"),
                    "icons/stalls.svg",
                    sees_malls,
                    around=frozenset({"leases:floors", "leases:stall", "leases:tenants"}),
                )
            ]
        )
        # as with the trail: a table rebuilt on SQLite has lost its triggers
        post_migrate.connect(overlap.after_migrate, dispatch_uid="leases.overlap")
        checks.register(overlap.check_wall, checks.Tags.database)
