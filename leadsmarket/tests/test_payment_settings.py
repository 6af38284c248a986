"""Settings that follow the gateways and the storage that are configured."""

import environ
import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.files.storage.handler import StorageHandler

from leadsmarket.settings.csp import content_security_policy
from leadsmarket.settings.files import file_storage


@pytest.fixture
def environment(monkeypatch) -> environ.Env:
    for name in ("CMI_GATEWAY_URL", "BTCPAY_URL", "STRIPE_SECRET_KEY", "STRIPE_CHECKOUT_ORIGIN", "S3_BUCKET"):
        monkeypatch.delenv(name, raising=False)
    return environ.Env()


def form_action(env: environ.Env) -> list[str]:
    return content_security_policy(env)["DIRECTIVES"]["form-action"]


def test_forms_stay_here_while_no_gateway_is_configured(environment):
    assert form_action(environment) == ["'self'"]


def test_forms_may_lead_to_the_pages_of_configured_gateways(environment, monkeypatch):
    monkeypatch.setenv("CMI_GATEWAY_URL", "https://testpayment.cmi.co.ma/fim/est3Dgate")
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_1")
    monkeypatch.setenv("BTCPAY_URL", "https://btcpay.example.ma:8443/")

    assert form_action(environment) == [
        "'self'",
        "https://testpayment.cmi.co.ma",
        "https://btcpay.example.ma:8443",
        "https://checkout.stripe.com",
    ]


def test_files_stay_on_this_machine_without_a_bucket(environment):
    assert file_storage(environment)["BACKEND"] == "django.core.files.storage.FileSystemStorage"


def test_a_bucket_keeps_files_private_and_never_overwrites(environment, monkeypatch):
    monkeypatch.setenv("S3_BUCKET", "recus")
    monkeypatch.setenv("S3_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("S3_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("S3_SECRET_ACCESS_KEY", "secret")

    storage = StorageHandler({"default": file_storage(environment), "staticfiles": settings.STORAGES["staticfiles"]})[
        "default"
    ]

    assert type(storage).__name__ == "S3Storage"
    assert (storage.bucket_name, storage.endpoint_url) == ("recus", "http://127.0.0.1:9")
    assert (storage.default_acl, storage.file_overwrite, storage.querystring_auth) == (None, False, True)
    assert storages.backends["default"]["BACKEND"] != "storages.backends.s3.S3Storage", "tests stay on this machine"
