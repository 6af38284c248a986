"""The staff site's pages of jobs: runs, running one now, and what the first page says of their health."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from leadsmarket.celery import app
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.models import JobRun
from leadsmarket.schedules import add_missing_schedules
from tests.pages import text_of

RUNS = reverse("admin:leadsmarket_jobrun_changelist")


def made(job: str = "expire_leads", status: str = "succeeded", ago: timedelta = timedelta(0), **fields) -> JobRun:
    at = timezone.now() - ago
    with acting_as(SYSTEM):
        return JobRun.objects.create(
            job=job,
            status=status,
            started_at=at,
            finished_at=None if status == "running" else at + timedelta(seconds=1.5),
            host="worker-1",
            pid=7,
            lease_until=at,
            **{"source": "beat", **fields},
        )


def test_runs_are_listed_filtered_and_shown_but_never_changed(staff):
    expired = made(summary="Leads expired: 12", counts={"expired": 12})
    failed = made("reconcile", "failed", error="ValueError in leads/services.py:3")

    everything = text_of(staff.get(RUNS))
    of_reconcile = text_of(staff.get(RUNS, {"job": "reconcile"}))
    ended_well = text_of(staff.get(RUNS, {"status__exact": "succeeded"}))
    shown = text_of(staff.get(reverse("admin:leadsmarket_jobrun_change", args=[expired.pk])))

    assert "Leads expired: 12" in everything
    assert "1.5 s" in everything
    assert "ValueError" in everything
    assert "ValueError" in of_reconcile
    assert "Leads expired: 12" not in of_reconcile
    assert "ValueError" not in ended_well
    assert "expired 12" in shown
    assert "worker-1" in shown
    assert staff.get(reverse("admin:leadsmarket_jobrun_add")).status_code == 403
    assert staff.post(reverse("admin:leadsmarket_jobrun_delete", args=[failed.pk]), {"post": "yes"}).status_code == 403


@pytest.fixture
def schedule(staff):
    add_missing_schedules("default")
    return PeriodicTask.objects.get(name="expire_leads")


def test_a_job_is_queued_by_hand(staff, schedule, queued):
    made(ago=timedelta(hours=1))
    listed = text_of(staff.get(reverse("admin:django_celery_beat_periodictask_changelist")))
    assert "expire_leads" in listed
    assert "Succeeded" in listed
    page = staff.get(reverse("admin:django_celery_beat_periodictask_change", args=[schedule.pk]))
    address = f"/admin/django_celery_beat/periodictask/{schedule.pk}/run-now/"
    assert address in page.content.decode()
    assert staff.get(address).status_code == 200
    assert queued() == []

    answer = staff.post(address, follow=True)

    assert [job for job, *_more in queued()] == ["expire_leads"]
    assert "expire_leads is queued" in text_of(answer)
    assert answer.redirect_chain[-1][0] == f"{RUNS}?job=expire_leads"


def test_chosen_jobs_are_queued(staff, schedule, queued):
    chosen = [schedule.pk, PeriodicTask.objects.get(name="reconcile").pk]
    answer = staff.post(
        reverse("admin:django_celery_beat_periodictask_changelist"),
        {"action": "run_chosen", "_selected_action": chosen},
        follow=True,
    )
    assert "Jobs queued: 2" in text_of(answer)
    assert {job for job, *_more in queued()} == {"expire_leads", "reconcile"}


@pytest.fixture
def no_broker(monkeypatch):
    """Nobody listens where the broker should be."""
    monkeypatch.setattr(app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(app, "_pool", None)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)


def test_without_a_broker_nothing_is_said_to_be_queued(staff, schedule, no_broker):
    answer = staff.post(f"/admin/django_celery_beat/periodictask/{schedule.pk}/run-now/")
    assert answer.status_code == 422
    assert "The queue can't be reached at the moment" in answer.content.decode().replace("&#x27;", "'")


def test_the_first_page_names_jobs_that_failed_or_did_not_run(staff, schedule, time_machine):
    first = reverse("admin:index")
    assert "Every job ran when it was due." in text_of(staff.get(first))

    made("reconcile", "failed")
    made("expire_leads", "succeeded")
    made("auto_recharge", "attention")
    page = text_of(staff.get(first))
    assert "reconcile The last run failed. No success yet" in page
    assert "auto_recharge The last run needs attention." in page
    assert "expire_leads" not in page

    made("reconcile", "succeeded")
    assert "reconcile" not in text_of(staff.get(first))

    made("deliver", "succeeded", timedelta(minutes=1))
    time_machine.move_to(timezone.now() + timedelta(minutes=10))
    assert "deliver Did not run when it was due. Last success:" in text_of(staff.get(first))
    schedule_of_deliver = PeriodicTask.objects.get(name="deliver")
    schedule_of_deliver.enabled = False
    schedule_of_deliver.save()
    assert "deliver" not in text_of(staff.get(first))


def test_staff_without_the_right_see_nothing_of_jobs(staff, personas):
    with acting_as(SYSTEM):
        type(personas.staff).objects.filter(pk=personas.staff.pk).update(is_superuser=False)
    assert staff.get(RUNS).status_code == 403
    assert "Scheduled jobs" not in text_of(staff.get(reverse("admin:index")))
