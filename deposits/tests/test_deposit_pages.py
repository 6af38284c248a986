"""The pages of a merchant's deposits: the list, and one deposit with all its movements."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from deposits.services import adjust_deposit, open_deposit, recharge_deposit
from leads.services import create_campaign, reject_lead, validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.personas import make_merchant

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def merchant(client_of, personas):
    with acting_as(SYSTEM):
        personas.owner.language = "en"
        personas.owner.save()
    return client_of(personas.owner)


def open_campaign_deposit(personas, campaign):
    with acting_as(personas.as_staff):
        return open_deposit(
            merchant_id=personas.merchant.pk,
            campaign_id=campaign.pk,
            initial_amount=Decimal("2000.00"),
            payment_reference="VIR-2",
        )


def list_page(client):
    return client.get(reverse("deposits:list"))


def detail_page(client, deposit, query="", **headers):
    return client.get(reverse("deposits:detail", args=[deposit.pk]) + query, **headers)


def kinds_shown(response):
    return [transaction.kind for transaction in response.context["page"].rows]


def count_queries(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_list_shows_every_deposit_and_the_totals(merchant, personas):
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)
    campaign_deposit = open_campaign_deposit(personas, personas.campaign)

    text = list_page(merchant).content.decode()

    for shown in ("General deposit", "Cuisine sur mesure", "MAD\u00a07,000.00", "MAD\u00a060.00", "MAD\u00a06,940.00"):
        assert shown in text
    assert str(campaign_deposit.pk) in text
    assert str(personas.deposit.pk) in text
    assert str(personas.other_deposit.pk) not in text


def test_list_needs_no_more_queries_for_more_deposits(merchant, personas):
    open_campaign_deposit(personas, personas.campaign)
    few = count_queries(merchant, reverse("deposits:list"))
    for name in ("Toiture", "Peinture", "Jardin"):
        with acting_as(personas.as_owner):
            campaign = create_campaign(merchant_id=personas.merchant.pk, name=name, service=name)
        open_campaign_deposit(personas, campaign)

    assert count_queries(merchant, reverse("deposits:list")) == few


def test_merchant_without_deposit_reads_how_one_is_opened(client_of, personas):
    with acting_as(SYSTEM):
        owner, _merchant = make_merchant("souss@exemple.ma", "Souss")
        owner.language = "en"
        owner.save()

    text = list_page(client_of(owner)).content.decode()

    assert "No deposit yet" in text
    assert "at least <bdi>MAD\u00a02,000.00</bdi>" in text


def test_detail_shows_each_movement_with_its_lead_author_and_reference(merchant, personas):
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)
    with acting_as(personas.as_staff):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-40.00"), reason="Frais bancaires")

    response = detail_page(merchant, personas.deposit)

    text = response.content.decode()
    assert kinds_shown(response) == ["adjustment", "deduction", "reservation", "initial"]
    assert text.count(reverse("leads:detail", args=[lead.pk])) == 2
    for shown in (
        "VIR-ATLAS",
        "Bank transfer",
        "Frais bancaires",
        "-MAD\u00a040.00",
        "-MAD\u00a060.00",
        "+MAD\u00a05,000.00",
    ):
        assert shown in text
    assert "The influencer" in text
    assert "atlas@exemple.ma" in text
    assert personas.influencer_user.email not in text
    assert personas.staff.email not in text
    assert 'id="gauge-card"' in text


def test_htmx_gets_the_movements_alone(merchant, personas):
    response = detail_page(merchant, personas.deposit, "?kind=initial", **HTMX)

    text = response.content.decode()
    assert text.strip().startswith("<section")
    assert 'id="gauge-card"' not in text
    assert "HX-Request" in response["Vary"]


def test_movements_are_filtered_by_kind(merchant, personas):
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        reject_lead(lead_id=lead.pk, rejection_reason="unreachable")

    assert kinds_shown(detail_page(merchant, personas.deposit, "?kind=release")) == ["release"]
    assert kinds_shown(detail_page(merchant, personas.deposit, "?kind=")) == ["release", "reservation", "initial"]


def test_movements_are_filtered_by_days_both_included(merchant, personas):
    today = timezone.localdate()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)

    for query, count in (
        (f"?since={today}&until={today}", 1),
        (f"?since={tomorrow}", 0),
        (f"?until={yesterday}", 0),
        (f"?since={yesterday}&until={tomorrow}", 1),
    ):
        response = detail_page(merchant, personas.deposit, query)
        assert len(response.context["page"].rows) == count
    assert "No movement matches" in detail_page(merchant, personas.deposit, f"?since={tomorrow}").content.decode()


def test_filters_that_cannot_be_read_keep_the_page_and_say_so(merchant, personas):
    for query in ("?kind=stolen", "?since=never", "?since=0001-01-01", "?until=9999-12-31", "?cursor=xyz"):
        assert detail_page(merchant, personas.deposit, query).status_code == 200
    today = timezone.localdate()

    response = detail_page(merchant, personas.deposit, f"?since={today}&until={today - timedelta(days=2)}")

    assert "This day is before the first one." in response.content.decode()


def test_pages_of_movements_follow_each_other(merchant, personas):
    with acting_as(personas.as_staff):
        for number in range(30):
            recharge_deposit(
                deposit_id=personas.deposit.pk, amount=Decimal("500.00"), payment_reference=f"VIR-R{number}"
            )

    first = detail_page(merchant, personas.deposit)
    second = detail_page(merchant, personas.deposit, first.context["next_url"])
    back = detail_page(merchant, personas.deposit, second.context["previous_url"])

    sequences = [[transaction.sequence for transaction in page.context["page"].rows] for page in (first, second, back)]
    assert sequences == [list(range(31, 6, -1)), list(range(6, 0, -1)), list(range(31, 6, -1))]
    assert second.context["next_url"] == ""


def test_detail_needs_no_more_queries_for_more_movements(merchant, personas):
    url = reverse("deposits:detail", args=[personas.deposit.pk])
    few = count_queries(merchant, url)
    for _number in range(5):
        personas.submit("600.00")

    assert count_queries(merchant, url) == few


def test_others_are_kept_out(client_of, client, personas):
    stranger, influencer = client_of(personas.other_owner), client_of(personas.influencer_user)

    assert detail_page(stranger, personas.deposit).status_code == 404
    assert detail_page(influencer, personas.deposit).status_code == 403
    assert list_page(influencer).status_code == 403
    assert list_page(client).status_code == 302
    assert detail_page(client_of(personas.member), personas.deposit).status_code == 200
    assert str(personas.deposit.pk) not in list_page(stranger).content.decode()
