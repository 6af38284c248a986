"""The sandbox's payment page: plays the bank, through the same door as a real one."""

import pytest
from django.urls import reverse

from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payment, WebhookEvent
from payments.services import process_due_events
from payments.tests.conftest import tell


def page_of(payment: Payment) -> str:
    return reverse("payments:sandbox", args=[payment.pk])


def test_page_shows_amount_and_reference_with_three_answers(owner_browser, sandbox_payment):
    page = owner_browser.get(page_of(sandbox_payment))

    assert page.status_code == 200
    html = page.content.decode()
    assert "5,000.00" in html
    assert sandbox_payment.reference in html
    assert html.count("<form") == 1
    assert [f'name="action" value="{action}"' in html for action in ("pay", "fail", "cancel")] == [True] * 3


@pytest.mark.parametrize(("action", "status"), [("pay", "settled"), ("fail", "failed"), ("cancel", "cancelled")])
def test_each_answer_is_a_signed_event_that_the_common_path_processes(owner_browser, sandbox_payment, action, status):
    answer = owner_browser.post(page_of(sandbox_payment), {"action": action})

    assert answer.status_code == 302
    assert answer["Location"] == reverse("payments:return", args=[sandbox_payment.pk])
    with acting_as(SYSTEM):
        sandbox_payment.refresh_from_db()
        assert sandbox_payment.status == "pending"
        assert WebhookEvent.objects.get().event_type == {"pay": "paid", "fail": "failed", "cancel": "cancelled"}[action]
    assert process_due_events() == 1
    with acting_as(SYSTEM):
        sandbox_payment.refresh_from_db()
    assert sandbox_payment.status == status


@pytest.mark.parametrize("action", ["", "steal", "PAY"])
def test_another_answer_sends_nothing(owner_browser, sandbox_payment, action):
    answer = owner_browser.post(page_of(sandbox_payment), {"action": action})

    assert answer.status_code == 422
    assert "Choose one of the three answers" in answer.content.decode()
    with acting_as(SYSTEM):
        assert not WebhookEvent.objects.exists()


def test_ended_payment_says_so_and_sends_nothing(owner_browser, sandbox_payment):
    tell(sandbox_payment, "fail")

    page = owner_browser.get(page_of(sandbox_payment))
    answer = owner_browser.post(page_of(sandbox_payment), {"action": "pay"})

    assert "has ended already" in page.content.decode()
    assert b"<form" not in page.content
    assert answer.status_code == 409
    with acting_as(SYSTEM):
        assert WebhookEvent.objects.count() == 1


def test_nobody_else_can_pay_or_see_it(committed_personas, browser_of, sandbox_payment):
    stranger = browser_of(committed_personas.other_owner)
    assert stranger.get(page_of(sandbox_payment)).status_code == 404
    assert stranger.post(page_of(sandbox_payment), {"action": "pay"}).status_code == 404

    influencer = browser_of(committed_personas.influencer_user)
    assert influencer.post(page_of(sandbox_payment), {"action": "pay"}).status_code == 403
    with acting_as(SYSTEM):
        assert not WebhookEvent.objects.exists()


def test_switched_off_it_does_not_exist(owner_browser, sandbox_payment, settings):
    settings.SANDBOX_PAYMENTS = False

    assert owner_browser.get(page_of(sandbox_payment)).status_code == 404
    assert owner_browser.post(page_of(sandbox_payment), {"action": "pay"}).status_code == 404
