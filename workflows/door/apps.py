from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DoorConfig(AppConfig):
    name = "workflows.door"
    verbose_name = _("Door")

    def ready(self) -> None:
        from workflows.matters.perform import register_guard

        from . import administration, checks  # noqa: F401 - registered where they stand
        from .second import ask_before_signing

        register_guard(ask_before_signing)
