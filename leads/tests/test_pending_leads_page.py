"""The table of pending leads: what it shows, filters, order, pages, foot, and addresses that people edited."""

import re
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads.models import Lead
from leads.pending_table import pending_table
from leads.selectors import pending as pending_selectors
from leads.services import accept_agreement, apply_to_campaign, create_campaign, create_lead, reject_lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.pages import in_english, link, mad
from tests.personas import make_merchant, submission

URL = reverse("leads:pending")


PAGE_SIZE = 5
GARBAGE = [
    "campaign=abc",
    "campaign=00000000-0000-0000-0000-000000000000",
    "campaign=%00",
    "source=telepathy",
    "source=%00%ff",
    "since=yesterday&until=2026-13-45",
    "since=0001-01-01",
    "until=9999-12-31",
    "since=2026-11-10&until=2026-11-01",
    "order=customer_phone",
    "order=-",
    "cursor=abc",
    "cursor=%00",
    "cursor=WyJuIiwgIk5hTiIsICJ4Il0",
    "campaign=a&campaign=b&source=&source=instagram&nonsense=1",
    "cursor=" + "A" * 3000,
]


@pytest.fixture
def small_pages(monkeypatch) -> None:
    """Pages of five rows, so that a few leads fill several."""
    monkeypatch.setattr("leads.views.pending.pending_table", partial(pending_table, size=PAGE_SIZE))


@pytest.fixture
def client(personas, client_of) -> Client:
    return in_english(personas.owner, client_of)


def shown(response) -> list[str]:
    return re.findall(r'id="validate-row-([0-9a-f-]{36})"', response.content.decode())


def text_of(response) -> str:
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def second_campaign(personas):
    with acting_as(personas.as_owner):
        campaign = create_campaign(merchant_id=personas.merchant.pk, name="Salle de bain", service="Plomberie")
    with acting_as(personas.as_influencer):
        agreement = apply_to_campaign(influencer_id=personas.influencer.pk, campaign_id=campaign.pk)
    with acting_as(personas.as_owner):
        accept_agreement(agreement_id=agreement.pk)
    return campaign


def submit_to(personas, campaign, value="600.00", **changes) -> Lead:
    with acting_as(personas.as_influencer):
        return create_lead(
            influencer_id=personas.influencer.pk, campaign_id=campaign.pk, submission=submission(value, **changes)
        )


def many_leads(personas, count: int) -> list[Lead]:
    """Leads of two campaigns, all sources, few values (so that values repeat), one minute apart."""
    other = second_campaign(personas)
    sources, values = ["instagram", "tiktok", "other"], ["50.00", "60.00", "70.00", "80.00"]
    start = timezone.now() - timedelta(hours=10)
    leads = []
    for number in range(count):
        with time_machine.travel(start + timedelta(minutes=number // 2), tick=False):
            campaign = other if number % 3 == 0 else personas.campaign
            leads.append(submit_to(personas, campaign, values[number % 4], source=sources[number % 3]))
    return leads


def all_pages(client: Client, query: str) -> list[list[str]]:
    pages, address = [], f"{URL}?{query}"
    while address:
        response = client.get(address)
        assert response.status_code == 200
        pages.append(shown(response))
        following = link(response, "next")
        address = f"{URL}{following}" if following else ""
    return pages


def test_row_shows_every_column(client, personas):
    lead = personas.submit(
        "600.00",
        customer_name="Nadia Alami",
        customer_company="Riad Dar",
        source="whatsapp",
        customer_phone="0612345678",
    )

    page = client.get(URL).content.decode()

    for text in ("Nadia Alami", "Riad Dar", "Rénovation de cuisine", "Salma", "WhatsApp", "Percentage, 10"):
        assert text in page
    assert 'href="tel:+212612345678"' in page
    assert f'href="mailto:{lead.customer_email}"' in page
    assert mad("600.00") in page
    assert mad("60.00") in page
    for name in ("validate", "reject", "detail"):
        assert f'href="{reverse(f"leads:{name}", args=[lead.pk])}"' in page


def test_foot_counts_and_sums(client, personas):
    personas.submit("600.00")
    personas.submit("1500.00")

    text = text_of(client.get(URL))

    assert "2 leads to decide" in text
    assert mad("2100.00") in text
    assert f"{mad('140.00')} to validate" in text


def test_foot_is_capped(client, personas, monkeypatch):
    monkeypatch.setattr(pending_selectors, "COUNTED_LEADS", 2)
    for _ in range(3):
        personas.submit("600.00")

    with acting_as(personas.as_owner):
        summary = pending_selectors.pending_summary(personas.merchant.pk)

    assert (summary.count, summary.is_capped) == (2, True)
    assert summary.commission_amount == Decimal("120.00")


def test_foot_of_exactly_the_cap_is_not_capped(personas, monkeypatch):
    monkeypatch.setattr(pending_selectors, "COUNTED_LEADS", 2)
    for _ in range(2):
        personas.submit("600.00")

    with acting_as(personas.as_owner):
        summary = pending_selectors.pending_summary(personas.merchant.pk)

    assert (summary.count, summary.is_capped) == (2, False)


@pytest.mark.parametrize(
    ("hours", "text"),
    [(59, ""), (60, "expires in 12 h"), (71, "expires in 1 h"), (71.5, "expires in 30 min"), (73, "expires at 23:00")],
)
def test_rows_near_expiry_stand_out_in_words(client, personas, hours, text):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        personas.submit()

    with time_machine.travel(now + timedelta(hours=hours), tick=False):
        page = client.get(URL).content.decode()

    assert ("row-urgent" in page) == bool(text)
    assert text in page


def test_decided_leads_are_not_shown(client, personas):
    lead = personas.submit()
    with acting_as(personas.as_owner):
        reject_lead(lead_id=lead.pk, rejection_reason="fraud")

    assert shown(client.get(URL)) == []


def test_filters_narrow_rows_and_foot(client, personas):
    other = second_campaign(personas)
    kitchen = personas.submit(source="instagram")
    bath = submit_to(personas, other, source="tiktok")

    by_campaign = client.get(URL, {"campaign": other.pk})
    by_source = client.get(URL, {"source": "instagram"})
    by_both = client.get(URL, {"campaign": other.pk, "source": "instagram"})

    assert shown(by_campaign) == [str(bath.pk)]
    assert "1 lead to decide" in text_of(by_campaign)
    assert shown(by_source) == [str(kitchen.pk)]
    assert shown(by_both) == []
    assert "No lead matches these filters" in text_of(by_both)


def test_days_are_those_of_casablanca_and_inclusive(client, personas):
    with time_machine.travel("2026-11-10T12:00:00+00:00", tick=False):
        lead = personas.submit()

    assert shown(client.get(URL, {"since": "2026-11-10", "until": "2026-11-10"})) == [str(lead.pk)]
    assert shown(client.get(URL, {"since": "2026-11-11"})) == []
    assert shown(client.get(URL, {"until": "2026-11-09"})) == []


def test_orders_both_ways(client, personas):
    start = timezone.now() - timedelta(hours=2)
    leads = []
    for number, value in enumerate(["600.00", "50.00", "1500.00"]):
        with time_machine.travel(start + timedelta(minutes=number), tick=False):
            leads.append(str(personas.submit(value).pk))
    first, second, third = leads

    assert shown(client.get(URL)) == [first, second, third]
    assert shown(client.get(URL, {"order": "-created_at"})) == [third, second, first]
    assert shown(client.get(URL, {"order": "estimated_value"})) == [second, first, third]
    assert shown(client.get(URL, {"order": "-estimated_value"})) == [third, first, second]


def test_headings_turn_the_order_round_and_keep_the_filters(client, personas):
    personas.submit(source="direct")

    def headings(query: str) -> dict[str, tuple[str, str]]:
        page = client.get(f"{URL}?{query}").content.decode()
        found = re.findall(
            r'<th scope="col"[^>]*?(?:aria-sort="(\w+)")?><a class="sort-link" id="(\S+)" href="([^"]+)"', page
        )
        return {name: (direction, address.replace("&amp;", "&")) for direction, name, address in found}

    assert headings("source=direct") == {
        "sort-date": ("ascending", "?source=direct&order=-created_at"),
        "sort-value": ("", "?source=direct&order=-estimated_value"),
    }
    assert headings("order=-created_at")["sort-date"] == ("descending", "?order=created_at")
    assert headings("order=-estimated_value")["sort-value"] == ("descending", "?order=estimated_value")
    assert headings("order=estimated_value")["sort-value"] == ("ascending", "?order=-estimated_value")


def test_pages_together_are_the_whole_set(client, personas, small_pages):
    leads = many_leads(personas, 4 * PAGE_SIZE)
    not_kitchen = next(lead.campaign_id for lead in leads if lead.campaign_id != personas.campaign.pk)
    for name, value in (("source", "instagram"), ("source", "other"), ("campaign", not_kitchen)):
        expected = {str(lead.pk) for lead in leads if value in (lead.source, lead.campaign_id)}
        for order in ("", "-created_at", "estimated_value", "-estimated_value"):
            rows = [row for page in all_pages(client, f"{name}={value}&order={order}") for row in page]
            assert len(rows) == len(expected) > PAGE_SIZE
            assert set(rows) == expected
    for order in ("created_at", "-created_at", "estimated_value", "-estimated_value"):
        pages = all_pages(client, f"order={order}")
        assert [len(page) for page in pages] == [PAGE_SIZE] * 4
        assert {row for page in pages for row in page} == {str(lead.pk) for lead in leads}


def test_back_through_pages_shows_the_same_rows(client, personas, small_pages):
    many_leads(personas, 2 * PAGE_SIZE + 3)
    first = client.get(URL)
    second = client.get(URL + link(first, "next"))
    third = client.get(URL + link(second, "next"))

    back = client.get(URL + link(third, "prev"))
    start = client.get(URL + link(back, "prev"))

    assert len(shown(third)) == 3
    assert shown(back) == shown(second)
    assert shown(start) == shown(first)


def test_htmx_gets_the_part_with_its_state(client, personas):
    personas.submit()

    response = client.get(URL, {"source": "instagram", "order": "-estimated_value"}, HTTP_HX_REQUEST="true")

    page = response.content.decode()
    assert "<html" not in page
    assert 'id="pending-leads"' in page
    assert f'hx-get="{URL}?source=instagram&amp;order=-estimated_value"' in page
    assert "every 30s, leads-changed from:body" in page
    assert "HX-Request" in response["Vary"]


def test_garbage_in_the_address_is_left_out(client, personas):
    lead = personas.submit()

    for query in GARBAGE:
        for headers in ({}, {"HTTP_HX_REQUEST": "true"}):
            response = client.get(f"{URL}?{query}", **headers)
            assert response.status_code == 200, query
            assert shown(response) == [str(lead.pk)], query


def test_other_merchants_campaign_is_no_filter(client, personas):
    lead = personas.submit()

    response = client.get(URL, {"campaign": personas.other_campaign.pk})

    assert shown(response) == [str(lead.pk)]


def test_each_sees_their_own(personas, client_of):
    personas.submit()

    assert len(shown(client_of(personas.member).get(URL))) == 1
    assert shown(client_of(personas.other_owner).get(URL)) == []
    assert client_of(personas.influencer_user).get(URL).status_code == 403
    assert client_of(personas.staff).get(URL).status_code == 403
    assert Client().get(URL).status_code == 302


def test_empty_table_says_what_to_do(client, personas, client_of):
    with_campaign = text_of(client.get(URL))
    assert "No lead waits for you" in with_campaign

    with acting_as(SYSTEM):
        newcomer, _merchant = make_merchant("neuf@exemple.ma", "Neuf")
    without_campaign = in_english(newcomer, client_of).get(URL).content.decode()
    assert "No campaign yet" in without_campaign
    assert reverse("leads:campaign_new") in without_campaign


def test_queries_do_not_grow_with_rows(client, personas, django_assert_num_queries):
    personas.submit()
    with acting_as(personas.as_owner), django_assert_num_queries(3):
        pending_table(personas.merchant.pk, QueryDict())
    with CaptureQueriesContext(connection) as one_row:
        client.get(URL)

    for _ in range(9):
        personas.submit()

    with django_assert_num_queries(len(one_row)):
        assert len(shown(client.get(URL))) == 10
