from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class StepsConfig(AppConfig):
    name = "workflows.steps"
    verbose_name = _("Steps")

    def ready(self) -> None:
        from workflows.matters.perform import register_barrier, register_follower, register_guard
        from workflows.organisation import changes, handover, readings

        from .checks import check_open_tasks
        from .desks import barred_now, refuse_what_a_colleague_took
        from .follow import follow
        from .leaving import hand_over
        from .reckoning import moved_tasks
        from .sweep import settle_all

        checks.register(check_open_tasks, checks.Tags.database)
        register_guard(refuse_what_a_colleague_took)
        register_follower(follow)
        register_barrier(barred_now)
        changes.register(settle_all)
        handover.register(hand_over)
        readings.register_counter(moved_tasks)
