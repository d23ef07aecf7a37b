"""Desk, matter, declaration and trail, as axe reads them: light and dark, both languages, screen and phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from documents.models import IssuedDocument
from workflows.campaigns.models import State

pytestmark = [pytest.mark.journey, pytest.mark.once, pytest.mark.django_db(transaction=True)]

PAGES = {
    "desk": ("region_manager", "/desk/"),
    "desk with a matter": ("region_manager", "/desk/?m={reference}"),
    "matter": ("region_manager", "/m/{reference}/"),
    "declaration form": ("planner", "/new/campaign/"),
    "started": ("planner", "/desk/started/"),
    "decided": ("store_manager", "/desk/decided/"),
    "trail": ("auditor", "/trail/"),
    "machines": ("auditor", "/machines/"),
    "check": ("auditor", "/check/"),
    "papers for us": ("finance", "/papers/received/"),
    "distribution": ("clerk", "/papers/distribution/"),
    "a paper's distribution": ("clerk", "/papers/distribution/{paper}/"),
    "distribution lists": ("clerk", "/papers/lists/"),
    "a distribution list": ("clerk", "/papers/lists/new/"),
    "a new print file": ("clerk", "/papers/batches/new/"),
}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("phone", "language"), [(False, "zh-hans"), (True, "en")], ids=["screen", "phone"])
def test_axe_finds_nothing(dark, phone, language, chain, open_campaign, walk, open_page):
    approved = walk(open_campaign(82_000), to=State.APPROVED)
    paper = IssuedDocument.objects.get(matter=approved.pk, kind="campaign.circular").pk
    campaign = walk(open_campaign(82_000), to=State.REGION_REVIEW)
    found = {}
    for name, (who, address) in PAGES.items():
        person = getattr(chain, who)
        person.language = language
        person.save(update_fields=["language"])
        page = open_page(person, phone=phone, dark=dark)
        page.goto(address.format(reference=campaign.reference, paper=paper))
        page.wait_for_load_state("networkidle")
        violations = Axe().run(page).response["violations"]
        found |= {f"{name}: {v['id']}": [node["target"] for node in v["nodes"]] for v in violations}
        page.context.close()

    assert found == {}
