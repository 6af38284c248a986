"""Where somebody is logged in: the list, logging one or all others out, what a new password ends."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, LoginSession, User
from accounts.sessions import clear_sessions, device_name
from conftest import make_fresh
from leadsmarket.lib.actor import AUTHENTICATION, SYSTEM, acting_as
from tests.pages import text_of
from tests.personas import PASSWORD

PAGE = "/settings/security/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1"


def browser_of(user: User, *, address: str, agent: str) -> Client:
    """A browser of its own, logged in from somewhere."""
    browser = Client(REMOTE_ADDR=address, HTTP_USER_AGENT=agent)
    with acting_as(AUTHENTICATION):
        browser.force_login(user)
    make_fresh(browser, user)
    # The log-in of tests comes from nowhere; the next request is noted as after five minutes.
    from accounts import sessions

    sessions._noted.clear()
    browser.get("/settings/")
    return browser


@pytest.fixture
def two(personas):
    """Salma at her computer, and on her phone."""
    with acting_as(SYSTEM):
        User.objects.update(language="en")
    computer = browser_of(personas.influencer_user, address="192.0.2.1", agent=FIREFOX)
    phone = browser_of(personas.influencer_user, address="2001:db8::7", agent=PHONE)
    return computer, phone


def is_logged_in(browser: Client) -> bool:
    return browser.get("/settings/").status_code == 200


def session_id(browser: Client):
    with acting_as(SYSTEM):
        return LoginSession.objects.get(session_key=browser.session.session_key).pk


def test_page_lists_the_browsers_and_marks_this_one(two):
    computer, _phone = two

    text = text_of(computer.get(PAGE))

    assert "Firefox · Linux This browser 192.0.2.1" in text
    assert "Safari · iPhone 2001:db8::7" in text


def test_one_browser_is_logged_out(two):
    computer, phone = two

    answer = computer.post(f"{PAGE}sessions/{session_id(phone)}/end/")

    assert answer.url == PAGE
    assert is_logged_in(computer)
    assert not is_logged_in(phone)
    assert "iPhone" not in text_of(computer.get(PAGE))


def test_all_others_are_logged_out(two):
    computer, phone = two

    computer.post(f"{PAGE}sessions/end/")

    assert is_logged_in(computer)
    assert not is_logged_in(phone)


def test_ending_sessions_asks_for_the_password(two, personas, client_of):
    computer, phone = two
    found_open = client_of(personas.influencer_user, is_fresh=False)

    one = found_open.post(f"{PAGE}sessions/{session_id(phone)}/end/")
    everything = found_open.post(f"{PAGE}sessions/end/")

    for answer in (one, everything):
        assert answer.url == "/accounts/reauthenticate/?next=%2Fsettings%2Fsecurity%2F"
    assert is_logged_in(computer)
    assert is_logged_in(phone)


def test_typing_the_password_again_changes_the_key_of_the_session(two, personas):
    computer, _phone = two
    before, row = computer.session.session_key, session_id(computer)

    computer.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": PAGE})

    assert computer.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()
    assert session_id(computer) == row
    assert is_logged_in(computer)


def test_staff_log_somebody_out_everywhere(two, staff, personas):
    computer, phone = two

    staff.post(f"/admin/accounts/user/{personas.influencer_user.pk}/end-sessions/")

    assert not is_logged_in(computer)
    assert not is_logged_in(phone)
    with acting_as(SYSTEM):
        assert AuditEntry.objects.get(action="accounts.user.sessions_ended").data == {"browsers": 2}


def test_nobody_ends_anothers_session(two, personas, client_of):
    computer, _phone = two
    stranger = client_of(personas.other_influencer_user)

    assert stranger.post(f"{PAGE}sessions/{session_id(computer)}/end/").status_code == 404
    stranger.post(f"{PAGE}sessions/end/")

    assert is_logged_in(computer)
    assert "Firefox" not in text_of(stranger.get(PAGE))


def test_a_new_password_ends_the_other_browsers(two, personas):
    computer, phone = two

    new = "couscous-du-vendredi-9"
    computer.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert is_logged_in(computer)
    assert not is_logged_in(phone)
    with acting_as(SYSTEM):
        keys = set(LoginSession.objects.filter(user=personas.influencer_user).values_list("session_key", flat=True))
    assert keys == {computer.session.session_key}


def test_staff_are_logged_out_after_their_day(personas, client_of, settings):
    from allauth.account.models import EmailAddress

    with acting_as(SYSTEM):
        EmailAddress.objects.create(user=personas.staff, email=personas.staff.email, primary=True, verified=True)
    browser = Client()
    browser.post("/accounts/login/", {"login": personas.staff.email, "password": PASSWORD, "remember": "on"})

    assert browser.session.get_expiry_age() <= 12 * 3600


def test_over_sessions_are_cleared(two):
    computer, phone = two
    Session.objects.filter(session_key=phone.session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    assert "iPhone" not in text_of(computer.get(PAGE))

    with acting_as(SYSTEM):
        assert clear_sessions() == 1
        assert LoginSession.objects.count() == 1
    assert is_logged_in(computer)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox · Linux"),
        (PHONE, "Safari · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge · Windows"),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 SamsungBrowser/26.0 Chrome/122.0",
            "Samsung Internet · Android",
        ),
        ("curl/8.5", ""),
    ],
)
def test_browsers_have_names_that_people_know(agent, name):
    assert device_name(agent) == name
