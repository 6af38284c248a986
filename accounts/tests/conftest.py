"""Fixtures of the tests about accounts."""

from collections.abc import Callable, Iterator
from email.message import EmailMessage

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client

from leadsmarket.celery import app

PASSWORD = "tajine-aux-pruneaux-7"


@pytest.fixture(autouse=True)
def _queue_runs_at_once() -> Iterator[None]:
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def post(client: Client, db: None, django_capture_on_commit_callbacks) -> Callable[..., HttpResponse]:
    """Post a form as a browser does, and let what waits for the commit happen."""

    def send(url: str, **data: object) -> HttpResponse:
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(url, data)

    return send


@pytest.fixture
def outbox(db: None) -> list[EmailMessage]:
    """The e-mails sent so far."""
    return mail.outbox
