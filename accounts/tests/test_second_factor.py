"""The second factor: set up, asked for at log-in, never twice with one code, required of staff."""

import time

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.pages import text_of
from tests.personas import PASSWORD
from tests.totp import code_now, set_up

LOGIN = "/accounts/login/"
CODE = "/accounts/two-factor/authenticate/"


@pytest.fixture
def people(personas):
    """The personas, whose addresses are confirmed."""
    with acting_as(SYSTEM):
        for user in User.objects.all():
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return personas


@pytest.fixture
def protected(people, client_of):
    """Salma with a second factor: its key and recovery codes."""
    return set_up(client_of(people.influencer_user))


def log_in(user: User) -> Client:
    """A new browser that got past the password."""
    browser = Client()
    answer = browser.post(LOGIN, {"login": user.email, "password": PASSWORD})
    assert answer.url.startswith(CODE)
    return browser


def is_logged_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def audited() -> list[str]:
    with acting_as(SYSTEM):
        entries = AuditEntry.objects.filter(action__startswith="accounts.second_factor").order_by("id")
        return list(entries.values_list("action", flat=True))


def test_password_alone_opens_nothing_once_it_is_set_up(people, protected):
    secret, codes = protected
    assert len(codes) == 10
    browser = log_in(people.influencer_user)
    assert not is_logged_in(browser)
    assert browser.get("/dashboard/").url.startswith(LOGIN)

    refused = browser.post(CODE, {"code": "000000"})
    assert refused.status_code == 200
    assert not is_logged_in(browser)
    answer = browser.post(CODE, {"code": code_now(secret, steps=1)})

    assert answer.url == reverse("dashboard")
    assert is_logged_in(browser)
    assert audited() == ["accounts.second_factor.added"] * 2


def test_a_code_is_taken_once(people, protected):
    secret, _codes = protected
    code = code_now(secret, steps=1)
    assert log_in(people.influencer_user).post(CODE, {"code": code}).status_code == 302

    again = log_in(people.influencer_user)
    spaced = again.post(CODE, {"code": f"{code[:3]} {code[3:]}"})
    # allauth forgets a used code after 30 seconds; it would be good for another 30.
    with time_machine.travel(time.time() + 45):
        late = again.post(CODE, {"code": code})

    assert (spaced.status_code, late.status_code) == (200, 200)
    assert not is_logged_in(again)


def test_a_recovery_code_opens_once(people, protected):
    _secret, codes = protected
    assert log_in(people.influencer_user).post(CODE, {"code": codes[0]}).status_code == 302

    browser = log_in(people.influencer_user)
    assert browser.post(CODE, {"code": codes[0]}).status_code == 200
    assert not is_logged_in(browser)
    assert browser.post(CODE, {"code": codes[1]}).status_code == 302


def test_codes_are_not_guessed_by_trying(people, protected):
    secret, _codes = protected
    browser = log_in(people.influencer_user)
    for number in range(10):
        browser.defaults["REMOTE_ADDR"] = f"192.0.2.{number}"
        browser.post(CODE, {"code": f"00000{number}"})

    assert browser.post(CODE, {"code": code_now(secret, steps=1)}).status_code == 200
    assert not is_logged_in(browser)
    with time_machine.travel(time.time() + 15 * 60 + 1):
        assert log_in(people.influencer_user).post(CODE, {"code": code_now(secret)}).status_code == 302


def test_secrets_are_sealed_in_the_database(people, protected):
    secret, _codes = protected
    with acting_as(SYSTEM):
        stored = [str(row.data) for row in Authenticator.objects.all()]

    assert len(stored) == 2
    assert not any(secret in data for data in stored)


def test_recovery_codes_are_shown_once(people, client_of):
    browser = client_of(people.influencer_user)
    _secret, codes = set_up(browser)

    page = browser.get("/accounts/two-factor/recovery-codes/").content.decode()

    assert len(codes) == 10
    assert not any(code in page for code in codes)


def test_switching_off_asks_for_the_password_first(people, client_of):
    browser = client_of(people.influencer_user)
    set_up(browser)
    assert [message.to for message in mail.outbox] == [[people.influencer_user.email]]
    stale = client_of(people.influencer_user, is_fresh=False)

    asked = stale.post("/accounts/two-factor/totp/deactivate/")
    with acting_as(SYSTEM):
        assert Authenticator.objects.count() == 2
    done = browser.post("/accounts/two-factor/totp/deactivate/")

    assert asked.url.startswith("/accounts/reauthenticate/")
    assert done.status_code == 302
    with acting_as(SYSTEM):
        assert not Authenticator.objects.exists()
    assert audited()[-2:] == ["accounts.second_factor.removed"] * 2


@pytest.fixture
def required(settings):
    settings.STAFF_SECOND_FACTOR_REQUIRED = True


def test_staff_site_stays_shut_until_the_second_factor_is_set_up(people, client_of, required):
    browser = client_of(people.staff)

    for path in ("/admin/", "/admin/leads/lead/", "/settings/", "/"):
        assert browser.get(path).url.startswith("/accounts/two-factor/totp/activate/"), path
    set_up(browser)

    assert browser.get("/admin/").status_code == 200


def test_staff_without_it_see_no_row_even_past_the_redirect(people, client_of, required):
    lead = people.submit("600.00")
    browser = client_of(people.staff)

    answer = browser.get("/api/leads")

    assert answer.status_code in (401, 403, 404)
    assert str(lead.pk) not in answer.content.decode()


def test_staff_keep_it(people, client_of, required):
    browser = client_of(people.staff)
    set_up(browser)

    page = browser.post("/accounts/two-factor/totp/deactivate/")

    assert page.status_code == 200
    assert "mfa_deactivate" not in text_of(browser.get("/settings/security/"))
    with acting_as(SYSTEM):
        assert Authenticator.objects.filter(user=people.staff).count() == 2


def test_others_are_not_forced(people, client_of, required):
    assert client_of(people.owner).get("/dashboard/").status_code == 200


def test_staff_remove_it_for_who_lost_phone_and_codes(people, protected, staff, django_capture_on_commit_callbacks):
    url = f"/admin/accounts/user/{people.influencer_user.pk}/remove-second-factor/"

    assert staff.post(url, {"reason": ""}).status_code == 422
    with acting_as(SYSTEM):
        assert Authenticator.objects.count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(url, {"reason": "Met in the office"})

    browser = Client()
    browser.post(LOGIN, {"login": people.influencer_user.email, "password": PASSWORD})
    assert is_logged_in(browser)
    assert audited()[-1] == "accounts.second_factor.removed_by_staff"
    assert mail.outbox[-1].to == [people.influencer_user.email]


def test_only_superusers_remove_that_of_staff(people, client_of):
    set_up(client_of(people.staff))
    with acting_as(SYSTEM):
        clerk = User.objects.create_user("clerk@exemple.ma", PASSWORD, role="staff", is_staff=True)
        clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))

    answer = client_of(clerk).post(f"/admin/accounts/user/{people.staff.pk}/remove-second-factor/", {"reason": "x"})

    assert answer.status_code == 403
    with acting_as(SYSTEM):
        assert Authenticator.objects.filter(user=people.staff).count() == 2
