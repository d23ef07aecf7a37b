"""What a form needs so that nothing typed into it is lost."""

from __future__ import annotations

import base64
import uuid

from django import template
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString

from workflows.organisation.models import Person

register = template.Library()


@register.simple_tag
def form_key() -> SafeString:
    """The hidden key of one showing of a form: sent twice, it counts once."""
    return format_html('<input type="hidden" name="key" value="{}">', uuid.uuid4().hex)


@register.simple_tag
def mark_of(person: Person) -> str:
    """Under which name a device keeps what the person typed: nobody else's, and telling nothing of them."""
    return salted_hmac("typed.mark", str(person.pk), algorithm="sha256").hexdigest()[:24]


@register.simple_tag
def seal_of(person: Person) -> str:
    """With which key a device seals what the person typed (32 bytes, base64): told to nobody who has not entered as them."""
    return base64.b64encode(salted_hmac("typed.seal", str(person.pk), algorithm="sha256").digest()).decode()
