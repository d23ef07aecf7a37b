from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    name = "workflows.plans"
    verbose_name = _("Work plans")

    def ready(self) -> None:
        from documents import plans  # noqa: F401 - the kinds of paper it hands out
