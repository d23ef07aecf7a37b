"""Whose password was set by whom stands on the trail, and its owner is told at the door."""

import pytest
from django.contrib.auth.management.commands import changepassword
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils.html import strip_tags

from workflows.organisation.models import Person
from workflows.trail.models import Entry

SECRET = "kein-anderer-weiss-es-9"


def enters(client, person):
    answer = client.post(reverse("door:enter"), {"username": person.username, "password": SECRET}, follow=True)
    return " ".join(strip_tags(answer.content.decode()).split())


def lines(person):
    entries = Entry.objects.filter(subject=f"organisation.person/{person.pk}").order_by("pk")
    return [(entry.actor_name, entry.action, entry.changes, entry.note) for entry in entries]


def test_the_person_is_told_at_the_door_until_they_have_chosen_their_own(client, chain):
    client.force_login(chain.administrator)
    asked = {"usable_password": "true", "password1": SECRET, "password2": SECRET}
    client.post(reverse("admin:auth_user_password_change", args=[chain.nobody.pk]), asked)
    client.logout()

    assert lines(chain.nobody) == [("贺小川", "change", {"password": ["***", "***"]}, "")]
    for _time in range(2):
        assert "您的密码由贺小川于" in enters(client, chain.nobody)
        client.logout()
    enters(client, chain.nobody)
    client.post(
        reverse("door:password"),
        {"old_password": SECRET, "new_password1": "ganz-anders-als-vorher", "new_password2": "ganz-anders-als-vorher"},
    )
    assert "您的密码由" not in client.get(reverse("desk:inbox")).content.decode()
    assert [(actor, changes) for actor, _action, changes, _note in lines(chain.nobody)] == [
        ("贺小川", {"password": ["***", "***"]}),
        ("吴间", {"password": ["***", "***"]}),
    ]


def test_in_the_persons_own_language(client, chain):
    chain.nobody.language = "en"
    chain.nobody.set_password(SECRET)
    chain.nobody.password_set_by, chain.nobody.password_set_at = chain.administrator, chain.edition.published_at
    chain.nobody.save()

    assert "Your password was set by 贺小川, " in enters(client, chain.nobody)


def test_nobody_sets_their_own_without_the_old_one(client, chain):
    client.force_login(chain.administrator)
    asked = {"usable_password": "true", "password1": SECRET, "password2": SECRET}
    answer = client.post(reverse("admin:auth_user_password_change", args=[chain.administrator.pk]), asked)

    assert (answer.url, lines(chain.administrator)) == (reverse("door:password"), [])
    assert not Person.objects.get(pk=chain.administrator.pk).has_usable_password()


def test_the_administration_leads_to_the_page_that_everybody_has_for_their_own(client, chain):
    client.force_login(chain.administrator)

    assert client.get(reverse("admin:password_change")).url == reverse("door:password")
    assert client.get(reverse("admin:password_change_done")).url == reverse("door:mine")


def test_a_new_person_reads_who_chose_their_first_password(client, chain):
    client.force_login(chain.administrator)
    asked = {
        "username": "lanlan", "name": "蓝岚", "language": "zh-hans", "usable_password": "true",
        "password1": SECRET, "password2": SECRET,
    }  # fmt: skip
    client.post(reverse("admin:organisation_person_add"), asked)
    client.logout()

    assert "您的密码由贺小川于" in enters(client, Person.objects.get(username="lanlan"))


def test_at_the_console_it_leaves_the_same_line(client, chain, monkeypatch):
    monkeypatch.setattr(changepassword.getpass, "getpass", lambda prompt: SECRET)
    monkeypatch.setattr(changepassword.getpass, "getuser", lambda: "ops")

    call_command("changepassword", chain.nobody.username)

    assert lines(chain.nobody) == [
        ("系统时钟", "change", {"password": ["***", "***"]}, "在服务器控制台由用户 ops 设置")
    ]
    assert "您的密码由系统时钟于" in enters(client, chain.nobody)


def test_a_weak_one_is_set_nowhere_and_told_nowhere(chain, monkeypatch):
    monkeypatch.setattr(changepassword.getpass, "getpass", lambda prompt: "12345678")
    before = chain.nobody.password

    with pytest.raises(CommandError):
        call_command("changepassword", chain.nobody.username)

    assert (Person.objects.get(pk=chain.nobody.pk).password, lines(chain.nobody)) == (before, [])


@pytest.mark.django_db
def test_the_founders_password_is_on_the_first_line():
    call_command("found", "heqing", "何清", group="云岭数码", password=SECRET)

    founder = Person.objects.get(username="heqing")
    told = Entry.objects.get().changes
    assert (told["administrator"], told["password"]) == ([None, f"何清 #{founder.pk}"], [None, "***"])
    assert (founder.password_set_by, founder.holds("administrator")) == (None, True)
