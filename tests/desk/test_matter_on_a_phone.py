"""A matter and its papers on a phone: everything scrolls down, nothing sideways."""

import pytest
from django.urls import reverse

from documents.registry.sealing import put_in_force
from workflows.organisation.offices import Capacity

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


def cards(page, table):
    """Width of each title in `table`, and whether nothing beside it is cut off."""
    return page.evaluate(
        """table => {
             const around = document.querySelector(table).closest('.scroll-x')
             const titles = [...around.querySelectorAll('.card-title')].map(title => title.offsetWidth)
             return [titles.length, titles.every(wide => wide > 0.6 * around.clientWidth),
                     around.scrollWidth - around.clientWidth]
           }""",
        table,
    )


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_papers_are_cards_whose_titles_have_the_width(language, chain, open_campaign, walk, open_page):
    chain.clerk.language = language
    chain.clerk.save(update_fields=["language"])
    seal = put_in_force(chain.group, "星桥数码", "", capacity=Capacity(chain.clerk, chain.clerk.posts.get()))
    campaign = walk(open_campaign(), to="approved")
    page, found = open_page(chain.clerk, phone=True), {}

    page.goto(f"{reverse('desk:matter', args=[campaign.reference])}?tab=documents")
    found["matter"] = cards(page, "#matter-content table")
    page.goto(reverse("registry:seal", args=[seal.pk]))
    found["seal"] = cards(page, ".seal-page table")

    assert found == {"matter": [3, True, 0], "seal": [1, True, 0]}
