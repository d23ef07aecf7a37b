"""What the desks of every workflow say of themselves, and where an office may choose how they behave."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from workflows.matters.perform import RESUMED
from workflows.policies.books import HOUSE, Practice, RuleBook, register
from workflows.policies.reasons import spell

from .same_person import PASSED_OVER, SAID, places_in_words

register(
    RuleBook(
        HOUSE,
        practices=(
            Practice(
                "same_person",
                _("one person in several posts, whose decision would follow their own on the same matter"),
                (
                    ("allow", _("may decide again")),
                    ("pass_on", _("it passes to another holder of the post")),
                    ("forbid", _("may not decide again")),
                ),
                default=("allow",),
            ),
        ),
        reasons={
            "no_holder": gettext_noop("nobody who may decide holds %(role)s → %(fallback)s, as the policy says"),
            "nobody_named": gettext_noop("nobody whom the matter names may decide → %(fallback)s"),
            "transferred": gettext_noop("passed on by %(person)s"),
            "escalated": gettext_noop("overdue since %(due)s → %(role)s may decide too"),
            "reminded": gettext_noop("%(percent)s %% of the time is over"),
            "left": gettext_noop("%(person)s has left"),
            RESUMED: gettext_noop("returned with “straight back to me” → the steps between are not walked again"),
            SAID: gettext_noop("the same person as at “%(step)s”: %(person)s"),
            PASSED_OVER: gettext_noop("%(person)s has decided at “%(step)s” already → somebody else decides"),
            "waits_for_children": gettext_noop("its matters still at work: %(count)s, the last due %(due)s"),
            "waits_for_children_on": gettext_noop("its matters still at work: %(count)s"),
            "released": gettext_noop("%(person)s no longer holds the post → back to the office"),
        },
    )
)
for key in (SAID, PASSED_OVER):
    spell(key, "step", places_in_words)
