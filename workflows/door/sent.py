"""A form sent again, because its answer was lost on the way, is answered as it was the first time.

Every form that does something carries a key of its own (`{% form_key %}`, or `ActForm`). What came of it is kept
in the transaction in which it came about, so that a form is either done and answered, or neither. What was
refused is not kept but asked anew: nothing has happened, and the same form is refused in the same words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from workflows.matters.models import ActKey, SentForm

LONGEST_KEY = 64  # characters
PASSING = frozenset({"csrfmiddlewaretoken", "key"})  # what may differ between two sendings of one form
SERVER_FAILED = 500


class SentAgainMiddleware:
    """Does a form that carries a key once, however often it comes.

    The same form at the same instant waits for the first. One that carries a used key and other words is
    another form: it is done, and what it was shown decides whether it still can be.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or not request.user.is_authenticated or not _key(request):
            return self.get_response(request)
        with transaction.atomic():
            response = self.get_response(request)
            if response.status_code >= SERVER_FAILED:
                transaction.set_rollback(True)
            else:
                _keep(request, response)
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """After the token and the session were looked at, so that nobody else is told what came of it."""
        if request.method != "POST" or not request.user.is_authenticated or not _key(request):
            return None
        form, known = _known(request, _key(request))
        if known and form.answer:
            return _again(request, form)
        request.sent_form = form  # type: ignore[attr-defined]
        return None


def _key(request: HttpRequest) -> str:
    key = request.POST.get("key", "")
    return key if len(key) <= LONGEST_KEY and "\0" not in key else ""


def _known(request: HttpRequest, key: str) -> tuple[SentForm, bool]:
    """The form as it is kept, and whether it came before with the same words."""
    assert request.user.is_authenticated
    digest = _digest(request)
    form, new = SentForm.objects.get_or_create(person=request.user, key=key, defaults={"digest": digest})
    if new or form.digest == digest:
        return form, not new
    if not form.done:  # nothing came of the other words
        form.digest = digest
        form.save(update_fields=["digest"])
        return form, False
    other = hashlib.sha256(f"{key} {digest}".encode()).hexdigest()[:32]
    data = request.POST.copy()
    data["key"] = other
    request.POST = data  # type: ignore[assignment]  # the views read it from there
    return _known(request, other)


def _digest(request: HttpRequest) -> str:
    typed = sorted((name, values) for name, values in request.POST.lists() if name not in PASSING)
    files = sorted((name, file.name, file.size) for name, several in request.FILES.lists() for file in several)
    return hashlib.sha256(json.dumps([request.path, typed, files], ensure_ascii=False).encode()).hexdigest()


def _keep(request: HttpRequest, response: HttpResponse) -> None:
    """What has come of it, if anything has. An act that `perform` knows by its key is shown anew by its page."""
    form: SentForm | None = getattr(request, "sent_form", None)
    if form is None:
        return
    htmx = bool(request.htmx)  # type: ignore[attr-defined]
    acted = ActKey.objects.filter(person=form.person_id, key=form.key).exists()
    if isinstance(response, HttpResponseRedirect):
        form.answer = {"to": response.url, "said": _said(request)}
    elif htmx and response.status_code == 200 and not acted:
        form.answer = {"said": [*_said(request), *_done(request)]}
    elif not (acted or (htmx and response.status_code == 200)):
        return
    form.done = True
    form.save(update_fields=["done", "answer"])


def _said(request: HttpRequest) -> list[list[Any]]:
    """What the next page will say; Django has no way to look at messages without taking them."""
    queued = getattr(messages.get_messages(request), "_queued_messages", [])
    return [[message.level, str(message.message)] for message in queued]


def _done(request: HttpRequest) -> list[list[Any]]:
    """What a page that exchanged a part of itself said in that part."""
    words = getattr(request, "said", "")
    return [[messages.SUCCESS, words]] if words else []


def _again(request: HttpRequest, form: SentForm) -> HttpResponse:
    for level, words in form.answer["said"]:
        messages.add_message(request, level, words)
    to = form.answer.get("to")
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(to) if to else HttpResponseClientRefresh()
    return HttpResponseRedirect(to)
