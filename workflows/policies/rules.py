"""What the policy tables themselves say, whatever the workflow."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from .books import HOUSE, Asks, RuleBook, Trait, register

register(
    RuleBook(
        HOUSE,
        label=_("all workflows"),
        traits=(Trait("always", _("always"), Asks.NOTHING, lambda _matter: True),),
        reasons={
            "sum_up_to": gettext_noop("amount %(amount)s ≤ %(limit)s → %(role)s"),
            "sum_between": gettext_noop("amount %(amount)s, from above %(floor)s up to %(limit)s → %(role)s"),
            "sum_without_limit": gettext_noop("amount %(amount)s > %(floor)s → %(role)s"),
            "sum_above": gettext_noop("amount %(amount)s > %(limit)s → %(role)s"),
            "always": gettext_noop("every matter of this kind → %(role)s"),
        },
    )
)
