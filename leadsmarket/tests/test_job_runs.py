"""Runs of jobs: each leaves a row, two never go on at once, a moment of the schedule is served once, a missed one caught up."""

import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from leads.models import Lead
from leadsmarket import job_runs
from leadsmarket.job_history import forget_old_runs
from leadsmarket.job_runs import missed_jobs, run_by_hand, run_scheduled
from leadsmarket.jobs import JOBS, Job, JobResult, Schedule
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.models import JobRun
from leadsmarket.schedules import add_missing_schedules
from leadsmarket.tasks import ask_for_catch_up, catch_up, run_job

Status, Source = JobRun.Status, JobRun.Source
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def run(name: str) -> str:
    output = StringIO()
    call_command("run_job", name, stdout=output)
    return output.getvalue()


def rows(name: str = "expire_leads") -> list[JobRun]:
    with acting_as(SYSTEM):
        return list(JobRun.objects.filter(job=name).order_by("id"))


def states(name: str = "expire_leads") -> list[str]:
    return [row.status for row in rows(name)]


@pytest.fixture
def job(monkeypatch):
    """A function that puts a job of the test's own into the registry."""

    def register(act, name: str = "counted", hour: str = "23", minute: str = "0") -> None:
        monkeypatch.setitem(JOBS, name, Job(name, "Of a test.", Schedule(hour=hour, minute=minute), act))

    return register


@pytest.fixture
def scheduled(committed_db, job, time_machine):
    """A daily (23:00) and an every-minute job that count their runs, on an installation made the day before."""
    done: list[str] = []

    def act(name: str):
        return lambda: done.append(name) or JobResult("done", {"done": 1})

    job(act("daily"), "daily")
    job(act("minutely"), "minutely", hour="*", minute="*")
    time_machine.move_to(NOON - timedelta(days=1, hours=2))
    add_missing_schedules("default")
    PeriodicTask.objects.exclude(name__in=["daily", "minutely"]).delete()
    time_machine.move_to(NOON)
    return done


def test_a_run_by_hand_leaves_its_row(committed_personas, time_machine):
    lead = committed_personas.submit("600.00")
    time_machine.move_to(lead.expires_at)

    assert run("expire_leads") == "Leads expired: 1\n"

    (row,) = rows()
    assert (row.status, row.source, row.counts, row.summary) == (
        "succeeded",
        "hand",
        {"expired": 1},
        "Leads expired: 1",
    )
    assert (row.host, row.pid, row.error, row.due_at) == (socket.gethostname(), os.getpid(), "", None)
    assert row.started_at <= row.finished_at


def test_a_failed_run_tells_what_and_where_with_personal_data_masked(committed_db, job):
    def fail() -> JobResult:
        raise ValueError("salma@exemple.ma has no phone")

    job(fail)

    with pytest.raises(ValueError, match="salma"):
        run("counted")

    (row,) = rows("counted")
    assert row.status == "failed"
    assert row.error.startswith("ValueError (s•••@exemple.ma has no phone) in leadsmarket/tests/test_job_runs.py:")
    assert row.summary == ""


def test_a_run_that_is_stopped_is_interrupted(committed_db, job):
    def stop() -> JobResult:
        raise KeyboardInterrupt

    job(stop)

    with pytest.raises(KeyboardInterrupt):
        run("counted")

    assert states("counted") == ["interrupted"]


def test_a_second_start_while_one_runs_is_skipped_and_says_so(committed_db, job):
    outputs = []

    def act() -> JobResult:
        outputs.append(run("counted"))
        return JobResult("done")

    job(act)

    assert run("counted") == "done\n"

    assert outputs[0].startswith(f"Running already, on {socket.gethostname()} since 20")
    assert states("counted") == ["succeeded", "skipped"]


def test_many_starts_at_once_do_the_work_once(committed_db, job):
    barrier, release = threading.Barrier(8), threading.Event()
    done = []
    job(lambda: done.append(release.wait(10)) or JobResult("done"))

    def start() -> None:
        barrier.wait()
        if run_by_hand("counted").status == Status.SKIPPED and len(rows("counted")) == 8:
            release.set()
        connection.close()

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert done == [True]
    assert sorted(states("counted")) == ["skipped"] * 7 + ["succeeded"]


def test_a_killed_run_is_marked_and_its_work_done_by_the_next(committed_personas, time_machine):
    lead = committed_personas.submit("600.00")
    killed = subprocess.Popen(
        [sys.executable, "-m", "leadsmarket.tests.killed_job", connection.settings_dict["NAME"]],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout.readline() == "in the middle\n"
    assert run("expire_leads").startswith("Running already")
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    killed.stdout.close()
    time_machine.move_to(lead.expires_at)

    assert run("expire_leads") == "Leads expired: 1\n"

    assert states() == ["interrupted", "skipped", "succeeded"]
    assert rows()[0].error == "Its process ended in the middle"
    with acting_as(SYSTEM):
        assert Lead.objects.get().status == Lead.Status.REJECTED


@pytest.mark.parametrize(("lease", "status"), [(-1, "interrupted"), (60, "running")])
def test_a_run_on_another_machine_is_believed_until_its_lease_ends(committed_db, job, lease, status):
    job(lambda: JobResult("done"))
    with acting_as(SYSTEM):
        JobRun.objects.create(
            job="counted", source="hand", host="elsewhere", pid=1, lease_until=timezone.now() + timedelta(seconds=lease)
        )

    run("counted")

    assert states("counted") == [status, "succeeded" if status == "interrupted" else "skipped"]


def test_the_lease_is_renewed_while_a_run_goes_on(committed_db, job, monkeypatch):
    monkeypatch.setattr(job_runs, "RENEWED_EVERY_SECONDS", 0.02)
    renewed = threading.Event()

    def lease() -> datetime:
        return rows("counted")[0].lease_until

    def act() -> JobResult:
        first = lease()
        for _ in range(500):
            if lease() > first:
                renewed.set()
                break
            threading.Event().wait(0.01)
        return JobResult("done")

    job(act)
    run("counted")

    assert renewed.is_set()
    assert states("counted") == ["succeeded"]


def test_a_moment_of_the_schedule_is_served_once(scheduled, time_machine):
    """A tick that the broker delivers twice, or one that waited while another served its moment."""
    assert run_scheduled("daily").status == "succeeded"
    assert run_scheduled("daily") is None
    time_machine.move_to(NOON + timedelta(hours=10))
    assert run_scheduled("daily") is None
    time_machine.move_to(NOON + timedelta(hours=11))
    assert run_scheduled("daily").status == "succeeded"

    assert [row.due_at for row in rows("daily")] == [NOON - timedelta(hours=13), NOON + timedelta(hours=11)]
    assert scheduled == ["daily", "daily"]


def test_a_tick_that_comes_early_by_our_clock_is_not_taken_for_yesterdays(scheduled, time_machine):
    run_scheduled("daily")
    time_machine.move_to(NOON + timedelta(hours=11, seconds=-20))

    assert run_scheduled("daily").due_at == NOON + timedelta(hours=11)
    time_machine.move_to(NOON + timedelta(hours=11, seconds=1))
    assert run_scheduled("daily") is None


def test_one_tick_at_two_workers_is_run_once(scheduled):
    barrier = threading.Barrier(4)

    def start() -> None:
        barrier.wait()
        run_scheduled("daily")
        connection.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert scheduled == ["daily"]
    assert states("daily").count("succeeded") == 1


def test_a_scheduled_run_that_finds_another_in_its_way_is_tried_again_later(scheduled, queued):
    now = timezone.now()
    process = {"source": "beat", "host": "elsewhere", "pid": 1, "lease_until": now + timedelta(minutes=1)}
    with acting_as(SYSTEM):
        JobRun.objects.create(job="daily", **process)
        JobRun.objects.create(job="minutely", **process)

    run_job("minutely")
    run_job("daily", "hand")
    assert queued() == []
    run_job("daily")
    assert queued() == [["daily", "beat", None, 2]]
    run_job("daily", "beat", None, 20)
    assert len(queued()) == 1

    with acting_as(SYSTEM):
        JobRun.objects.update(lease_until=now - timedelta(days=400))
    run_job(*queued()[0])
    assert scheduled == ["daily"]
    assert len(queued()) == 1


def test_every_start_asks_for_what_was_missed_and_it_is_queued_once_per_asking(scheduled, queued):
    ask_for_catch_up()
    assert queued() == [[]]
    catch_up()
    assert queued()[0] == ["daily", "catch_up"]
    run_job("daily", "catch_up")
    catch_up()

    assert len(queued()) == 2
    assert [row.source for row in rows("daily")] == ["catch_up"]


def test_after_an_interrupted_run_its_moment_is_served_again(scheduled):
    run_scheduled("daily")
    with acting_as(SYSTEM):
        JobRun.objects.filter(job="daily").update(status="interrupted")

    assert missed_jobs() == ["daily"]
    assert run_scheduled("daily").status == "succeeded"
    assert scheduled == ["daily", "daily"]


def test_a_missed_daily_job_is_caught_up_once_however_many_start(scheduled):
    assert missed_jobs() == ["daily"]
    assert missed_jobs() == ["daily"]

    assert run_scheduled("daily", source=Source.CATCH_UP).source == "catch_up"
    assert run_scheduled("daily", source=Source.CATCH_UP) is None

    assert missed_jobs() == []
    assert scheduled == ["daily"]


def test_days_missed_are_one_run(scheduled, time_machine):
    run_scheduled("daily")
    time_machine.move_to(NOON + timedelta(days=5))

    assert missed_jobs() == ["daily"]
    run_scheduled("daily", source=Source.CATCH_UP)

    assert missed_jobs() == []
    assert len(scheduled) == 2


def test_a_run_by_hand_since_the_moment_leaves_nothing_to_catch_up(scheduled):
    run_by_hand("daily")
    assert missed_jobs() == []


def test_a_failed_run_is_not_caught_up(scheduled, job):
    def fail() -> JobResult:
        raise ValueError("no")

    job(fail, "daily")
    with pytest.raises(ValueError, match="no"):
        run_scheduled("daily")
    assert missed_jobs() == []


def test_a_new_installation_and_a_schedule_switched_off_or_on_again_catch_up_nothing(scheduled, time_machine):
    daily = PeriodicTask.objects.get(name="daily")
    daily.enabled = False
    daily.save()
    assert missed_jobs() == []
    daily.enabled = True
    daily.save()
    assert missed_jobs() == []
    PeriodicTask.objects.all().delete()
    add_missing_schedules("default")
    assert missed_jobs() == []

    time_machine.move_to(NOON + timedelta(hours=11))
    assert "daily" in missed_jobs()
    assert "minutely" not in missed_jobs()


def test_times_that_staff_changed_count(scheduled, time_machine):
    time_machine.move_to(NOON - timedelta(hours=1))
    run_scheduled("daily")
    time_machine.move_to(NOON)
    crontab = CrontabSchedule.objects.create(hour="11", minute="30", timezone="Africa/Casablanca")
    PeriodicTask.objects.filter(name="daily").update(crontab=crontab)

    assert missed_jobs() == ["daily"]
    assert run_scheduled("daily").due_at == NOON - timedelta(minutes=30)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-02-15", 25), ("2026-03-22", 23), ("2026-09-20", 25), ("2026-12-31", 24)]
)
def test_a_daily_job_runs_once_on_days_of_other_lengths(scheduled, time_machine, day, hours):
    """Ticks of every half hour, as from a beat gone wild, between the midnights of that day."""
    midnight = datetime.fromisoformat(day).replace(tzinfo=timezone.get_default_timezone())
    start = midnight.astimezone(UTC)
    time_machine.move_to(start - timedelta(minutes=30))
    run_scheduled("daily")

    for half_hours in range(2 * hours):
        time_machine.move_to(start + timedelta(minutes=30) * half_hours)
        run_scheduled("daily")

    assert scheduled == ["daily"] * 2
    assert f"{timezone.localtime(rows('daily')[-1].due_at):%Y-%m-%d %H:%M}" == f"{day} 23:00"
    assert f"{timezone.localtime():%Y-%m-%d %H:%M}" == f"{day} 23:30"


def test_old_runs_are_forgotten_and_idle_ones_of_frequent_jobs_earlier(committed_db, monkeypatch):
    monkeypatch.setattr("leadsmarket.job_history.BATCH", 2)
    now = timezone.now()

    def made(name: str, days: float, status: str = "succeeded", **fields: object) -> JobRun:
        at = now - timedelta(days=days)
        return JobRun(
            job=name,
            source="beat",
            status=status,
            started_at=at,
            finished_at=at,
            host="a",
            pid=1,
            lease_until=at,
            **fields,
        )

    kept = [
        made("deliver", 1, counts={"messages": 0}),
        made("deliver", 3, counts={"messages": 2}),
        made("deliver", 3, "failed"),
        made("expire_leads", 89, counts={"expired": 0}),
    ]
    gone = [
        *(made("deliver", 3 + day, counts={"messages": 0}) for day in range(3)),
        made("deliver", 3, "skipped"),
        made("expire_leads", 91, counts={"expired": 5}),
    ]
    with acting_as(SYSTEM):
        JobRun.objects.bulk_create([*kept, *gone])

    assert forget_old_runs({"deliver"}) == len(gone)
    assert forget_old_runs({"deliver"}) == 0

    with acting_as(SYSTEM):
        assert set(JobRun.objects.values_list("pk", flat=True)) == {row.pk for row in kept}
    assert run("tidy_up").startswith("Forgotten: runs of jobs 0")
