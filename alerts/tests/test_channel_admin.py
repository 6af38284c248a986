"""How channels do, addresses that are tried again, and phones, on the staff site."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from alerts.channel_states import channel_states
from alerts.models import AddressProblem, Delivery
from alerts.tests.phone_messages import PHONE, make_delivery, problems, verify_phone
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.pages import text_of
from tests.personas import PASSWORD, Personas

CHANNELS = reverse("admin:alerts_channels")
PROBLEMS = reverse("admin:alerts_addressproblem_changelist")


@pytest.fixture
def viewer(client_of, personas: Personas) -> Client:
    """Somebody of staff who may look at messages and change nothing."""
    with acting_as(SYSTEM):
        user = User.objects.create_user("lecture@exemple.ma", PASSWORD, role="staff", is_staff=True, language="en")
        user.user_permissions.set(
            Permission.objects.filter(codename__in=["view_delivery", "view_addressproblem", "view_notificationprofile"])
        )
    return client_of(user)


@pytest.fixture
def problem(personas: Personas) -> AddressProblem:
    with acting_as(SYSTEM):
        return AddressProblem.objects.create(user=personas.owner, channel="sms", address=PHONE, reason="30005: gone")


def state_of(name: str, staff_actor):
    with acting_as(staff_actor):
        return next(state for state in channel_states() if state.name == name)


def test_a_channel_without_settings_says_which_are_missing(personas, staff):
    page = text_of(staff.get(CHANNELS))
    assert "SMS Not configured: nothing is sent. Missing settings: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN" in page
    assert "WHATSAPP_TOKEN, WHATSAPP_PHONE_ID, WHATSAPP_APP_SECRET, WHATSAPP_VERIFY_TOKEN" in page
    assert "E-mail Configured." in page


def test_a_channel_shows_what_went_what_failed_and_what_waits(personas, staff, twilio):
    with acting_as(SYSTEM):
        Delivery.objects.filter(channel="sms").update(status="given_up", error="")
    now = timezone.now()
    make_delivery(personas, status="sent", sent_at=now - timedelta(hours=2))
    make_delivery(personas, status="delivered", sent_at=now - timedelta(hours=1), delivered_at=now)
    make_delivery(personas, status="bounced", sent_at=now, error="undelivered 30005")
    make_delivery(personas, status="not_sent", error="The channel is not configured.")
    make_delivery(personas, status="retrying", error="status 503")
    for _message in range(3):
        make_delivery(personas)

    state = state_of("sms", personas.as_staff)
    assert (state.missing, state.waiting, state.sent, state.given_up, state.bounced) == ([], 4, 2, 0, 1)
    assert state.last_success_at == now - timedelta(hours=1)
    # Both were written in this test's transaction, at one moment.
    assert state.last_error in ("status 503", "undelivered 30005")
    assert state.last_error_at is not None
    page = text_of(staff.get(CHANNELS))
    assert "SMS Configured." in page
    assert "Waiting: 4 SMS Sent: 2 Given up: 0" in page.replace(" :", ":")
    assert state.last_error in page


def test_the_page_costs_the_same_with_many_messages(personas, staff, django_assert_num_queries):
    with acting_as(personas.as_staff), django_assert_num_queries(2):
        channel_states()
    for _message in range(20):
        make_delivery(personas)
    with acting_as(personas.as_staff), django_assert_num_queries(2):
        channel_states()


def test_numbers_lead_to_their_messages(personas, staff, twilio):
    waiting = make_delivery(personas, address="+212611111111")
    make_delivery(personas, address="+212622222222", status="given_up")
    page = staff.get(CHANNELS).content.decode()
    assert "channel__exact=sms&amp;status__in=queued%2Cretrying" in page
    found = staff.get(reverse("admin:alerts_delivery_changelist") + "?channel__exact=sms&status__in=queued%2Cretrying")
    assert waiting.address in found.content.decode()
    assert "+212622222222" not in found.content.decode()


def test_staff_try_an_address_again(personas, staff, problem):
    page = reverse("admin:alerts_addressproblem_try_this_again", args=[problem.pk])
    assert staff.get(page).status_code == 200
    assert len(problems()) == 1
    response = staff.post(page, follow=True)
    assert "Messages are sent to this address again." in text_of(response)
    assert problems() == []
    with acting_as(SYSTEM):
        entry = AuditEntry.objects.get(action="alerts.address.tried_again")
    assert entry.actor_user_id == personas.staff.pk


def test_staff_try_chosen_addresses_again(personas, staff, problem):
    response = staff.post(PROBLEMS, {"action": "try_again", "_selected_action": [str(problem.pk)]}, follow=True)
    assert "1 address is tried again." in text_of(response)
    assert problems() == []


def test_who_may_only_look_tries_nothing_again(viewer, problem):
    assert viewer.get(CHANNELS).status_code == 200
    assert viewer.get(PROBLEMS).status_code == 200
    page = reverse("admin:alerts_addressproblem_try_this_again", args=[problem.pk])
    assert viewer.post(page).status_code == 403
    viewer.post(PROBLEMS, {"action": "try_again", "_selected_action": [str(problem.pk)]})
    assert len(problems()) == 1


@pytest.mark.parametrize("who", ["owner", "influencer_user"])
def test_others_do_not_get_in(client_of, personas, who):
    assert client_of(getattr(personas, who)).get(CHANNELS).status_code in (302, 403)


def test_phones_are_read_and_not_changed(personas, staff):
    profile = verify_phone(personas.owner, whatsapp=True)
    listed = staff.get(reverse("admin:alerts_notificationprofile_changelist") + f"?q={personas.owner.email}")
    assert PHONE in listed.content.decode()
    page = reverse("admin:alerts_notificationprofile_change", args=[profile.pk])
    body = staff.get(page).content.decode()
    assert PHONE in body
    assert "code_hash" not in body
    assert staff.post(page, {"phone": "+212699999999"}).status_code == 403
