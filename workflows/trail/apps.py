from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate, pre_migrate, pre_save
from django.utils.translation import gettext_lazy as _


class TrailConfig(AppConfig):
    name = "workflows.trail"
    verbose_name = _("Trail")

    def ready(self) -> None:
        from . import immutable

        immutable.guard("trail_entry")
        # A schema change on SQLite rebuilds the table and silently drops its triggers, so they are
        # laid again after every migrate, and a check counts them.
        pre_migrate.connect(immutable.before_migrate, dispatch_uid="immutable")
        post_migrate.connect(immutable.after_migrate, dispatch_uid="immutable")
        pre_save.connect(immutable.refuse_fixtures, dispatch_uid="immutable")
        checks.register(immutable.check_triggers, checks.Tags.database)
