"""Every sentence a rule can say, in both languages, with every place filled."""

import re

import pytest
from django.utils.translation import override

from workflows.policies.reasons import SENTENCES, Reason

FILLED = {
    "amount": "82000.00", "limit": "50000.00", "floor": "49999.00", "count": "1200", "role": "finance",
    "fallback": "vice_president", "kind": "National", "person": "沈若兰", "due": "2026-03-11", "percent": "80",
    "days": "2026-03-12", "step": "campaign.region_review", "field": "venue",
    "market": "230", "present": "220.50", "day": "2026-12-31", "name": "J. Lee", "to": "j…@example.com",
    "until": "2026-12-31",
}  # fmt: skip


def reason(key):
    places = re.findall(r"%\((\w+)\)s", SENTENCES[key])
    return Reason.of(key, **{name: FILLED[name] for name in places})


@pytest.mark.parametrize("key", SENTENCES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_sentence_is_whole_in_both_languages(key, language):
    with override(language):
        said = str(reason(key))

    assert said
    assert not re.search(r"%\(|%[^ \s]?s\b", said)
    assert "82000" not in said  # amounts are grouped
    assert bool(re.search(r"[\u4e00-\u9fff]", said.replace("沈若兰", ""))) is (language == "zh-hans")


@pytest.mark.parametrize("key", SENTENCES)
def test_what_is_stored_is_read_back(key):
    said = reason(key)

    assert Reason.load(said.store()) == said


def test_no_reason_is_none():
    assert Reason.load(None) is None


def test_the_same_reason_in_two_languages():
    said = Reason.of("amount_above", amount="82000.50", limit="50000", role="finance")

    with override("en"):
        assert str(said) == "budget 82,000.50 > 50,000 → Finance"
    with override("zh-hans"):
        assert "82,000.50 > 50,000" in str(said)
        assert "财务" in str(said)
