"""Every kind on every channel in every language: all is written, nothing is missing, and staff can read it beforehand."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.template import engines
from django.urls import reverse

from accounts.models import User
from alerts.kinds import LEVELS, NOT_ON_DASHBOARD, ROLE_KINDS, SENT_DIRECTLY, ChannelName, Kind, offered_channels
from alerts.previews import SAMPLES, preview_of
from deposits.levels import AlertLevel
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.gsm7 import is_gsm7
from tests.personas import PASSWORD

TEMPLATES = Path(settings.BASE_DIR) / "templates"
WRITTEN = {kind.value for kind in Kind if kind not in SENT_DIRECTLY}
ON_DASHBOARD = {kind for kind in WRITTEN if kind not in NOT_ON_DASHBOARD}
TO_PHONES = {kind.value for kinds in ROLE_KINDS.values() for kind in kinds if ChannelName.SMS in offered_channels(kind)}
LANGUAGES = [code for code, _name in settings.LANGUAGES]
MISSING = "[missing: %s]"


@pytest.fixture
def holes(monkeypatch):
    """Templates write a mark where a name of theirs is not given."""
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", MISSING)


def names_in(folder: str) -> set[str]:
    return {path.stem for path in (TEMPLATES / folder).iterdir() if path.stem not in ("base", "_button", "_fact")}


def test_every_kind_has_its_words_on_every_channel():
    assert names_in("emails") == WRITTEN
    assert names_in("notifications") == ON_DASHBOARD
    assert names_in("sms") == TO_PHONES | set(SENT_DIRECTLY)
    assert set(LEVELS) | {Kind.DEPOSIT_LEVEL} == WRITTEN
    for kind in WRITTEN:
        files = {path.name for path in (TEMPLATES / "emails" / kind).iterdir()}
        assert files == {"subject.txt", "body.txt", "body.html"}, kind


def test_every_kind_and_level_has_a_sample():
    assert {sample.kind for sample in SAMPLES} == WRITTEN
    assert {sample.level for sample in SAMPLES if sample.kind == Kind.DEPOSIT_LEVEL} == set(AlertLevel) - {"healthy"}
    faces = [(sample.kind, sample.name) for sample in SAMPLES]
    assert len(faces) == len(set(faces))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_whole_in_every_language(holes, language):
    direction = "rtl" if language == "ar" else "ltr"
    for sample in SAMPLES:
        preview = preview_of(sample, language)
        what = f"{sample.kind} {sample.name}"

        assert preview.email["subject"], what
        assert f'lang="{language}" dir="{direction}"' in preview.email["html"], what
        assert settings.SITE_URL in preview.email["text"], what
        assert (preview.notification is not None) == (sample.on_dashboard and sample.kind in ON_DASHBOARD), what
        assert (preview.sms == "") == (sample.kind not in TO_PHONES), what
        email = dict(preview.email)
        html = email.pop("html")
        words = json.dumps(
            [email, preview.notification, preview.sms, preview.whatsapp, preview.web_push, preview.chat],
            ensure_ascii=False,
        )
        for mark in ("[missing", "None", "{{", "{%", "&amp;", "&#x27;", "<bdi"):
            assert mark not in words, (what, mark, words)
        for mark in ("[missing", "None", "{{", "{%", "&amp;amp;", "&lt;"):
            assert mark not in html, (what, mark, html)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_texts_for_phones_are_short_and_end_with_the_link(language):
    for sample in SAMPLES:
        preview = preview_of(sample, language)
        if preview.sms:
            assert is_gsm7(preview.sms), preview.sms
            assert preview.sms_parts <= 2, preview.sms
            assert preview.sms.startswith("Leadsmarket"), preview.sms
            assert preview.sms.rpartition(" ")[2].startswith(settings.SITE_URL), preview.sms


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("level", [level for level in AlertLevel if level != AlertLevel.HEALTHY])
def test_a_level_of_a_deposit_is_one_part(level, language):
    [sample] = [sample for sample in SAMPLES if sample.level == level]
    words, _space, link = preview_of(sample, language).sms.rpartition(" ")
    assert len(words) + len(f" https://leadsmarket.ma{link.removeprefix(settings.SITE_URL)}") <= 160


def test_influencers_read_nothing_of_a_merchants_deposit():
    for sample in SAMPLES:
        if sample.role == "influencer":
            preview = preview_of(sample, "en")
            words = json.dumps([preview.email, preview.notification, preview.sms, preview.whatsapp], default=str)
            for word in ("deplet", "balance", "deposit"):
                assert word not in words.lower(), (sample.kind, sample.name, word)


LIST = reverse("admin:alerts_previews")


def page_of(kind: str, name: str, language: str) -> str:
    return reverse("admin:alerts_preview", args=[kind, name, language])


def test_staff_find_every_message_and_read_it_on_every_channel(client_of, personas):
    staff = client_of(personas.staff)
    listed = staff.get(LIST).content.decode()
    for sample in SAMPLES:
        for language in LANGUAGES:
            assert f'href="{page_of(sample.kind, sample.name, language)}"' in listed

    shown = staff.get(page_of("deposit_level", "critical", "en")).content.decode()
    assert "Critical: 8.4" in shown
    assert '<iframe sandbox=""' in shown
    assert "leadsmarket_deposit_level" in shown
    assert "/payments/recharge/" in shown
    assert "dir=&quot;rtl&quot;" in staff.get(page_of("new_lead", "several", "ar")).content.decode()


@pytest.mark.parametrize(
    "address", [("welcome", "nobody", "fr"), ("no_kind", "merchant", "fr"), ("welcome", "merchant", "de")]
)
def test_what_is_not_there_is_not_found(client_of, personas, address):
    assert client_of(personas.staff).get(page_of(*address)).status_code == 404


def test_previews_are_for_those_who_may_see_messages(client_of, personas):
    with acting_as(SYSTEM):
        user = User.objects.create_user("lecture@exemple.ma", PASSWORD, role="staff", is_staff=True)
    sample = page_of("welcome", "merchant", "fr")
    viewer = client_of(user)
    assert viewer.get(LIST).status_code == viewer.get(sample).status_code == 403
    with acting_as(SYSTEM):
        user.user_permissions.set(Permission.objects.filter(codename="view_delivery"))
    assert viewer.get(LIST).status_code == viewer.get(sample).status_code == 200
    for person in (personas.owner, personas.influencer_user):
        assert client_of(person).get(LIST).status_code in (302, 403)
