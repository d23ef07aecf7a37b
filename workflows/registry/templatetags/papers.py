"""How the pages of the registry name who signed a paper."""

from __future__ import annotations

from django import template

from documents import frozen
from documents.models import IssuedDocument

register = template.Library()


@register.filter
def signed(who: frozen.Who, paper: IssuedDocument) -> str:
    """Who signed the paper, as it says; beside it today's name of a signer renamed since."""
    return frozen.in_words(frozen.since(who, paper.issued_by, paper.issued_at))
