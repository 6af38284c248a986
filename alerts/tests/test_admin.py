"""The staff site's page of messages: read safely, sent again by those who may."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from alerts.kinds import Kind
from alerts.models import AddressProblem, Delivery, DepositAlert, Event, NotificationPreference
from alerts.services import announce, expand_due_events, notify
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.personas import PASSWORD

LIST = reverse("admin:alerts_delivery_changelist")


@pytest.fixture
def staff(client_of, personas) -> Client:
    with acting_as(SYSTEM):
        personas.staff.language = "en"
        personas.staff.save()
    return client_of(personas.staff)


@pytest.fixture
def delivery(personas) -> Delivery:
    with acting_as(SYSTEM):
        notify(Kind.WELCOME, [personas.owner], cause="test", context={"url": "http://localhost/"})
        Delivery.objects.filter(kind="welcome").update(
            status="given_up",
            error="550 No such user",
            html='<p style="color:red">Hi</p><script>alert(1)</script>"></iframe><script>alert(2)</script>',
            attachments=[{"kind": "receipt", "id": "01a1"}],
        )
        return Delivery.objects.get(kind="welcome")


def page_of(delivery: Delivery) -> str:
    return reverse("admin:alerts_delivery_change", args=[delivery.pk])


def test_lists_filters_and_searches(staff, delivery):
    body = staff.get(LIST).content.decode()
    assert "atlas@exemple.ma" in body
    assert "550 No such user" in body
    assert "No such user" in staff.get(f"{LIST}?status__exact=given_up&kind__exact=welcome").content.decode()
    assert "No such user" not in staff.get(f"{LIST}?status__exact=sent").content.decode()
    assert "No such user" in staff.get(f"{LIST}?q=atlas@exemple.ma").content.decode()
    assert "No such user" in staff.get(f"{LIST}?q={delivery.user_id}").content.decode()
    assert "No such user" not in staff.get(f"{LIST}?q=nobody@exemple.ma").content.decode()


def test_shows_the_message_in_a_frame_that_may_do_nothing(staff, delivery):
    response = staff.get(page_of(delivery))
    body = response.content.decode()
    assert 'sandbox=""' in body
    assert "<script>alert(" not in body
    assert "&lt;script&gt;alert(1)" in body
    assert '"></iframe><script' not in body
    assert "receipt 01a1" in body
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_nothing_is_changed_by_hand(staff, delivery):
    assert staff.post(page_of(delivery), {"address": "other@exemple.ma"}).status_code == 403
    assert staff.get(reverse("admin:alerts_delivery_add")).status_code == 403
    assert staff.get(reverse("admin:alerts_delivery_delete", args=[delivery.pk])).status_code == 403


def test_sends_again_when_meant_and_records_who(staff, personas, delivery):
    address = reverse("admin:alerts_delivery_send_again", args=[delivery.pk])
    assert "atlas@exemple.ma" in staff.get(address).content.decode()
    with acting_as(SYSTEM):
        assert Delivery.objects.get(pk=delivery.pk).status == "given_up"

    assert staff.post(address).status_code == 302
    with acting_as(SYSTEM):
        assert Delivery.objects.get(pk=delivery.pk).status == "queued"
        assert AuditEntry.objects.get(action="alerts.delivery.resent").actor_user_id == personas.staff.pk


def test_those_who_may_only_look_do_not_send(client_of, personas, delivery):
    with acting_as(SYSTEM):
        user = User.objects.create_user("lecture@exemple.ma", PASSWORD, role="staff", is_staff=True, language="en")
        user.user_permissions.set(Permission.objects.filter(codename="view_delivery"))
    viewer = client_of(user)
    assert viewer.get(page_of(delivery)).status_code == 200
    assert viewer.post(reverse("admin:alerts_delivery_send_again", args=[delivery.pk])).status_code == 403


@pytest.mark.parametrize("who", ["owner", "influencer_user"])
def test_others_do_not_get_in(client_of, personas, delivery, who):
    client = client_of(getattr(personas, who))
    assert client.get(LIST).status_code in (302, 403)
    assert client.get(page_of(delivery)).status_code in (302, 403)


def test_lists_of_events_levels_choices_and_addresses(staff, personas, delivery):
    with acting_as(SYSTEM):
        announce(Kind.NEW_LEAD, cause="cause-broken", data={"lead_id": personas.campaign.pk})
        expand_due_events()
        announce(Kind.NEW_LEAD, cause="cause-waiting", data={"lead_id": personas.campaign.pk})
        DepositAlert.objects.create(deposit=personas.deposit, level="critical", announcements=3)
        NotificationPreference.objects.create(user=personas.owner, kind="new_lead", channel="sms", is_on=True)
        AddressProblem.objects.create(user=personas.owner, channel="email", address="alt@exemple.ma", reason="No box")
        Delivery.objects.filter(pk=delivery.pk).update(payload={"template": "leads_new"})

    events = reverse("admin:alerts_event_changelist")
    assert "cause-waiting" in staff.get(f"{events}?state=waiting").content.decode()
    failing = staff.get(f"{events}?state=failing").content.decode()
    assert "cause-waiting" not in failing
    assert "cause-broken" in failing
    assert "DoesNotExist" in failing
    assert "Critical" in staff.get(reverse("admin:alerts_depositalert_changelist")).content.decode()
    assert "New lead" in staff.get(reverse("admin:alerts_notificationpreference_changelist")).content.decode()
    assert "No box" in staff.get(reverse("admin:alerts_addressproblem_changelist")).content.decode()
    assert "leads_new" in staff.get(page_of(delivery)).content.decode()
    with acting_as(SYSTEM):
        event = Event.objects.get(cause="cause-waiting")
    body = staff.get(reverse("admin:alerts_event_change", args=[event.pk])).content.decode()
    assert str(personas.campaign.pk) in body
