"""Papers for us, in a browser: what the page does by itself once a file was opened."""

import pytest

from documents.models import Receipt, Rendition
from documents.registry import store

pytestmark = [pytest.mark.once, pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def offered(line):
    return [button.inner_text() for button in line.get_by_role("button").all()]


def test_whoever_opened_a_file_is_not_asked_to_sign_for_it(chain, open_campaign, walk, open_page):
    for _ in range(3):
        walk(open_campaign(), to="approved")
    Rendition.objects.update(status="rendered", digest=store.put(b"%PDF-1.7"), size=8, pages=4)
    mine = Receipt.objects.filter(unit=chain.store).order_by("due_on", "pk")[0]
    page = open_page(chain.planner)
    page.goto("/papers/received/")
    line, before = page.locator(f"#receipt-{mine.pk}"), page.locator("#receive-all").inner_text()
    buttons = offered(line)

    with page.expect_download():
        line.get_by_role("link", name="下载 PDF").click()
    line.get_by_text("已阅 林晓").wait_for()

    assert (buttons, offered(line)) == (["签收", "确认"], ["确认"])
    assert (before, page.locator("#receive-all").inner_text()) == ("全部签收（3）", "全部签收（2）")
    assert page.evaluate("document.activeElement.id") == f"file-{mine.pk}"  # who works with the keys stays there
