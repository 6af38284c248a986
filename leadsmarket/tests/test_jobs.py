"""The job registry, its schedules and `manage.py run_job`."""

import json
import logging
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from leads.models import Lead
from leadsmarket.jobs import JOBS
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.schedules import add_missing_schedules
from leadsmarket.tasks import run_job


def run(name: str) -> str:
    output = StringIO()
    call_command("run_job", name, stdout=output)
    return output.getvalue()


@pytest.mark.django_db(databases=["default"])
def test_a_deploy_adds_every_schedule_in_casablanca_time():
    assert add_missing_schedules("default") == list(JOBS)

    rows = {task.name: task for task in PeriodicTask.objects.select_related("crontab")}
    times = {name: (task.crontab.hour, task.crontab.minute) for name, task in rows.items()}
    assert (
        times.items()
        >= {
            "expire_leads": ("23", "0"),
            "make_earnings_payable": ("*", "5"),
            "deliver": ("*", "*"),
            "reconcile": ("3", "30"),
        }.items()
    )
    days = {name: task.crontab.day_of_month for name, task in rows.items()}
    assert days == dict.fromkeys(JOBS, "*") | {"monthly_report": "1"}
    assert {str(task.crontab.timezone) for task in rows.values()} == {"Africa/Casablanca"}
    assert {task.task for task in rows.values()} == {run_job.name}
    assert {name: json.loads(task.args) for name, task in rows.items()} == {name: [name] for name in JOBS}


@pytest.mark.django_db(databases=["default"])
def test_a_deploy_keeps_what_staff_changed():
    add_missing_schedules("default")
    noon = CrontabSchedule.objects.create(hour="12", minute="0", timezone="Africa/Casablanca")
    PeriodicTask.objects.filter(name="expire_leads").update(crontab=noon, enabled=False, description="Autre heure")
    PeriodicTask.objects.filter(name="reconcile").delete()

    assert add_missing_schedules("default") == ["reconcile"]
    assert add_missing_schedules("default") == []

    changed = PeriodicTask.objects.get(name="expire_leads")
    assert (changed.crontab, changed.enabled, changed.description) == (noon, False, "Autre heure")
    assert PeriodicTask.objects.count() == len(JOBS)


def test_expire_leads_says_what_it_did(committed_personas, time_machine):
    lead = committed_personas.submit("600.00")
    time_machine.move_to(lead.expires_at)

    assert run("expire_leads") == "Leads expired: 1\n"
    assert run("expire_leads") == "Leads expired: 0\n"


def test_the_task_runs_the_job(committed_personas, time_machine):
    lead = committed_personas.submit("600.00")
    time_machine.move_to(lead.expires_at)

    run_job("expire_leads")

    with acting_as(SYSTEM):
        assert Lead.objects.get().status == Lead.Status.REJECTED


def test_make_earnings_payable_says_what_it_did(committed_personas):
    assert run("make_earnings_payable") == "Earnings made payable: 0\n"


def test_reconcile_finds_nothing_in_right_books(committed_personas, caplog):
    committed_personas.submit("600.00")

    assert run("reconcile") == "Differences found: 0\n"
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_reconcile_logs_each_difference_and_fails(committed_personas, caplog):
    deposit = committed_personas.deposit
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE company_deposits SET current_balance = 4999 WHERE id = %s", [deposit.pk])

    output = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("run_job", "reconcile", stdout=output)

    difference = f"deposit_balance {deposit.pk}: expected 5000.00, found 4999.00"
    assert stopped.value.code == 1
    assert output.getvalue() == f"Differences found: 1\n{difference}\n"
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == [f"Reconciliation: {difference}"]


def test_an_unknown_job_is_refused_with_the_list_of_jobs():
    with pytest.raises(CommandError, match="expire_leads"):
        call_command("run_job", "sweep")
