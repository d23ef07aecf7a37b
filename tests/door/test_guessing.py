"""Guessing is slowed per name, per address and per both, and whoever has come in before on a browser is not shut out."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.db.models import F
from django.test import Client
from django.urls import reverse

from workflows.door.guessing import OF_A_NAME, PAUSE, Count, may_try, succeeded
from workflows.door.models import Tries

PASSWORD = "seit-gestern-regnet-es-7"


OF_AN_ADDRESS = 12


@pytest.fixture
def planner(chain, settings):
    settings.TRIES_OF_AN_ADDRESS = OF_AN_ADDRESS
    chain.planner.set_password(PASSWORD)
    chain.planner.save()
    return chain.planner


def tries(name, password="falsch", address="192.0.2.1", client=None):
    """The status that an attempt from that address is answered with."""
    client = client or Client()
    return client.post(reverse("door:enter"), {"username": name, "password": password}, REMOTE_ADDR=address).status_code


def test_many_names_from_one_address_are_slowed(planner):
    answers = [tries(f"name-{n // 4}") for n in range(OF_AN_ADDRESS + 4)]

    assert answers == [422] * OF_AN_ADDRESS + [429] * 4
    assert tries("linxiao", PASSWORD) == 429
    assert tries("linxiao", PASSWORD, "192.0.2.2") == 302


def test_one_name_from_many_addresses_is_slowed(planner):
    answers = [tries("LinXiao", address=f"192.0.2.{n}") for n in range(OF_A_NAME + 3)]

    assert answers == [422] * OF_A_NAME + [429] * 3
    assert tries("linxiao", PASSWORD, "192.0.2.99") == 429


def test_a_customers_whole_network_is_one_address(planner):
    answers = [tries("linxiao", address=f"2001:db8:1:2::{n}") for n in range(6)]

    assert answers == [422] * 5 + [429]


@pytest.mark.parametrize(("trusted", "answer"), [(None, 429), (("HTTP_X_FORWARDED_PROTO", "https"), 422)])
def test_an_address_somebody_writes_into_the_request_counts_only_from_a_trusted_proxy(
    trusted, answer, planner, settings
):
    settings.SECURE_PROXY_SSL_HEADER = trusted
    answers = []
    for n in range(6):
        client = Client(headers={"X-Forwarded-For": f"203.0.113.99, 203.0.113.{n}"})
        answers.append(tries("linxiao", client=client))

    assert answers == [422] * 5 + [answer]


def test_who_has_come_in_here_before_is_not_shut_out_by_whoever_guesses_elsewhere(planner):
    own = Client()
    assert tries("linxiao", PASSWORD, "198.51.100.7", own) == 302
    own.post(reverse("door:leave"))
    for n in range(OF_A_NAME + 1):
        tries("linxiao", address=f"192.0.2.{n}")

    assert tries("linxiao", PASSWORD, "198.51.100.8") == 429
    assert tries("linxiao", PASSWORD, "198.51.100.9", own) == 302


def test_such_a_browser_gets_its_own_five_tries_and_no_more(planner):
    own = Client()
    tries("linxiao", PASSWORD, client=own)
    own.post(reverse("door:leave"))

    assert [tries("linxiao", client=own) for _n in range(6)] == [422] * 5 + [429]


def test_a_forged_mark_of_the_browser_counts_as_none(planner):
    answers = []
    for n in range(OF_A_NAME + 1):
        client = Client()
        client.cookies["known"] = f"eyJkZXZpY2UiOiJ{n}"
        answers.append(tries("linxiao", address=f"192.0.2.{n}", client=client))

    assert answers[-1] == 429


def test_coming_in_oneself_gives_no_new_tries_at_others(planner):
    for n in range(OF_AN_ADDRESS):
        tries(f"name-{n}")
        if n % 6 == 5:
            tries("linxiao", PASSWORD)

    assert tries("somebody") == 429


def test_after_a_quarter_of_an_hour_one_may_try_again(planner):
    for _n in range(6):
        tries("linxiao")
    Tries.objects.update(since=F("since") - PAUSE)

    assert tries("linxiao", PASSWORD) == 302


def test_what_was_typed_is_not_kept_and_what_is_over_is_forgotten(planner):
    tries("mein-passwort-im-falschen-feld")
    kept = list(Tries.objects.values_list("key", flat=True))
    Tries.objects.update(since=F("since") - PAUSE - timedelta(minutes=1))
    tries("linxiao")

    assert not any("passwort" in key for key in kept)
    assert sorted(Tries.objects.values_list("count", flat=True)) == [1, 1, 1]  # the address's began anew


def test_an_empty_form_is_no_attempt(planner):
    assert [tries("linxiao", "") for _n in range(8)] == [422] * 8
    assert not Tries.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_at_one_instant_there_are_no_more_tries_than_one_after_the_other():
    count = [Count.of(5, "at once"), Count.of(9, "also", shared=True)]
    begin, allowed = threading.Barrier(8), []

    def guess():
        begin.wait()
        try:
            allowed.append(may_try(count))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guess) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (sorted(allowed), Tries.objects.get(key=count[0].key).count) == ([False] * 3 + [True] * 5, 5)


@pytest.mark.django_db
def test_counting_asks_the_same_however_much_is_counted(django_assert_max_num_queries):
    counts = [Count.of(5, "one"), Count.of(5, "another")]
    may_try(counts)
    Tries.objects.bulk_create([Tries(key=f"{n:064}", since="2026-01-01T00:00Z", count=1) for n in range(50)])

    with django_assert_max_num_queries(8 if connection.vendor == "sqlite" else 10):
        may_try(counts)
    succeeded(counts)
    assert Tries.objects.count() == 0
