"""`manage.py doctor`: each thing found right and found broken, what hangs is given up, and the exit code."""

import json
import os
import subprocess
import sys
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

import alerts.health
import payments.health
from alerts.models import Delivery
from leadsmarket.beat import note_heartbeat
from leadsmarket.doctor import database, files, jobs, pdf, queue, site  # noqa: F401 - registers their checks
from leadsmarket.doctor.examination import examine
from leadsmarket.lib import health
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.health import CHECKS, Finding, State, register_check
from leadsmarket.models import JobRun
from leadsmarket.schedules import add_missing_schedules
from payments.models import WebhookEvent
from tests.fakes.smtp import fake_smtp
from tests.fakes.stripe import fake_stripe


def look(group: str, *, online: bool = False) -> list[tuple[str, str]]:
    """What one check finds: (what, state)."""
    return [(finding.what, str(finding.state)) for finding in CHECKS[group].function(online=online)]


def said(group: str) -> str:
    return " | ".join(f"{finding.detail} {finding.advice}" for finding in CHECKS[group].function(online=False))


def run(**changes: str) -> tuple[int, dict[str, dict]]:
    """Run the command in a process of its own with a changed environment: its exit code, and the findings by what."""
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json"],
        cwd=django_settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "leadsmarket.settings"} | changes,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout, done.stderr[-2000:]
    return done.returncode, {row["what"]: row for row in json.loads(done.stdout)["findings"]}


def address(alias: str) -> str:
    it = connections[alias].settings_dict
    return f"postgres://{it['USER']}:{it['PASSWORD']}@{it['HOST']}:{it['PORT']}/{it['NAME']}"


def test_with_everything_dead_it_says_so_and_fails(committed_db):
    nobody = "postgres://web:secret-word@127.0.0.1:1/x"
    code, found = run(
        DATABASE_URL=nobody,
        DATABASE_OWNER_URL=nobody,
        REDIS_URL="redis://:secret-word@127.0.0.1:1/0",
        EMAIL_URL="smtp://user:secret-word@127.0.0.1:1",
        LEADSMARKET_ENV="local",
    )

    assert code == 1
    states = {what: row["state"] for what, row in found.items()}
    assert {states[what] for what in ("PostgreSQL", "Redis", "e-mail")} == {"broken"}
    assert {
        states[what] for what in ("row security", "beat", "scheduled runs", "jobs", "messages", "queue", "worker")
    } == {"unknown"}
    assert states["file storage"] == "ok"
    assert found["PostgreSQL"]["advice"]
    assert "secret-word" not in json.dumps(found)


def test_a_role_that_row_security_does_not_bind_is_broken(committed_db):
    owner = address("owner")
    code, found = run(DATABASE_URL=owner, DATABASE_OWNER_URL=owner)

    assert code == 1
    assert (found["web role"]["state"], found["PostgreSQL"]["state"]) == ("broken", "ok")
    assert found["migrations"]["state"] == "ok"


def test_a_database_without_tables_asks_for_the_migrations(committed_db):
    empty = address("owner").rpartition("/")[0] + "/postgres"
    code, found = run(DATABASE_URL=empty, DATABASE_OWNER_URL=empty)

    assert code == 1
    assert found["migrations"]["state"] == "broken"
    assert found["migrations"]["advice"] == "Run `manage.py migrate`."
    assert found["jobs"]["state"] == "unknown"


def test_database_role_policies_and_zones_of_a_right_installation(committed_db):
    assert look("database") == [("PostgreSQL", "ok"), ("migrations", "ok")]
    assert look("row security") == [("web role", "ok"), ("policies", "ok")]
    assert look("time zones")[0] == ("Python's zone data", "ok")


def test_a_table_without_policies_is_named(committed_db):
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE leads DISABLE ROW LEVEL SECURITY")
    try:
        assert ("policies", "broken") in look("row security")
        assert "missing on leads See" in said("row security")
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE leads ENABLE ROW LEVEL SECURITY")


def test_beat_is_seen_by_its_heartbeat(time_machine):
    assert look("beat") == [("beat", "broken")]
    note_heartbeat()
    assert look("beat") == [("beat", "ok")]
    time_machine.move_to(timezone.now() + django_settings.BEAT_SILENCE + timedelta(seconds=5))
    assert look("beat") == [("beat", "broken")]


def test_a_worker_that_takes_nothing_is_seen_by_the_runs_of_the_schedule(db, time_machine):
    assert look("scheduled runs") == [("scheduled runs", "broken")]
    now = timezone.now()
    with acting_as(SYSTEM):
        JobRun.objects.create(job="deliver", source="beat", host="a", pid=1, lease_until=now)
    assert look("scheduled runs") == [("scheduled runs", "ok")]
    time_machine.move_to(now + timedelta(minutes=2, seconds=5))
    assert look("scheduled runs") == [("scheduled runs", "broken")]


def test_jobs_are_listed_with_their_last_success(db, time_machine):
    add_missing_schedules("default")
    now = timezone.now()
    assert {state for _what, state in look("jobs")} == {"ok"}
    process = {"source": "beat", "host": "a", "pid": 1, "lease_until": now, "finished_at": now}
    with acting_as(SYSTEM):
        JobRun.objects.create(job="reconcile", status="attention", **process)
        JobRun.objects.create(job="expire_leads", status="succeeded", **process)
    found = dict(look("jobs"))
    assert (found["job reconcile"], found["job expire_leads"]) == ("broken", "ok")
    assert "manage.py run_job reconcile" in said("jobs")


def test_redis_and_the_queue_answer_and_no_worker_does():
    assert look("redis") == [("Redis", "ok")]
    assert look("queue")[0][0] == "queue"
    # The suite has no worker of its own; a neighbour's on the same Redis would answer.
    assert look("worker")[0][0] == "worker"


def test_mail_is_tried_without_sending(settings):
    assert look("mail") == [("e-mail", "off")]
    with fake_smtp(settings) as server:
        assert look("mail") == [("e-mail", "ok")]
        server.answer("connect", "421 Closed")
        assert look("mail") == [("e-mail", "broken")]
        server.answer("connect", "hang up")
        assert look("mail") == [("e-mail", "broken")]
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "user", "secret-word"
        assert look("mail") == [("e-mail", "broken")]
        assert "secret-word" not in said("mail")
        assert server.taken == []
    assert look("mail") == [("e-mail", "broken")]


def test_a_mail_server_that_says_nothing_is_given_up(settings, monkeypatch):
    monkeypatch.setattr(alerts.health, "SMTP_SECONDS", 0.2)
    with fake_smtp(settings) as server:
        server.answer("connect", 2.0)
        assert look("mail") == [("e-mail", "broken")]


def test_in_production_mail_that_goes_nowhere_is_broken(settings):
    settings.IS_PRODUCTION = True
    assert look("mail") == [("e-mail", "broken"), ("e-mail's sender", "broken")]
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "Leads <bonjour@leads.example>"
    assert look("mail") == [("e-mail", "ok")]


def test_files_disk_and_pdf_work_here(settings, tmp_path):
    assert look("files") == [("file storage", "ok")]
    assert look("disk")[0][0] == "disk"
    assert look("pdf") == [("PDF", "ok"), ("Arabic fonts", "ok")]
    blocked = tmp_path / "file"
    blocked.write_text("a file where the folder should be", encoding="utf-8")
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(blocked)},
        }
    }
    assert look("files") == [("file storage", "broken")]


def test_the_address_of_the_site_must_be_allowed_and_public_in_production(settings):
    settings.SITE_URL = "https://leads.example"
    assert dict(look("site")) == {"SITE_URL": "ok", "ALLOWED_HOSTS": "broken", "CNDP receipt": "hint"}
    settings.ALLOWED_HOSTS = [".leads.example"]
    settings.CNDP_RECEIPT_NUMBER = "D-W-12/2026"
    settings.IS_PRODUCTION = True
    assert {state for _what, state in look("site")} == {"ok"}
    settings.SITE_URL = "http://leads.example"
    assert dict(look("site"))["SITE_URL"] == "broken"
    settings.SITE_URL = "leads.example"
    assert dict(look("site"))["SITE_URL"] == "broken"


def test_payment_methods_are_configured_half_configured_or_off(settings):
    for names in payments.health.NEEDED.values():
        for name in names:
            setattr(settings, name, "")
    assert {state for what, state in look("payment methods") if "sandbox" not in what} == {"off"}
    settings.IS_PRODUCTION = True
    assert dict(look("payment methods"))["payments: sandbox"] == "hint"
    assert dict(look("payment methods"))["payments"] == "hint"

    settings.CMI_CLIENT_ID = "600009999"
    settings.BTCPAY_URL = settings.BTCPAY_STORE_ID = settings.BTCPAY_API_KEY = settings.BTCPAY_WEBHOOK_SECRET = "x"
    settings.BANK_TRANSFER_HOLDER, settings.BANK_TRANSFER_RIB = "Leads", "123456789012345678901200"
    found = dict(look("payment methods"))
    assert (found["payments: cmi"], found["payments: crypto"]) == ("broken", "off")
    assert found["payments: bank_transfer"] == "broken"
    assert "Set CMI_STORE_KEY and CMI_GATEWAY_URL, or unset the others." in said("payment methods")


def test_online_the_provider_is_asked(settings):
    with fake_stripe(settings) as stripe:
        assert dict(look("payment methods"))["payments: stripe"] == "ok"
        assert stripe.seen == []
        assert dict(look("payment methods", online=True))["payments: stripe"] == "ok"
        assert len(stripe.seen) == 1
        settings.STRIPE_SECRET_KEY = "sk_test_wrong"
        assert dict(look("payment methods", online=True))["payments: stripe"] == "broken"


def test_messages_and_events_that_wait_too_long_are_broken(personas, settings):
    assert look("messages") == [("messages", "ok")]
    assert look("provider events") == [("provider events", "ok")]
    now = timezone.now()
    with acting_as(SYSTEM):
        message = Delivery.objects.create(
            kind="welcome", user=personas.owner, address="a@exemple.ma", language="fr", subject="A", text="B",
            deduplication_key="doctor", next_attempt_at=now - timedelta(minutes=9),
        )  # fmt: skip
        event = WebhookEvent.objects.create(
            provider="stripe", event_id="evt_1", body="{}", next_attempt_at=now - timedelta(minutes=9)
        )
    assert look("messages") + look("provider events") == [("messages", "ok"), ("provider events", "ok")]
    with acting_as(SYSTEM):
        for row in (message, event):
            type(row).objects.filter(pk=row.pk).update(next_attempt_at=now - timedelta(minutes=11))
    assert look("messages") + look("provider events") == [("messages", "broken"), ("provider events", "broken")]
    with acting_as(SYSTEM):
        for row in (message, event):
            type(row).objects.filter(pk=row.pk).update(status="given_up")
    assert look("messages")[-1] == ("messages", "hint")
    assert look("provider events")[-1] == ("provider events", "hint")


@pytest.fixture
def own_checks(monkeypatch):
    """The registry with this test's checks alone."""
    monkeypatch.setattr(health, "CHECKS", CHECKS)
    before = dict(CHECKS)
    monkeypatch.setattr("leadsmarket.doctor.examination.autodiscover_modules", lambda name: None)
    CHECKS.clear()
    yield
    CHECKS.clear()
    CHECKS.update(before)


def test_what_hangs_or_raises_is_broken_and_what_needs_it_is_not_looked_at(own_checks):
    release = threading.Event()
    register_check("hangs", seconds=0.1)(lambda *, online: release.wait(20) and [])

    @register_check("raises")
    def raises(*, online: bool) -> list[Finding]:
        raise ValueError("first line\nsecond line")

    register_check("needs", after=["raises"])(lambda *, online: [Finding("needs", State.OK)])
    register_check("needs that", after=["needs"])(lambda *, online: [Finding("needs that", State.OK)])
    register_check("fine")(lambda *, online: [Finding("fine", State.OK, f"online: {online}")])
    register_check("then", after=["fine"])(lambda *, online: [Finding("then", State.HINT)])

    found = {group: findings[0] for group, findings in examine(online=True).items()}
    release.set()

    assert list(found) == ["hangs", "raises", "needs", "needs that", "fine", "then"]
    assert found["hangs"] == Finding("hangs", State.BROKEN, "no answer within 0.1 s")
    assert found["raises"] == Finding("raises", State.BROKEN, "ValueError: first line")
    assert found["needs"] == Finding("needs", State.UNKNOWN, "not looked at: needs raises")
    assert found["needs that"].state == State.UNKNOWN
    assert found["fine"].detail == "online: True"
    assert found["then"].state == State.HINT


def test_hints_alone_do_not_fail_and_the_table_says_what_to_do(own_checks):
    register_check("a")(lambda *, online: [Finding("a", State.HINT, "odd", "Do this.")])
    register_check("b")(lambda *, online: [Finding("b", State.OFF, "not configured")])
    output = StringIO()
    call_command("doctor", stdout=output)
    assert output.getvalue().splitlines() == [
        "! hint     a  odd",
        "              → Do this.",
        "– off      b  not configured",
        "",
        "Broken: 0, hints: 1, looked at: 2",
    ]

    register_check("c")(lambda *, online: [Finding("c", State.BROKEN)])
    with pytest.raises(SystemExit) as stopped:
        call_command("doctor", "--json", stdout=(output := StringIO()))
    assert stopped.value.code == 1
    assert json.loads(output.getvalue())["broken"] == 1
