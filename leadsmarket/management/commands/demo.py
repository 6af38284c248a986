"""`manage.py demo`: fill an empty platform with a year of demonstration data."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from leadsmarket.demo import DemoExists, load_demo


class Command(BaseCommand):
    help = "Loads a year of demonstration data with three log-ins; again is harmless. Refused in production."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_DATA_ALLOWED:
            raise CommandError("Demonstration data have known passwords: refused in production settings.")
        started = time.monotonic()
        try:
            summary = load_demo()
        except DemoExists:
            self.stdout.write("The demonstration data are there already; nothing was changed.")
            return
        self.stdout.write(
            f"Demonstration data loaded in {time.monotonic() - started:.1f} s: {summary.merchants} merchants,"
            f" {summary.influencers} influencers, {summary.campaigns} campaigns, {summary.leads} leads,"
            f" {summary.movements} deposit movements, {summary.entries} earnings, {summary.payments} payments,"
            f" {summary.payouts} payouts."
        )
