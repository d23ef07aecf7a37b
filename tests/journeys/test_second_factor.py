"""A vice-president sets up a passkey, enters with it, and is asked for it again before the circular is signed."""

from __future__ import annotations

import time

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from workflows.campaigns.models import Campaign, State

pytestmark = [pytest.mark.once, pytest.mark.journey]

PASSWORD = "seit-gestern-regnet-es-7"


@pytest.fixture
def key():
    """`key(page)`: the page's browser has an authenticator whose owner always says yes."""

    def plugged_in(page):
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return session

    return plugged_in


def an_hour_ago():
    """Every session has shown its second factor an hour ago."""
    for row in Session.objects.all():
        told = row.get_decoded()
        told["factor"] = int(time.time()) - 3600
        Session.objects.filter(pk=row.pk).update(session_data=Session.objects.encode(told))


@pytest.mark.django_db(transaction=True)
def test_a_passkey_from_its_making_to_a_signature(chain, campaign, walk, open_page, key):
    signer = chain.vice_president
    signer.set_password(PASSWORD)
    signer.save()
    walk(campaign, to=State.SIGNATURE)
    page = open_page()
    key(page)

    def enter():
        page.goto(reverse("door:enter"))
        page.get_by_label("用户名").fill(signer.username)
        page.get_by_label("密码").fill(PASSWORD)
        page.locator("main").get_by_role("button", name="登录").click()

    enter()
    page.goto(reverse("door:mine"))
    page.get_by_role("link", name="添加通行密钥").click()
    page.get_by_label("名称").fill("办公室电脑")
    page.get_by_role("button", name="创建通行密钥").click()
    page.get_by_role("link", name="我已妥善保存").click()
    page.goto(reverse("door:mine"))
    assert "办公室电脑" in page.locator(".factors").inner_text()

    page.get_by_role("button", name="退出").click()
    enter()
    page.get_by_role("button", name="使用通行密钥").click()
    page.wait_for_url(f"**{reverse('desk:inbox')}*")

    an_hour_ago()
    page.locator(".item-open").first.click()
    pane = page.locator("#pane")
    pane.locator("textarea[name=note]").first.fill("按方案执行，注意安全")
    pane.get_by_role("button", name="签发").first.click()
    pane.get_by_role("button", name="使用通行密钥").click()
    page.locator(".notice.ok").first.wait_for()

    signed = Campaign.objects.get(pk=campaign.pk)
    assert (signed.state, signed.trail.get(action="sign").note) == (State.APPROVED, "按方案执行，注意安全")
