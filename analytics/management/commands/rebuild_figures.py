"""Counts the daily figures again from the first lead on; see docs/figures.md."""

from typing import Any

from django.core.management.base import BaseCommand

from analytics.rollup import rebuild


class Command(BaseCommand):
    """`manage.py rebuild_figures`: after rows of the past were loaded, or when `reconcile` found a difference."""

    help = "Counts the daily figures again from the first lead on."

    def handle(self, *args: Any, **options: Any) -> None:
        result = rebuild()
        self.stdout.write(f"Days of leads: {result.lead_days}, days of deposits: {result.deposit_days}")
