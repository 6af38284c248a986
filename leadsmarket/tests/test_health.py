"""/healthz and /readyz: what they ask, what they tell, and that they open nobody's rows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import caches
from django.db import connection, connections
from django.test import override_settings

from leadsmarket.beat import HeartbeatScheduler, beat_seen_at, note_heartbeat
from leadsmarket.celery import app

WELL = {"database": "ok", "redis": "ok", "migrations": "ok", "beat": "ok"}


@pytest.fixture
def beat_lives():
    note_heartbeat()


def test_a_live_process_says_so_without_asking_anybody(client):
    # No database fixture: a query would fail.
    answer = client.get("/healthz", HTTP_HOST="10.0.0.7")

    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_ready_when_every_part_is(client, beat_lives, django_assert_num_queries):
    client.get("/readyz")
    # The sign of life, and which migrations are applied (is the table there, its rows): no transaction, no actor.
    with django_assert_num_queries(3):
        answer = client.get("/readyz", HTTP_HOST="10.0.0.7")

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "parts": WELL})


@pytest.mark.django_db
def test_a_stopped_scheduler_is_seen_within_two_minutes(client, beat_lives, time_machine):
    seen = datetime.now(UTC)
    time_machine.move_to(seen + timedelta(seconds=115), tick=False)
    assert client.get("/readyz").status_code == 200

    time_machine.move_to(seen + timedelta(seconds=121), tick=False)
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["parts"]) == (503, WELL | {"beat": "failed"})


@pytest.mark.django_db
def test_a_scheduler_never_seen_is_not_ready(client):
    assert client.get("/readyz").json()["parts"] == WELL | {"beat": "failed"}


def test_a_missing_migration_is_not_ready(client, beat_lives, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), connections["owner"].cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'leads' AND name LIKE '0010%' RETURNING app, name, applied"
        )
        row = cursor.fetchone()
        try:
            answer = client.get("/readyz")
        finally:
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", row)

    assert (answer.status_code, answer.json()["parts"]) == (503, WELL | {"migrations": "failed"})


def test_a_database_that_is_away_is_named_and_nothing_more_is_told(
    client, beat_lives, django_db_setup, django_db_blocker
):
    with django_db_blocker.unblock():
        connection.close()
        port = connection.settings_dict["PORT"]
        connection.settings_dict["PORT"] = "1"
        try:
            answer = client.get("/readyz")
        finally:
            connection.settings_dict["PORT"] = port

    assert answer.status_code == 503
    assert answer.json()["parts"] == WELL | {"database": "failed", "migrations": "failed"}
    assert "127.0.0.1" not in answer.content.decode()


@pytest.mark.django_db
def test_a_redis_that_is_away_is_named(client, settings):
    away = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    with override_settings(CACHES={"default": away}):
        answer = client.get("/readyz")
    caches.close_all()

    assert answer.json()["parts"] == WELL | {"redis": "failed", "beat": "failed"}


def test_each_round_of_the_scheduler_leaves_a_sign(committed_db):
    scheduler = HeartbeatScheduler(app=app, lazy=True)

    assert beat_seen_at() is None
    scheduler.tick()

    assert datetime.now(UTC) - beat_seen_at() < timedelta(minutes=1)
