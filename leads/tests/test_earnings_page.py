"""The page of earnings: balance in words, changes of the balance, and whose they are."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads.selectors.earnings import earnings_of
from leads.services import (
    change_agreement_terms,
    make_earning_payable,
    make_earnings_payable,
    reject_lead,
    validate_lead,
)
from leads.services.agreements import AgreementTerms
from leads.views.earnings import PAGE_SIZE
from leadsmarket.lib.actor import acting_as
from tests.pages import in_english, mad

URL = reverse("leads:earnings")


@pytest.fixture
def client(personas, client_of) -> Client:
    return in_english(personas.influencer_user, client_of)


def validated(personas, value="600", **changes):
    lead = personas.submit(value, **changes)
    with acting_as(personas.as_owner):
        return validate_lead(lead_id=lead.pk, quality_score=8)


def figures(response) -> list[str]:
    """Payable, earned and total, as shown; nothing is in payout or paid here."""
    found = re.findall(r"</dt><dd>(?:<bdi>)?([^<]*)", response.content.decode())
    payable, earned, in_payout, paid, total = (amount.strip() for amount in found)
    assert in_payout == paid == mad("0.00")
    return [payable, earned, total]


def rows(response) -> list[str]:
    body = response.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in body.split("</tr>") if "<td" in row]


def test_validated_lead_is_earned_and_waits_for_the_return_window(personas, client):
    with time_machine.travel("2026-11-10T10:00:00Z", tick=False):
        validated(personas, customer_name="Karim")

    page = client.get(URL)

    assert figures(page) == [mad("0.00"), mad("18.00"), mad("18.00")]
    assert "in the 7-day return window" in page.content.decode()
    assert len(rows(page)) == 1
    assert "Karim Cuisine sur mesure Earned" in rows(page)[0]
    assert rows(page)[0].endswith(f"{mad('18.00')} 17 Nov 2026".replace("\xa0", " "))


def test_after_the_return_window_it_is_payable(personas, client):
    with time_machine.travel(timezone.now() - timedelta(days=7, minutes=1)):
        validated(personas)
    validated(personas, "1500")
    assert make_earnings_payable() == 1

    page = client.get(URL)

    assert figures(page) == [mad("18.00"), mad("24.00"), mad("42.00")]
    assert ["Payable" in row for row in rows(page)] == [True, False, False]


def test_earning_that_staff_must_approve_says_so(personas, client):
    with acting_as(personas.as_owner):
        change_agreement_terms(agreement_id=personas.agreement.pk, terms=AgreementTerms(auto_payment=False))
    lead = validated(personas)

    page = client.get(URL)

    assert "waiting for Leadsmarket's approval" in page.content.decode()
    assert "return window</" not in page.content.decode()
    assert "After approval" in rows(page)[0]
    with acting_as(personas.as_staff):
        make_earning_payable(lead_id=lead.pk)
    assert figures(client.get(URL)) == [mad("18.00"), mad("0.00"), mad("18.00")]


def test_figures_add_up(personas):
    validated(personas)
    with acting_as(personas.as_owner):
        change_agreement_terms(agreement_id=personas.agreement.pk, terms=AgreementTerms(auto_payment=False))
    validated(personas, "1500")

    with acting_as(personas.as_influencer):
        earnings = earnings_of(personas.influencer.pk)

    assert earnings.earned_amount == Decimal("42.00")
    assert earnings.awaiting_approval_amount == Decimal("24.00")
    assert earnings.in_return_window_amount == Decimal("18.00")
    assert earnings.next_payable_at is not None


def test_pending_and_rejected_leads_earn_nothing(personas, client):
    personas.submit()
    rejected = personas.submit()
    with acting_as(personas.as_owner):
        reject_lead(lead_id=rejected.pk, rejection_reason="unreachable")

    page = client.get(URL)

    assert figures(page) == [mad("0.00")] * 3
    assert "Nothing earned yet" in page.content.decode()


def test_other_influencer_sees_nothing_of_it(personas, client_of):
    validated(personas, customer_name="Karim")

    page = in_english(personas.other_influencer_user, client_of).get(URL)

    assert figures(page) == [mad("0.00")] * 3
    assert "Karim" not in page.content.decode()


def test_pages_show_every_change_once(personas, client):
    for _lead in range(PAGE_SIZE + 1):
        validated(personas, "50")

    first = client.get(URL)
    address = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1].replace("&amp;", "&")
    second = client.get(URL + address, HTTP_HX_REQUEST="true")

    assert (len(rows(first)), len(rows(second))) == (PAGE_SIZE, 1)
    assert "<!doctype" not in second.content.decode()
    assert rows(second)[0] not in rows(first)


@pytest.mark.parametrize("cursor", ["x", "bm8", "WyJuIiwgIjEiLCAieCJd", "A" * 3000])
def test_edited_cursor_gives_the_first_page(personas, client, cursor):
    validated(personas)

    assert len(rows(client.get(URL, {"cursor": cursor}))) == 1


def test_number_of_queries_does_not_grow_with_the_changes(personas, client, django_assert_num_queries):
    validated(personas)
    client.get(URL)
    with CaptureQueriesContext(connection) as before:
        client.get(URL)
    for _lead in range(4):
        validated(personas)

    with django_assert_num_queries(len(before)):
        client.get(URL)
