"""The request as every view of the desk receives it: somebody known, with their standing."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.middleware import HtmxDetails

from workflows.organisation.models import Person, Post
from workflows.organisation.roles import Role
from workflows.organisation.standing import Standing


class DeskRequest(HttpRequest):
    """`LoginRequiredMiddleware` vouches for `user`; `standing` costs its queries when first asked."""

    user: Person
    standing: Standing
    htmx: HtmxDetails
    said: str  # set where a part of a page says what was done, for a form that is sent again


View = Callable[..., HttpResponse]


def post_only(page: str, *takes: str) -> Callable[[View], View]:
    """A view for POST; whoever comes by its address is led to `page`, which takes these of the view's arguments.

    To such an address lead a language chosen on the page of a refusal, and the door after a long break.
    """

    def decorated(view: View) -> View:
        posted = require_POST(view)

        @wraps(view)
        def guarded(request: HttpRequest, **arguments: Any) -> HttpResponse:
            if request.method in ("GET", "HEAD"):
                return redirect(page, **{name: arguments[name] for name in takes})
            return posted(request, **arguments)

        return guarded

    return decorated


def page_of(request: HttpRequest) -> str:
    """The page of ours from which the request came, path and query; where it went, if it did not say."""
    sent_from = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    if sent_from.netloc != request.get_host():
        return request.get_full_path()
    return sent_from._replace(scheme="", netloc="", fragment="").geturl()


def address_of(request: HttpRequest) -> str:
    """Where the request came from; behind a trusted proxy, what that proxy wrote last."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def damaged(request: HttpRequest, title: str, *, number: str = "", issued: bool = False) -> HttpResponse:
    """The page in place of a file that is missing, or is not what was kept: nothing torn is handed out."""
    context = {"title": title, "number": number, "issued": issued}
    return render(request, "desk/shell/damaged.html", context, status=500)


def own_post(request: DeskRequest, *roles: str) -> Post | None:
    """The person's first own post in one of `roles`."""
    return next((post for post in request.standing.posts if post.role in roles), None)


def post_as(request: DeskRequest, *roles: str) -> Post:
    """As `own_post`. Raises PermissionDenied without one: such pages are nobody's to borrow."""
    if post := own_post(request, *roles):
        return post
    named = _(", ").join(str(Role(role).label) for role in roles)
    raise PermissionDenied(_("This is for these posts only: %(roles)s.") % {"roles": named})
