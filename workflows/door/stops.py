"""What no page can read is answered before any page is asked: 400, or 411 and 413 for a body by its length.

And the pages for it, which need neither a person nor a database. A full disk, whoever met it, is
said in words (503); whatever else went wrong is our mistake (500).
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth import get_user
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import Error as DatabaseTrouble
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.template import loader
from django.utils import translation

NUL = "\x00"
MOST_BODY = 128 * 1024 * 1024  # bytes of one request: a declaration with half a dozen of the largest files
MOST_OF_A_STRANGER = 1024 * 1024  # bytes: a name, a password and much room
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # the disk is full, or our part of it
POSTGRES_NO_ROOM = "53100"


class StopsMiddleware:
    """Stands behind the session and before whatever reads a body, a name or a key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if any(NUL in text for text in (request.path, *_texts(request.GET), *request.COOKIES.values())):
            raise BadRequest("A NUL in the address or in a cookie.")
        try:
            urlsplit(request.headers.get("HX-Current-URL", ""))
        except ValueError as unreadable:
            raise BadRequest("It comes from a page that cannot be.") from unreadable
        if refused := too_long(request):
            return refused
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        if request.method == "POST":
            try:
                texts = _texts(request.POST)
            except UnreadablePostError as broken:  # whoever sent it is gone
                raise BadRequest("The body ended before its end.") from broken
            if any(NUL in text for text in texts):
                raise BadRequest("A NUL in a field.")


def _texts(asked: QueryDict) -> Iterator[str]:
    return chain.from_iterable((name, *map(str, values)) for name, values in asked.lists())


def too_long(request: HttpRequest) -> HttpResponse | None:
    """The refusal of a body that is too long, or does not say how long it is, without having read any of it."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return stop(request, 411)  # no browser sends a form so, and nobody could say where it ends
    size = int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
    if size > MOST_BODY:
        return stop(request, 413)
    if size > MOST_OF_A_STRANGER and not get_user(request).is_authenticated:
        return stop(request, 413, stranger=True)
    return None


def stop(request: HttpRequest, status: int, **facts: Any) -> HttpResponse:
    """The page for that status, in the language of whoever asks; for htmx the part that is shown in place."""
    if not hasattr(request, "LANGUAGE_CODE"):  # so early that nobody has asked yet who it is
        translation.activate(translation.get_language_from_request(request))
    base = "partial.html" if request.headers.get("HX-Request") == "true" else "stop.html"
    name = "413" if status == 411 else status
    told = {"base": base, "status": status, "most": MOST_BODY // 1024 // 1024, **facts}
    response = HttpResponse(loader.get_template(f"{name}.html").render(told), status=status)
    if status in (411, 413):
        response["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: wrong host, broken form, more fields than any form has, a NUL. 413 where the fields alone are too large."""
    return stop(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 where there was no room to keep something: all was rolled back, and may be sent again."""
    return stop(request, 503 if _no_room(sys.exc_info()[1]) else 500)


def _no_room(error: BaseException | None) -> bool:
    while error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return True
        if isinstance(error, DatabaseTrouble) and "disk is full" in str(error):  # SQLite's word for it
            return True
        if getattr(error, "sqlstate", "") == POSTGRES_NO_ROOM:
            return True
        error = error.__cause__ or error.__context__
    return False
