"""Real threads with real connections that start together, for tests of races."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

from django.db import connections

Action = Callable[[], Any]


class Crowd:
    """Threads that keep their connections over many rounds; `at_once` runs one action in each, from one starting shot."""

    def __init__(self, pool: ThreadPoolExecutor, size: int) -> None:
        self.pool = pool
        self.size = size

    def at_once(self, *actions: Action) -> list[Any]:
        """Return what each action returned or raised, in order. At most as many actions as threads."""
        assert len(actions) <= self.size
        barrier = Barrier(len(actions))

        def run(action: Action) -> Any:
            barrier.wait(timeout=30)
            try:
                return action()
            except Exception as error:
                return error

        return list(self.pool.map(run, actions, timeout=120))


@contextmanager
def crowd(size: int) -> Iterator[Crowd]:
    """Give a crowd of `size` threads, each connected already, and close their connections afterwards."""
    with ThreadPoolExecutor(size) as pool:
        threads = Crowd(pool, size)
        threads.at_once(*[connections["default"].ensure_connection] * size)
        try:
            yield threads
        finally:
            threads.at_once(*[connections.close_all] * size)
