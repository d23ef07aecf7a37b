"""What the house says after an act stands in the window, however far down the button was."""

import pytest
from django.urls import reverse

pytestmark = [pytest.mark.once, pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def low(chain, open_page):
    """The clerk's browser, its window as low as a phone's above the keyboard."""
    page = open_page(chain.clerk, phone=True)
    page.set_viewport_size({"width": 390, "height": 420})
    return page


def said(page):
    """The words in the window now."""
    page.wait_for_selector(".messages .notice")
    return page.evaluate(
        """() => [...document.querySelectorAll('.messages .notice')].filter(said => {
             const {top, bottom} = said.getBoundingClientRect()
             return top >= 0 && bottom <= window.innerHeight
           }).map(said => said.innerText)"""
    )


def test_that_a_seal_is_in_force(low, chain):
    low.goto(reverse("registry:seals"))
    low.select_option("[name=unit]", str(chain.store.pk))
    low.fill("[name=name]", "星桥数码杭州城西店")
    low.click("#new button.primary")

    assert said(low) == ["杭州城西店的印章已启用。"]


def test_that_a_register_is_being_printed(low, open_campaign, walk):
    walk(open_campaign(), to="approved")
    low.goto(reverse("registry:register"))
    low.click(".register-print button")

    assert said(low) == ["登记簿已生成 1 份公文，文件正在制作。"]
    low.click("a[href='#extracts']")
    assert low.locator("#extracts li").first.is_visible()
