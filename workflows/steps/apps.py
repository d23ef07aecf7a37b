from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class StepsConfig(AppConfig):
    name = "workflows.steps"
    verbose_name = _("Steps")

    def ready(self) -> None:
        from workflows.matters.perform import register_follower, register_guard
        from workflows.organisation import changes, handover

        from .checks import check_open_tasks
        from .desks import refuse_what_a_colleague_took
        from .follow import follow
        from .leaving import hand_over
        from .sweep import settle_all

        checks.register(check_open_tasks, checks.Tags.database)
        register_guard(refuse_what_a_colleague_took)
        register_follower(follow)
        changes.register(settle_all)
        handover.register(hand_over)
