"""What browsers are told and what requests may bring, over the whole site: headers, cookies, CSRF, hosts, sizes, production."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.module_loading import import_string

from accounts.models import User
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.personas import PASSWORD

ROOT = Path(__file__).resolve().parents[1]

# Signed by a provider; or the acquirer's form in the payer's browser, which carries its own hash; or a mail program's one-click
# unsubscribe with a signed link (RFC 8058). The API's 404 does nothing.
WITHOUT_CSRF = {
    "webhook_stripe",
    "webhook_cmi",
    "webhook_btcpay",
    "webhook_sandbox",
    "webhook_twilio",
    "webhook_email",
    "webhook_whatsapp",
    "alerts:unsubscribe",
    "payments:cmi_ok",
    "payments:cmi_fail",
    "api:unknown",
}


def views(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, object]]:
    """The name and view of each address of the whole site."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from views(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}", entry.callback


def test_no_form_goes_without_csrf_but_signed_webhooks():
    exempt = {name: view for name, view in views(get_resolver()) if getattr(view, "csrf_exempt", False)}
    of_the_api = {name for name, view in exempt.items() if hasattr(view, "cls")}

    assert set(exempt) - of_the_api == WITHOUT_CSRF
    # REST framework's views are exempt for Django and ask themselves wherever a session is believed.
    from rest_framework.authentication import SessionAuthentication

    for name in of_the_api:
        for kind in exempt[name].cls.authentication_classes:
            if issubclass(kind, SessionAuthentication):
                assert kind.enforce_csrf is SessionAuthentication.enforce_csrf, name
    for kind in map(import_string, settings.REST_FRAMEWORK["DEFAULT_AUTHENTICATION_CLASSES"]):
        assert "BasicAuthentication" not in kind.__name__


@pytest.mark.parametrize("path", ["/settings/language/", "/accounts/logout/", "/i18n/setlang/", "/accounts/login/"])
def test_a_form_without_its_token_is_refused(personas, client_of, path):
    logged_in = client_of(personas.owner)
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = logged_in.cookies

    answer = browser.post(path, {"language": "ar", "login": "a@b.ma", "password": "x"})

    assert answer.status_code == 403
    with acting_as(SYSTEM):
        assert User.objects.get(pk=personas.owner.pk).language == "fr"
    assert logged_in.get("/settings/").status_code == 200


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/nowhere/", "/static/leadsmarket/app.css", "/admin/login/"])
def test_every_answer_carries_the_headers(client, db, path):
    answer = client.get(path)

    expected = {name: HEADERS[name] for name in HEADERS if "/static/" not in path or name != "X-Frame-Options"}
    answer.close()
    assert {name: answer.get(name) for name in expected} == expected
    assert "camera=()" in answer["Permissions-Policy"]
    assert "payment=()" in answer["Permissions-Policy"]


def test_pages_of_people_are_kept_nowhere_and_public_ones_tell_it_apart(personas, client_of):
    browser = client_of(personas.owner)

    assert browser.get("/settings/")["Cache-Control"] == "private, no-store"
    assert "no-store" not in Client().get("/terms/").get("Cache-Control", "")


def test_policy_of_pages_has_no_unsafe_source(personas, client_of):
    for path in ("/", "/settings/", "/dashboard/"):
        policy = client_of(personas.owner).get(path, follow=True)["Content-Security-Policy"]
        assert "unsafe" not in policy
        for directive in (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        ):
            assert directive in policy


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(personas):
    from allauth.account.models import EmailAddress

    with acting_as(SYSTEM):
        EmailAddress.objects.create(user=personas.owner, email=personas.owner.email, primary=True, verified=True)
    browser = Client()
    browser.get("/accounts/login/")
    browser.post("/accounts/login/", {"login": personas.owner.email, "password": PASSWORD, "remember": "on"})
    browser.post("/i18n/setlang/", {"language": "en"})

    names = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME}
    names.add(settings.KNOWN_BROWSER_COOKIE_NAME)
    assert set(browser.cookies) - {"messages"} == names
    for name in names:
        cookie = browser.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["domain"]) == (True, "Lax", ""), name


@pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test", "testserver@evil.test", "127.0.0.1:80@evil.test"])
def test_another_host_name_is_refused(client, db, host):
    assert client.get("/accounts/login/", HTTP_HOST=host).status_code == 400


def test_a_forwarded_host_is_not_believed(client, db, mailoutbox):
    answer = client.get("/accounts/login/", HTTP_X_FORWARDED_HOST="evil.test")

    assert answer.status_code == 200
    assert "evil.test" not in answer.content.decode()


def test_a_request_too_large_is_refused_before_it_is_read(client, db):
    answer = client.generic(
        "POST",
        "/accounts/login/",
        b"x",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(8 * 1024 * 1024 + 1),
    )

    assert answer.status_code == 413
    assert '<p class="error-code" aria-hidden="true">413</p>' in answer.content.decode()


@pytest.mark.parametrize("length", ["many", "-", "1e9"])
def test_a_length_that_is_none_is_refused(client, db, length):
    assert client.generic("POST", "/accounts/login/", b"x", CONTENT_LENGTH=length).status_code == 400


def test_texts_fields_and_files_of_a_form_are_limited(client, db):
    login = reverse("account_login")

    assert client.post(login, {"login": "x" * (1024 * 1024 + 1)}).status_code in (200, 400)
    encoded = "login=" + "x" * (1024 * 1024 + 1)
    assert client.generic("POST", login, encoded, content_type="application/x-www-form-urlencoded").status_code == 400
    assert client.post(login, {f"field{number}": "x" for number in range(1001)}).status_code == 400
    files = {f"file{number}": SimpleUploadedFile(f"{number}.png", b"x") for number in range(6)}
    assert client.post(login, files).status_code == 400


@pytest.mark.parametrize(
    "password", ["court-9", "1234567890123", "motdepasse", "password1234", "salma.bennani", "Casablanca-2026!"]
)
def test_weak_passwords_are_refused(db, client, password):
    answer = client.post(
        "/accounts/signup/influencer/",
        {
            "email": "salma.bennani@exemple.ma",
            "password1": password,
            "display_name": "S",
            "phone": "0612345678",
            "terms": "on",
        },
    )

    assert answer.status_code == 200
    assert 'id="id_password1_error"' in answer.content.decode()
    with acting_as(SYSTEM):
        assert not User.objects.exists()


PRODUCTION = {
    "LEADSMARKET_ENV": "production",
    "SECRET_KEY": "a-long-and-random-text-for-this-test-0123456789-abcdefghij",
    "DATABASE_URL": "postgres://web@127.0.0.1:1/none",
    "DATABASE_OWNER_URL": "postgres://owner@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "leads.example.ma",
    "SITE_URL": "https://leads.example.ma",
    "EMAIL_URL": "smtp+tls://user:word@mail.example.ma:587",
}


def in_production(*arguments: str, **changes: str) -> subprocess.CompletedProcess:
    """Run manage.py with the settings of production."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | PRODUCTION | changes,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_check_deploy_has_nothing_to_say():
    done = in_production("check", "--deploy", "--fail-level", "DEBUG")

    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues (0 silenced)" in done.stdout


ASK_PRODUCTION = """
from django.conf import settings
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import Client, RequestFactory
visitor = Client(SERVER_NAME="leads.example.ma")
plain = visitor.get("/terms/")
print(plain.status_code, plain.url)
print(visitor.get("/healthz", HTTP_HOST="10.0.0.7").status_code)
page = SecurityMiddleware(lambda request: HttpResponse())(RequestFactory().get("/", secure=True))
print(page["Strict-Transport-Security"])
print(settings.CSRF_COOKIE_NAME, settings.CSRF_COOKIE_SECURE, settings.LANGUAGE_COOKIE_SECURE)
print(settings.STAFF_SECOND_FACTOR_REQUIRED, settings.LOGGING["handlers"]["console"]["formatter"])
print(settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.KNOWN_BROWSER_COOKIE_NAME)
print(settings.LANGUAGE_COOKIE_NAME, settings.MESSAGE_STORAGE)
"""


def test_production_speaks_https_alone_and_asks_staff_for_a_second_factor():
    done = in_production("shell", "--no-imports", "-c", ASK_PRODUCTION)

    assert done.stdout.splitlines() == [
        "301 https://leads.example.ma/terms/",
        "200",
        "max-age=31536000; includeSubDomains; preload",
        "__Host-csrftoken True True",
        "True json",
        "__Host-sessionid True __Host-known_browser",
        "__Host-language leadsmarket.lib.notices.HostStorage",
    ], done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("ALLOWED_HOSTS", "*"), ("SECRET_KEY", "short"), ("DEBUG", "1"), ("METRICS_NETWORKS", "everywhere")],
)
def test_production_does_not_start_with_a_careless_setting(name, value):
    done = in_production("check", **{name: value})

    assert done.returncode == 1
    assert name in done.stderr


def test_the_security_page_names_tests_and_files_that_exist():
    page = (ROOT / "docs/security.md").read_text("utf-8")
    sources = "\n".join(
        file.read_text("utf-8")
        for folder in ("accounts", "api", "leads", "leadsmarket", "payments", "tests")
        for file in (ROOT / folder).rglob("test_*.py")
    )

    named = set(re.findall(r"`(?:[\w/.]+::)?(test_\w+)`", page))
    assert {name for name in named if f"def {name}(" not in sources} == set()
    files = set(re.findall(r"`((?:\w+/)+\w+\.py)", page))
    assert {file for file in files if not (ROOT / file).exists()} == set()
