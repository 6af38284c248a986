"""`manage.py run_job NAME`: run a scheduled job now and print what it did."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from leadsmarket.jobs import JOBS


class Command(BaseCommand):
    help = "Runs a scheduled job by hand. Exit status 1 when the result needs attention."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=sorted(JOBS), help="name of the job")

    def handle(self, *args: Any, **options: Any) -> None:
        result = JOBS[options["name"]].run()
        self.stdout.write(result.summary)
        if result.needs_attention:
            sys.exit(1)
