"""Next year's holidays are not announced yet: what is counted in it is called provisional wherever it is shown."""

from datetime import date, datetime

import pytest
from django.core.checks import run_checks
from django.urls import reverse
from django.utils import timezone

from documents.models import Receipt
from workflows.campaigns.models import State
from workflows.desk.times import Horizon, day_due, due
from workflows.organisation import clock
from workflows.organisation.calendar import WorkingCalendar
from workflows.organisation.models import DayCorrection

OFFICIAL = WorkingCalendar({})


def at(text):
    return timezone.make_aware(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("now", "until", "provisional"),
    [
        ("2026-12-29 10:00", "2026-12-31 18:00", False),
        ("2026-12-29 10:00", "2027-01-04 18:00", True),
        ("2027-01-04 10:00", "2027-01-04 18:00", True),
        ("2027-01-05 10:00", "2027-01-04 18:00", True),
    ],
)
def test_a_deadline_in_words_says_so(now, until, provisional):
    with clock.at(at(now)):
        task = due(at(until), Horizon.here(), OFFICIAL)
        paper = day_due(at(until).date(), OFFICIAL)

    assert (task.provisional, paper.provisional) == (provisional, provisional)


@pytest.fixture
def _turn_of_the_year():
    with clock.at(at("2026-12-30 10:00")):
        yield


LABEL = '<span class="chip provisional" title="该年放假安排尚未公布，期限可能变动。">暂定</span>'


@pytest.mark.django_db
class TestPages:
    @pytest.fixture(autouse=True)
    def _at_the_region(self, _turn_of_the_year, client, chain, campaign, walk):
        walk(campaign, to=State.REGION_REVIEW)
        client.force_login(chain.region_manager)
        self.pages = {
            "inbox": reverse("desk:inbox"),
            "matter": campaign.get_absolute_url(),
            "path": reverse("desk:path", args=[campaign.reference]),
        }

    @pytest.mark.parametrize("where", ["inbox", "matter", "path"])
    def test_every_page_with_a_deadline(self, where, client):
        assert LABEL in client.get(self.pages[where]).content.decode()

    @pytest.mark.parametrize("where", ["inbox", "matter", "path"])
    def test_and_no_longer_once_the_year_is_known(self, where, client):
        for day in ("01-01", "02-05", "02-08", "04-05", "06-09", "09-15", "10-01"):
            DayCorrection.objects.create(day=date.fromisoformat(f"2027-{day}"), is_working=False)

        assert "chip provisional" not in client.get(self.pages[where]).content.decode()

    def test_in_english(self, client, chain):
        chain.region_manager.language = "en"
        chain.region_manager.save(update_fields=["language"])

        page = client.get(self.pages["matter"], headers={"accept-language": "en"}).content.decode()

        assert ">provisional</span>" in page


@pytest.mark.django_db
@pytest.mark.usefixtures("_turn_of_the_year")
def test_a_paper_to_be_acknowledged(client, chain, open_campaign, walk):
    walk(open_campaign(200_000), to=State.APPROVED)
    assert Receipt.objects.filter(unit=chain.store, due_on__year=2027).exists()

    client.force_login(chain.store_manager)

    assert LABEL in client.get(reverse("registry:received")).content.decode()


# --- the warning ------------------------------------------------------------------------------------------


def warned():
    return [warning.id for warning in run_checks(tags=["calendar"])]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("now", "ids"), [("2026-10-31 23:59", []), ("2026-11-01 00:00", ["organisation.W001"])], ids=["October", "November"]
)
def test_the_check_warns_from_november_on(now, ids):
    with clock.at(at(now)):
        assert warned() == ids


@pytest.mark.django_db
@pytest.mark.parametrize(("now", "said"), [("2026-10-31 10:00", False), ("2026-11-02 10:00", True)])
def test_so_do_the_auditors_page_and_the_administration(now, said, client, chain):
    with clock.at(at(now)):
        client.force_login(chain.auditor)
        trail = client.get(reverse("records:trail")).content.decode()
        client.force_login(chain.administrator)
        pages = [
            client.get(page).content.decode()
            for page in ("/admin/", "/admin/organisation/post/", "/admin/organisation/daycorrection/add/")
        ]

    assert ["2027 年放假安排尚未公布" in page for page in [trail, *pages]] == [said] * 4
