"""The commission rules of product.md, "Commission": one SQL function, seen through the preview and from the database."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leads.terms import lead_terms
from leadsmarket.lib.actor import acting_as

CENTIME = Decimal("0.01")
DEFAULT_TERMS = (Decimal("10.00"), Decimal("80.00"), Decimal("800.00"))


def calculate_commission(value, rate, fixed, threshold):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT commission_amount, commission_type FROM calculate_commission(%s, %s, %s, %s)",
            [value, rate, fixed, threshold],
        )
        return cursor.fetchone()


def influencer_share(commission, percentage):
    with connection.cursor() as cursor:
        cursor.execute("SELECT influencer_share(%s, %s)", [commission, percentage])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("value", "commission", "commission_type"),
    [
        ("50.00", "5.00", "percentage"),
        ("123.45", "12.35", "percentage"),
        ("600.00", "60.00", "percentage"),
        ("799.99", "80.00", "percentage"),
        ("800.00", "80.00", "fixed"),
        ("1500.00", "80.00", "fixed"),
        ("9999999999.99", "80.00", "fixed"),
    ],
)
def test_commission_of_the_worked_examples(db, value, commission, commission_type):
    assert calculate_commission(Decimal(value), *DEFAULT_TERMS) == (Decimal(commission), commission_type)


@pytest.mark.parametrize(("commission", "share", "rest"), [("60.00", "18.00", "42.00"), ("80.00", "24.00", "56.00")])
def test_shares_of_the_worked_examples(db, commission, share, rest):
    assert influencer_share(Decimal(commission), Decimal("30.00")) == Decimal(share)
    assert Decimal(commission) - Decimal(share) == Decimal(rest)


@pytest.mark.parametrize(
    ("value", "commission", "commission_type", "share"),
    [
        ("600.00", "60.00", "percentage", "18.00"),
        ("799.99", "80.00", "percentage", "24.00"),
        ("800.00", "80.00", "fixed", "24.00"),
        ("1500.00", "80.00", "fixed", "24.00"),
        ("123.45", "12.35", "percentage", "3.71"),
    ],
)
def test_preview_and_lead_have_the_same_amounts(personas, value, commission, commission_type, share):
    with acting_as(personas.as_influencer):
        terms = lead_terms(
            campaign_id=personas.campaign.pk, influencer_id=personas.influencer.pk, estimated_value=Decimal(value)
        )
    lead = personas.submit(value)

    expected = (Decimal(commission), commission_type, Decimal(share))
    assert (terms.commission_amount, terms.commission_type, terms.influencer_commission_amount) == expected
    assert (lead.commission_amount, lead.commission_type, lead.influencer_commission_amount) == expected
    assert lead.platform_commission_amount == Decimal(commission) - Decimal(share)


def amounts(least, most):
    return st.decimals(Decimal(least), Decimal(most), places=2)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=amounts("50", "9999999999.99"),
    rate=amounts("0.01", "100"),
    fixed=amounts("0.01", "99999.99"),
    threshold=amounts("0", "99999.99"),
    percentage=amounts("0", "100"),
)
@example(Decimal("123.45"), *DEFAULT_TERMS, Decimal("30.00"))
@example(Decimal("799.99"), *DEFAULT_TERMS, Decimal("33.33"))
@example(Decimal("50.00"), Decimal("0.01"), Decimal("80.00"), Decimal("800.00"), Decimal("100.00"))
def test_sql_agrees_with_plain_decimal_arithmetic(db, value, rate, fixed, threshold, percentage):
    commission, commission_type = calculate_commission(value, rate, fixed, threshold)

    if value < threshold:
        assert commission_type == "percentage"
        assert commission == (value * rate / 100).quantize(CENTIME, rounding=ROUND_HALF_UP)
    else:
        assert (commission, commission_type) == (fixed, "fixed")
    share = influencer_share(commission, percentage)
    assert share == (commission * percentage / 100).quantize(CENTIME, rounding=ROUND_HALF_UP)
    assert 0 <= share <= commission
