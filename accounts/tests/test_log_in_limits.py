"""How often one may try to log in, and that nobody is kept out of their own account by strangers who fail on purpose."""

import re
import time

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.test import Client, RequestFactory
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import User
from accounts.services import register_merchant
from accounts.tests.conftest import PASSWORD
from accounts.throttling import take_attempt
from leadsmarket.lib.actor import SYSTEM, acting_as

LOGIN = "/accounts/login/"
ADDRESS = "atlas@exemple.ma"
REFUSED = "Too many failed attempts. Wait a few minutes, log in where you did before, or choose a new password."


@pytest.fixture
def owner(db) -> User:
    user = register_merchant(email=ADDRESS, password=PASSWORD, company_name="Atlas", phone="+212612345678")
    with acting_as(SYSTEM):
        EmailAddress.objects.update(verified=True)
    return user


def attempt(browser: Client, password: str = PASSWORD, address: str = ADDRESS, place: str = "192.0.2.1"):
    return browser.post(LOGIN, {"login": address, "password": password}, REMOTE_ADDR=place)


def is_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def is_refused(answer) -> bool:
    with translation.override("fr"):
        return gettext(REFUSED).replace("'", "&#x27;") in answer.content.decode()


def log_out(browser: Client) -> None:
    """Leave by the button; Django's own `logout` would empty the browser of its cookies."""
    browser.post("/accounts/logout/")


def attack(failures: int = 60) -> None:
    """Many places fail at the address, four times each (as the log-in page counts them, without rendering it)."""
    for number in range(failures):
        take_attempt(RequestFactory().post(LOGIN, REMOTE_ADDR=f"198.51.100.{number // 4}"), ADDRESS)


def test_five_failures_from_one_place_end_its_tries_but_not_those_of_others(owner):
    stranger = Client()
    for _time in range(5):
        assert not is_refused(attempt(stranger, "faux-mot-de-passe", place="198.51.100.7"))

    assert is_refused(attempt(stranger, place="198.51.100.7"))
    assert not is_in(stranger)
    attempt(home := Client(), place="192.0.2.1")
    assert is_in(home)


def test_many_places_together_have_fifty_tries(owner):
    attack()

    answer = attempt(new := Client(), place="192.0.2.1")

    assert is_refused(answer)
    assert not is_in(new)


def test_a_known_browser_gets_in_while_the_attack_lasts(owner):
    attempt(known := Client())
    log_out(known)
    attack()

    attempt(known)

    assert is_in(known)


def test_ten_minutes_later_any_browser_gets_in(owner):
    attack()

    with time_machine.travel(time.time() + 10 * 60 + 1):
        attempt(new := Client())
    assert is_in(new)


def test_refused_tries_do_not_prolong_the_wait(owner):
    attack()
    with time_machine.travel(time.time() + 9 * 60):
        assert is_refused(attempt(Client(), "faux-mot-de-passe", place="203.0.113.1"))

    with time_machine.travel(time.time() + 10 * 60 + 1):
        attempt(new := Client())
    assert is_in(new)


def test_a_link_to_the_mailbox_lets_the_owner_in_at_once(owner, django_capture_on_commit_callbacks):
    attack()
    new = Client()
    with django_capture_on_commit_callbacks(execute=True):
        new.post("/accounts/password/reset/", {"email": ADDRESS})
    link = re.search(r"http://testserver(\S+/password/reset/key/\S+/)", mail.outbox[-1].body).group(1)

    password = "couscous-du-vendredi-9"
    new.post(new.get(link).url, {"password1": password, "password2": password})

    assert is_in(new)
    log_out(new)
    attempt(new, password)
    assert is_in(new)


def test_a_known_browser_has_ten_tries_of_its_own(owner):
    attempt(known := Client())
    log_out(known)
    for _time in range(10):
        assert not is_refused(attempt(known, "faux-mot-de-passe"))

    assert is_refused(attempt(known))
    attempt(other := Client())
    assert is_in(other)


def test_the_right_password_costs_no_try(owner):
    browser = Client()
    for _time in range(12):
        attempt(browser)
        assert is_in(browser)
        log_out(browser)


def test_a_browser_is_known_for_the_addresses_that_logged_in_there_alone(owner):
    register_merchant(email="rif@exemple.ma", password=PASSWORD, company_name="Rif", phone="+212612345679")
    with acting_as(SYSTEM):
        EmailAddress.objects.update(verified=True)
    attempt(stranger := Client(), address="rif@exemple.ma")
    assert is_in(stranger)
    log_out(stranger)

    for _time in range(5):
        attempt(stranger, "faux-mot-de-passe")

    assert is_refused(attempt(stranger))


def test_a_forged_cookie_makes_no_browser_known(owner):
    attempt(known := Client())
    cookie = known.cookies[settings.KNOWN_BROWSER_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert ADDRESS not in cookie.value
    attack()

    forger = Client()
    forger.cookies[settings.KNOWN_BROWSER_COOKIE_NAME] = cookie.value[:-3] + "AAA"

    assert is_refused(attempt(forger))


def test_one_place_can_not_try_one_password_at_many_addresses(owner):
    stranger = Client()
    for number in range(10):
        attempt(stranger, "Casablanca2026", address=f"nom{number}@exemple.ma", place="198.51.100.7")

    assert is_refused(attempt(stranger, place="198.51.100.7"))
