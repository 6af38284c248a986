"""One figure, one number: what the page, the API, the export and the report of one day say of the same merchant."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from alerts.tellers.reports import merchant_report
from analytics.periods import Period
from api.tests.conftest import caller_of
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.pages import in_english, mad, text_of
from tests.personas import Personas, make_books


@pytest.fixture
def books(personas) -> Personas:
    """All that happened to Atlas' leads happened today."""
    make_books(personas)
    return personas


def shown(page: str, label: str) -> str:
    return text_of(re.search(rf"<dt>{label}</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)[1])


def test_page_api_and_report_agree(books, client_of):
    today = Period(timezone.localdate(), timezone.localdate())
    page = in_english(books.owner, client_of).get(reverse("analytics:page"), {"period": "today"}).content.decode()
    overview = caller_of(books.as_owner).get("leads/stats/overview?period_days=1").body
    with acting_as(SYSTEM):
        report = merchant_report(books.merchant.pk, today)
    figures = report["figures"]

    assert shown(page, "Leads").split()[0] == str(overview["leads"]["total_generated"]) == str(figures.created_count)
    assert shown(page, "Validated").split()[0] == str(overview["leads"]["validated"]) == str(figures.validated_count)
    assert overview["leads"]["rejected"] == figures.rejected_count == 1
    assert overview["leads"]["validation_rate"] == figures.validation_percentage
    assert overview["leads"]["pending_validation"] == report["pending"] == 1
    assert overview["financials"]["total_commission_paid"] == figures.commission_amount
    assert mad(str(figures.commission_amount)) in page
    assert overview["deposits"]["current_balance"] == report["balances"].current_balance


def test_a_chart_counts_what_the_export_lists(books, client_of):
    client = in_english(books.owner, client_of)
    data = client.get(reverse("analytics:chart_data", args=["leads-per-day"]), {"period": "today"}).json()
    lines = (
        b"".join(client.get(reverse("leads:export", args=["csv"])).streaming_content).decode("utf-8-sig").splitlines()
    )

    stacked = [series for series in data["series"] if series["drawn_as"] == "bar"]
    assert sum(sum(series["values"]) for series in stacked) == len(lines) - 1 == 5
