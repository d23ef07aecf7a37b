"""Why a rule applied, in one sentence, in the language of whoever reads it.

A reason is stored as a key and its values, never as text: the trail keeps it for ever, and the
same reason is read in Chinese on the desk and in English on a document.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, gettext_noop

from workflows.organisation.figures import figure
from workflows.organisation.roles import Role

SENTENCES = {
    "amount_up_to": gettext_noop("budget %(amount)s ≤ %(limit)s → %(role)s"),
    "amount_between": gettext_noop("budget %(amount)s, from above %(floor)s up to %(limit)s → %(role)s"),
    "amount_without_limit": gettext_noop("budget %(amount)s > %(floor)s → %(role)s"),
    "amount_above": gettext_noop("budget %(amount)s > %(limit)s → %(role)s"),
    "exposure_above": gettext_noop("%(count)s expected attendees ≥ %(limit)s → %(role)s"),
    "group_mark": gettext_noop("uses the group's mark → %(role)s"),
    "partner_share": gettext_noop("partners pay %(amount)s > %(limit)s → %(role)s"),
    "kind_is": gettext_noop("kind “%(kind)s” → %(role)s"),
    "always": gettext_noop("every matter of this kind → %(role)s"),
    "endorsement_from": gettext_noop("budget %(amount)s ≥ %(limit)s → store manager endorses first"),
    "resume": gettext_noop("returned with “straight back to me” → the steps between are not walked again"),
    "resume_void": gettext_noop(
        "straight back was asked for, but the budget rose or other rules now apply → all steps are walked again"
    ),
    "no_holder": gettext_noop("nobody who may decide holds %(role)s → %(fallback)s, as the policy says"),
    "transferred": gettext_noop("passed on by %(person)s"),
    "escalated": gettext_noop("overdue since %(due)s → %(role)s may decide too"),
    "reminded": gettext_noop("%(percent)s %% of the time is over"),
    "clock_start": gettext_noop("the start date has come"),
    "clock_end": gettext_noop("the end date has passed"),
    "left": gettext_noop("%(person)s has left"),
    "days_rest": gettext_noop("now a rest day: %(days)s"),
    "days_work": gettext_noop("now a working day: %(days)s"),
    "calendar_changed": gettext_noop("the working calendar has changed"),
    "reminder_stays": gettext_noop("a reminder was sent before; it is not sent again"),
    "escalation_stays": gettext_noop("it was escalated before; that stays as it is"),
    "overdue_stays": gettext_noop("it was remarked as overdue before; that line stays"),
    "change_falls": gettext_noop("the change was still undecided → it falls"),
    "cancel_falls": gettext_noop("the cancellation was still undecided → it falls"),
    "change_over": gettext_noop("the last day of the change has passed undecided"),
    "released": gettext_noop("%(person)s no longer holds the post → back to the office"),
}


@dataclass(frozen=True)
class Reason:
    """A sentence's key and what fills it; amounts are CNY as decimal strings."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, key: str, **values: Any) -> Reason:
        return cls(key, {name: str(value) for name, value in values.items()})

    @classmethod
    def load(cls, stored: dict[str, Any] | None) -> Reason | None:
        return cls(stored["key"], stored.get("values", {})) if stored else None

    def store(self) -> dict[str, Any]:
        return {"key": self.key, "values": self.values}

    def __str__(self) -> str:
        """The sentence in the active language."""
        return gettext(SENTENCES[self.key]) % {name: _spoken(name, value) for name, value in self.values.items()}


def _spoken(name: str, value: str) -> str:
    if name in ("role", "fallback") and value in Role.values:
        return str(Role(value).label)
    if name in ("amount", "limit", "floor", "count"):
        return figure(Decimal(value))
    return gettext(value) if value else value
