from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "workflows.desk"
    verbose_name = _("Desk")

    def ready(self) -> None:
        from forms import declared
        from workflows.matters.perform import register_follower
        from workflows.organisation import changes
        from workflows.organisation.roles import Role

        from .paths import keep_path_shown, organisation_changed
        from .rail import Entry, Heading, holds, register

        register_follower(keep_path_shown)
        changes.register(organisation_changed)
        administrator = holds(Role.ADMINISTRATOR)
        register(
            [
                Entry(Heading.HOUSE, 20, "admin:index", _("Administration"), "icons/admin.svg", administrator),
            ]
        )
        declared.autodiscover()
        autodiscover_modules("pages")
