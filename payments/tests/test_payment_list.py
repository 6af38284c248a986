"""The list of a merchant's payments."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payment
from payments.tests.conftest import tell

LIST = "/payments/"


def add(personas, count: int = 1, **fields: object) -> list[Payment]:
    values = {"amount": Decimal("700.00"), "purpose": "recharge", "method": "sandbox", "status": "pending"} | fields
    with acting_as(SYSTEM):
        return [
            Payment.objects.create(merchant=personas.merchant, deposit=personas.deposit, **values)
            for _number in range(count)
        ]


def test_row_shows_what_was_paid_with_its_receipt(owner_browser, sandbox_payment):
    tell(sandbox_payment)

    html = owner_browser.get(LIST).content.decode()

    assert sandbox_payment.reference in html
    assert "5,000.00" in html
    assert "Paid" in html
    assert reverse("payments:receipt", args=[sandbox_payment.pk]) in html
    assert reverse("payments:return", args=[sandbox_payment.pk]) in html


def test_nothing_yet_leads_to_the_deposits(owner_browser):
    assert "No payment yet" in owner_browser.get(LIST).content.decode()
    assert "No payment matches" in owner_browser.get(LIST, {"status": "failed"}).content.decode()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, {"open", "failed", "old"}),
        ({"status": "open"}, {"open", "old"}),
        ({"status": "failed"}, {"failed"}),
        ({"method": "stripe"}, {"failed"}),
        ({"since": "2026-03-02"}, {"open", "failed"}),
        ({"until": "2026-03-01"}, {"old"}),
        ({"since": "2026-03-01", "until": "2026-03-01", "status": "open"}, {"old"}),
        ({"status": "nonsense", "since": "yesterday", "cursor": "x"}, {"open", "failed", "old"}),
    ],
)
def test_filters(committed_personas, owner_browser, query, shown):
    made = {
        "open": add(committed_personas)[0],
        "failed": add(committed_personas, status="failed", method="stripe")[0],
        # The last minute of 1 March in Casablanca, which was on UTC+0 then.
        "old": add(committed_personas, created_at=datetime(2026, 3, 1, 23, 59, tzinfo=UTC))[0],
    }

    html = owner_browser.get(LIST, query).content.decode()

    assert {name for name, payment in made.items() if payment.reference in html} == shown


def test_pages_of_25_in_a_constant_number_of_queries(committed_personas, owner_browser):
    add(committed_personas, 2)
    with CaptureQueriesContext(connection) as for_two:
        owner_browser.get(LIST)
    add(committed_personas, 28)
    with CaptureQueriesContext(connection) as for_many:
        first = owner_browser.get(LIST)
    assert len(for_many) == len(for_two)

    next_url = first.context["next_url"]
    second = owner_browser.get(LIST + next_url, headers={"HX-Request": "true"})
    assert [len(answer.context["page"].rows) for answer in (first, second)] == [25, 5]
    assert b"<html" not in second.content


def test_each_merchant_sees_their_own(committed_personas, browser_of, sandbox_payment):
    page = browser_of(committed_personas.other_owner).get(LIST)
    assert page.status_code == 200
    assert sandbox_payment.reference not in page.content.decode()
    assert browser_of(committed_personas.influencer_user).get(LIST).status_code == 403


def test_menu_and_deposits_lead_here(owner_browser, committed_personas):
    for page in (reverse("dashboard"), reverse("deposits:detail", args=[committed_personas.deposit.pk])):
        assert f'href="{LIST}"' in owner_browser.get(page).content.decode()
