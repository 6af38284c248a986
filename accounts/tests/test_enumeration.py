"""Nobody learns from sign-up, log-in or reset who has an account: answers, work done and mails sent are alike."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.services import register_influencer
from accounts.tests.conftest import PASSWORD
from accounts.tests.hashers import CountingHasher
from leadsmarket.lib.actor import SYSTEM, acting_as

KNOWN, UNKNOWN = "salma@exemple.ma", "zineb@exemple.ma"
OTHER_PASSWORD = "couscous-du-vendredi-9"


@pytest.fixture(autouse=True)
def _salma(db, settings):
    settings.PASSWORD_HASHERS = ["accounts.tests.hashers.CountingHasher"]
    register_influencer(email=KNOWN, password=PASSWORD, display_name="Salma", phone="+212612345678")
    with acting_as(SYSTEM):
        EmailAddress.objects.update(verified=True)


@pytest.fixture
def answer_for(django_capture_on_commit_callbacks):
    """What a new visitor gets for a form: status, address, page, cookies, passwords hashed, mails sent."""

    def ask(url: str, address: str, form: dict[str, str]) -> dict[str, object]:
        browser, before = Client(), CountingHasher.count
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            answer = browser.post(url, form)
            page = browser.get(answer.url) if answer.status_code == 302 else answer
        return {
            "status": answer.status_code,
            "location": answer.headers.get("Location"),
            "page": _without_noise(page.content.decode(), address),
            "headers": {name for name in answer.headers if name != "X-Request-ID"},
            "cookies": set(browser.cookies),
            "session": set(browser.session.keys()),
            "hashed": CountingHasher.count - before,
            "mails": [message.to for message in mail.outbox] == [[address]],
        }

    return ask


def _without_noise(page: str, address: str) -> str:
    without_token = re.sub(r'csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"', "", page)
    return without_token.replace(address, "ADDRESS")


FORMS = {
    "log-in": ("/accounts/login/", lambda email: {"login": email, "password": OTHER_PASSWORD}),
    "reset": ("/accounts/password/reset/", lambda email: {"email": email}),
    "sign-up as influencer": (
        "/accounts/signup/influencer/",
        lambda email: {
            "email": email,
            "password1": OTHER_PASSWORD,
            "display_name": "Zineb",
            "phone": "0612345670",
            "terms": "on",
        },
    ),
    "sign-up as merchant": (
        "/accounts/signup/merchant/",
        lambda email: {
            "email": email,
            "password1": OTHER_PASSWORD,
            "company_name": "Zineb SARL",
            "phone": "0612345670",
            "terms": "on",
        },
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_known_and_unknown_addresses_get_the_same(answer_for, name):
    url, form = FORMS[name]

    known, unknown = (answer_for(url, email, form(email)) for email in (KNOWN, UNKNOWN))

    assert known == unknown
    assert known["mails"] is (name != "log-in")


def test_the_account_is_untouched_by_a_sign_up_with_its_address(answer_for):
    url, form = FORMS["sign-up as influencer"]
    answer_for(url, KNOWN, form(KNOWN))

    browser = Client()
    browser.post("/accounts/login/", {"login": KNOWN, "password": PASSWORD})
    assert "_auth_user_id" in browser.session
