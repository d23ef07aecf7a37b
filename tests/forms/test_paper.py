"""What no font can draw is refused where it was typed, not found out when the paper is printed."""

import pytest
from django.test import Client

from workflows.campaigns.models import State

pytestmark = pytest.mark.django_db


def test_an_opinion_that_cannot_be_printed_is_refused_beside_the_field(chain, campaign, walk):
    walk(campaign, to=State.REGION_REVIEW)
    client = Client()
    client.force_login(chain.region_manager)

    shown = {"turn": campaign.turn, "written": campaign.written, "key": "once"}
    answer = client.post(f"/m/{campaign.reference}/act/endorse/", {**shown, "note": "同意🎉按程序办"})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "“🎉 (U+1F389)”无法在文件上打印" in page
    assert "同意🎉按程序办" in page  # nothing typed is lost
    assert type(campaign).objects.get(pk=campaign.pk).state == State.REGION_REVIEW


def test_ordinary_rare_characters_are_welcome(chain, campaign, walk):
    walk(campaign, to=State.REGION_REVIEW)
    client = Client()
    client.force_login(chain.region_manager)

    shown = {"turn": campaign.turn, "written": campaign.written, "key": "once"}
    client.post(f"/m/{campaign.reference}/act/endorse/", {**shown, "note": "喆、堃、赟、玥均同意"})

    assert type(campaign).objects.get(pk=campaign.pk).state == State.GROUP_REVIEW
