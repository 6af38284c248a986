"""A served site and headless Chromium: each test is a person (or two) at work."""

import io
import logging
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test.testcases import LiveServerThread, _StaticFilesHandler
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from accounts.models import User
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.masking import MaskingFilter
from tests.personas import PASSWORD, Personas

# Playwright's own event loop runs in this thread; Django would take that for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# A whole address, a number or the password of the personas; people's names as the tests type them.
NAMING = re.compile(
    rf"[\w.+-]+@(?:exemple\.ma|demo\.test)|\+212\d{{9}}|\b0[67](?:[ .-]?\d\d){{4}}\b|{PASSWORD}|Benali|Client \d"
)


@pytest.fixture(scope="session", autouse=True)
def _log_names_nobody() -> Iterator[None]:
    """Read, at the end, all that the served site logged: personal data is masked (law 09-08)."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(MaskingFilter())
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    assert [line for line in written.getvalue().splitlines() if NAMING.search(line)] == []


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Headless Chromium: the machine's, else the one that Playwright keeps."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def site(committed_personas: Personas) -> Iterator[str]:
    """Serve the site on a free port; return its address. The personas can log in."""
    with acting_as(SYSTEM):
        for user in (
            committed_personas.owner,
            committed_personas.member,
            committed_personas.other_owner,
            committed_personas.influencer_user,
            committed_personas.other_influencer_user,
            committed_personas.staff,
        ):
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    server = LiveServerThread("127.0.0.1", _StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


Visit = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser, site: str) -> Iterator[Visit]:
    """A function that opens a browser of its own for a person: language, width, with or without JavaScript.

    A page that logs an error to the console fails the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # Chromium reports each refused form (422) and conflict as an error of the console; they are answers.
        if message.type == "error" and "422" not in message.text:
            complaints.append(message.text)

    def open_page(
        email: str = "", *, language: str = "fr", width: int = 1280, height: int = 900, javascript: bool = True
    ) -> Page:
        context = chromium.new_context(
            base_url=site, locale=language, viewport={"width": width, "height": height}, java_script_enabled=javascript
        )
        context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": site}])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if email and language != "fr":
            # What they chose for themselves goes before the browser's language.
            with acting_as(SYSTEM):
                User.objects.filter(email=email).update(language=language)
        if email:
            page.goto("/accounts/login/")
            page.fill("input[name=login]", email)
            page.fill("input[name=password]", PASSWORD)
            page.click("main form button[type=submit]")
            page.wait_for_url(lambda url: "/accounts/login" not in url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def wait_until_settled(page: Page) -> None:
    """Wait until htmx has put an answer in place and listens to its parts again: quicker than any hand, a test must."""
    # Not page.wait_for_function: where it has to look twice, it evaluates a text, which our policy refuses.
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)
