"""The second factor: set up by its owner, asked for at the door and anew before signing, and who cannot do without."""

from __future__ import annotations

import json
import re
import threading
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from workflows.campaigns.models import Campaign, State
from workflows.door import factors
from workflows.door.management.commands import forgetfactor
from workflows.door.models import Tries
from workflows.matters.perform import perform
from workflows.organisation.models import Person
from workflows.trail.models import Entry

PASSWORD = "seit-gestern-regnet-es-7"
HTMX = {"HTTP_HX_REQUEST": "true"}


def code_of(secret, step=0):
    """What an app shows that was told this secret, now or so many half minutes from now."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + step))


def has_app(person):
    """A secret that the person's app knows."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(person, secret)
    return secret


@pytest.fixture
def signer(chain):
    chain.vice_president.set_password(PASSWORD)
    chain.vice_president.save()
    return chain.vice_president


def enter(client, person, password=PASSWORD, **more):
    return client.post(reverse("door:enter"), {"username": person.username, "password": password, **more})


def shows(client, code, **more):
    return client.post(reverse("door:second"), {"code": code}, **more)


def who(client):
    key = client.session.get("_auth_user_id")
    return Person.objects.get(pk=key) if key else None


def words(response):
    return " ".join(strip_tags(response.content.decode()).split())


def told(person):
    found = Entry.objects.filter(subject=f"organisation.person/{person.pk}").order_by("pk")
    return [(entry.actor, entry.changes) for entry in found]


# --- set up ---------------------------------------------------------------------------------------------------


def test_an_app_is_set_up_with_its_first_code_and_recovery_codes_are_shown_once(signer, client):
    enter(client, signer)
    page = client.get(reverse("door:app"))
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page.content.decode())[1].replace(" ", "")

    wrong = client.post(reverse("door:app"), {"code": "000000"})
    right = client.post(reverse("door:app"), {"code": code_of(secret)})
    codes = re.findall(r"<code>(\d{5} \d{5})</code>", client.get(right.url).content.decode())

    assert (wrong.status_code, "验证码不正确" in words(wrong)) == (422, True)
    assert (right.url, len(codes), client.get(right.url).url) == (reverse("door:codes"), 10, reverse("door:mine"))
    assert told(signer) == [(signer, {"second_factor": [None, "totp"]}), (signer, {"recovery_codes": [None, 10]})]
    assert "还剩 10 个" in words(client.get(reverse("door:mine")))


def test_the_secrets_are_not_to_be_read_in_the_database(signer, settings):
    secret = has_app(signer)
    kept = json.dumps(Authenticator.objects.get(user=signer).data)

    assert secret not in kept
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key" * 6
    client = Client()
    enter(client, signer)
    assert shows(client, code_of(secret)).status_code == 302


def test_a_factor_whose_key_is_gone_is_said_in_words(signer, settings):
    secret = has_app(signer)
    settings.SECRET_KEY = "another-key" * 6
    client = Client()
    enter(client, signer)

    answer = shows(client, code_of(secret))

    assert (answer.status_code, "系统密钥已更换" in words(answer), who(client)) == (422, True, None)


def test_the_pages_of_the_library_have_no_address():
    from django.urls import get_resolver

    names = {str(name) for name in get_resolver().reverse_dict}

    assert [name for name in names if name.startswith(("account_", "mfa_", "socialaccount_"))] == []


# --- at the door -----------------------------------------------------------------------------------------------


def test_the_password_alone_opens_nothing(signer, client):
    secret = has_app(signer)

    first = enter(client, signer, next="/desk/started/")
    between = (who(client), client.get(reverse("desk:inbox")).status_code)
    wrong = shows(client, "123456")
    right = shows(client, code_of(secret))

    assert (first.url, between) == (reverse("door:second"), (None, 302))
    assert (wrong.status_code, right.url, who(client)) == (422, "/desk/started/", signer)


def test_a_code_is_good_once_whichever_process_is_asked(signer):
    secret = has_app(signer)
    code = code_of(secret)
    first, again = Client(), Client()
    enter(first, signer)
    enter(again, signer)

    assert (shows(first, code).status_code, who(first)) == (302, signer)
    from django.core.cache import cache

    cache.clear()  # another process remembers nothing
    answer = shows(again, f"{code[:3]} {code[3:]}")
    assert (answer.status_code, "已经用过" in words(answer), who(again)) == (422, True, None)


@pytest.mark.django_db(transaction=True)
def test_a_code_is_good_once_at_one_instant(chain):
    secret = has_app(chain.planner)
    code, begin, came_in = code_of(secret), threading.Barrier(4), []
    chain.planner.set_password(PASSWORD)
    chain.planner.save()
    clients = [Client() for _n in range(4)]
    for client in clients:
        enter(client, chain.planner)

    def show(client):
        begin.wait()
        try:
            came_in.append(shows(client, code).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=show, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(came_in) == [302, 422, 422, 422]


def test_codes_are_not_guessed(signer, client):
    secret = has_app(signer)
    enter(client, signer)

    assert [shows(client, f"00000{n}").status_code for n in range(6)] == [422] * 5 + [429]
    assert shows(client, code_of(secret)).status_code == 429
    Tries.objects.all().delete()  # a quarter of an hour later
    assert shows(client, code_of(secret)).status_code == 302


def test_a_recovery_code_is_good_once_and_says_how_many_are_left(signer):
    has_app(signer)
    codes = factors.new_codes(None, signer)
    answers = []
    for code in (codes[3], codes[3], codes[4]):
        client = Client()
        enter(client, signer)
        answers.append(shows(client, code).status_code)

    assert answers == [302, 422, 302]
    kept = json.dumps(Authenticator.objects.get(user=signer, type="recovery_codes").data)
    assert [kept.count("argon2id"), *(code.replace(" ", "") in kept for code in codes)] == [8, *[False] * 10]
    assert "还剩 8 个" in words(client.get(reverse("desk:inbox")))


def test_the_page_between_is_of_use_for_ten_minutes_and_for_one_password(signer, client):
    secret = has_app(signer)
    enter(client, signer)
    session = client.session
    session["half"] = {**session["half"], "at": session["half"]["at"] - 601}
    session.save()
    late = shows(client, code_of(secret))
    enter(client, signer)
    signer.set_password("inzwischen-ein-anderes-5")
    signer.save()
    changed = shows(client, code_of(secret))

    assert (late.url, changed.url, who(client)) == (reverse("door:enter"), reverse("door:enter"), None)
    assert Client().get(reverse("door:second")).url == reverse("door:enter")


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"code": ""},
        {"credential": "x"},
        {"credential": "[]"},
        {"credential": '{"id": 1}'},
        {"code": "１２３４５６"},
        {"code": "a" * 30},
        {
            "credential": json.dumps(
                {
                    "id": "AA",
                    "rawId": "AA",
                    "type": "public-key",
                    "response": {"clientDataJSON": "AA", "authenticatorData": "AA", "signature": "AA"},
                }
            )
        },
    ],
)
def test_odd_answers_are_refused_in_words(sent, signer, client):
    has_app(signer)
    enter(client, signer)
    client.get(reverse("door:second"))

    assert client.post(reverse("door:second"), sent).status_code == 422


# --- who cannot do without ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "has_to"), [("vice_president", True), ("administrator", True), ("planner", False), ("clerk", False)]
)
def test_where_it_is_required_signers_and_administrators_set_one_up_before_anything_else(
    person, has_to, chain, settings, client
):
    settings.SECOND_FACTOR_REQUIRED = True
    somebody = getattr(chain, person)
    somebody.set_password(PASSWORD)
    somebody.save()
    enter(client, somebody)

    inbox = client.get(reverse("desk:inbox"))
    assert inbox.status_code == (302 if has_to else 200)
    if has_to:
        assert inbox.url == reverse("door:mine")
        assert client.get(reverse("desk:inbox"), **HTMX)["HX-Redirect"] == reverse("door:mine")
        page = client.get(reverse("door:app")).content.decode()
        secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
        client.post(reverse("door:app"), {"code": code_of(secret)})
        assert client.get(reverse("desk:inbox")).status_code == 200


def test_who_stands_in_for_a_signer_has_to_as_well(chain, settings):
    from workflows.organisation import clock
    from workflows.organisation.models import StandIn

    settings.SECOND_FACTOR_REQUIRED = True
    before = factors.has_to(chain.planner)
    StandIn.objects.create(principal=chain.vice_president, deputy=chain.planner, ends_on=clock.today())

    assert (before, factors.has_to(chain.planner)) == (False, True)


def test_the_last_one_is_not_simply_taken_away(signer, settings, client):
    secret = has_app(signer)
    settings.SECOND_FACTOR_REQUIRED = True
    enter(client, signer)
    shows(client, code_of(secret))

    client.post(reverse("door:forget", args=[Authenticator.objects.get(user=signer).pk]))

    assert client.get(reverse("desk:inbox")).url == reverse("door:mine")


def test_who_comes_to_administer_after_entering_is_asked_before_the_first_page(chain, settings, client):
    settings.SECOND_FACTOR_REQUIRED = True
    client.force_login(chain.administrator)

    assert (client.get(reverse("admin:index")).url, client.get(reverse("desk:inbox")).status_code) == (
        reverse("door:mine"),
        200,
    )


def test_without_being_required_nobody_is_asked_who_has_none(signer, chain, client):
    enter(client, signer)
    client.force_login(chain.administrator)

    assert client.get(reverse("admin:index")).status_code == 200


# --- what one enters with is changed by whoever is there now -----------------------------------------------------------


def test_after_ten_minutes_it_is_asked_once_more_who_sits_there(signer, client):
    enter(client, signer)
    session = client.session
    session["sure"] -= 601
    session.save()

    asked = client.get(reverse("door:app"))
    wrong = client.post(asked.url, {"old_password": "geraten", "next": reverse("door:app")})
    right = client.post(asked.url, {"old_password": PASSWORD, "next": reverse("door:app")})

    assert asked.url == f"{reverse('door:anew')}?next=%2Fme%2Fapp%2F"
    assert (wrong.status_code, right.url, client.get(right.url).status_code) == (422, reverse("door:app"), 200)
    assert client.post(reverse("door:anew"), {"old_password": PASSWORD, "next": "//evil.example/"}).url == reverse(
        "door:mine"
    )


def test_nobody_takes_anothers_factor_away(signer, chain, client):
    has_app(signer)
    client.force_login(chain.president)

    assert client.post(reverse("door:forget", args=[Authenticator.objects.get().pk])).status_code == 404
    assert Authenticator.objects.count() == 1


def test_the_administrator_takes_away_what_is_lost_and_the_trail_says_so(signer, chain, client):
    has_app(signer)
    factors.new_codes(None, signer)
    client.force_login(chain.administrator)
    address = reverse("admin:door_factor_delete", args=[Authenticator.objects.get(type="totp").pk])

    listed = client.get(reverse("admin:door_factor_changelist"))
    client.post(address, {"post": "yes"})

    assert (listed.status_code, "secret" in listed.content.decode()) == (200, False)
    assert not Authenticator.objects.filter(user=signer).exists()
    assert told(signer)[-1] == (chain.administrator, {"second_factor": ["totp", None]})
    client.force_login(chain.planner)
    assert client.get(address).status_code == 403 or client.get(address).status_code == 302


def test_no_administrator_alone_takes_somebodys_place(signer, chain, client):
    has_app(signer)
    second = chain.appoint("administrator", chain.group, "第二管理员")
    asked = {"usable_password": "true", "password1": "umbra-velo-kasten-77", "password2": "umbra-velo-kasten-77"}
    password = reverse("admin:auth_user_password_change", args=[signer.pk])
    factor = reverse("admin:door_factor_delete", args=[Authenticator.objects.get(user=signer).pk])
    client.force_login(chain.administrator)

    client.post(password, asked)
    client.post(factor, {"post": "yes"})
    after_one = Authenticator.objects.filter(user=signer).exists()
    client.force_login(second)
    client.post(factor, {"post": "yes"})
    client.post(password, asked | {"password1": "velo-umbra-kasten-78", "password2": "velo-umbra-kasten-78"})

    signer.refresh_from_db()
    assert (after_one, Authenticator.objects.filter(user=signer).exists()) == (True, False)
    assert [signer.check_password(each) for each in ("umbra-velo-kasten-77", "velo-umbra-kasten-78")] == [True, False]


def test_at_the_console_it_is_taken_away_and_told(signer, monkeypatch):
    has_app(signer)
    factors.new_codes(None, signer)
    monkeypatch.setattr(forgetfactor.getpass, "getuser", lambda: "ops")

    call_command("forgetfactor", signer.username)

    assert not Authenticator.objects.filter(user=signer).exists()
    line = Entry.objects.filter(subject=f"organisation.person/{signer.pk}").last()
    assert (line.actor_name, line.changes, line.note) == (
        "系统时钟",
        {"second_factor": ["totp", None]},
        "由用户 ops 在服务器控制台移除",
    )
    with pytest.raises(CommandError):
        call_command("forgetfactor", signer.username)


def test_a_new_factor_ends_the_sessions_that_did_without_it(signer):
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        enter(client, signer)
    page = here.get(reverse("door:app")).content.decode()
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")

    here.post(reverse("door:app"), {"code": code_of(secret)})

    assert (here.get(reverse("desk:inbox")).status_code, elsewhere.get(reverse("desk:inbox")).status_code) == (200, 302)


def test_asked_anew_one_goes_on_under_another_key(signer, client):
    enter(client, signer)
    before = client.session.session_key
    client.post(reverse("door:anew"), {"old_password": PASSWORD})

    assert (client.session.session_key != before, who(client)) == (True, signer)


def test_the_auditor_reads_it_in_words(signer, chain, client):
    has_app(signer)
    factors.take_away(None, Authenticator.objects.get(user=signer), by=chain.administrator)
    client.force_login(chain.auditor)

    page = words(client.get(reverse("records:trail")))

    assert ("第二验证" in page, "验证器应用" in page, "totp" in page) == (True, True, False)


# --- anew, before signing --------------------------------------------------------------------------------------------


@pytest.fixture
def to_sign(campaign, walk):
    return walk(campaign, to=State.SIGNATURE)


def sign(client, campaign, htmx=False, **more):
    data = {"turn": campaign.turn, "key": "one-key", "note": "按方案执行", "written": campaign.written, **more}
    return client.post(reverse("desk:act", args=[campaign.reference, "sign"]), data, **(HTMX if htmx else {}))


def inside(client, person, minutes_ago):
    """In, with a second factor shown so many minutes ago."""
    secret = has_app(person)
    client.force_login(person)
    session = client.session
    session["factor"] = int(time.time()) - 60 * minutes_ago
    session.save()
    return secret


def state(campaign):
    return Campaign.objects.get(pk=campaign.pk).state


@pytest.mark.parametrize("htmx", [False, True])
def test_after_a_time_signing_asks_anew_and_nothing_is_typed_twice(htmx, signer, to_sign, client):
    secret = inside(client, signer, minutes_ago=16)

    asked = sign(client, to_sign, htmx)
    before = state(to_sign)
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked.content.decode()))
    wrong = client.post(asked.wsgi_request.path, {**sent, "code": "000000"})
    still = state(to_sign)
    signed = client.post(asked.wsgi_request.path, {**sent, "code": code_of(secret)})

    assert (asked.status_code, before, wrong.status_code, still) == (422, State.SIGNATURE, 422, State.SIGNATURE)
    assert (sent["note"], asked.headers.get("HX-Retarget")) == ("按方案执行", "#matter" if htmx else None)
    assert (signed.status_code, state(to_sign)) == (302, State.APPROVED)
    assert to_sign.trail.get(action="sign").note == "按方案执行"


def test_within_the_time_it_does_not(signer, to_sign, client):
    inside(client, signer, minutes_ago=14)

    assert (sign(client, to_sign).status_code, state(to_sign)) == (302, State.APPROVED)


def test_who_set_one_up_elsewhere_is_asked_for_it(signer, to_sign, client):
    client.force_login(signer)
    has_app(signer)

    assert (sign(client, to_sign).status_code, state(to_sign)) == (422, State.SIGNATURE)


def test_who_has_none_signs_where_none_is_required_and_not_where_one_is(signer, to_sign, settings, client):
    client.force_login(signer)
    settings.SECOND_FACTOR_REQUIRED = True
    refused = sign(client, to_sign)
    before = state(to_sign)
    settings.SECOND_FACTOR_REQUIRED = False

    assert (refused.status_code, "您尚未设置" in words(refused), before) == (422, True, State.SIGNATURE)
    assert (sign(client, to_sign).status_code, state(to_sign)) == (302, State.APPROVED)


def test_saying_no_and_reviewing_ask_for_nothing(chain, campaign, walk, client):
    walk(campaign, to=State.STORE_REVIEW)
    inside(client, chain.store_manager, minutes_ago=60)
    data = {"turn": campaign.turn, "key": "k", "written": campaign.written}
    reviewed = client.post(reverse("desk:act", args=[campaign.reference, "vouch"]), data)
    campaign = walk(Campaign.objects.get(pk=campaign.pk), to=State.SIGNATURE)
    inside(client, chain.vice_president, minutes_ago=60)
    refused = sign_no(client, campaign)

    assert (reviewed.status_code, refused.status_code, state(campaign)) == (302, 302, State.REJECTED)


def sign_no(client, campaign):
    data = {"turn": campaign.turn, "key": "no", "note": "预算过高", "written": campaign.written}
    return client.post(reverse("desk:act", args=[campaign.reference, "reject"]), data)


def test_what_no_page_asked_for_is_not_stopped(signer, to_sign):
    """The clock, a command, the demonstration: there is nobody to ask."""
    has_app(signer)

    perform(to_sign.sign, by=signer)

    assert state(to_sign) == State.APPROVED


def test_a_guest_of_the_demonstration_signs_with_one_click(signer, to_sign, settings, tmp_path, client):
    has_app(signer)  # a visitor tried it out
    settings.DEMONSTRATION, settings.VAR_DIR, settings.SECOND_FACTOR_REQUIRED = True, tmp_path, True
    row = {"username": signer.username, "zh": "签发", "en": "sign"}
    (tmp_path / "demonstration.json").write_text(json.dumps([row]))
    client.post(reverse("door:become"), {"username": signer.username})

    assert (sign(client, to_sign).status_code, state(to_sign)) == (302, State.APPROVED)
