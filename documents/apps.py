from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = _("Documents")

    def ready(self) -> None:
        from django.core import checks
        from django.utils.module_loading import autodiscover_modules

        from workflows.matters.perform import register_issuer
        from workflows.organisation import legible, readings
        from workflows.trail import immutable

        from .faces.fonts import unprintable
        from .issue import issue
        from .kinds import office  # noqa: F401 - what the office itself hands out; a workflow's app brings its own kinds
        from .proof.sign import check_settings
        from .registry.distribution import moved_receipts
        from .writing import check_group_name

        immutable.guard("documents_issueddocument")
        immutable.guard("documents_voiding")
        register_issuer(issue)
        readings.register_counter(moved_receipts)
        legible.register(unprintable)
        checks.register(check_settings, "documents")
        checks.register(check_group_name, "documents")
        autodiscover_modules("specimens")
