"""How e-mails leave is chosen by the environment; what is half configured stops the start."""

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from leadsmarket.settings.email import PROVIDERS, email_settings


@pytest.fixture
def env(monkeypatch) -> environ.Env:
    for name in ("EMAIL_URL", "EMAIL_PROVIDER", "DEFAULT_FROM_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    return environ.Env()


def test_messages_are_printed_unless_said_otherwise(env):
    settings = email_settings(env)
    assert settings["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"
    assert settings["EMAIL_TIMEOUT"] == 10


def test_files(env, monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "filemail:////var/mail/out")
    settings = email_settings(env)
    assert settings["EMAIL_BACKEND"] == "django.core.mail.backends.filebased.EmailBackend"
    assert settings["EMAIL_FILE_PATH"] == "/var/mail/out"


def test_smtp_with_starttls(env, monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "smtp+tls://apikey:SG.a%40b@smtp.sendgrid.net:587")
    settings = email_settings(env)
    assert settings["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (settings["EMAIL_HOST"], settings["EMAIL_PORT"]) == ("smtp.sendgrid.net", 587)
    assert (settings["EMAIL_HOST_USER"], settings["EMAIL_HOST_PASSWORD"]) == ("apikey", "SG.a@b")
    assert settings["EMAIL_USE_TLS"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_needs_its_keys_and_its_back_end_takes_them(env, monkeypatch, settings, provider):
    _module, keys = PROVIDERS[provider]
    monkeypatch.setenv("EMAIL_PROVIDER", provider)
    for key in keys:
        monkeypatch.delenv(key, raising=False)
    with pytest.raises(ImproperlyConfigured, match=keys[0]):
        email_settings(env)

    for key in keys:
        monkeypatch.setenv(key, "example.ma")
    chosen = email_settings(env)
    settings.ANYMAIL = chosen["ANYMAIL"]
    import_string(chosen["EMAIL_BACKEND"])()


def test_an_unknown_provider_is_refused(env, monkeypatch):
    monkeypatch.setenv("EMAIL_PROVIDER", "pigeon")
    with pytest.raises(ImproperlyConfigured, match="mailjet"):
        email_settings(env)
