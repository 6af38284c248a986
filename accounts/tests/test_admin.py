"""The staff site: who gets in, what each may do there, and that changes of rights are recorded."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.models import AuditEntry, Influencer, Membership, Merchant, User
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.personas import PASSWORD

NEW_PASSWORD = "un-mot-de-passe-long-7"


@pytest.fixture
def viewer(personas):
    """Somebody of staff who may look at people and users, and nothing else."""
    with acting_as(SYSTEM):
        user = User.objects.create_user("lecture@exemple.ma", PASSWORD, role="staff", is_staff=True, language="en")
        user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return user


def audit_actions():
    with acting_as(SYSTEM):
        return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def pages():
    """Every list of the staff site, with one object of each where the personas have one."""
    return [(model._meta.app_label, model._meta.model_name, model) for model in admin.site._registry]


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_list_and_page_opens_for_staff(staff, personas):
    lead = personas.submit("600.00")
    opened = 0

    assert staff.get(reverse("admin:index")).status_code == 200
    for _app, _name, model in pages():
        response = staff.get(url(model, "changelist"))
        assert response.status_code == 200, model
        assert staff.get(url(model, "changelist") + "?q=abc").status_code == 200, model
        assert staff.get(url(model, "changelist") + f"?q={lead.pk}").status_code == 200, model
        with acting_as(SYSTEM):
            one = model._default_manager.first()
        if one is not None:
            assert staff.get(url(model, "change", one.pk)).status_code == 200, model
            opened += 1
    assert opened >= 10


def test_lists_need_no_query_per_row(staff, personas, django_assert_max_num_queries):
    for _number in range(5):
        personas.submit("600.00")

    for _app, _name, model in pages():
        with django_assert_max_num_queries(35):
            staff.get(url(model, "changelist"))


@pytest.mark.parametrize("persona", ["owner", "influencer_user"])
def test_others_are_refused(client_of, personas, persona):
    client = client_of(getattr(personas, persona))

    for _app, _name, model in pages():
        response = client.get(url(model, "changelist"))
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")
    assert client.get("/admin/login/").status_code == 403


def test_visitors_are_sent_to_the_log_in(client, personas):
    response = client.get(reverse("admin:accounts_user_changelist"), follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_nothing_can_be_deleted(staff, personas):
    for _app, _name, model in pages():
        with acting_as(SYSTEM):
            one = model._default_manager.first()
        if one is not None:
            assert staff.post(url(model, "delete", one.pk), {"post": "yes"}).status_code == 403, model


def test_staff_site_has_a_policy_of_its_own(staff, client):
    policy = staff.get(reverse("admin:index"))["Content-Security-Policy"]

    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "script-src 'self' 'unsafe-eval' 'unsafe-inline'" in policy
    assert "unsafe" not in client.get("/")["Content-Security-Policy"]


def new_user(**changes):
    fields = {
        "email": "Nouvelle@Exemple.ma",
        "role": "merchant",
        "language": "fr",
        "usable_password": "true",
        "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
    }
    return fields | changes


def test_new_user_has_a_lower_case_address_to_verify(staff, personas):
    response = staff.post(reverse("admin:accounts_user_add"), new_user())

    assert response.status_code == 302
    with acting_as(SYSTEM):
        user = User.objects.get(email="nouvelle@exemple.ma")
        address = EmailAddress.objects.get(user=user)
    assert user.check_password(NEW_PASSWORD)
    assert not user.is_staff
    assert (address.email, address.verified) == ("nouvelle@exemple.ma", False)
    assert "accounts.user.added" in audit_actions()
    with acting_as(SYSTEM):
        assert NEW_PASSWORD not in str(AuditEntry.objects.get(action="accounts.user.added").data)


def test_taken_address_and_short_password_are_refused(staff, personas):
    with acting_as(SYSTEM):
        before = User.objects.count()

    taken = staff.post(reverse("admin:accounts_user_add"), new_user(email="ATLAS@exemple.ma"))
    short = staff.post(reverse("admin:accounts_user_add"), new_user(password1="court", password2="court"))

    assert "already exists" in taken.content.decode()
    assert "too short" in short.content.decode()
    with acting_as(SYSTEM):
        assert User.objects.count() == before


def test_superuser_makes_staff(staff, personas):
    staff.post(reverse("admin:accounts_user_add"), new_user(role="staff"))

    with acting_as(SYSTEM):
        user = User.objects.get(email="nouvelle@exemple.ma")
    assert user.is_staff
    assert not user.is_superuser


def test_others_of_staff_cannot_make_or_change_staff(client_of, personas, viewer):
    with acting_as(SYSTEM):
        viewer.user_permissions.add(
            *Permission.objects.filter(codename__in=["add_user", "change_user"], content_type__app_label="accounts")
        )
    client = client_of(viewer)

    client.post(reverse("admin:accounts_user_add"), new_user(role="staff"))
    changed = client.post(reverse("admin:accounts_user_change", args=[viewer.pk]), {"is_superuser": "on"})
    password = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    taken_over = client.post(reverse("admin:auth_user_password_change", args=[personas.staff.pk]), password)
    customer = client.post(
        reverse("admin:accounts_user_change", args=[personas.owner.pk]),
        {"language": "ar", "is_active": "on", "is_superuser": "on", "is_staff": "on"},
    )

    assert (changed.status_code, taken_over.status_code, customer.status_code) == (403, 403, 302)
    with acting_as(SYSTEM):
        assert not User.objects.filter(email="nouvelle@exemple.ma").exists()
        assert not User.objects.get(pk=viewer.pk).is_superuser
        assert User.objects.get(pk=personas.staff.pk).check_password(PASSWORD)
        owner = User.objects.get(pk=personas.owner.pk)
    assert (owner.language, owner.is_staff, owner.is_superuser) == ("ar", False, False)


def test_address_and_role_stay_as_they_are(staff, personas):
    staff.post(
        reverse("admin:accounts_user_change", args=[personas.owner.pk]),
        {"email": "autre@exemple.ma", "role": "staff", "language": "fr"},
    )

    with acting_as(SYSTEM):
        owner = User.objects.get(pk=personas.owner.pk)
        entry = AuditEntry.objects.get(action="accounts.user.changed")
    assert (owner.email, owner.role, owner.is_active) == ("atlas@exemple.ma", "merchant", False)
    assert entry.data == {"before": {"is_active": "True"}, "after": {"is_active": "False"}}
    assert (entry.actor_user_id, entry.actor_role) == (personas.staff.pk, "staff")


def test_setting_a_password_is_recorded(staff, personas):
    response = staff.post(
        reverse("admin:auth_user_password_change", args=[personas.owner.pk]),
        {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )

    assert response.status_code == 302
    with acting_as(SYSTEM):
        assert User.objects.get(pk=personas.owner.pk).check_password(NEW_PASSWORD)
    assert "accounts.user.password_set" in audit_actions()


def test_company_and_its_team_are_changed_and_recorded(staff, personas):
    with acting_as(SYSTEM):
        newcomer = User.objects.create_user("nouveau@exemple.ma", PASSWORD, role="merchant")
        members = list(Membership.objects.filter(merchant=personas.merchant).order_by("id"))
    form = {
        "name": "Atlas Travaux",
        "ice": "001234567000089",
        "city": "Rabat",
        "is_active": "on",
        "memberships-TOTAL_FORMS": "3",
        "memberships-INITIAL_FORMS": "2",
        "memberships-2-user": str(newcomer.pk),
        "memberships-2-merchant": str(personas.merchant.pk),
        "memberships-2-role": "member",
    }
    for number, member in enumerate(members):
        form |= {
            f"memberships-{number}-id": str(member.pk),
            f"memberships-{number}-merchant": str(personas.merchant.pk),
            f"memberships-{number}-user": str(member.user_id),
            f"memberships-{number}-role": member.role,
        }

    response = staff.post(reverse("admin:accounts_merchant_change", args=[personas.merchant.pk]), form)

    assert response.status_code == 302
    with acting_as(SYSTEM):
        merchant = Merchant.objects.get(pk=personas.merchant.pk)
        assert Membership.objects.filter(merchant=merchant).count() == 3
        entry = AuditEntry.objects.get(action="accounts.merchant.changed")
    assert (merchant.name, merchant.city) == ("Atlas Travaux", "Rabat")
    assert entry.data["before"]["name"] == "Atlas Rénovation"
    assert entry.merchant_id == merchant.pk
    assert "accounts.membership.added" in audit_actions()


def test_wrong_ice_is_refused_beside_the_field(staff, personas):
    response = staff.post(
        reverse("admin:accounts_merchant_change", args=[personas.merchant.pk]),
        {"name": "Atlas", "ice": "12", "memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"},
    )

    assert "An ICE has exactly 15 digits." in response.content.decode()
    with acting_as(SYSTEM):
        assert Merchant.objects.get(pk=personas.merchant.pk).name == "Atlas Rénovation"


def test_switched_off_influencer_is_recorded(staff, personas):
    staff.post(
        reverse("admin:accounts_influencer_change", args=[personas.influencer.pk]),
        {"display_name": "Salma", "phone": ""},
    )

    with acting_as(SYSTEM):
        assert not Influencer.objects.get(pk=personas.influencer.pk).is_active
    assert "accounts.influencer.changed" in audit_actions()


def test_addresses_are_marked_as_verified(staff, personas):
    with acting_as(SYSTEM):
        address = EmailAddress.objects.create(user=personas.owner, email=personas.owner.email, primary=True)

    staff.post(
        reverse("admin:account_emailaddress_changelist"), {"action": "mark_verified", "_selected_action": address.pk}
    )

    with acting_as(SYSTEM):
        address.refresh_from_db()
    assert address.verified
    assert "accounts.user.email_verified" in audit_actions()


def test_viewers_read_and_change_nothing(client_of, personas, viewer):
    client = client_of(viewer)

    page = client.get(reverse("admin:accounts_merchant_change", args=[personas.merchant.pk]))
    write = client.post(reverse("admin:accounts_merchant_change", args=[personas.merchant.pk]), {"name": "Volé"})

    assert (page.status_code, write.status_code) == (200, 403)
    assert client.get(reverse("admin:accounts_merchant_add")).status_code == 403
    with acting_as(SYSTEM):
        assert Merchant.objects.get(pk=personas.merchant.pk).name == "Atlas Rénovation"


def test_staff_without_rights_see_an_empty_first_page(client_of, personas):
    with acting_as(SYSTEM):
        user = User.objects.create_user("rien@exemple.ma", PASSWORD, role="staff", is_staff=True, language="en")
    client = client_of(user)

    page = client.get(reverse("admin:index"))

    assert page.status_code == 200
    assert "Deposits by level" not in page.content.decode()
    assert client.get(reverse("admin:deposits_deposit_changelist")).status_code == 403


def test_audit_trail_is_searched_by_action_and_object(staff, personas):
    url_of_list = reverse("admin:accounts_auditentry_changelist")

    by_action = staff.get(f"{url_of_list}?q=deposits.deposit.opened").content.decode()
    by_object = staff.get(f"{url_of_list}?q={personas.deposit.pk}").content.decode()

    assert by_action.count("deposits.deposit.opened") >= 2
    assert str(personas.other_deposit.pk) not in by_object
    assert str(personas.deposit.pk) in by_object
