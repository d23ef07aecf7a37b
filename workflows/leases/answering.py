"""The pages for a tenant without an account: one offer, and the answer to it, by a link and a code.

They stand outside every session. Whoever holds no link that holds learns nothing: an address that never
was, one that has run out and one that was used are one question to the database and one page.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import NONE
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path as address
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from documents.leases import term_words
from documents.models import Rendition
from documents.registry import store
from forms.leases import ByLinkForm, CodeForm
from workflows.desk.request import DeskRequest, address_of, post_only
from workflows.door.guessing import Count, may_try, network, succeeded
from workflows.matters.errors import NotYours, Refused, StepOutOfOrder
from workflows.organisation import clock
from workflows.outside.models import Code, Link
from workflows.outside.posting import (
    Side,
    ask_code,
    confirm,
    make_link,
    matter_of,
    open_code,
    opened,
    register,
    until_of,
    with_token,
    withdraw_link,
)  # fmt: skip

from .models import COUNTERED, Paper, Renewal
from .money import path
from .terms import LABELS, Means, Proof, Terms

IN_VAIN = 40  # addresses that opened nothing, of one place in a quarter of an hour
LOOKS = 200  # at one offer
CODES_ASKED = 5

View = Callable[..., HttpResponse]


def outside(view: View) -> Any:
    """For whoever holds the link. Nothing of it is kept, framed, indexed or told to another site."""

    @login_not_required
    @never_cache
    @csp_replace({"script-src": [NONE], "connect-src": [NONE]})  # type: ignore[arg-type]  # it takes any view
    @sensitive_variables("token")
    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        response = _answered(view, request, token)
        # not "no-referrer": under it a browser calls its own form's origin "null", and the token is refused
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django's line of a refusal would name the address
        return response

    return guarded


def _answered(view: View, request: HttpRequest, token: str) -> HttpResponse:
    place = [Count.of(IN_VAIN, "leases.link", network(address_of(request)), shared=True)]
    if not may_try(place):
        return _slow_down(request)
    link = with_token(token)
    if link is None:
        return _nothing(request)
    succeeded(place)
    if not may_try([Count.of(LOOKS, "leases.looks", link.pk)]):
        return _slow_down(request)
    language = link.document.language
    translation.activate(language)
    request.LANGUAGE_CODE = language
    response = view(request, link)
    response["Content-Language"] = language
    return response


def _nothing(request: HttpRequest) -> HttpResponse:
    return render(request, "leases/outside_nothing.html", status=404)


def _slow_down(request: HttpRequest) -> HttpResponse:
    response = render(request, "leases/outside_nothing.html", {"slow": True}, status=429)
    response["Retry-After"] = "900"
    return response


def _facts(link: Link) -> dict[str, Any]:
    renewal: Renewal = matter_of(link)
    lease, terms = renewal.lease, renewal.terms
    return {
        "link": link,
        "lease": lease,
        "ready": link.document.rendition.status == Rendition.Status.RENDERED,
        "lines": [
            (label, term_words(name, terms.content(), lease.currency))
            for name, label in LABELS.items()
            if name != "outcome" and getattr(terms, name) not in ("", None)
        ],
        "years": [(year, lease.money(year.monthly), lease.money(year.annual)) for year in path(renewal.rent_of(terms))],
        "lapses_at": renewal.lapses_at,
    }


@outside
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: HttpRequest, link: Link) -> HttpResponse:
    """The offer, and the answer to it; sent, a code goes to the contact on file."""
    opened(link)
    offered = matter_of(link).terms
    if request.method != "POST":
        return render(request, "leases/outside.html", {**_facts(link), "form": ByLinkForm(offered=offered)})
    form = ByLinkForm(request.POST, offered=offered)
    if form.is_valid():
        if may_try([Count.of(CODES_ASKED, "leases.codes", link.pk)]) and ask_code(link, form.content):
            return redirect("leases:offer_code", link.token)
        form.add_error(None, _("Too many codes were asked for. Please wait a quarter of an hour, or call us."))
    return render(request, "leases/outside.html", {**_facts(link), "form": form}, status=422)


@outside
@require_http_methods(["GET", "HEAD", "POST"])
def offer_code(request: HttpRequest, link: Link) -> HttpResponse:
    """The code, and what it confirms."""
    code = open_code(link)
    if code is None:
        return redirect("leases:offer", link.token)
    form = CodeForm(request.POST if request.method == "POST" else None, label_suffix="")
    answer = code.answer
    context = {
        **_facts(link),
        "form": form,
        "answer": dict(ByLinkForm.base_fields["answer"].choices)[answer["move"]],  # type: ignore[attr-defined]
        "typed": answer,
        "wanted": _wanted(link, answer),
    }
    if not form.is_bound or not form.is_valid():
        return render(request, "leases/outside_code.html", context, status=422 if form.is_bound else 200)
    try:
        came = confirm(link, form.cleaned_data["code"])
    except (StepOutOfOrder, NotYours):
        return _nothing(request)
    except Refused as refusal:
        context["refusal"] = refusal
        return render(request, "leases/outside_code.html", context, status=409)
    if came.done:
        return render(request, "leases/outside_done.html", context)
    left = {"n": came.left}
    form.add_error(
        "code",
        _("This is not the code. Tries left: %(n)s.") % left
        if came.left
        else _("This code is good for nothing any more. Please answer again; a new one will be sent."),
    )
    return render(request, "leases/outside_code.html", context, status=422)


def _wanted(link: Link, answer: dict[str, Any]) -> list[tuple[Any, str]]:
    """The figures of a counter-offer that differ from the offer."""
    if not answer["terms"]:
        return []
    renewal = matter_of(link)
    offered, wanted = renewal.terms, Terms.from_content(answer["terms"])
    return [
        (label, term_words(name, wanted.content(), renewal.lease.currency))
        for name, label in LABELS.items()
        if getattr(wanted, name) != getattr(offered, name)
    ]


@outside
@require_safe
def offer_pdf(request: HttpRequest, link: Link) -> HttpResponse:
    """The offer as it was issued."""
    made = link.document.rendition
    if made.status != Rendition.Status.RENDERED:
        return redirect("leases:offer", link.token)
    response = HttpResponse(store.get(made.digest), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="offer.pdf"'
    return response


# --- letters, and what an answer becomes -----------------------------------------------------------------------------


def _letter(renewal: Any, link: Link, code: Code | None) -> tuple[str, str]:
    """The link, or the code. What is offered stands in the offer, not in the mail."""
    values = {
        "stall": renewal.lease.stall.number,
        "mall": str(renewal.lease.stall.mall),
        "address": settings.SITE_URL.rstrip("/") + reverse("leases:offer", args=[link.token]),
        "until": until_of(link),
        "code": code.digits if code else "",
    }
    if code:
        return _("Your one-time code: stall %(stall)s") % values, (
            _(
                "%(code)s\n\nconfirms your answer to the offer for stall %(stall)s of %(mall)s. It is good for ten "
                "minutes. Nobody of ours asks you for it. If you gave no answer, please tell us."
            )
            % values
        )
    return _("Offer to renew the lease of stall %(stall)s") % values, (
        _(
            "We have made you an offer for stall %(stall)s of %(mall)s. You can read and answer it here until "
            "%(until)s:\n\n%(address)s\n\nPlease pass this address on to nobody. Your answer is confirmed "
            "with a code that we send to this mail address."
        )
        % values
    )


def _asked(_renewal: Any, link: Link, answer: dict[str, Any]) -> dict[str, Any]:
    asked: dict[str, Any] = {"proof": Proof(answer["by"], clock.today(), Means.LINK, link.masked)}
    if answer["move"] == "counter":
        wanted = vars(Terms.from_content(answer["terms"]))
        asked["terms"] = Terms(**{name: wanted[name] for name in COUNTERED})
    return asked


register(
    Side(
        machine=Renewal,
        paper=Paper.OFFER,
        move="accept",
        address=lambda renewal: renewal.lease.tenant.email,  # type: ignore[attr-defined]
        until=lambda renewal: renewal.lapses_at,  # type: ignore[attr-defined]
        letter=_letter,
        asked=_asked,
    )
)


# --- the officer's button ------------------------------------------------------------------------------------------


@post_only("desk:matter", "reference")
def tenants_link(request: DeskRequest, reference: str) -> HttpResponse:
    """Send the tenant the link, renew it, or withdraw it."""
    renewal = get_object_or_404(Renewal, reference=reference)
    try:
        if request.POST.get("do") == "withdraw":
            withdraw_link(renewal, by=request.user)
            messages.success(request, _("The link opens nothing any more."))
        else:
            link = make_link(renewal, by=request.user)
            messages.success(request, _("The link goes to %(to)s.") % {"to": link.masked})
    except Refused as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(renewal.get_absolute_url())


urlpatterns = [
    address("offers/<str:token>/", offer, name="offer"),
    address("offers/<str:token>/code/", offer_code, name="offer_code"),
    address("offers/<str:token>/offer.pdf", offer_pdf, name="offer_pdf"),
    address("renewals/<str:reference>/link/", tenants_link, name="link"),
]
