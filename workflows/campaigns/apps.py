from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "workflows.campaigns"
    verbose_name = _("Campaigns")

    def ready(self) -> None:
        from documents import campaigns  # noqa: F401 - the kinds of paper it hands out
        from workflows.steps.flows import register

        from .flow import CampaignFlow

        register(CampaignFlow)
