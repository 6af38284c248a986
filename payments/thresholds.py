"""What an auto-entrepreneur may get from one client in a year before that client must withhold tax; morocco.md, section 4."""

from datetime import date
from decimal import Decimal

# From which day on, MAD. A proposal to raise it to 100,000 was not confirmed: add a line here with the day when it is law.
CLIENT_THRESHOLDS: tuple[tuple[date, Decimal], ...] = ((date(2023, 1, 1), Decimal("80000.00")),)
WARNING_SHARE = Decimal("0.80")


def client_threshold(day: date) -> Decimal:
    """Return the yearly threshold of one client in force on a day, in MAD."""
    return max((start, amount) for start, amount in CLIENT_THRESHOLDS if start <= day)[1]
