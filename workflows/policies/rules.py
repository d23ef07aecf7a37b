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
            "amount_up_to": gettext_noop("budget %(amount)s ≤ %(limit)s → %(role)s"),
            "amount_between": gettext_noop("budget %(amount)s, from above %(floor)s up to %(limit)s → %(role)s"),
            "amount_without_limit": gettext_noop("budget %(amount)s > %(floor)s → %(role)s"),
            "amount_above": gettext_noop("budget %(amount)s > %(limit)s → %(role)s"),
            "always": gettext_noop("every matter of this kind → %(role)s"),
        },
    )
)
