"""Every page of every role in a browser: nothing breaks the content security policy, and pages can be used by everybody.

Each person walks through all addresses that need no id, and through the pages of their own rows.
"""

import json
import re
from pathlib import Path

import axe_playwright_python
import pytest
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import EmailChange
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.authorisation.doors import read_table

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()

# Told by the browser itself, also where nothing is written to the console.
LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI || event.sourceFile}`);
});
"""

OF_THE_LOG_IN = ("account_email", "account_change_password", "mfa_activate_totp", "account_reauthenticate")


def addresses_without_ids(person: str) -> list[str]:
    """The pages that a person may open and that need no id; of the log-in's own those of signing up."""
    column = {"visitor": "visitor", "merchant": "owner", "influencer": "salma"}[person]
    routes = {key.removeprefix("GET ") for key, row in read_table("pages.txt").items() if row[column] == "in"}
    pages = (route for route in routes if not re.search(r"^POST |^accounts/(?!signup)|^api/|<|\^", route))
    return sorted(f"/{route}" if route != "/" else route for route in pages)


def walk(page: Page, addresses: list[str]) -> tuple[int, dict[str, list[str]]]:
    """Open each address that is a page (no file, no part, nothing that takes forms alone).

    Returns how many there were, and what the policy refused on which.
    """
    page.context.add_init_script(LISTEN)
    opened, refused = 0, {}
    for address in addresses:
        answer = page.request.get(address)
        if not answer.ok or not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        if "<html" not in answer.text():
            continue
        page.goto(address, wait_until="domcontentloaded")
        opened += 1
        if violations := page.evaluate("window.violations || []"):
            refused[address] = violations
    return opened, refused


def faults(page: Page) -> list[str]:
    """What axe finds serious or critical (WCAG 2.1 A and AA), as rule and first place."""
    page.evaluate(AXE)
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
    found = page.evaluate(f"axe.run(document, {json.dumps(options)})")["violations"]
    return [
        f"{page.url} {rule['id']}: {rule['nodes'][0]['html'][:120]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]


@pytest.fixture
def own_rows(committed_personas):
    """Pages of Atlas' and Salma's own rows."""
    personas = committed_personas
    lead = personas.submit("600.00")
    return {
        "merchant": [
            reverse("leads:detail", args=[lead.pk]),
            reverse("leads:validate", args=[lead.pk]),
            reverse("leads:reject", args=[lead.pk]),
            reverse("leads:campaign", args=[personas.campaign.pk]),
            reverse("deposits:detail", args=[personas.deposit.pk]),
            reverse("payments:recharge", args=[personas.deposit.pk]),
            reverse("payments:auto_recharge", args=[personas.deposit.pk]),
        ],
        "influencer": [
            reverse("leads:detail", args=[lead.pk]),
            reverse("leads:apply", args=[personas.other_campaign.pk]),
        ],
    }


@pytest.mark.parametrize("person", ["visitor", "merchant", "influencer"])
def test_no_page_breaks_the_policy(visit, committed_personas, own_rows, person):
    emails = {"merchant": committed_personas.owner.email, "influencer": committed_personas.influencer_user.email}
    page = visit(emails.get(person, ""))
    addresses = addresses_without_ids(person) + own_rows.get(person, [])
    if person != "visitor":
        addresses += [reverse(name) for name in OF_THE_LOG_IN]

    opened, refused = walk(page, addresses)
    assert refused == {}
    assert opened >= {"visitor": 6, "merchant": 18, "influencer": 15}[person]


def test_no_page_of_the_staff_site_breaks_its_own_policy(visit, committed_personas):
    committed_personas.submit("600.00")
    page = visit(committed_personas.staff.email)
    lists = ["leads/lead", "deposits/deposit", "accounts/user", "accounts/auditentry", "payments/payment"]
    addresses = [
        "/admin/",
        *(f"/admin/{name}/" for name in lists),
        f"/admin/accounts/user/{committed_personas.owner.pk}/change/",
    ]

    assert walk(page, addresses) == (len(addresses), {})


def test_pages_of_the_log_in_can_be_used_by_everybody(visit, committed_personas):
    with acting_as(SYSTEM):
        EmailChange.objects.create(user=committed_personas.influencer_user, new_email="salma.nouveau@exemple.ma")
    visitor, person = visit(), visit(committed_personas.influencer_user.email, width=360)
    found = []
    for address in ("/", "/accounts/login/", "/accounts/signup/influencer/", "/accounts/password/reset/"):
        visitor.goto(address)
        found += faults(visitor)
    for address in ("/dashboard/", "/settings/", "/settings/security/"):
        person.goto(address)
        found += faults(person)
    # The password again, then the second factor and the address.
    person.goto("/accounts/two-factor/totp/activate/")
    found += faults(person)
    person.fill("input[name=password]", "demo-leads-2026")
    person.click("main form button[type=submit]")
    person.wait_for_selector(".qr-code")
    found += faults(person)
    person.goto("/accounts/email/")
    found += faults(person)

    assert found == []
