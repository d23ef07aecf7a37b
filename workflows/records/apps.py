from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordsConfig(AppConfig):
    name = "workflows.records"
    verbose_name = _("Records")

    def ready(self) -> None:
        from workflows.desk.rail import Entry, Heading, holds, register
        from workflows.organisation.roles import Role

        register(
            [
                Entry(Heading.RECORDS, 10, "records:trail", _("Audit trail"), "icons/trail.svg", holds(Role.AUDITOR)),
                Entry(Heading.RECORDS, 30, "records:machines", _("Flow charts"), "icons/machines.svg"),
            ]
        )
