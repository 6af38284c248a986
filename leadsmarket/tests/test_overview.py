"""The staff site's first page: the market's figures, the table of deposits, what failed; each for those who may see it."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from alerts.models import Delivery
from analytics.periods import Period
from analytics.selectors.platform import cash_figures
from deposits.services import open_deposit, suspend_deposit
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import WebhookEvent
from tests.pages import in_english, mad, plain_mad, text_of
from tests.personas import PASSWORD, make_books, make_merchant

URL = reverse("admin:index")
DATA = reverse("analytics:chart_data", args=["leads-per-day"])


def figures_of(staff: Client, **asked: str) -> dict[str, str]:
    return {figure.label: figure.text for figure in staff.get(URL, asked).context["overview_figures"]}


@pytest.fixture
def colleague(personas, client_of):
    """A function that returns the browser of somebody of staff with these rights only."""

    def log_in(*rights: str) -> Client:
        with acting_as(SYSTEM):
            user = User.objects.create_user("collegue@exemple.ma", PASSWORD, role="staff", is_staff=True)
            user.user_permissions.set(Permission.objects.filter(codename__in=rights))
        return in_english(user, client_of)

    return log_in


def test_market_figures_are_those_of_the_selectors(staff, personas):
    make_books(personas)
    with acting_as(personas.as_staff):
        cash = cash_figures(Period.last_days(30))

    found = figures_of(staff)

    assert cash.deposited_amount == Decimal("8500.00")
    assert found["Money in"] == mad("8500.00")
    assert found["Money out"] == mad(str(cash.out_amount))
    assert found["Commissions"] == mad("180.00")
    # Three of four leads, 60.00 each, of which the influencer gets 30 %.
    assert found["Platform revenue"] == mad("126.00")
    assert (found["Leads"], found["Validation rate"]) == ("5", "75\xa0%")


def test_charts_have_their_tables_and_data(staff, personas):
    make_books(personas)

    page = staff.get(URL, {"period": "7"}).content.decode()
    drawn = staff.get(DATA, {"period": "7"}).json()

    assert f'data-chart-url="{DATA}?period=7' in page
    assert [sum(one["values"]) for one in drawn["series"]] == [1, 1, 1, 1, 1, 5]
    assert '<table class="table table-sm' in page


def test_ranks_merchants_and_influencers(staff, personas):
    make_books(personas)

    text = text_of(staff.get(URL))

    assert f"Atlas Rénovation 5 75 % {plain_mad('180.00')}" in text
    assert f"Salma 5 75 % {plain_mad('180.00')}" in text


def test_deposits_are_filtered(staff, personas):
    with acting_as(SYSTEM):
        suspend_deposit(deposit_id=personas.other_deposit.pk, reason="Contrôle")

    def shown(**asked: str) -> set[str]:
        return {row["deposit"].merchant.name for row in staff.get(URL, asked).context["deposit_rows"]}

    assert shown() == {"Atlas Rénovation", "Rif Conseil"}
    assert shown(status="suspended") == {"Rif Conseil"}
    assert shown(level="critical") == set()
    assert shown(level="healthy", merchant="atl") == {"Atlas Rénovation"}
    assert "No deposit matches." in text_of(staff.get(URL, {"level": "critical"}))


def test_levels_lead_to_their_deposits(staff, personas):
    levels = {level["level"]: level for level in staff.get(URL).context["levels"]}

    assert (levels["healthy"]["count"], levels["healthy"]["available"]) == (2, Decimal("8000.00"))
    assert staff.get(levels["healthy"]["url"]).context["deposit_rows"]


def test_deposits_have_pages(staff, personas):
    with acting_as(SYSTEM):
        for number in range(21):
            _owner, merchant = make_merchant(f"m{number}@exemple.ma", f"Marchand {number}")
            open_deposit(merchant_id=merchant.pk, initial_amount=Decimal("2000.00"), payment_reference=f"VIR-{number}")

    first = staff.get(URL, {"status": "in_use"})
    second = staff.get(URL + first.context["deposits_next"])

    assert len(first.context["deposit_rows"]) == 20
    assert len(second.context["deposit_rows"]) == 3
    assert "status=in_use" in first.context["deposits_next"]
    assert not second.context["deposits_next"]


def test_says_what_failed_lately(staff, personas):
    with acting_as(SYSTEM):
        WebhookEvent.objects.create(provider="stripe", event_id="evt_1", body="{}", status="given_up")
        Delivery.objects.filter(user=personas.owner).update(status="given_up")
        given_up = Delivery.objects.filter(status="given_up").count()
    counts = {str(figure["label"]): figure["count"] for figure in staff.get(URL).context["figures"]}

    assert counts["Events of providers given up, last 7 days"] == "1"
    assert counts.get("Messages given up, last 7 days", "0") == str(given_up)
    assert "Webhooks of partners given up, last 7 days" not in counts


def test_each_part_is_for_those_who_may_see_it(colleague, personas):
    money_only = colleague("view_deposit")

    page = money_only.get(URL)

    assert "overview_figures" not in page.context
    assert "<canvas" not in page.content.decode()
    assert page.context["deposit_rows"]
    assert money_only.get(DATA).status_code == 403


def test_revenue_is_not_for_those_who_see_leads_alone(colleague, personas):
    make_books(personas)

    found = figures_of(colleague("view_lead"))

    assert set(found) == {"Leads", "Validated", "Validation rate", "Time to decision"}


def test_number_of_queries_does_not_grow(staff, personas):
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            staff.get(URL)
        return len(caught)

    make_books(personas)
    before = queries()
    for source in ("tiktok", "direct"):
        personas.submit(source=source)
    with acting_as(SYSTEM):
        _owner, merchant = make_merchant("neuf@exemple.ma", "Neuf")
        open_deposit(merchant_id=merchant.pk, initial_amount=Decimal("2000.00"), payment_reference="VIR-9")

    assert queries() == before
