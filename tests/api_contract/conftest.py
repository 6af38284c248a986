"""The world in which the API is tried: rows in every table, every method of payment set up, someone of each role."""

from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tests.api_contract.roles import Objects, make_objects
from tests.fakes.cmi import CLIENT_ID, STORE_KEY
from tests.fakes.stripe import fake_stripe


@pytest.fixture(scope="module")
def objects(full_books) -> Objects:
    personas, _books = full_books
    return make_objects(personas)


@pytest.fixture
def providers(settings) -> Iterator[None]:
    """Stripe runs here; CMI and bank transfers, which ask nobody, are set up."""
    settings.CMI_CLIENT_ID, settings.CMI_STORE_KEY = CLIENT_ID, STORE_KEY
    settings.CMI_GATEWAY_URL = "https://testpayment.cmi.example/fim/est3Dgate"
    settings.BANK_TRANSFER_HOLDER, settings.BANK_TRANSFER_RIB = "Leadsmarket SARL", "011 780 0000123456789012 34"
    with fake_stripe(settings):
        yield


@pytest.fixture(autouse=True)
def _kept_connection() -> Iterator[None]:
    """Requests run in the transaction of the test, so none may close its connection; Django's own client sees to the same."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
