from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class OutsideConfig(AppConfig):
    name = "workflows.outside"
    verbose_name = _("Answers from outside")

    def ready(self) -> None:
        from workflows.policies import reasons
        from workflows.steps.chores import register_chore
        from workflows.trail import actions

        from .posting import send_waiting

        register_chore("letters sent", send_waiting)
        reasons.add(
            {
                "outside_link": gettext_noop("by mail to %(to)s, good until %(until)s"),
                "outside_code": gettext_noop("one-time code to %(to)s"),
            }
        )
        for action, words in {
            "send_link": _("sent the other party the link"),
            "withdraw_link": _("withdrew the other party's link"),
            "open_link": _("opened the paper by the link"),
            "send_code": _("had a one-time code sent"),
            "miss_code": _("typed a wrong code"),
        }.items():
            actions.register(action, words)
