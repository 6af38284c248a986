"""The merchant's dashboard: gauge, key figures, pending leads, and what it says when there is nothing."""

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

from analytics.selectors.merchant import merchant_figures
from leads.services import expire_leads, mark_lost, reject_lead, validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.pages import in_english, mad
from tests.personas import make_merchant

URL = reverse("dashboard")
FIGURES_URL = reverse("merchant_figures")
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def client(personas, client_of) -> Client:
    return in_english(personas.owner, client_of)


def figures_of(personas):
    with acting_as(personas.as_owner):
        return merchant_figures(personas.merchant.pk)


def test_shows_gauge_figures_and_pending_leads(client, personas):
    lead = personas.submit("600.00")

    page = client.get(URL).content.decode()

    assert reverse("deposits:gauge", args=[personas.deposit.pk]) in page
    assert mad("4940.00") in page
    assert 'id="merchant-figures"' in page
    assert f'id="validate-row-{lead.pk}"' in page
    assert re.search(r"<dt>To decide</dt><dd>1\b", page)


def test_figures_count_what_their_docstring_says(personas):
    validated, lost, rejected, expired, old = (personas.submit("600.00") for _ in range(5))
    personas.submit("1500.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=validated.pk, quality_score=8)
        validate_lead(lead_id=lost.pk, quality_score=5)
        mark_lost(lead_id=lost.pk)
        reject_lead(lead_id=rejected.pk, rejection_reason="fraud")
        with time_machine.travel(timezone.now() - timedelta(days=30, minutes=1), tick=False):
            validate_lead(lead_id=old.pk, quality_score=1)

    figures = figures_of(personas)

    assert (figures.validated_count, figures.rejected_count) == (2, 1)
    assert figures.validation_percentage.quantize(Decimal("0.01")) == Decimal("66.67")
    assert figures.mean_quality_score == Decimal("6.5")
    assert (figures.pending.count, figures.pending.commission_amount) == (2, Decimal("140.00"))

    expire_leads(now=expired.expires_at + timedelta(hours=1))
    figures = figures_of(personas)
    assert (figures.pending.count, figures.rejected_count) == (0, 3)


def test_figures_of_nothing(personas):
    figures = figures_of(personas)

    assert (figures.validated_count, figures.rejected_count, figures.pending.count) == (0, 0, 0)
    assert figures.validation_percentage is None
    assert figures.mean_quality_score is None


def test_figures_follow_a_decision(client, personas):
    lead = personas.submit("600.00")
    assert "leads-changed from:body" in client.get(FIGURES_URL, **HTMX).content.decode()

    client.post(reverse("leads:validate", args=[lead.pk]), {"quality_score": "8"}, **HTMX)
    page = client.get(FIGURES_URL, **HTMX).content.decode()

    assert "<html" not in page
    assert re.search(r"<dt>To decide</dt><dd>0\b", page)
    assert re.search(r"<dt>Validated</dt><dd>1\b", page)
    assert "8.0" in page


def test_figures_alone_are_no_page(client):
    response = client.get(FIGURES_URL)

    assert (response.status_code, response["Location"]) == (302, URL)


def test_htmx_gets_the_pending_leads_with_the_address_of_the_dashboard(client, personas):
    personas.submit("600.00", source="instagram")
    personas.submit("600.00", source="direct")

    page = client.get(URL, {"source": "direct"}, **HTMX).content.decode()

    assert "<html" not in page
    assert len(re.findall(r'id="validate-row-', page)) == 1
    assert f'hx-get="{URL}?source=direct"' in page
    assert "gauge-card" not in page


def test_back_with_htmx_gets_the_whole_page(client, personas):
    page = client.get(URL, HTTP_HX_HISTORY_RESTORE_REQUEST="true", **HTMX).content.decode()

    assert "<html" in page


def test_newcomer_is_told_what_to_do(personas, client_of):
    with acting_as(SYSTEM):
        newcomer, _merchant = make_merchant("neuf@exemple.ma", "Neuf")

    page = in_english(newcomer, client_of).get(URL).content.decode()

    assert "No deposit yet" in page
    assert mad("2000.00") in page
    assert "No campaign yet" in page
    assert reverse("leads:campaign_new") in page


def test_each_sees_their_own(personas, client_of):
    personas.submit("600.00")

    assert 'id="validate-row-' in client_of(personas.member).get(URL).content.decode()
    assert 'id="validate-row-' not in client_of(personas.other_owner).get(URL).content.decode()
    assert client_of(personas.influencer_user).get(FIGURES_URL).status_code == 403
    assert Client().get(URL).status_code == 302
    assert Client().get(FIGURES_URL).status_code == 302


def test_staff_work_in_the_admin(personas, client_of):
    response = client_of(personas.staff).get(URL)

    assert (response.status_code, response["Location"]) == (302, reverse("admin:index"))


def test_queries_do_not_grow_with_rows(client, personas, django_assert_num_queries):
    personas.submit()
    with CaptureQueriesContext(connection) as one_row:
        client.get(URL)
    for _ in range(6):
        personas.submit()

    with django_assert_num_queries(len(one_row)):
        client.get(URL)
