"""The journeys rest on this: the browser enters as somebody, and nothing it complains of goes unheard."""

from __future__ import annotations

import pytest
from django.urls import reverse

pytestmark = [pytest.mark.once, pytest.mark.journey]


def test_everybody_gets_a_browser_of_their_own(chain, open_page):
    planner, manager = open_page(chain.planner), open_page(chain.region_manager, phone=True)

    for page, person in ((planner, chain.planner), (manager, chain.region_manager)):
        page.goto(reverse("desk:inbox"))
        assert person.name in page.content()
    assert (planner.viewport_size["width"], manager.viewport_size["width"]) == (1280, 390)


@pytest.mark.parametrize(
    ("misdeed", "said"),
    [
        (
            "document.body.appendChild(document.createElement('script')).textContent = 'x = 1'",
            "Content Security Policy",
        ),
        ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
        ("setTimeout(() => missingFunction(), 0)", "missingFunction is not defined"),
        ("document.body.appendChild(document.createElement('img')).src = '/static/nowhere.png'", "404"),
    ],
    ids=["inline script", "inline style", "script error", "missing file"],
)
def test_what_the_browser_complains_of_is_heard(page, complaints, db, misdeed, said):
    page.goto(reverse("door:enter"))
    assert complaints == []

    page.evaluate(misdeed)
    page.wait_for_timeout(500)

    heard = list(complaints)
    complaints.clear()  # they were asked for
    assert [said in complaint for complaint in heard] == [True] * max(1, len(heard))
