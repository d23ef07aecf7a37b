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
    "how one enters": ("vice_president", "/me/"),
    "an app with codes": ("vice_president", "/me/app/"),
    "a passkey": ("vice_president", "/me/passkey/"),
}


COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
}  # all that the dark look changes


@pytest.mark.parametrize(("phone", "language"), [(False, "zh-hans"), (True, "en")], ids=["screen", "phone"])
def test_axe_finds_nothing(phone, language, chain, open_campaign, walk, open_page):
    approved = walk(open_campaign(82_000), to=State.APPROVED)
    paper = IssuedDocument.objects.get(matter=approved.pk, kind="campaign.circular").pk
    campaign = walk(open_campaign(82_000), to=State.REGION_REVIEW)
    found, pages = {}, {}
    for name, (who, address) in PAGES.items():
        person = getattr(chain, who)
        person.language = language
        person.save(update_fields=["language"])
        if who not in pages:
            pages[who] = open_page(person, phone=phone)
        page = pages[who]
        page.goto(address.format(reference=campaign.reference, paper=paper))
        page.locator(".htmx-request").wait_for(state="detached")
        for look, options in (("light", None), ("dark", COLOURS)):
            page.emulate_media(color_scheme=look, reduced_motion="reduce")  # no colour on its way to another
            violations = Axe().run(page, options=options).response["violations"]
            found |= {f"{name}, {look}: {v['id']}": [node["target"] for node in v["nodes"]] for v in violations}

    assert found == {}
