from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    name = "workflows.plans"
    verbose_name = _("Work plans")

    def ready(self) -> None:
        from documents import plans  # noqa: F401 - the kinds of paper it hands out
        from workflows.steps.flows import register
        from workflows.steps.sweep import register_opener

        from .flow import ConsultationFlow, PlanFlow, TopicFlow
        from .opening import take_up

        for flow in (PlanFlow, TopicFlow, ConsultationFlow):
            register(flow)
        register_opener(take_up)
