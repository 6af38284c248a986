"""`manage.py doctor`: look at everything that the platform needs and say what to do."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from leadsmarket.doctor.examination import examine
from leadsmarket.doctor.table import SYMBOLS, as_json, as_table, count_broken


class Command(BaseCommand):
    help = (
        "Looks at database, Redis, worker, beat, mail, files, PDFs, providers, jobs. Exit status 1 when something is broken,"
        " 0 when all is right or there are only hints."
    )
    # What they find is part of the table, and some need a database.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--online", action="store_true", help="also ask the providers, by one cheap call each")
        parser.add_argument("--json", action="store_true", help="for monitoring")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine(online=options["online"])
        if options["json"]:
            self.stdout.write(as_json(findings))
        else:
            self.stdout.write(as_table(findings, symbols=_shows_symbols(getattr(self.stdout, "encoding", None))))
        if count_broken(findings):
            sys.exit(1)


def _shows_symbols(encoding: str | None) -> bool:
    try:
        "".join(SYMBOLS.values()).encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
