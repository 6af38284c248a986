"""What a request may see: the middleware, from visitors to switched-off companies, and views with their own transactions."""

import pytest
from django.db import connection, connections
from django.http import HttpRequest, JsonResponse
from django.test import Client, override_settings
from django.urls import include, path

from leads.models import Campaign, Lead
from leadsmarket.lib.actor import AUTHENTICATION, acting_as, current_actor
from leadsmarket.lib.transactions import manages_transactions

# One worker: the rows are made once for the whole module.
pytestmark = pytest.mark.xdist_group("request_actor")


def state() -> dict:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(app_role(), '')")
        role = cursor.fetchone()[0]
    return {"role": role, "leads": Lead.objects.count(), "in_transaction": connection.in_atomic_block}


def plain_page(request: HttpRequest) -> JsonResponse:
    return JsonResponse(state() | {"actor": request.actor.role})


@manages_transactions
def page_with_own_transactions(request: HttpRequest) -> JsonResponse:
    outside = state()
    with acting_as(request.actor):
        inside = state()
    return JsonResponse({"outside": outside, "inside": inside})


def failing_page(request: HttpRequest) -> JsonResponse:
    assert Campaign.objects.update(description="changed")
    raise ZeroDivisionError


urlpatterns = [
    path("plain/", plain_page),
    path("own/", page_with_own_transactions),
    path("failing/", failing_page),
    path("accounts/probe/", plain_page),
    # The poll of the bell is answered before the pages.
    path("notifications/", include("alerts.urls")),
]


@pytest.fixture
def probes():
    with override_settings(ROOT_URLCONF=__name__):
        yield


def logged_in(user) -> Client:
    client = Client()
    with acting_as(AUTHENTICATION):
        client.force_login(user)
    return client


def test_a_request_runs_in_one_transaction_as_its_person(books, probes):
    personas, _made = books
    seen = {
        personas.owner: ("merchant", 5),
        personas.other_owner: ("merchant", 0),
        personas.influencer_user: ("influencer", 5),
        personas.other_influencer_user: ("influencer", 0),
        personas.staff: ("staff", 5),
    }

    for user, (role, leads) in seen.items():
        answer = logged_in(user).get("/plain/").json()
        assert answer == {"role": role, "actor": role, "leads": leads, "in_transaction": True}
    assert Client().get("/plain/").json() == {
        "role": "authentication",
        "actor": "authentication",
        "leads": 0,
        "in_transaction": True,
    }
    assert current_actor().role == "none"


def test_log_in_pages_see_log_in_data_beside_ones_own_rows(books, probes):
    personas, _made = books
    answer = logged_in(personas.owner).get("/accounts/probe/").json()
    assert (answer["role"], answer["actor"], answer["leads"]) == ("authentication", "merchant", 5)


def test_a_view_with_its_own_transactions_is_nobody_between_them(books, probes):
    personas, _made = books
    assert logged_in(personas.owner).get("/own/").json() == {
        "outside": {"role": "", "leads": 0, "in_transaction": False},
        "inside": {"role": "merchant", "leads": 5, "in_transaction": True},
    }


def test_a_failed_request_changes_nothing_and_leaves_nobody_behind(books, probes):
    personas, _made = books
    client = logged_in(personas.owner)
    with pytest.raises(ZeroDivisionError):
        client.get("/failing/")

    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM leads_campaign WHERE description = 'changed'")
        assert cursor.fetchone() == (0,)
    assert state() == {"role": "", "leads": 0, "in_transaction": False}


def test_a_request_sees_the_rows_of_who_is_logged_in(books):
    personas, made = books
    lead_url = f"/leads/{made.pending.pk}/"
    expected = {personas.owner: 200, personas.member: 200, personas.other_owner: 404, personas.influencer_user: 200}
    expected[personas.other_influencer_user] = 404

    assert Client().get(lead_url).status_code == 302
    for user, status in expected.items():
        client = Client()
        with acting_as(AUTHENTICATION):
            client.force_login(user)
        assert client.get(lead_url).status_code == status, user.email


@pytest.mark.parametrize("table", ["accounts_user", "accounts_merchant"])
def test_a_switched_off_user_or_company_sees_nothing(books, table):
    personas, made = books
    client = Client()
    with acting_as(AUTHENTICATION):
        client.force_login(personas.owner)
    row_id = personas.owner.pk if table == "accounts_user" else personas.merchant.pk
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET is_active = false WHERE id = %s", [row_id])
        try:
            assert client.get(f"/leads/{made.pending.pk}/").status_code in (302, 403)
        finally:
            cursor.execute(f"UPDATE {table} SET is_active = true WHERE id = %s", [row_id])
