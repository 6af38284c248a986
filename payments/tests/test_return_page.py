"""The page to which the browser comes back: tells how the payment stands and never changes it."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from deposits.models import DepositTransaction
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payment, Receipt
from payments.services import cancel_payment
from payments.tests.conftest import tell

HTMX = {"HX-Request": "true"}


def page_of(payment: Payment) -> str:
    return reverse("payments:return", args=[payment.pk])


def test_waiting_payment_polls_and_can_be_continued_or_cancelled(owner_browser, sandbox_payment):
    html = owner_browser.get(page_of(sandbox_payment)).content.decode()

    assert 'hx-trigger="every 2s"' in html
    assert 'http-equiv="refresh"' in html
    assert "waiting for the bank" in html
    assert reverse("payments:pay", args=[sandbox_payment.pk]) in html
    assert reverse("payments:cancel", args=[sandbox_payment.pk]) in html


def test_poll_is_answered_with_the_same_text_while_nothing_happens(owner_browser, sandbox_payment):
    first = owner_browser.get(page_of(sandbox_payment) + "?since=1795150000", headers=HTMX)
    second = owner_browser.get(page_of(sandbox_payment) + "?since=1795150000", headers=HTMX)

    assert first.status_code == 200
    assert b"<html" not in first.content
    assert b"?since=1795150000" not in first.content, "five minutes later the page stops to ask by itself"
    assert b"every 2s" not in first.content
    assert first.content.split(b"csrfmiddlewaretoken")[0] == second.content.split(b"csrfmiddlewaretoken")[0]


@pytest.mark.parametrize("since", ["", "abc", "-1", "99999999999999999999", "99999999999", "\u0661\u0662"])
def test_nonsense_in_the_address_asks_on(owner_browser, sandbox_payment, since):
    page = owner_browser.get(page_of(sandbox_payment), {"since": since})

    assert page.status_code == 200
    assert b"every 2s" in page.content


def test_poll_of_a_settled_payment_leads_to_the_deposit_with_a_toast(
    committed_personas, owner_browser, sandbox_payment
):
    tell(sandbox_payment)

    answer = owner_browser.get(page_of(sandbox_payment), headers=HTMX)

    assert answer["HX-Redirect"] == reverse("deposits:detail", args=[committed_personas.deposit.pk])
    [message] = get_messages(answer.wsgi_request)
    assert "5,000.00 credited" in str(message)
    assert "10,000.00" in str(message)


def test_settled_payment_shows_new_balance_and_receipt(owner_browser, sandbox_payment):
    tell(sandbox_payment)

    html = owner_browser.get(page_of(sandbox_payment)).content.decode()

    assert "5,000.00" in html
    assert "New balance" in html
    assert "10,000.00" in html
    assert reverse("payments:receipt", args=[sandbox_payment.pk]) in html
    assert "every 2s" not in html


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        ("failed", "insufficient_funds", "not enough money"),
        ("failed", "do_not_honor", "refused the payment"),
        ("failed", "", "refused the payment"),
        ("cancelled", "", "was cancelled"),
        ("expired", "", "has expired"),
        ("processing", "", "being processed"),
        ("created", "gateway_unavailable", "could not be opened"),
    ],
)
def test_every_other_state_is_told_in_plain_words(owner_browser, sandbox_payment, status, code, text):
    with acting_as(SYSTEM):
        Payment.objects.filter(pk=sandbox_payment.pk).update(status=status, failure_code=code)

    html = owner_browser.get(page_of(sandbox_payment)).content.decode()

    assert text in html
    assert ("Try again" in html) == (status in ("failed", "cancelled", "expired"))
    assert ("every 2s" in html) == (status in ("processing", "created"))


@pytest.mark.parametrize(
    "query",
    ["?status=paid", "?paid=1&amount=5000", "?session_id=cs_1&redirect_status=succeeded", "?ProcReturnCode=00"],
)
def test_forged_return_address_credits_nothing(committed_personas, owner_browser, sandbox_payment, query):
    for headers in ({}, HTMX):
        assert owner_browser.get(page_of(sandbox_payment) + query, headers=headers).status_code == 200
    assert owner_browser.post(page_of(sandbox_payment) + query, {"status": "paid"}).status_code == 405

    with acting_as(SYSTEM):
        sandbox_payment.refresh_from_db()
        committed_personas.deposit.refresh_from_db()
        assert sandbox_payment.status == "pending"
        assert str(committed_personas.deposit.current_balance) == "5000.00"
        assert not DepositTransaction.objects.filter(kind="recharge").exists()
        assert not Receipt.objects.exists()


def test_expired_session_leads_to_the_login_and_back(committed_db, sandbox_payment):
    page = Client().get(page_of(sandbox_payment))
    assert page.status_code == 302
    assert page["Location"] == f"{reverse('account_login')}?next={page_of(sandbox_payment)}"

    poll = Client().get(page_of(sandbox_payment), headers=HTMX)
    assert poll.status_code == 401


def test_others_see_nothing(committed_personas, browser_of, sandbox_payment):
    assert browser_of(committed_personas.other_owner).get(page_of(sandbox_payment)).status_code == 404
    assert browser_of(committed_personas.influencer_user).get(page_of(sandbox_payment)).status_code == 403


def test_continue_leads_to_the_same_page_and_cancel_ends_it(owner_browser, sandbox_payment):
    pay = reverse("payments:pay", args=[sandbox_payment.pk])
    assert owner_browser.get(pay)["Location"] == reverse("payments:sandbox", args=[sandbox_payment.pk])

    cancel = reverse("payments:cancel", args=[sandbox_payment.pk])
    assert owner_browser.get(cancel).status_code == 405
    assert owner_browser.post(cancel)["Location"] == page_of(sandbox_payment)
    assert owner_browser.post(cancel)["Location"] == page_of(sandbox_payment)

    with acting_as(SYSTEM):
        sandbox_payment.refresh_from_db()
    assert sandbox_payment.status == "cancelled"
    assert owner_browser.get(pay)["Location"] == page_of(sandbox_payment)


def test_others_can_neither_continue_nor_cancel(committed_personas, browser_of, sandbox_payment):
    stranger = browser_of(committed_personas.other_owner)
    assert stranger.get(reverse("payments:pay", args=[sandbox_payment.pk])).status_code == 404
    assert stranger.post(reverse("payments:cancel", args=[sandbox_payment.pk])).status_code == 404
    with acting_as(SYSTEM):
        sandbox_payment.refresh_from_db()
    assert sandbox_payment.status == "pending"


def test_settled_payment_cannot_be_cancelled(owner_browser, sandbox_payment):
    tell(sandbox_payment)
    owner_browser.post(reverse("payments:cancel", args=[sandbox_payment.pk]))

    with acting_as(SYSTEM):
        sandbox_payment.refresh_from_db()
    assert sandbox_payment.status == "settled"


def test_money_that_arrives_after_the_cancellation_is_shown_as_received(
    committed_personas, owner_browser, sandbox_payment
):
    cancel_payment(actor=committed_personas.as_owner, payment_id=sandbox_payment.pk)
    assert tell(sandbox_payment) == "credited"

    assert "New balance" in owner_browser.get(page_of(sandbox_payment)).content.decode()
