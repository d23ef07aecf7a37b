"""The matter's page on a phone: it scrolls down, never sideways."""

import pytest

pytestmark = [pytest.mark.once, pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_steps_that_are_done_do_not_widen_the_page(language, chain, campaign, walk, open_page):
    walk(campaign, to="approved")
    chain.planner.language = language
    chain.planner.save(update_fields=["language"])
    page = open_page(chain.planner, phone=True)

    page.goto(f"/m/{campaign.reference}/")

    assert page.locator(".steps .done").count() == 6
    assert page.evaluate("document.documentElement.scrollWidth") == 390
