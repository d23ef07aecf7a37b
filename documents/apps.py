from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = _("Documents")

    def ready(self) -> None:
        from django.core import checks

        from workflows.matters.perform import register_issuer
        from workflows.organisation import readings
        from workflows.trail import immutable

        from . import campaigns, office, specimens  # noqa: F401 - register the kinds
        from .distribution import moved_receipts
        from .issue import issue
        from .sign import check_settings

        immutable.guard("documents_issueddocument")
        immutable.guard("documents_voiding")
        register_issuer(issue)
        readings.register_counter(moved_receipts)
        checks.register(check_settings, "documents")
