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

        from .paths import keep_path_shown, organisation_changed

        register_follower(keep_path_shown)
        changes.register(organisation_changed)
        declared.autodiscover()
        autodiscover_modules("pages")
