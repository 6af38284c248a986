"""Settings and language: who may change what, and that it is kept."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import AuditEntry, Influencer, Membership, Merchant, User
from leadsmarket.lib.actor import SYSTEM, acting_as

COMPANY = {
    "company_name": "Atlas Rénovation SARL",
    "ice": "001561191000066",
    "phone": "05 22 00 00 01",
    "address": "12, rue Atlas",
    "city": "Fès",
}


def test_owner_changes_the_company_and_it_is_audited(personas, client_of):
    response = client_of(personas.owner).post("/settings/profile/", COMPANY)

    assert response.url == reverse("accounts:settings")
    with acting_as(SYSTEM):
        merchant = Merchant.objects.get(pk=personas.merchant.pk)
        assert (merchant.name, merchant.ice, str(merchant.phone), merchant.address, merchant.city) == (
            "Atlas Rénovation SARL",
            "001561191000066",
            "+212522000001",
            "12, rue Atlas",
            "Fès",
        )
        entry = AuditEntry.objects.get(action="accounts.merchant.changed")
        assert entry.actor_user_id == personas.owner.pk
        assert entry.data["before"]["name"] == "Atlas Rénovation"
        assert Merchant.objects.get(pk=personas.other_merchant.pk).name == "Rif Conseil"


def test_saving_the_same_again_leaves_no_second_trace(personas, client_of):
    client = client_of(personas.owner)
    client.post("/settings/profile/", COMPANY)
    client.post("/settings/profile/", COMPANY)

    with acting_as(SYSTEM):
        assert AuditEntry.objects.filter(action="accounts.merchant.changed").count() == 1


def test_member_sees_the_company_but_can_not_change_it(personas, client_of):
    client = client_of(personas.member)

    page = client.get("/settings/").content.decode()
    assert "Atlas Rénovation" in page
    assert reverse("accounts:change_profile") not in page
    assert "equipe@exemple.ma" in page
    assert "atlas@exemple.ma" in page
    assert "rif@exemple.ma" not in page
    client.post("/settings/profile/", COMPANY)

    with acting_as(SYSTEM):
        assert Merchant.objects.get(pk=personas.merchant.pk).name == "Atlas Rénovation"
        assert not AuditEntry.objects.filter(action="accounts.merchant.changed").exists()


def test_wrong_company_data_stay_in_the_form(personas, client_of):
    response = client_of(personas.owner).post("/settings/profile/", COMPANY | {"phone": "12", "ice": "7"})

    page = response.content.decode()
    assert response.status_code == 422
    assert 'id="id_phone_error"' in page
    assert 'id="id_ice_error"' in page
    assert 'value="Atlas Rénovation SARL"' in page
    assert 'value="12"' in page
    with acting_as(SYSTEM):
        assert Merchant.objects.get(pk=personas.merchant.pk).ice == ""


def test_influencer_changes_name_and_phone(personas, client_of):
    client_of(personas.influencer_user).post("/settings/profile/", {"display_name": "Salma B.", "phone": "0700000009"})

    with acting_as(SYSTEM):
        influencer = Influencer.objects.get(pk=personas.influencer.pk)
        assert (influencer.display_name, str(influencer.phone)) == ("Salma B.", "+212700000009")
        assert Influencer.objects.get(pk=personas.other_influencer.pk).display_name == "Yassine"


def test_language_of_a_person_changes_page_direction(personas, client_of):
    client = client_of(personas.influencer_user)
    assert '<html lang="fr" dir="ltr">' in client.get("/settings/").content.decode()

    client.post("/settings/language/", {"language": "ar"})

    page = client.get("/settings/").content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert "vendor/tabler/tabler.rtl.min.css" in page
    with translation.override("ar"):
        assert gettext("Your changes are saved.") in page


def test_unknown_language_is_refused(personas, client_of):
    response = client_of(personas.owner).post("/settings/language/", {"language": "xx"})

    assert response.status_code == 422
    with acting_as(SYSTEM):
        assert User.objects.get(pk=personas.owner.pk).language == "fr"


def test_switcher_works_for_visitors_and_comes_back_to_the_page(client, db):
    response = client.post("/i18n/setlang/", {"language": "ar", "next": "/accounts/login/"})

    assert response.url == "/accounts/login/"
    assert '<html lang="ar" dir="rtl">' in client.get("/accounts/login/").content.decode()


def test_switcher_is_remembered_for_people_and_never_leads_away(personas, client_of):
    client = client_of(personas.owner)

    response = client.post("/i18n/setlang/", {"language": "en", "next": "https://elsewhere.test/"})

    assert not response.url.startswith("https:")
    with acting_as(SYSTEM):
        assert User.objects.get(pk=personas.owner.pk).language == "en"


@pytest.mark.parametrize("path", ["/settings/profile/", "/settings/language/"])
def test_reloading_an_address_that_takes_forms_leads_back(personas, client_of, path):
    assert client_of(personas.owner).get(path).url == reverse("accounts:settings")


@pytest.mark.parametrize("path", ["/settings/", "/settings/profile/", "/settings/language/"])
def test_visitors_are_sent_to_the_log_in(client, db, path):
    method = client.get if path == "/settings/" else client.post
    assert method(path).url == f"/accounts/login/?next={path}"


def test_settings_page_asks_the_database_as_often_for_a_large_team(personas, client_of):
    client = client_of(personas.owner)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/settings/").status_code == 200
        return len(captured)

    small = queries()
    with acting_as(SYSTEM):
        for number in range(5):
            user = User.objects.create_user(f"equipe{number}@exemple.ma", role="merchant")
            Membership.objects.create(user=user, merchant=personas.merchant)

    assert queries() == small <= 20
