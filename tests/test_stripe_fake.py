"""The fake Stripe refuses what the real one refuses, so that passing against it means something."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import requests

from tests.fakes.stripe import FakeStripe, Trouble
from tests.fakes.stripe_contract import API_VERSION


@pytest.fixture
def stripe() -> Iterator[FakeStripe]:
    with FakeStripe() as fake:
        yield fake


def ask(stripe: FakeStripe, path: str, params: dict[str, object] | None = None, **headers: str) -> requests.Response:
    """POST a form as a client would; headers replace the right ones."""
    right = {
        "Authorization": f"Bearer {stripe.key}",
        "Stripe-Version": API_VERSION,
        "Content-Type": "application/x-www-form-urlencoded",
        "Idempotency-Key": "key-1",
    }
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.post(stripe.url + path, urlencode(params or {}), headers=right | names, timeout=5)


def intent(**changes: object) -> dict[str, object]:
    return {"amount": 200_000, "currency": "mad"} | changes


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        (intent(payment_method_types="card"), "payment_method_types_no_longer_supported", "payment_method_types"),
        (intent(colour="red"), "parameter_unknown", "colour"),
        ({"currency": "mad"}, "parameter_missing", "amount"),
        (intent(amount="200.00"), "parameter_invalid_integer", "amount"),
        (intent(confirm="yes"), "parameter_invalid_boolean", "confirm"),
        (intent(setup_future_usage="always"), "parameter_invalid", "setup_future_usage"),
        (intent(amount=499), "amount_too_small", "amount"),
        (intent(amount=100_000_000), "amount_too_large", "amount"),
        (intent(off_session="true"), "", "off_session"),
        (intent(customer="cus_nobody"), "resource_missing", "customer"),
        ({**intent(), "metadata[a][b]": "x"}, "parameter_invalid", "metadata[a]"),
    ],
)
def test_requests_are_checked_as_stripe_does(stripe, params, code, param):
    answer = ask(stripe, "/v1/payment_intents", params)

    assert answer.status_code == (404 if code == "resource_missing" else 400)
    error = answer.json()["error"]
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", code, param)
    assert stripe.state.objects == {}


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"mode": "payment", "ui_mode": "hosted", "success_url": "https://x"}, "ui_mode"),
        ({"mode": "payment"}, "success_url"),
        ({"mode": "payment", "success_url": "https://x"}, "line_items"),
        ({"mode": "payment", "success_url": "https://x", "expires_at": 1}, "expires_at"),
        ({"mode": "payment", "success_url": "https://x", "locale": "ar"}, "locale"),
        ({"mode": "payment", "success_url": "https://x", "line_items[1][quantity]": 1}, "line_items"),
    ],
)
def test_sessions_are_checked_as_stripe_does(stripe, params, param):
    answer = ask(stripe, "/v1/checkout/sessions", params)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer sk_other"}, 401),
        ({"Stripe_Version": "2020-08-27"}, 400),
        ({"Idempotency_Key": "x" * 256}, 400),
        ({"Content_Type": "application/json"}, 400),
    ],
)
def test_headers_are_checked(stripe, headers, status):
    assert ask(stripe, "/v1/customers", **headers).status_code == status


def test_same_key_replays_and_other_parameters_are_an_error(stripe):
    first = ask(stripe, "/v1/payment_intents", intent())
    again = ask(stripe, "/v1/payment_intents", intent())
    other = ask(stripe, "/v1/payment_intents", intent(amount=200_001))

    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert len(stripe.state.objects) == 1


def test_nothing_is_kept_of_a_refused_request(stripe):
    assert ask(stripe, "/v1/payment_intents", intent(customer="cus_nobody")).status_code == 404
    assert ask(stripe, "/v1/payment_intents", intent()).status_code == 200


def test_a_500_after_execution_is_replayed(stripe):
    stripe.make_trouble("POST /v1/payment_intents", Trouble.ERROR_500_KEPT)

    assert [ask(stripe, "/v1/payment_intents", intent()).status_code for _number in range(2)] == [500, 500]
    assert len(stripe.state.objects) == 1


def test_a_500_before_execution_is_not(stripe):
    stripe.make_trouble("POST /v1/payment_intents", Trouble.ERROR_500)

    assert [ask(stripe, "/v1/payment_intents", intent()).status_code for _number in range(2)] == [500, 200]


def test_unknown_address_is_not_found(stripe):
    assert ask(stripe, "/v1/charges").status_code == 404


@pytest.mark.parametrize(("trouble", "done"), [(Trouble.RESET_BEFORE, 0), (Trouble.RESET_AFTER, 1)])
def test_lost_connection_before_or_after_the_work(stripe, trouble, done):
    stripe.make_trouble("POST /v1/payment_intents", trouble)

    with pytest.raises(requests.ConnectionError):
        ask(stripe, "/v1/payment_intents", intent())
    assert len(stripe.state.objects) == done
