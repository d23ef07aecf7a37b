from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JointConfig(AppConfig):
    name = "workflows.joint"
    verbose_name = _("Joint campaigns")

    def ready(self) -> None:
        from documents import joint  # noqa: F401 - the kinds of paper it hands out
        from workflows.steps.flows import register

        from .flow import JointFlow

        register(JointFlow)
