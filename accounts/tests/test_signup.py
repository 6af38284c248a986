"""Sign-up of both sides: the rows, the e-mail, wrong input, an address that is taken."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import AuditEntry, Influencer, Membership, Merchant, User
from accounts.services import register_merchant
from accounts.tests.conftest import PASSWORD
from leadsmarket.lib.actor import SYSTEM, acting_as

MERCHANT_URL = "/accounts/signup/merchant/"
INFLUENCER_URL = "/accounts/signup/influencer/"
MERCHANT = {
    "company_name": "Riad Services SARL",
    "ice": "001 561 191 000 066",
    "phone": "06 12 34 56 78",
    "email": "Nadia@Exemple.ma",
    "password1": PASSWORD,
    "terms": "on",
}
INFLUENCER = {
    "display_name": "Salma",
    "phone": "+212 (0)7 00 00 00 01",
    "email": "salma@exemple.ma",
    "password1": PASSWORD,
    "terms": "on",
}


def error_beside(page: str, field: str) -> str:
    """Return the error shown beside a field, tied to its control for screen readers."""
    found = re.search(rf'id="id_{field}_error" role="alert">.*?</svg>(.*?)</div>', page, re.DOTALL)
    assert found, f"no error beside {field}"
    control = re.search(rf'<input[^>]*id="id_{field}"[^>]*>', page).group()
    assert f"id_{field}_error" in control
    assert 'aria-invalid="true"' in control
    assert "is-invalid" in control
    return re.sub(r"<[^>]+>", "", found.group(1)).strip()


def nobody_registered() -> bool:
    with acting_as(SYSTEM):
        return not (User.objects.exists() or Merchant.objects.exists() or Influencer.objects.exists())


def test_merchant_gets_company_ownership_and_unverified_address(post):
    response = post(MERCHANT_URL, **MERCHANT)

    assert response.status_code == 302
    assert response.url == reverse("account_email_verification_sent")
    with acting_as(SYSTEM):
        user = User.objects.get()
        assert (user.email, user.role, user.language) == ("nadia@exemple.ma", "merchant", "fr")
        assert user.is_active
        assert not user.is_staff
        assert user.check_password(PASSWORD)
        merchant = Merchant.objects.get()
        assert (merchant.name, merchant.ice, str(merchant.phone)) == (
            "Riad Services SARL",
            "001561191000066",
            "+212612345678",
        )
        membership = Membership.objects.get()
        assert (membership.user_id, membership.merchant_id, membership.role) == (user.pk, merchant.pk, "owner")
        address = EmailAddress.objects.get()
        assert (address.user_id, address.email, address.primary, address.verified) == (user.pk, user.email, True, False)
        assert not Influencer.objects.exists()
        entry = AuditEntry.objects.get(action="accounts.merchant.registered")
        assert (entry.object_id, entry.actor_user_id, entry.data) == (
            merchant.pk,
            user.pk,
            {"terms_version": "2026-11"},
        )


def test_influencer_gets_profile_and_unverified_address(post):
    response = post(INFLUENCER_URL, **INFLUENCER)

    assert response.status_code == 302
    with acting_as(SYSTEM):
        user = User.objects.get()
        assert (user.email, user.role) == ("salma@exemple.ma", "influencer")
        influencer = Influencer.objects.get()
        assert (influencer.user_id, influencer.display_name, str(influencer.phone)) == (
            user.pk,
            "Salma",
            "+212700000001",
        )
        assert not EmailAddress.objects.get().verified
        assert not Merchant.objects.exists()
        assert not Membership.objects.exists()


def test_one_french_html_email_with_a_text_part_is_sent(post, outbox):
    post(MERCHANT_URL, **MERCHANT)

    [message] = outbox
    assert message.to == ["nadia@exemple.ma"]
    with translation.override("fr"):
        assert message.subject == gettext("Confirm your e-mail address")
    [(html, kind)] = message.alternatives
    assert kind == "text/html"
    assert '<html lang="fr" dir="ltr">' in html
    link = re.search(r"http://testserver/accounts/confirm-email/\S+/", message.body).group()
    assert f'href="{link}"' in html


def test_email_is_in_the_language_of_the_sign_up(client, post, outbox):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "ar"

    post(INFLUENCER_URL, **INFLUENCER)

    [message] = outbox
    assert '<html lang="ar" dir="rtl">' in message.alternatives[0][0]
    with acting_as(SYSTEM):
        assert User.objects.get().language == "ar"


def test_link_confirms_the_address_and_opens_the_dashboard(client, post, outbox):
    post(MERCHANT_URL, **MERCHANT)
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+/)", outbox[0].body).group(1)

    page = client.get(link)
    assert "nadia@exemple.ma" in page.content.decode()
    with acting_as(SYSTEM):
        assert not EmailAddress.objects.get().verified  # opening the link alone changes nothing (mail scanners do)
    response = post(link)

    assert response.status_code == 302
    assert response.url == reverse("dashboard")
    with acting_as(SYSTEM):
        assert EmailAddress.objects.get().verified


def test_unverified_address_can_not_log_in(client, post):
    post(MERCHANT_URL, **MERCHANT)
    client.logout()

    response = post("/accounts/login/", login="nadia@exemple.ma", password=PASSWORD)

    assert response.url == reverse("account_email_verification_sent")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "0412345678"),
        ("phone", "abc"),
        ("phone", ""),
        ("ice", "12345"),
        ("ice", "00156119100006X"),
        ("email", "nadia"),
        ("email", ""),
        ("company_name", ""),
        ("password1", "123"),
        ("password1", ""),
        ("terms", ""),
    ],
)
def test_wrong_input_has_its_error_beside_the_field_and_keeps_the_rest(post, outbox, field, value):
    response = post(MERCHANT_URL, **MERCHANT | {field: value})

    page = response.content.decode()
    assert response.status_code == 200
    assert error_beside(page, field)
    assert page.count("invalid-feedback") == 1
    kept = {"company_name": "Riad Services SARL", "phone": "06 12 34 56 78", "email": "Nadia@Exemple.ma"}
    for name, typed in (kept | {field: value}).items():
        if name in kept and typed:
            assert f'value="{typed}"' in page
    assert PASSWORD not in page
    assert nobody_registered()
    assert outbox == []


def test_terms_are_not_ticked_in_advance_and_are_required(client, post):
    page = client.get(MERCHANT_URL).content.decode()
    assert "checked" not in re.search(r'<input[^>]*id="id_terms"[^>]*>', page).group()

    data = {name: value for name, value in MERCHANT.items() if name != "terms"}
    page = post(MERCHANT_URL, **data).content.decode()

    with translation.override("fr"):
        expected = gettext("You can sign up only if you accept the terms.")
    assert error_beside(page, "terms") in (expected, expected.replace("'", "&#x27;"))
    assert nobody_registered()


def test_missing_value_is_told_in_french(post):
    page = post(INFLUENCER_URL, **INFLUENCER | {"email": ""}).content.decode()

    assert error_beside(page, "email") == "Ce champ est obligatoire."


def test_a_taken_address_gets_the_same_answer_and_only_a_mail_tells(client, post, outbox):
    register_merchant(email="nadia@exemple.ma", password=PASSWORD, company_name="Riad", phone="+212612345678")

    second = post(INFLUENCER_URL, **INFLUENCER | {"email": "NADIA@exemple.ma"})
    client.logout()
    first = post(INFLUENCER_URL, **INFLUENCER | {"email": "nouvelle@exemple.ma"})

    assert (second.status_code, second.url) == (first.status_code, first.url)
    with acting_as(SYSTEM):
        assert [user.email for user in User.objects.order_by("id")] == ["nadia@exemple.ma", "nouvelle@exemple.ma"]
    [message, _confirmation] = outbox
    with translation.override("fr"):
        assert message.subject == gettext("You have an account already")
    assert message.to == ["nadia@exemple.ma"]
    assert message.alternatives


def test_an_address_taken_in_the_same_moment_is_answered_alike(post, outbox, monkeypatch):
    def somebody_else_was_faster(self, value):
        register_merchant(email=value, password=PASSWORD, company_name="Autre", phone="+212611111111")
        return value

    monkeypatch.setattr("accounts.forms.SiteSignupForm.validate_unique_email", somebody_else_was_faster)

    response = post(MERCHANT_URL, **MERCHANT)

    assert response.url == reverse("account_email_verification_sent")
    with acting_as(SYSTEM):
        assert [merchant.name for merchant in Merchant.objects.all()] == ["Autre"]
        assert User.objects.count() == 1
    with translation.override("fr"):
        assert [message.subject for message in outbox] == [gettext("You have an account already")]


def test_choice_leads_to_both_forms(client, db):
    page = client.get("/accounts/signup/").content.decode()

    assert MERCHANT_URL in page
    assert INFLUENCER_URL in page
