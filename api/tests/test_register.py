"""Sign-up by the API: the accounts, the link, and that nobody learns who has an account."""

import pytest
from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.tasks import send_account_email
from leadsmarket.lib.actor import SYSTEM, acting_as


@pytest.fixture
def queue_at_once(monkeypatch, django_capture_on_commit_callbacks):
    """A function: what waits for the commit happens, e-mails without the broker."""
    monkeypatch.setattr(send_account_email, "delay", send_account_email.run)
    return lambda: django_capture_on_commit_callbacks(execute=True)


REGISTRATION = {
    "role": "influencer",
    "email": "Nadia@exemple.ma",
    "password": "soleil-de-rabat-26",
    "phone": "06 11 22 33 44",
    "display_name": "Nadia",
}


def test_an_influencer_signs_up_and_gets_a_link(stranger, mailoutbox, queue_at_once):
    with queue_at_once():
        answer = stranger.post("auth/register", REGISTRATION)

    assert answer.status == 201, answer.text
    assert answer.body["success"] is True
    with acting_as(SYSTEM):
        user = User.objects.get(email="nadia@exemple.ma")
        assert (user.role, user.influencer.display_name, user.influencer.phone) == (
            "influencer",
            "Nadia",
            "+212611223344",
        )
        assert not EmailAddress.objects.get(user=user).verified
    assert [message.to for message in mailoutbox] == [["nadia@exemple.ma"]]
    log_in = stranger.post("auth/token", {"email": "nadia@exemple.ma", "password": REGISTRATION["password"]})
    assert log_in.error == (403, "permission_denied")


def test_a_merchant_signs_up_with_a_company(stranger):
    body = REGISTRATION | {"role": "merchant", "email": "new@exemple.ma", "company_name": "Atlas Deux"}
    assert stranger.post("auth/register", body).status == 201
    with acting_as(SYSTEM):
        assert User.objects.get(email="new@exemple.ma").membership.merchant.name == "Atlas Deux"


def test_a_taken_address_gets_the_same_answer_and_its_owner_an_email(personas, stranger, mailoutbox, queue_at_once):
    fresh = stranger.post("auth/register", REGISTRATION | {"email": "a@exemple.ma"})
    with acting_as(SYSTEM):
        before = User.objects.count()
    with queue_at_once():
        taken = stranger.post("auth/register", REGISTRATION | {"email": "salma@exemple.ma"})

    assert taken.status == fresh.status == 201
    assert set(taken.body) == set(fresh.body)
    with acting_as(SYSTEM):
        assert User.objects.count() == before
    assert [message.to for message in mailoutbox] == [["salma@exemple.ma"]]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"role": "staff"}, "role"),
        ({"email": "nothing"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "1234567890123"}, "password"),
        ({"phone": "12"}, "phone"),
        ({"display_name": ""}, "display_name"),
    ],
)
def test_a_sign_up_that_does_not_fit_is_refused(stranger, changes, field):
    answer = stranger.post("auth/register", REGISTRATION | changes)
    assert answer.error == (400, "validation_error")
    assert answer.fields == {field}
    with acting_as(SYSTEM):
        assert not User.objects.exists()
