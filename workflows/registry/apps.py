from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "workflows.registry"
    verbose_name = _("Registry")

    def ready(self) -> None:
        from documents.registry.clerks import keeps_papers
        from workflows.desk.rail import Entry, Heading, holds, register, register_note
        from workflows.organisation.roles import Role

        from .context import views_of

        register(
            [
                Entry(
                    Heading.LISTS, 10, "registry:received", _("Papers for us"), "icons/received.svg",
                    badge="registry/received_badge.html",
                ),
                Entry(
                    Heading.PAPERS, 10, "registry:register", _("Registry"), "icons/papers.svg",
                    wanted=keeps_papers, around=views_of("register", "batches", "unprinted", "seals"),
                ),
                Entry(
                    Heading.PAPERS, 20, "registry:distribution", _("Distribution"), "icons/received.svg",
                    wanted=keeps_papers, around=views_of("distribution", "lists"),
                ),
                Entry(Heading.RECORDS, 20, "registry:check", _("Check a document"), "icons/check.svg"),
                Entry(
                    Heading.HOUSE, 10, "registry:failed", _("Failed documents"), "icons/failed.svg",
                    wanted=holds(Role.ADMINISTRATOR), badge="registry/failed_badge.html",
                ),
            ]
        )  # fmt: skip
        register_note("registry/received_note.html")
