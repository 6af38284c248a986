"""Fixtures of the tests of jobs."""

import base64
import json
import os
from collections.abc import Callable, Iterator

import pytest
from kombu import Queue

from leadsmarket.celery import app


@pytest.fixture
def queued() -> Iterator[Callable[[], list]]:
    """A function that returns the arguments of the tasks in the queue, last one first; the queue is this test's own."""
    name = f"test-jobs-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.environ.get('TEST_DB_SUFFIX', '')}"
    before = app.conf.task_default_queue, app.amqp.queues
    app.conf.task_default_queue = name
    app.amqp.queues = app.amqp.Queues([Queue(name)])
    with app.connection_for_write() as connection:
        redis = connection.default_channel.client

        def arguments() -> list:
            bodies = (json.loads(message)["body"] for message in redis.lrange(name, 0, -1))
            return [json.loads(base64.b64decode(body))[0] for body in bodies]

        redis.delete(name)
        yield arguments
        redis.delete(name)
    app.conf.task_default_queue, app.amqp.queues = before
