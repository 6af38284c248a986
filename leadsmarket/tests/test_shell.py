"""The shell of the pages: menu, icons, content security, the public pages."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from leadsmarket.lib.navigation import MENUS, SETTINGS_SECTIONS, menu_for, settings_sections_for

TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
SPRITE = Path(settings.BASE_DIR, "static/leadsmarket/icons.svg").read_text()


@pytest.mark.parametrize("role", ["merchant", "influencer", "staff"])
def test_every_entry_of_the_menu_leads_somewhere(role):
    assert [link.url for link in menu_for(role, "/")] == [reverse(entry.url_name) for entry in MENUS[role]]


def test_the_longest_matching_entry_is_the_current_one():
    current = [link.url for link in menu_for("influencer", reverse("leads:new")) if link.is_current]

    assert current == [reverse("leads:new")]


def test_a_visitor_has_no_menu():
    assert menu_for("", "/") == []


def test_pages_of_a_persons_log_in_belong_to_the_security_section():
    sections = settings_sections_for("merchant", reverse("account_email"))

    assert [link.url for link in sections if link.is_current] == [reverse("accounts:security")]
    assert [link.url for link in sections] == [
        reverse(name) for name in ("accounts:settings", "alerts:preferences", "partner:access", "accounts:security")
    ]


def test_every_icon_of_the_templates_and_menus_is_in_the_sprite():
    used = {entry.icon for menu in MENUS.values() for entry in menu}
    used |= {section.entry.icon for section in SETTINGS_SECTIONS}
    for path in TEMPLATES:
        used |= set(re.findall(r"""\{% icon ["']([\w-]+)["']""", path.read_text()))

    missing = {name for name in used if f'<symbol id="{name}"' not in SPRITE}
    assert missing == set()


# Read as a file, without the site: no policy, no style sheet of ours.
FILES = {"prospect_data.html"}


def test_no_page_carries_inline_script_or_style():
    offenders = [
        path.name
        for path in TEMPLATES
        if "emails" not in path.parts
        and path.name not in FILES
        and "email" not in path.parts
        and re.search(r"""\sstyle=|\son\w+=["']|<script(?![^>]*\bsrc=)|<style|hx-on|javascript:""", path.read_text())
    ]
    assert offenders == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/terms/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"])
def test_public_pages_are_french_and_strict(client, path):
    response = client.get(path)

    html = response.content.decode()
    assert response.status_code == 200
    assert '<html lang="fr" dir="ltr">' in html
    assert html.count("<h1") == 1
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "http://" not in re.sub(r'xmlns="http://www\.w3\.org/\S+"', "", html)
    assert "https://" not in html


@pytest.mark.django_db
def test_landing_states_the_worked_examples(client):
    html = re.sub(r"[\u00a0\u202f]", " ", client.get("/").content.decode())

    for amount in ("600,00 MAD", "60,00 MAD", "18,00 MAD", "80,00 MAD", "24,00 MAD", "2 000,00 MAD", "500,00 MAD"):
        assert amount in html


def test_landing_leads_people_to_their_work(personas, client_of):
    assert client_of(personas.owner).get("/").url == reverse("dashboard")
    assert client_of(personas.staff).get("/").url == reverse("admin:index")


@pytest.mark.django_db
def test_unknown_address_gets_the_sites_own_page(client):
    response = client.get("/nowhere/")

    assert response.status_code == 404
    assert '<p class="error-code" aria-hidden="true">404</p>' in response.content.decode()


def test_refused_page_offers_a_way_out(personas, client_of):
    response = client_of(personas.influencer_user).get("/deposits/")

    assert response.status_code == 403
    assert reverse("account_logout") in response.content.decode()
