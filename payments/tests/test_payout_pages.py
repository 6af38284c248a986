"""The influencer's payouts: what can be asked for, the request, the list and the statements, and whose they are."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads.services import accept_return, ask_return
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payout, PayoutStatement
from payments.services import approve_payouts, mark_payout_failed, mark_payout_paid, render_statement, request_payout
from tests.earning import RIB, earn_payable, make_leads_rich
from tests.pages import in_english, text_of

HTMX = {"HTTP_HX_REQUEST": "true"}
PAGE = reverse("payments:payouts")
REQUEST = reverse("payments:payout_request")
GOOD = {"amount": "250,50", "holder_name": "Salma Bennani", "rib": "011 519 0000012050005349 21"}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def client(personas, client_of) -> Client:
    return in_english(personas.influencer_user, client_of)


@pytest.fixture
def rich(personas):
    make_leads_rich(personas)
    earn_payable(personas)
    return personas


def asked(personas, amount="250.00") -> Payout:
    with acting_as(personas.as_influencer):
        return request_payout(
            influencer_id=personas.influencer.pk, amount=Decimal(amount), holder_name="Salma Bennani", rib=RIB
        )


def paid(personas, payout: Payout) -> PayoutStatement:
    with acting_as(personas.as_staff):
        approve_payouts(payout_ids=[payout.pk])
        mark_payout_paid(payout_id=payout.pk)
        return PayoutStatement.objects.get(payout=payout)


def payouts() -> list[Payout]:
    with acting_as(SYSTEM):
        return list(Payout.objects.all())


def test_without_money_the_page_says_what_is_missing(personas, client):
    page = client.get(PAGE)
    assert "A payout is possible from MAD 200.00 ; MAD 200.00 are missing." in text_of(page)
    assert 'id="payout-request"' not in page.content.decode()
    assert "No payout yet" in text_of(page)
    assert "are missing" in text_of(client.get(REQUEST))
    answer = client.post(REQUEST, GOOD)
    assert answer.status_code == 422
    assert not payouts()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_request(rich, client, headers):
    assert 'id="payout-request"' in client.get(PAGE).content.decode()
    form = client.get(REQUEST, **headers).content.decode()
    assert ("<dialog" in form) == bool(headers)
    assert 'value="300.00"' in form

    answer = client.post(REQUEST, GOOD, **headers)

    assert answer.status_code == (200 if headers else 302)
    (payout,) = payouts()
    assert (payout.amount, payout.rib, payout.holder_name, payout.language) == (
        Decimal("250.50"), RIB, "Salma Bennani", "en",
    )  # fmt: skip
    page = client.get(PAGE)
    assert "011 519 •••• 21" in text_of(page)
    assert RIB not in page.content.decode()
    assert "Asked for" in text_of(page)
    assert "A payout is on its way." in text_of(page)
    assert 'id="payout-request"' not in page.content.decode()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"amount": "199.99"}, "at least"),
        ({"amount": "300.01"}, "more than what is payable"),
        ({"amount": "1e400"}, "Enter an amount"),
        ({"amount": ""}, "required"),
        ({"rib": "011519000001205000534922"}, "doesn&#x27;t fit"),
        ({"rib": "0115190000"}, "24 digits"),
        ({"rib": ""}, "required"),
        ({"holder_name": ""}, "required"),
        ({"holder_name": "x" * 81}, "80"),
    ],
)
def test_bad_input_stays_on_the_form_with_the_typed_values(rich, client, changes, message):
    answer = client.post(REQUEST, GOOD | changes)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert message in page
    assert "is-invalid" in page
    for name, value in (GOOD | changes).items():
        if value:
            assert f'name="{name}" value="{value}"' in page
    assert not payouts()


def test_arabic_digits_are_understood(rich, client):
    client.post(REQUEST, GOOD | {"amount": "٢٥٠٫٥٠", "rib": "٠١١٥١٩٠٠٠٠٠١٢٠٥٠٠٠٥٣٤٩٢١"})
    (payout,) = payouts()
    assert (payout.amount, payout.rib) == (Decimal("250.50"), RIB)


def test_a_second_request_is_answered_by_the_list(rich, client):
    earn_payable(rich)
    asked(rich)
    answer = client.post(REQUEST, GOOD, follow=True)
    assert answer.status_code == 200
    assert "asked for a payout already" in text_of(answer)
    assert len(payouts()) == 1


def test_the_account_is_offered_again(rich, client):
    earn_payable(rich)
    payout = asked(rich)
    with acting_as(rich.as_staff):
        mark_payout_failed(payout_id=payout.pk, reason="Compte fermé")
    form = client.get(REQUEST).content.decode()
    assert f'value="{RIB}"' in form
    page = text_of(client.get(PAGE))
    assert "Compte fermé" in page
    assert "The amount is payable again." in page


def test_less_than_nothing_is_said_in_words(rich, client):
    lead = earn_payable(rich)
    paid(rich, asked(rich, "600.00"))
    with acting_as(rich.as_owner):
        found = ask_return(lead_id=lead.pk, reason="fraud")
    with acting_as(rich.as_staff):
        accept_return(return_id=found.pk)
    for address in (PAGE, reverse("leads:earnings")):
        page = text_of(client.get(address))
        assert "your next earnings make up for MAD 300.00 first" in page
        assert "-MAD 300.00" in page


def test_statement_is_its_influencers_alone_and_the_same_each_time(rich, client, client_of):
    payout = asked(rich)
    address = reverse("payments:payout_statement", args=[payout.pk])
    assert client.get(address).status_code == 404
    statement = paid(rich, payout)
    assert "being prepared" in text_of(client.get(address, follow=True))
    render_statement(statement.pk)

    first, second = client.get(address), client.get(address)

    assert first.content == second.content
    assert first.content.startswith(b"%PDF-")
    assert first["Content-Disposition"] == f'attachment; filename="{statement.number}.pdf"'
    assert statement.number in text_of(client.get(PAGE))
    assert in_english(rich.other_influencer_user, client_of).get(address).status_code == 404
    assert in_english(rich.owner, client_of).get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_only_influencers_come_in(rich, client_of):
    for user in (rich.owner, rich.staff):
        for address in (PAGE, REQUEST):
            assert in_english(user, client_of).get(address).status_code == 403


def test_near_the_threshold_the_page_warns(rich, client, monkeypatch):
    assert "yearly threshold" not in text_of(client.get(PAGE))
    monkeypatch.setattr("payments.thresholds.CLIENT_THRESHOLDS", ((date(2023, 1, 1), Decimal("310.00")),))
    asked(rich)
    assert "MAD 250.00 paid out or on the way in" in text_of(client.get(PAGE))


def test_the_list_costs_the_same_whatever_its_length(rich, client):
    paid(rich, asked(rich))
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    for _time in range(3):
        earn_payable(rich)
        paid(rich, asked(rich))
    with CaptureQueriesContext(connection) as four:
        client.get(PAGE)
    assert len(four) == len(one)
