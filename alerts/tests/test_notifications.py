"""The dashboard's channel: a row per person and cause, the bell, the page, and nobody else's rows."""

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from alerts.kinds import Kind
from alerts.models import Notification
from alerts.selectors import MOST_COUNTED, unread_count
from alerts.services import mark_read, notify
from leads.services import apply_to_campaign
from leadsmarket.lib.actor import AUTHENTICATION, SYSTEM, acting_as
from payments.models import Payment, Receipt
from payments.signals import payment_failed, payment_settled
from payments.tests.conftest import tell

PAGE = "/notifications/"
BELL = "/notifications/bell/"
HTMX = {"HX-Request": "true"}


def told(**conditions: object) -> list[Notification]:
    """Notifications, oldest first."""
    with acting_as(SYSTEM):
        return list(Notification.objects.filter(**conditions).select_related("user").order_by("id"))


@pytest.fixture
def clean_slate(people):
    """Forget what making the personas told, so that each test counts its own."""
    with acting_as(SYSTEM):
        for one in Notification.objects.filter(read_at=None):
            mark_read(one)
    return people


@pytest.fixture
def log_in(people):
    """A function that returns a browser-like client of a user."""

    def client(user: User) -> Client:
        client = Client()
        with acting_as(AUTHENTICATION):
            client.force_login(user)
        return client

    return client


def tell_owner(people, number: int = 1, user: User | None = None) -> list[Notification]:
    with acting_as(SYSTEM):
        for serial in range(number):
            notify(
                Kind.WELCOME,
                [user or people.owner],
                cause=f"test:{serial}",
                context={"url": "https://x.test/deposits/?a=1"},
            )
    return told(deduplication_key__startswith="test:", user=user or people.owner)


def test_a_payment_tells_each_member_in_their_language_what_and_where(people, payment):
    assert tell(payment) == "credited"
    french, arabic = told(kind="payment_succeeded")

    assert (french.user.email, arabic.user.email) == ("atlas@exemple.ma", "equipe@exemple.ma")
    assert french.title.startswith("Paiement reçu")
    assert french.title != arabic.title
    assert "10\u202f000,00" in french.body.replace("\u00a0", "\u202f")
    assert "10.000,00" in arabic.body
    assert "\n" not in french.body
    for one in (french, arabic):
        assert one.level == "success"
        assert one.url == f"/deposits/{people.deposit.pk}/"
        assert (one.deposit_id, one.payment_id, one.lead_id) == (people.deposit.pk, payment.pk, None)
        assert one.read_at is None


def test_a_failed_payment_leads_back_to_the_recharge(people, payment):
    tell(payment, "fail")
    for one in told(kind="payment_failed"):
        assert one.level == "danger"
        assert one.url == f"/payments/recharge/{people.deposit.pk}/?amount=5000.00&payment_method=sandbox"


def test_a_repeated_signal_tells_nobody_twice(people, payment):
    tell(payment)
    with acting_as(SYSTEM):
        payment.refresh_from_db()
        receipt = Receipt.objects.get()
        for _again in range(3):
            payment_settled.send(Payment, payment=payment, receipt=receipt)
    assert len(told(kind="payment_succeeded")) == 2


def test_nothing_stays_when_the_change_is_undone(people, payment):
    with acting_as(SYSTEM), transaction.atomic():
        payment_failed.send(Payment, payment=payment)
        assert Notification.objects.filter(kind="payment_failed").count() == 2
        transaction.set_rollback(True)
    assert told(kind="payment_failed") == []


def test_a_request_for_an_agreement_is_told_with_its_campaign(people):
    with acting_as(people.as_other_influencer):
        apply_to_campaign(influencer_id=people.other_influencer.pk, campaign_id=people.campaign.pk)
    asked = told(kind="agreement_asked", campaign_id=people.campaign.pk, user=people.owner)
    assert people.other_influencer.display_name in asked[-1].body
    assert asked[-1].url == reverse("leads:agreements")


def test_each_sees_and_reads_their_own_alone(people):
    [one] = tell_owner(people)
    strangers = (people.as_member, people.as_influencer, people.as_other_owner, people.as_other_influencer)
    for actor in strangers:
        with acting_as(actor):
            assert not Notification.objects.exclude(user_id=actor.user_id).exists()
            mark_read(one)
    assert not Notification.objects.exists()
    assert told(pk=one.pk)[0].read_at is None
    with acting_as(people.as_staff):
        assert Notification.objects.filter(pk=one.pk).exists()
    with acting_as(people.as_owner):
        mark_read(one)
    assert told(pk=one.pk)[0].read_at is not None


def test_anothers_notification_is_not_found(people, log_in):
    [one] = tell_owner(people)
    for user in (people.member, people.influencer_user, people.other_owner):
        assert log_in(user).post(f"{PAGE}{one.pk}/").status_code == 404
    assert log_in(people.staff).post(f"{PAGE}{one.pk}/").status_code == 403
    assert Client().get(PAGE).status_code == 302
    assert told(pk=one.pk)[0].read_at is None


def test_opening_marks_read_once_and_goes_there(clean_slate, log_in):
    [one] = tell_owner(clean_slate)
    client = log_in(clean_slate.owner)
    assert client.get(f"{PAGE}{one.pk}/").status_code == 405

    answer = client.post(f"{PAGE}{one.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, "/deposits/?a=1")
    first = told(pk=one.pk)[0].read_at
    assert first is not None
    assert client.post(f"{PAGE}{one.pk}/").status_code == 302
    assert told(pk=one.pk)[0].read_at == first


def test_all_are_marked_read_of_this_person_only(clean_slate, log_in):
    tell_owner(clean_slate, 3)
    tell_owner(clean_slate, 2, clean_slate.influencer_user)
    client = log_in(clean_slate.owner)
    assert "Tout marquer comme lu" in client.get(PAGE).content.decode()

    assert client.post(f"{PAGE}read/").status_code == 302
    assert told(user=clean_slate.owner, read_at=None) == []
    assert len(told(user=clean_slate.influencer_user, read_at=None)) == 2
    assert "Tout marquer comme lu" not in client.get(PAGE).content.decode()


def test_the_page_says_in_text_what_is_unread_and_walks_by_pages(clean_slate, log_in):
    made = tell_owner(clean_slate, 30)
    client = log_in(clean_slate.owner)
    with acting_as(clean_slate.as_owner):
        mark_read(made[-1])
    html = client.get(PAGE).content.decode()
    assert html.count("Non lue") == 24
    assert f'action="{PAGE}{made[-2].pk}/"' in html
    assert f'action="{PAGE}{made[-1].pk}/"' not in html
    assert 'href="/deposits/?a=1"' in html

    following = client.get(PAGE, headers=HTMX)
    assert "<html" not in following.content.decode()
    assert f'action="{PAGE}{made[4].pk}/"' not in following.content.decode()
    cursor = html.split('rel="next" href="')[1].split('"')[0]
    assert f'action="{PAGE}{made[4].pk}/"' in client.get(PAGE + cursor).content.decode()


def test_nothing_to_read(people, log_in):
    assert "Rien à lire pour l’instant" in log_in(people.other_owner).get(PAGE).content.decode()


def test_the_bell_counts_and_answers_304_while_nothing_is_new(clean_slate, log_in):
    client = log_in(clean_slate.owner)
    empty = client.get(BELL, headers=HTMX)
    assert empty.content.strip() == b""
    tell_owner(clean_slate, 2)

    counted = client.get(BELL, headers=HTMX | {"If-None-Match": empty["ETag"]})
    assert counted.status_code == 200
    assert "2 non lues" in counted.content.decode()
    assert counted["Cache-Control"] == "private, no-cache"
    unchanged = client.get(BELL, headers=HTMX | {"If-None-Match": counted["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert client.get(BELL)["Location"] == PAGE


def test_the_bell_stops_counting_at_99(clean_slate, log_in):
    tell_owner(clean_slate, MOST_COUNTED + 1)
    with acting_as(clean_slate.as_owner):
        assert unread_count(clean_slate.owner.pk) == MOST_COUNTED
    assert "99+" in log_in(clean_slate.owner).get(BELL, headers=HTMX).content.decode()


def test_the_bell_hangs_in_the_side_bar_of_both_sides_alone(people, log_in):
    assert f'href="{PAGE}"' in log_in(people.owner).get("/dashboard/", follow=True).content.decode()
    assert f'href="{PAGE}"' in log_in(people.influencer_user).get("/dashboard/", follow=True).content.decode()
    assert log_in(people.staff).get(PAGE).status_code == 403
    assert log_in(people.staff).get(BELL, headers=HTMX).status_code == 403


@pytest.mark.parametrize("address", [PAGE, BELL])
def test_queries_do_not_grow_with_the_rows(clean_slate, log_in, address):
    client = log_in(clean_slate.owner)
    tell_owner(clean_slate, 2)
    client.get(address, headers=HTMX)
    with CaptureQueriesContext(connection) as few:
        client.get(address, headers=HTMX)
    tell_owner(clean_slate, 20)
    with CaptureQueriesContext(connection) as many:
        client.get(address, headers=HTMX)
    assert len(many) == len(few)


def test_staff_read_them_in_the_admin_and_change_nothing(people, log_in):
    [one] = tell_owner(people)
    client = log_in(people.staff)
    staff = {"is_superuser": True}
    with acting_as(SYSTEM):
        User.objects.filter(pk=people.staff.pk).update(**staff)
    changelist = reverse("admin:alerts_notification_changelist")
    assert one.title in client.get(changelist, {"q": str(people.owner.pk)}).content.decode()
    change = reverse("admin:alerts_notification_change", args=[one.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, {"title": "X"}).status_code == 403
