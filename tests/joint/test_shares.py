"""Who pays how much of all parts together: sums to the cent, percentages to exactly 100."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.joint.money import Payer, figures, in_percent, shares, summed, total

CENTS = st.integers(0, 99_999_999).map(lambda cents: Decimal(cents).scaleb(-2))


def a_part(paid, **more):
    """As a store hands it in: nobody stands in it who pays nothing."""
    given = {payer: str(amount) for payer, amount in paid.items() if amount}
    return {"total": str(sum(paid.values(), Decimal(0))), "shares": given, "targets": {}, "results": {}, **more}


PARTS = st.lists(st.dictionaries(st.sampled_from(Payer.values), CENTS, max_size=5).map(a_part), max_size=30)


@given(PARTS)
def test_every_cent_is_somebodys_and_the_percentages_come_to_a_hundred(parts):
    sums = summed(parts)
    percents = in_percent(sums)

    assert list(sums) == list(percents) == Payer.values
    assert sum(sums.values()) == total(parts) == sum((sum(shares(part).values()) for part in parts), Decimal(0))
    assert sum(percents.values()) == (100 if total(parts) else 0)
    for payer, share in sums.items():
        exact = share * 100 / total(parts) if total(parts) else Decimal(0)
        assert abs(percents[payer] - exact) < Decimal("0.1")
        assert percents[payer] >= 0
        assert share or not percents[payer]


@given(PARTS, st.randoms())
def test_the_order_of_the_stores_does_not_matter(parts, random):
    shuffled = random.sample(parts, len(parts))

    assert in_percent(summed(shuffled)) == in_percent(summed(parts))


@pytest.mark.parametrize(
    ("paid", "percents"),
    [  # group, store, region, partner, alliance
        ((1, 1, 1, 0, 0), ("33.4", "33.3", "33.3", "0.0", "0.0")),
        ((1, 1, 1, 1, 1), ("20.0", "20.0", "20.0", "20.0", "20.0")),
        ((1, 1, 1, 1, 2), ("16.7", "16.7", "16.7", "16.6", "33.3")),
        ((1, 2, 3, 4, 5), ("6.7", "13.3", "20.0", "26.7", "33.3")),
        ((0, 0, 0, 0, 7), ("0.0", "0.0", "0.0", "0.0", "100.0")),
        ((999_999, 1, 0, 0, 0), ("100.0", "0.0", "0.0", "0.0", "0.0")),
        ((2, 2, 2, 1, 0), ("28.6", "28.6", "28.5", "14.3", "0.0")),
        ((0, 0, 0, 0, 0), ("0.0", "0.0", "0.0", "0.0", "0.0")),
    ],
)
def test_by_largest_remainder_the_earlier_of_two_equals_first(paid, percents):
    sums = dict(zip(Payer.values, map(Decimal, paid), strict=True))

    assert list(map(str, in_percent(sums).values())) == list(percents)


def test_three_stores_by_hand():
    parts = [
        a_part({"group": Decimal("3000.50"), "store": Decimal("1999.50")}),
        a_part({"store": Decimal(2500), "alliance": Decimal(2500)}),
        a_part({"partner": Decimal("0.01"), "region": Decimal("4999.99")}),
    ]

    assert total(parts) == Decimal(15_000)
    assert {payer: str(share) for payer, share in summed(parts).items()} == {
        "group": "3000.50", "store": "4499.50", "region": "4999.99", "partner": "0.01", "alliance": "2500",
    }  # fmt: skip
    assert list(map(str, in_percent(summed(parts)).values())) == ["20.0", "30.0", "33.3", "0.0", "16.7"]


def test_targets_and_results_are_summed_over_the_stores_that_have_any():
    parts = [
        a_part({}, targets={"footfall": 100, "sales": "2000.50"}, results={"footfall": 90}),
        a_part({}, targets={"footfall": 50, "exposure": None}),
    ]

    assert figures(parts, "targets") == {
        "footfall": Decimal(150), "sales": Decimal("2000.50"), "new_members": Decimal(0), "exposure": Decimal(0),
    }  # fmt: skip
    assert figures(parts, "results")["footfall"] == Decimal(90)
