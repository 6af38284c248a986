"""The merchant's list of all leads: states, filters, search, pages."""

import re
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads.models import Lead
from leads.selectors import leads as lead_selectors
from leads.services import mark_converted, reject_lead, validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.keyset import keyset_page
from tests.pages import in_english
from tests.personas import make_merchant

URL = reverse("leads:list")


@pytest.fixture
def client(personas, client_of) -> Client:
    return in_english(personas.owner, client_of)


def shown(response) -> list[str]:
    return re.findall(r'class="cell-title"><a href="/leads/([0-9a-f-]{36})/"', response.content.decode())


def found(client: Client, **filters: object) -> set[str]:
    response = client.get(URL, filters)
    assert response.status_code == 200
    return set(shown(response))


def ids(*leads: Lead) -> set[str]:
    return {str(lead.pk) for lead in leads}


def test_every_state_is_listed_and_filtered(client, personas):
    pending, accepted, refused, sold = (personas.submit() for _ in range(4))
    with acting_as(personas.as_owner):
        validate_lead(lead_id=accepted.pk, quality_score=8)
        reject_lead(lead_id=refused.pk, rejection_reason="unreachable")
        validate_lead(lead_id=sold.pk, quality_score=9)
        mark_converted(lead_id=sold.pk)

    assert found(client) == ids(pending, accepted, refused, sold)
    assert found(client, status="pending") == ids(pending)
    assert found(client, status="validated") == ids(accepted)
    assert found(client, status="rejected") == ids(refused)
    assert found(client, status="converted") == ids(sold)
    assert found(client, status="lost") == set()


def test_filters_narrow_together(client, personas):
    instagram, direct = personas.submit(source="instagram"), personas.submit(source="direct")
    today = timezone.localdate()

    assert found(client, source="direct") == ids(direct)
    assert found(client, campaign=personas.campaign.pk, source="instagram") == ids(instagram)
    assert found(client, since=today.isoformat(), until=today.isoformat()) == ids(instagram, direct)
    assert found(client, until=(today - timedelta(days=1)).isoformat()) == set()


def test_search_finds_contacts(client, personas):
    nadia = personas.submit(
        customer_name="Nadia Alami",
        customer_company="Riad Dar",
        customer_email="Nadia.Alami@Exemple.ma",
        customer_phone="06 55 44 33 22",
    )
    personas.submit(customer_name="Omar Tazi")

    for text in (
        "nadia",
        "ALAMI",
        "riad d",
        "nadia.alami@exemple.ma",
        "NADIA.ALAMI@exemple.MA",
        "alami@",
        "0655443322",
        "+212 655 443 322",
        "06.55.44.33.22",
        "5544",
        "  nadia  ",
    ):
        assert found(client, text=text) == ids(nadia), text


def test_search_takes_signs_literally(client, personas):
    percent = personas.submit(customer_name="100% Bois")
    personas.submit(customer_name="Omar Tazi")

    assert found(client, text="100%") == ids(percent)
    for text in ("%", "_", "\\", "'", '"', "a' OR '1'='1", "(", "٪"):
        assert found(client, text=text) <= ids(percent), text


def test_parts_are_searched_in_the_newest_leads_whole_contacts_in_all(client, personas, monkeypatch):
    monkeypatch.setattr(lead_selectors, "SEARCHED_LEADS", 2)
    start = timezone.now() - timedelta(hours=5)
    leads = []
    for number in range(4):
        with time_machine.travel(start + timedelta(hours=number), tick=False):
            leads.append(personas.submit(customer_name="Nadia", source=("direct", "other")[number % 2]))
    oldest = leads[0]

    assert found(client, text="nadia") == ids(*leads[2:])
    assert found(client, text="nadia", source="direct") == ids(leads[0], leads[2])
    assert found(client, text=oldest.customer_email) == ids(oldest)
    assert found(client, text=str(oldest.customer_phone)) == ids(oldest)


def test_pages_together_are_the_whole_set(client, personas, monkeypatch):
    monkeypatch.setattr(
        "leads.views.lead_list.keyset_page", lambda *args, **kw: keyset_page(*args, **(kw | {"size": 3}))
    )
    start = timezone.now() - timedelta(hours=5)
    leads = []
    for number in range(14):
        with time_machine.travel(start + timedelta(minutes=number // 2), tick=False):
            leads.append(personas.submit(source=("direct", "other")[number % 2]))

    for query, expected in (("", leads), ("source=direct", leads[::2])):
        rows, address = [], f"{URL}?{query}"
        while address:
            response = client.get(address)
            rows += shown(response)
            following = re.search(r'rel="next" href="([^"]+)"', response.content.decode())
            address = URL + following[1].replace("&amp;", "&") if following else ""
        assert len(rows) == len(expected)
        assert set(rows) == ids(*expected)
        newest_first = sorted(expected, key=lambda lead: (lead.created_at, lead.pk), reverse=True)
        assert rows == [str(lead.pk) for lead in newest_first]


def test_garbage_in_the_address_is_left_out(client, personas):
    lead = personas.submit()

    for query in (
        "campaign=abc&source=x&status=y&since=z&until=9999-99-99",
        "status=%00",
        "text=%00",
        "text=" + "x" * 500,
        "cursor=%F0%9F",
        "since=0001-01-01&until=0001-01-01",
    ):
        for headers in ({}, {"HTTP_HX_REQUEST": "true"}):
            response = client.get(f"{URL}?{query}", **headers)
            assert response.status_code == 200, query
            assert shown(response) == [str(lead.pk)], query


def test_htmx_gets_the_part(client, personas):
    personas.submit()

    page = client.get(URL, {"status": "pending"}, HTTP_HX_REQUEST="true").content.decode()

    assert "<html" not in page
    assert f'hx-get="{URL}?status=pending"' in page


def test_each_sees_their_own(personas, client_of):
    lead = personas.submit()

    assert found(client_of(personas.member)) == ids(lead)
    assert found(client_of(personas.other_owner)) == set()
    assert client_of(personas.staff).get(URL).status_code == 403
    assert Client().get(URL).status_code == 302


def test_empty_list_says_what_to_do(personas, client_of):
    with acting_as(SYSTEM):
        newcomer, _merchant = make_merchant("neuf@exemple.ma", "Neuf")

    assert "No lead yet" in in_english(personas.owner, client_of).get(URL).content.decode()
    assert "No campaign yet" in in_english(newcomer, client_of).get(URL).content.decode()
    assert (
        "No lead matches these filters" in in_english(personas.owner, client_of).get(f"{URL}?text=x").content.decode()
    )


@pytest.mark.parametrize("text", ["", "client", "nobody@exemple.ma", "0612345678"])
def test_queries_do_not_grow_with_rows(client, personas, django_assert_num_queries, text):
    personas.submit()
    look = partial(client.get, URL, {"text": text})
    with CaptureQueriesContext(connection) as one_row:
        look()
    for _ in range(5):
        personas.submit()

    with django_assert_num_queries(len(one_row)):
        look()
