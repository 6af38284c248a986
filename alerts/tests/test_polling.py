"""The bell's poll on its short way: a 304 without the person being looked up, and for nobody who should not have it."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from alerts.kinds import Kind
from alerts.polling import TRUSTED_SECONDS
from alerts.services import notify
from leadsmarket.lib.actor import AUTHENTICATION, NOBODY, SYSTEM, Actor, acting_as, current_actor, read_one_as

BELL = "/notifications/bell/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def log_in(personas):
    """A function that returns a browser-like client of a user, and the ETag of their bell."""

    def client(user):
        client = Client()
        with acting_as(AUTHENTICATION):
            client.force_login(user)
        return client, client.get(BELL, headers=HTMX)["ETag"]

    return client


def ask(client, etag):
    """Poll; return the status and whether the person was looked up."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(BELL, headers=HTMX | {"If-None-Match": etag})
    return response.status_code, any("accounts_membership" in query["sql"] for query in captured)


def tell(user):
    with acting_as(SYSTEM):
        notify(Kind.WELCOME, [user], cause=f"test:{timezone.now()}", context={"url": "https://x.test/deposits/"})


def test_nothing_new_is_answered_without_looking_the_person_up(personas, log_in):
    client, etag = log_in(personas.owner)

    assert ask(client, etag) == (304, False)
    assert ask(client, f"W/{etag}") == (304, False)  # as a proxy that compresses makes it


def test_news_are_told(personas, log_in):
    client, etag = log_in(personas.owner)

    tell(personas.owner)
    assert ask(client, etag) == (200, True)
    etag = client.get(BELL, headers=HTMX)["ETag"]
    personas.submit("600.00")
    assert ask(client, etag) == (200, True)


def test_news_of_others_are_no_news(personas, log_in):
    client, etag = log_in(personas.influencer_user)

    tell(personas.other_influencer_user)
    personas.submit("600.00")

    assert ask(client, etag)[0] == 304


def test_the_language_that_was_changed_is_shown_at_once(personas, log_in):
    client, etag = log_in(personas.owner)
    with acting_as(SYSTEM):
        User.objects.filter(pk=personas.owner.pk).update(language="ar")

    assert ask(client, etag)[0] == 200


def test_an_ended_session_gets_no_more(personas, log_in):
    client, etag = log_in(personas.owner)
    with acting_as(AUTHENTICATION):
        client.session.delete()

    response = client.get(BELL, headers=HTMX | {"If-None-Match": etag})
    assert response.status_code == 401


def test_neither_does_a_session_whose_time_is_over(personas, log_in):
    client, etag = log_in(personas.owner)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_session SET expire_date = now() - interval '1 second'")

    assert client.get(BELL, headers=HTMX | {"If-None-Match": etag}).status_code == 401


def test_nor_somebody_who_was_switched_off(personas, log_in):
    client, etag = log_in(personas.owner)
    with acting_as(SYSTEM):
        User.objects.filter(pk=personas.owner.pk).update(is_active=False)

    assert client.get(BELL, headers=HTMX | {"If-None-Match": etag}).status_code == 401


@pytest.mark.parametrize(
    "change", [lambda etag: etag.replace("merchant", "staff"), lambda etag: '"x"', lambda _etag: "*"]
)
def test_a_forged_etag_goes_the_long_way(personas, log_in, change):
    client, etag = log_in(personas.owner)

    assert ask(client, change(etag)) == (200, True)


def test_the_etag_of_another_session_goes_the_long_way(personas, log_in):
    _owner, etag = log_in(personas.owner)
    other, _etag = log_in(personas.other_owner)

    assert ask(other, etag) == (200, True)


def test_after_five_minutes_the_person_is_looked_up_again(personas, log_in):
    client, etag = log_in(personas.owner)

    with time_machine.travel(timezone.now() + timedelta(seconds=TRUSTED_SECONDS + 1), tick=False):
        assert ask(client, etag) == (200, True)


def test_one_round_trip_reads_as_the_actor_and_leaves_nothing_behind(committed_personas):
    personas = committed_personas
    actor = Actor("merchant", user_id=personas.owner.pk, merchant_id=personas.merchant.pk)
    query = "SELECT current_setting('app.role'), count(*)::int FROM company_deposits WHERE id = ANY(%s)"
    ids = [[personas.deposit.pk, personas.other_deposit.pk]]

    assert read_one_as(actor, query, ids) == ("merchant", 1)

    assert read_one_as(NOBODY, query, ids) == ("none", 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.role', true), ''), count(*) FROM company_deposits")
        assert cursor.fetchone() == ("", 0)
    assert current_actor() == NOBODY
