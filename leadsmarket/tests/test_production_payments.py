"""Production refuses to start with keys of the wrong mode, or with half of what a gateway needs."""

import os
import subprocess
import sys

import pytest

COMPLETE = {
    "LEADSMARKET_ENV": "production",
    "SECRET_KEY": "x7" * 25,
    "DATABASE_URL": "postgres://web@localhost/x",
    "DATABASE_OWNER_URL": "postgres://owner@localhost/x",
    "REDIS_URL": "redis://localhost/0",
    "ALLOWED_HOSTS": "leads.example",
    "SITE_URL": "https://leads.example",
    "EMAIL_URL": "consolemail://",
}


def start(**changes: str) -> str:
    """Load the production settings in a process of its own; returns the last line of what it complained about."""
    done = subprocess.run(
        [sys.executable, "-c", "import leadsmarket.settings"],
        env={"PATH": os.environ["PATH"], **COMPLETE, **changes},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


@pytest.mark.parametrize(
    "stripe",
    [
        {},
        {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"},
        {"STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_WEBHOOK_SECRET": "whsec_1", "PAYMENTS_LIVE": "1"},
        {"STRIPE_SECRET_KEY": "rk_live_1", "STRIPE_WEBHOOK_SECRET": "whsec_1", "PAYMENTS_LIVE": "1"},
        {"CMI_CLIENT_ID": "600009999", "CMI_STORE_KEY": "key", "CMI_GATEWAY_URL": "https://pay.example/fim/est3Dgate"},
    ],
)
def test_fitting_keys_start(stripe):
    assert start(**stripe) == ""


@pytest.mark.parametrize(
    ("stripe", "complaint"),
    [
        ({"STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}, "another mode"),
        ({"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1", "PAYMENTS_LIVE": "1"}, "another mode"),
        ({"STRIPE_SECRET_KEY": "sk_test_1"}, "together"),
        ({"STRIPE_WEBHOOK_SECRET": "whsec_1"}, "together"),
        ({"CMI_CLIENT_ID": "600009999", "CMI_GATEWAY_URL": "https://pay.example/fim/est3Dgate"}, "CMI_STORE_KEY"),
        ({"BTCPAY_URL": "https://btcpay.example", "BTCPAY_STORE_ID": "S"}, "BTCPAY_WEBHOOK_SECRET"),
    ],
)
def test_keys_that_do_not_fit_refuse(stripe, complaint):
    assert complaint in start(**stripe)
