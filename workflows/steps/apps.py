from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StepsConfig(AppConfig):
    name = "workflows.steps"
    verbose_name = _("Steps")

    def ready(self) -> None:
        from workflows.matters.perform import register_follower

        from .follow import follow

        register_follower(follow)
