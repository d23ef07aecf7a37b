from django.apps import AppConfig
from django.core import checks
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class PoliciesConfig(AppConfig):
    name = "workflows.policies"
    verbose_name = _("Policies")

    def ready(self) -> None:
        autodiscover_modules("rules")  # every app's rule book, the house's parts among them

        from workflows.organisation import unchanged

        from .checks import check_books, check_edition
        from .models import TABLES, Edition

        unchanged.watch(Edition)
        for table in TABLES:
            unchanged.watch(table)
        checks.register(check_books, "policies")
        checks.register(check_edition, checks.Tags.database)
