"""`manage.py run_job NAME`: run a scheduled job now, record the run, and print what it did."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from leadsmarket.job_runs import run_by_hand
from leadsmarket.jobs import JOBS
from leadsmarket.models import JobRun


class Command(BaseCommand):
    help = "Runs a scheduled job by hand. Exit status 1 when the result needs attention, 0 when it is running already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=sorted(JOBS), help="name of the job")

    def handle(self, *args: Any, **options: Any) -> None:
        run = run_by_hand(options["name"])
        self.stdout.write(run.summary)
        if run.status == JobRun.Status.ATTENTION:
            sys.exit(1)
