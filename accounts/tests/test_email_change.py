"""Another log-in address: both mailboxes say yes, or nothing changes."""

import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, EmailChange, User
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.personas import PASSWORD

PAGE = "/accounts/email/"
OLD, NEW = "salma@exemple.ma", "salma.nouveau@exemple.ma"


@pytest.fixture
def ask(personas, client_of, django_capture_on_commit_callbacks):
    """Salma's browser asks for a new address; returns the links in the e-mails sent, by recipient."""
    with acting_as(SYSTEM):
        EmailAddress.objects.create(user=personas.influencer_user, email=OLD, primary=True, verified=True)
    browser = client_of(personas.influencer_user)

    def ask_for(email: str = NEW, **data: str) -> dict[str, str]:
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            browser.post(PAGE, {"email": email, "action_add": ""} | data)
        return {message.to[0]: _link(message.body) for message in mail.outbox}

    ask_for.browser = browser
    return ask_for


def _link(body: str) -> str:
    found = re.search(r"http://localhost:8000(/accounts/email/confirm-email/\S+)", body)
    return found[1] if found else ""


def follow(link: str, django_capture_on_commit_callbacks=None):
    """Open a link in a browser that nobody logged in with, and press its button."""
    browser = Client()
    assert browser.get(link).status_code in (200, 410)
    return browser.post(link)


def addresses() -> tuple[str, list[tuple[str, bool, bool]]]:
    with acting_as(SYSTEM):
        user = User.objects.get(influencer__display_name="Salma")
        rows = EmailAddress.objects.filter(user=user)
        return user.email, [(row.email, row.primary, row.verified) for row in rows]


UNCHANGED = (OLD, [(OLD, True, True)])
CHANGED = (NEW, [(NEW, True, True)])


@pytest.mark.parametrize("order", [(OLD, NEW), (NEW, OLD)])
def test_it_counts_when_both_links_were_opened(ask, order, django_capture_on_commit_callbacks):
    links = ask()
    assert set(links) == {OLD, NEW}

    follow(links[order[0]])
    assert addresses() == UNCHANGED
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        follow(links[order[1]])

    assert addresses() == CHANGED
    [notice] = mail.outbox
    assert notice.to == [OLD]
    with acting_as(SYSTEM):
        assert not EmailChange.objects.exists()
        entry = AuditEntry.objects.get(action="accounts.user.email_changed")
        assert entry.data == {"before": OLD, "after": NEW}


def test_opening_a_link_without_the_button_confirms_nothing(ask):
    links = ask()

    for link in links.values():
        assert Client().get(link).status_code == 200

    assert addresses() == UNCHANGED
    with acting_as(SYSTEM):
        change = EmailChange.objects.get()
    assert (change.old_confirmed_at, change.new_confirmed_at) == (None, None)


def test_one_mailbox_is_not_enough_however_often(ask):
    links = ask()

    for _time in range(3):
        follow(links[NEW])

    assert addresses() == UNCHANGED


def test_new_address_opens_nothing_before(ask, django_capture_on_commit_callbacks):
    links = ask()
    follow(links[NEW])

    log_in = Client().post("/accounts/login/", {"login": NEW, "password": PASSWORD})
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        Client().post("/accounts/password/reset/", {"email": NEW})

    assert log_in.status_code == 200
    assert "/password/reset/key/" not in mail.outbox[0].body
    assert addresses() == UNCHANGED


def test_given_up_or_replaced_changes_have_dead_links(ask):
    first = ask()
    second = ask("salma.autre@exemple.ma")

    assert follow(first[OLD]).status_code == 410
    ask.browser.post(PAGE, {"action_remove": ""})
    assert follow(second[OLD]).status_code == 410
    assert follow(second["salma.autre@exemple.ma"]).status_code == 410

    assert addresses() == UNCHANGED
    with acting_as(SYSTEM):
        assert not EmailChange.objects.exists()


def test_links_are_good_for_three_days(ask):
    links = ask()

    with time_machine.travel(timezone.now() + timezone.timedelta(days=3, seconds=2), tick=False):
        assert follow(links[OLD]).status_code == 410
    with acting_as(SYSTEM):
        assert EmailChange.objects.get().old_confirmed_at is None


def test_forged_and_swapped_links_do_nothing(ask):
    links = ask()
    token = links[NEW].rstrip("/").rsplit("/", 1)[1]

    assert follow(links[NEW].replace(token, token[:-2] + "AA")).status_code == 410
    assert follow(f"{PAGE}confirm-email/nothing/").status_code == 410

    assert addresses() == UNCHANGED


def test_anothers_address_gets_a_notice_and_the_page_tells_nothing(ask, personas):
    links = ask("yassine@exemple.ma")

    assert set(links) == {OLD, "yassine@exemple.ma"}
    assert links["yassine@exemple.ma"] == ""
    page = ask.browser.get(PAGE).content.decode()
    assert "yassine@exemple.ma" in page
    follow(links[OLD])
    assert addresses() == UNCHANGED


def test_address_taken_meanwhile_is_refused(ask):
    links = ask()
    follow(links[OLD])
    with acting_as(SYSTEM):
        User.objects.create_user(NEW, PASSWORD, role="merchant")

    assert follow(links[NEW]).status_code == 410

    assert addresses() == UNCHANGED


def test_password_is_asked_for_first(ask, personas, client_of):
    stale = client_of(personas.influencer_user, is_fresh=False)

    answer = stale.post(PAGE, {"email": NEW, "action_add": ""})

    assert answer.url.startswith("/accounts/reauthenticate/")
    with acting_as(SYSTEM):
        assert not EmailChange.objects.exists()


def test_lost_mailbox_is_confirmed_by_staff_with_a_reason(ask, staff, django_capture_on_commit_callbacks):
    links = ask()
    follow(links[NEW])
    with acting_as(SYSTEM):
        change = EmailChange.objects.get()
    url = f"/admin/accounts/emailchange/{change.pk}/confirm-for-lost-mailbox/"

    refused = staff.post(url, {"reason": ""})
    assert refused.status_code == 422
    assert addresses() == UNCHANGED
    staff.post(url, {"reason": "Called the number on file, checked the ID card"})

    assert addresses() == CHANGED
    with acting_as(SYSTEM):
        entry = AuditEntry.objects.get(action="accounts.user.old_address_confirmed_by_staff")
    assert entry.data["reason"] == "Called the number on file, checked the ID card"
    assert entry.actor_role == "staff"
