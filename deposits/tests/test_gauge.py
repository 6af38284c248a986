"""The gauge card: what it shows, and that asking again costs next to nothing while nothing has changed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from deposits.selectors import days_left, default_gauge, leads_left
from deposits.services import adjust_deposit, open_deposit, suspend_deposit
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


def gauge_url(deposit):
    return reverse("deposits:gauge", args=[deposit.pk])


def get_card(client, deposit, **headers):
    return client.get(gauge_url(deposit), **HTMX, **headers)


def test_card_shows_amounts_level_and_last_movements(merchant, personas):
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)
    personas.submit("600.00")

    card = get_card(merchant, personas.deposit)

    text = card.content.decode()
    assert card.status_code == 200
    assert 'aria-valuenow="99"' in text
    for shown in ("Healthy", "MAD\u00a04,880.00", "MAD\u00a060.00", "MAD\u00a04,940.00", "General deposit"):
        assert shown in text
    assert text.count('class="movement-icon"') == 4
    assert "-MAD\u00a060.00" in text
    assert "+MAD\u00a05,000.00" in text


def test_second_request_is_answered_304_without_body(merchant, personas):
    first = get_card(merchant, personas.deposit)

    with CaptureQueriesContext(connection) as queries:
        second = get_card(merchant, personas.deposit, HTTP_IF_NONE_MATCH=first["ETag"])
    reads = [query["sql"] for query in queries if "deposit" in query["sql"]]

    assert second.status_code == 304
    assert second.content == b""
    assert len(reads) == 1, reads
    assert second["ETag"] == first["ETag"]
    assert second["Cache-Control"] == "private, no-cache"


def change_by_movement(personas):
    personas.submit("600.00")


def change_by_suspension(personas):
    with acting_as(personas.as_staff):
        suspend_deposit(deposit_id=personas.deposit.pk, reason="check")


def change_by_language(personas):
    with acting_as(SYSTEM):
        personas.owner.language = "ar"
        personas.owner.save()


def change_by_another_deposit(personas):
    with acting_as(personas.as_staff):
        open_deposit(
            merchant_id=personas.merchant.pk,
            campaign_id=personas.campaign.pk,
            initial_amount=Decimal("2000.00"),
            payment_reference="VIR-2",
        )


@pytest.mark.parametrize(
    "change", [change_by_movement, change_by_suspension, change_by_language, change_by_another_deposit]
)
def test_card_is_sent_again_after_a_change(merchant, personas, change):
    first = get_card(merchant, personas.deposit)

    change(personas)
    second = get_card(merchant, personas.deposit, HTTP_IF_NONE_MATCH=first["ETag"])

    assert second.status_code == 200
    assert second["ETag"] != first["ETag"]
    assert second.content != first.content


def test_card_is_sent_again_when_time_has_passed(merchant, personas, time_machine):
    first = get_card(merchant, personas.deposit)

    time_machine.move_to(timezone.now() + timedelta(days=1))
    second = get_card(merchant, personas.deposit, HTTP_IF_NONE_MATCH=first["ETag"])

    assert second.status_code == 200


def test_without_htmx_the_address_leads_to_the_deposits_page(merchant, personas):
    response = merchant.get(gauge_url(personas.deposit))

    assert (response.status_code, response["Location"]) == (302, reverse("deposits:detail", args=[personas.deposit.pk]))


def test_nobody_else_gets_the_card(client_of, personas):
    assert get_card(client_of(personas.other_owner), personas.deposit).status_code == 404
    assert get_card(client_of(personas.influencer_user), personas.deposit).status_code == 403
    assert get_card(client_of(personas.member), personas.deposit).status_code == 200


def test_visitor_is_told_to_log_in(client, personas):
    assert get_card(client, personas.deposit).status_code == 401


def test_unknown_figures_are_a_dash_with_the_reason(merchant, personas):
    text = get_card(merchant, personas.deposit).content.decode()

    assert text.count("<dd>—<span") == 2
    assert "No lead in the last 30 days" in text
    assert "Nothing spent in the last 14 days" in text


def test_full_deposit_says_what_is_reserved_and_what_to_do(merchant, personas):
    with acting_as(personas.as_staff):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-4920.00"), reason="Test")
    personas.submit("800.00")

    text = get_card(merchant, personas.deposit).content.decode()

    assert "Full: <bdi>MAD\u00a080.00</bdi> reserved" in text
    assert reverse("leads:pending") in text


def test_suspended_deposit_says_so(merchant, personas):
    change_by_suspension(personas)

    assert "This deposit is suspended by Leadsmarket." in get_card(merchant, personas.deposit).content.decode()


def test_depleted_deposit_has_an_empty_gauge_and_advice(merchant, personas):
    with acting_as(personas.as_staff):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-4999.00"), reason="Test")

    text = get_card(merchant, personas.deposit).content.decode()

    assert 'aria-valuenow="0"' in text
    assert "New leads are blocked and campaigns paused: recharge now." in text


def test_dashboard_shows_the_general_deposit_and_links_the_others(personas):
    change_by_another_deposit(personas)

    with acting_as(personas.as_owner), override("en"):
        gauge = default_gauge(personas.merchant.pk)

    assert gauge.deposit == personas.deposit
    assert [other.name for other in gauge.others] == ["Cuisine sur mesure"]


def test_without_general_deposit_the_first_one_is_shown(personas):
    with acting_as(SYSTEM):
        _owner, merchant = make_merchant("souss@exemple.ma", "Souss")
        campaign = create_campaign(merchant_id=merchant.pk, name="Toiture", service="Toiture")
        deposit = open_deposit(
            merchant_id=merchant.pk,
            campaign_id=campaign.pk,
            initial_amount=Decimal("2000.00"),
            payment_reference="VIR-3",
        )

        assert default_gauge(merchant.pk).deposit == deposit
        assert default_gauge(merchant.pk).name == "Toiture"


def test_merchant_without_deposit_has_no_gauge(personas):
    with acting_as(SYSTEM):
        _owner, merchant = make_merchant("souss@exemple.ma", "Souss")

        assert default_gauge(merchant.pk) is None


def test_forecast_counts_recent_leads_and_spending(personas, time_machine):
    for value, decide in (("600.00", True), ("800.00", True), ("400.00", False)):
        lead = personas.submit(value)
        with acting_as(personas.as_owner):
            if decide:
                validate_lead(lead_id=lead.pk, quality_score=8)
            else:
                reject_lead(lead_id=lead.pk, rejection_reason="unreachable")

    with acting_as(personas.as_owner):
        gauge = default_gauge(personas.merchant.pk)

    # available 4860; mean commission (60 + 80 + 40) / 3 = 60; spent 140 in 14 days = 10 a day
    assert (gauge.leads_left, gauge.days_left) == (81, 486)


@pytest.mark.parametrize(
    ("available", "mean", "left"),
    [("100.00", "33.34", 2), ("100.00", "50.00", 2), ("0.00", "50.00", 0), ("100.00", None, None)],
)
def test_leads_left_are_rounded_down(available, mean, left):
    assert leads_left(Decimal(available), Decimal(mean) if mean else None) == left


@pytest.mark.parametrize(
    ("available", "spent", "left"),
    [("100.00", "14.00", 100), ("100.00", "15.00", 93), ("0.00", "14.00", 0), ("100.00", "0.00", None)],
)
def test_days_left_are_rounded_down(available, spent, left):
    assert days_left(Decimal(available), Decimal(spent)) == left


def test_spending_of_more_than_14_days_ago_is_not_counted(personas, time_machine):
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)
    now = timezone.now()

    for age, days, leads in ((timedelta(days=13, hours=23), 1152, 82), (timedelta(days=14, hours=1), None, 82)):
        time_machine.move_to(now + age)
        with acting_as(personas.as_owner):
            gauge = default_gauge(personas.merchant.pk)
        assert (gauge.days_left, gauge.leads_left) == (days, leads)
