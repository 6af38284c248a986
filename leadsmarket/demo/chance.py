"""Chance that falls the same way each time: seeded draws and ids made of a moment and seeded bits."""

import random
from datetime import datetime, timedelta
from uuid import UUID


class Chance(random.Random):
    """Seeded draws. One object per purpose, so that a new draw in one place doesn't change the others."""

    def happens(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.random() < probability

    def count(self, expected: float) -> int:
        """Return a whole number whose mean is `expected`, never further than one away."""
        return int(expected) + self.happens(expected - int(expected))

    def after(self, moment: datetime, shortest: timedelta, longest: timedelta) -> datetime:
        """Return a whole second between the two delays after `moment`."""
        return moment + timedelta(seconds=int(self.uniform(shortest.total_seconds(), longest.total_seconds())))


class Ids:
    """UUIDs version 7 in the order of the moments they are made for; the same ones for the same seed."""

    def __init__(self, seed: str) -> None:
        self._bits = random.Random(seed)  # noqa: S311 - repeatable on purpose, nothing secret

    def at(self, moment: datetime) -> UUID:
        """Return a new id for a row created at `moment`."""
        milliseconds = int(moment.timestamp() * 1000)
        bits = self._bits.getrandbits(74)
        return UUID(int=milliseconds << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & ((1 << 62) - 1))
