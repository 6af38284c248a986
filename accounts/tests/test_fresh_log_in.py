"""Dangerous acts ask for the password again, on plain pages and within htmx."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payout
from tests.personas import PASSWORD

ASKED = "/accounts/reauthenticate/"


@pytest.fixture
def stale(personas, client_of):
    """Salma's browser: she logged in hours ago, and has money to be paid out."""
    with acting_as(SYSTEM):
        EmailAddress.objects.create(
            user=personas.influencer_user, email=personas.influencer_user.email, primary=True, verified=True
        )
    return client_of(personas.influencer_user, is_fresh=False)


def test_an_account_for_payouts_is_typed_after_the_password(stale):
    page = reverse("payments:payout_request")
    assert stale.get(page).url == f"{ASKED}?next=%2Fpayments%2Fpayouts%2Frequest%2F"

    wrong = stale.post(ASKED, {"password": "faux-mot-de-passe", "next": page})
    assert wrong.status_code == 200
    assert stale.get(page).status_code == 302
    right = stale.post(ASKED, {"password": PASSWORD, "next": page})

    assert right.url == page
    assert stale.get(page).status_code == 200


def test_a_form_sent_without_it_changes_nothing(stale, personas):
    answer = stale.post(reverse("payments:payout_request"), {"amount": "200", "account_holder": "X", "rib": "1" * 24})

    assert answer.url.startswith(ASKED)
    with acting_as(SYSTEM):
        assert not Payout.objects.exists()


def test_htmx_is_led_to_the_whole_page(stale):
    answer = stale.get(reverse("payments:payout_request"), HTTP_HX_REQUEST="true")

    assert answer.status_code == 200
    assert answer["HX-Redirect"].startswith(ASKED)


@pytest.mark.parametrize(
    "path",
    ["/accounts/email/", "/accounts/two-factor/totp/activate/", "/accounts/two-factor/recovery-codes/generate/"],
)
def test_the_log_in_itself_is_changed_after_the_password(stale, path):
    assert stale.get(path).url.startswith(ASKED)


def test_after_the_log_in_one_is_led_nowhere_else(stale):
    answer = stale.post(ASKED, {"password": PASSWORD, "next": "https://elsewhere.test/"})

    assert not answer.url.startswith("https:")
