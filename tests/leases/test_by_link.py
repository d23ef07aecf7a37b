"""A tenant without an account reads the offer by a link and answers it with a code from a letter.

The letters go to a real mail server on loopback.
"""

import re
import socket
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from django.urls import reverse

from documents.registry.queue import render_waiting
from workflows.leases.models import Renewal, State
from workflows.leases.terms import differences
from workflows.matters.errors import NotYours, Refused, StepOutOfOrder
from workflows.matters.perform import perform
from workflows.organisation import clock
from workflows.organisation.models import Person
from workflows.outside.models import Code, Letter, Link, digest_of
from workflows.outside.posting import CODES, make_link, send_waiting, withdraw_link

pytestmark = pytest.mark.django_db

TO_THE_OFFER = ("assess", "propose", "agree", "clear", "send")
OUTSIDE = {
    "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
}


class Inbox:
    """What the mail server was handed: to whom, and the words."""

    def __init__(self):
        self.letters = []

    async def handle_DATA(self, _server, _session, envelope):
        from email import message_from_bytes, policy

        message = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append((envelope.rcpt_tos, message["subject"], message.get_content()))
        return "250 OK"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def post_office(settings):
    """A mail server that is open; `.stop()` shuts it."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    controller = Controller(Inbox(), hostname=settings.EMAIL_HOST, port=settings.EMAIL_PORT)
    controller.start()
    yield controller
    if controller.loop.is_running():
        controller.stop()


@pytest.fixture
def offered(renewal, way):
    """An offer is out, and the tenant has a mail address."""
    way(renewal, *TO_THE_OFFER)
    tenant = renewal.lease.tenant
    tenant.email = "jian.ning@example.com"
    tenant.save()
    return renewal


@pytest.fixture
def link(offered, chain):
    return make_link(Renewal.objects.get(pk=offered.pk), by=chain.leasing_officer)


def letters(post_office):
    return post_office.handler.letters


def address(link, name="offer"):
    return reverse(f"leases:{name}", args=[link.token])


def answer(client, link, move="accept", **typed):
    given = {"answer": move, "by": "简宁", "words": "", **typed}
    return client.post(address(link), given)


def code_in(post_office):
    send_waiting()
    return re.match(r"\d{6}", letters(post_office)[-1][2])[0]


def confirm(client, link, code):
    return client.post(address(link, "offer_code"), {"code": code})


def acts(renewal):
    return [(e.action, e.actor_name, [r["key"] for r in e.rules]) for e in renewal.trail.order_by("seq")]


# --- the way through ----------------------------------------------------------------------------------------


def test_a_tenant_reads_the_offer_and_accepts_it(client, chain, offered, link, post_office):
    before = len(acts(offered))
    send_waiting()
    to, _subject, words = letters(post_office)[0]
    assert to == ["jian.ning@example.com"]
    assert link.token in words
    assert link.seed not in words

    page = client.get(address(link))
    assert {name: page[name] for name in OUTSIDE} == OUTSIDE
    assert "script-src 'none'" in page["Content-Security-Policy"]
    assert "<script" not in page.content.decode()

    asked = answer(client, link)
    assert (asked.status_code, asked["Location"]) == (302, address(link, "offer_code"))
    done = confirm(client, link, code_in(post_office))

    renewal = Renewal.objects.get(pk=offered.pk)
    assert (done.status_code, renewal.state) == (200, State.CONTRACT)
    told = {"by": "简宁", "means": "link", "words": "j…@example.com", "answer": "accept"}
    assert {name: renewal.answer_content[name] for name in told} == told
    officer = chain.leasing_officer.name
    assert acts(renewal)[before - 1 :] == [
        ("send_link", officer, ["outside_link"]),
        ("open_link", "外部当事人", ["outside_link"]),
        ("send_code", "外部当事人", ["outside_code"]),
        ("accept", "外部当事人", ["renewal_by_link"]),
    ]


def test_the_paper_is_handed_out_as_it_was_issued(client, offered, link, post_office):
    assert client.get(address(link, "offer_pdf")).status_code == 302
    while render_waiting():
        pass
    paper = client.get(address(link, "offer_pdf"))
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert {name: paper[name] for name in OUTSIDE} == OUTSIDE


def test_a_counter_offer_is_a_round_with_its_figures(client, offered, link, post_office):
    figures = {"months": "24", "price": "200", "escalation": "3", "rent_free": "15", "deposit": "40000"}
    shown = client.get(answer(client, link, "counter", words="希望缩短租期", **figures)["Location"]).context["wanted"]
    assert {str(label) for label, _words in shown} >= {"租期（月）", "免租天数", "保证金"}
    confirm(client, link, code_in(post_office))

    renewal = Renewal.objects.get(pk=offered.pk)
    wanted = renewal.rounds[-1]
    assert (renewal.state, wanted["side"], wanted["proof"]["means"]) == (State.TERMS, "tenant", "link")
    asked = {"months": 24, "price": "200", "escalation": "3", "rent_free": 15, "deposit": "40000"}
    assert {name: wanted["terms"][name] for name in asked} == asked


def test_a_figure_left_as_it_was_is_no_difference(client, offered, link, post_office):
    terms = offered.terms
    same = {name: str(getattr(terms, name)) for name in ("price", "escalation", "rent_free")}
    answer(client, link, "counter", **same, months="24", deposit=f"{terms.deposit.normalize():f}")
    confirm(client, link, code_in(post_office))
    *_before, sent, wanted = Renewal.objects.get(pk=offered.pk).rounds
    assert differences(sent["terms"], wanted["terms"]) == ["months"]


def test_a_tenant_who_declines(client, offered, link, post_office):
    answer(client, link, "decline", words="另有安排")
    confirm(client, link, code_in(post_office))
    renewal = Renewal.objects.get(pk=offered.pk)
    assert (renewal.state, renewal.trail.last().note) == (State.NOT_RENEWING, "另有安排")


# --- what is wrong is said beside the field ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"answer": ""}, {"answer"}),
        ({"by": ""}, {"by"}),
        ({"answer": "counter"}, {"months", "price", "escalation", "rent_free", "deposit"}),
        (
            {
                "answer": "counter",
                "months": "241",
                "price": "x",
                "escalation": "101",
                "rent_free": "367",
                "deposit": "-1",
            },
            {"months", "price", "escalation", "rent_free", "deposit"},
        ),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(client, link, typed, wrong):
    page = answer(
        client,
        link,
        **{"move": typed.get("answer", "accept")},
        words="留言",
        **{k: v for k, v in typed.items() if k != "answer"},
    )
    assert (page.status_code, set(page.context["form"].errors)) == (422, wrong)
    assert "留言" in page.content.decode()
    assert not Code.objects.exists()


def test_a_counter_offer_that_counters_nothing(client, link):
    terms = Renewal.objects.get(pk=link.matter_id).terms
    same = {name: str(getattr(terms, name)) for name in ("months", "price", "escalation", "rent_free", "deposit")}
    page = answer(client, link, "counter", **same)
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["__all__"])


# --- the code -----------------------------------------------------------------------------------------------


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_five_tries_and_no_sixth_even_with_the_right_code(client, offered, link, post_office):
    answer(client, link)
    code = code_in(post_office)
    assert [confirm(client, link, wrong(code)).status_code for _ in range(5)] == [422] * 5
    assert confirm(client, link, code)["Location"] == address(link)
    assert Renewal.objects.get(pk=offered.pk).state == State.OFFERED


def test_a_code_is_good_for_ten_minutes_and_for_the_answer_it_was_asked_for(client, offered, link, post_office):
    answer(client, link)
    first = code_in(post_office)
    with clock.at(clock.now() + timedelta(minutes=10)):
        assert confirm(client, link, first).status_code == 302
    answer(client, link, "decline")
    second = code_in(post_office)
    if first != second:
        assert confirm(client, link, first).status_code == 422
    confirm(client, link, second)
    assert Renewal.objects.get(pk=offered.pk).state == State.NOT_RENEWING


def test_neither_link_nor_code_stands_in_the_database(client, link, post_office):
    answer(client, link)
    code = code_in(post_office)
    held = repr([list(model.objects.values()) for model in (Link, Code, Letter)])
    assert (link.token in held, f"'{code}'" in held, digest_of(link.token) in held) == (False, False, True)


def test_so_many_codes_and_no_more(client, link, post_office):
    assert [answer(client, link).status_code for _ in range(6)] == [302] * 5 + [422]
    assert Code.objects.count() == 5 < CODES


# --- a link that opens nothing ------------------------------------------------------------------------------


def nothing(client, token):
    """What a stranger sees, without the token that differs from asking to asking."""
    pages = [client.get(reverse(f"leases:{name}", args=[token])) for name in ("offer", "offer_code", "offer_pdf")]
    return [(page.status_code, re.sub(token, "", page.content.decode())) for page in pages]


def test_unknown_withdrawn_replaced_run_out_and_used_are_one_page(client, chain, offered, link, post_office):
    unknown = nothing(client, "0" * 64)
    renewal = Renewal.objects.get(pk=offered.pk)
    with clock.at(link.expires_at):
        run_out = nothing(client, link.token)
    newer = make_link(renewal, by=chain.leasing_officer)
    replaced = nothing(client, link.token)
    withdraw_link(renewal, by=chain.leasing_officer)
    withdrawn = nothing(client, newer.token)
    last = make_link(renewal, by=chain.leasing_officer)
    answer(client, last)
    confirm(client, last, code_in(post_office))
    used = nothing(client, last.token)

    assert {status for status, _page in unknown} == {404}
    assert run_out == replaced == withdrawn == used == unknown


def test_the_officer_who_records_the_answer_ends_the_link(client, offered, link, go):
    go(Renewal.objects.get(pk=offered.pk), "accept")
    assert client.get(address(link)).status_code == 404


def test_guessing_is_slowed_whatever_is_guessed(client, link):
    statuses = [client.get(reverse("leases:offer", args=[f"{n:064}"])).status_code for n in range(41)]
    assert statuses == [404] * 40 + [429]


def test_the_link_is_of_no_use_for_anything_else(client, offered, link):
    client.get(address(link))
    assert client.get(offered.get_absolute_url()).status_code == 302  # to the door
    assert client.get(offered.documents.last().get_absolute_url()).status_code == 302


# --- who may ------------------------------------------------------------------------------------------------


def test_the_mall_s_leasing_officer_sends_and_withdraws_it_and_nobody_else(chain, offered):
    for name, person in chain.people().items():
        renewal = Renewal.objects.get(pk=offered.pk)
        if name == "leasing_officer":
            make_link(renewal, by=person)
            assert withdraw_link(renewal, by=person)
        else:
            with pytest.raises(NotYours):
                make_link(renewal, by=person)
            with pytest.raises(NotYours):
                withdraw_link(renewal, by=person)


def test_without_an_address_or_an_offer_there_is_no_link(chain, renewal, way, settings):
    with pytest.raises(StepOutOfOrder):
        make_link(Renewal.objects.get(pk=renewal.pk), by=chain.leasing_officer)
    way(renewal, *TO_THE_OFFER)
    with pytest.raises(Refused):
        make_link(Renewal.objects.get(pk=renewal.pk), by=chain.leasing_officer)
    renewal.lease.tenant.email = "jian.ning@example.com"
    renewal.lease.tenant.save()
    settings.MAILS = False
    with pytest.raises(Refused):
        make_link(Renewal.objects.get(pk=renewal.pk), by=chain.leasing_officer)


def test_nobody_inside_claims_to_be_the_tenant_nor_the_tenant_anything_else(chain, offered):
    from tests.leases.conftest import proof

    outsider = Person.objects.outsider()
    renewal = Renewal.objects.get(pk=offered.pk)
    with pytest.raises(Refused):
        perform(renewal.accept, by=chain.leasing_officer, proof=proof().__class__("简宁", clock.today(), "link"))
    with pytest.raises(Refused):
        perform(renewal.accept, by=outsider, proof=proof())
    for move in ("lapse", "sign", "break_off"):
        with pytest.raises((NotYours, StepOutOfOrder)):
            perform(getattr(Renewal.objects.get(pk=offered.pk), move), by=outsider, note="—")


def test_the_buttons_stand_on_the_renewal_for_the_officer_alone(client, chain, offered):
    seen = {}
    for person in (chain.leasing_officer, chain.store_manager):
        client.force_login(person)
        seen[person] = (
            reverse("leases:link", args=[offered.reference]) in client.get(offered.get_absolute_url()).content.decode()
        )
    assert list(seen.values()) == [True, False]

    client.force_login(chain.leasing_officer)
    client.post(reverse("leases:link", args=[offered.reference]), {"do": "send"})
    page = client.get(offered.get_absolute_url()).content.decode()
    assert "j…@example.com" in page
    assert Link.objects.get().token not in page
    client.post(reverse("leases:link", args=[offered.reference]), {"do": "withdraw"})
    assert Link.objects.get().withdrawn_at


# --- letters ------------------------------------------------------------------------------------------------


def test_a_dead_mail_server_loses_nothing(link, post_office):
    post_office.stop()
    assert send_waiting() == 0
    letter = Letter.objects.get()
    assert (letter.status, letter.attempts, letter.last_error) == ("queued", 1, "ConnectionRefusedError")
    assert send_waiting() == 0  # it rests
    assert Letter.objects.get().attempts == 1

    opened_again = Controller(Inbox(), hostname="127.0.0.1", port=post_office.port)
    opened_again.start()
    try:
        with clock.at(clock.now() + timedelta(minutes=1)):
            assert (send_waiting(), send_waiting()) == (1, 0)
        assert link.token in opened_again.handler.letters[0][2]
    finally:
        opened_again.stop()
    assert Letter.objects.get().status == "sent"


def test_a_letter_that_came_too_late_is_not_sent(chain, offered, link, post_office):
    withdraw_link(Renewal.objects.get(pk=offered.pk), by=chain.leasing_officer)
    assert (send_waiting(), letters(post_office)) == (0, [])
    assert Letter.objects.get().status == "failed"


def test_a_name_with_a_line_break_makes_no_second_header(offered, chain, post_office):
    from workflows.leases.register import Stall

    Stall.objects.filter(pk=offered.lease.stall_id).update(number="2\nBcc: x@y.z")
    make_link(Renewal.objects.get(pk=offered.pk), by=chain.leasing_officer)
    assert send_waiting() == 0
    assert letters(post_office) == []
    assert Letter.objects.get().status == "failed"
