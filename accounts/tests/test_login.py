"""Log-in: where it leads, what it tells a stranger, how often one may try; reset and change of the password."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import User
from accounts.services import register_influencer, register_merchant
from accounts.tests.conftest import PASSWORD
from leadsmarket.lib.actor import AUTHENTICATION, SYSTEM, acting_as

LOGIN = "/accounts/login/"
RESET = "/accounts/password/reset/"
NEW_PASSWORD = "couscous-du-vendredi-9"


@pytest.fixture
def merchant_user(db) -> User:
    user = register_merchant(
        email="atlas@exemple.ma", password=PASSWORD, company_name="Atlas", phone="+212612345678", language="ar"
    )
    _verify()
    return user


def _verify() -> None:
    with acting_as(SYSTEM):
        EmailAddress.objects.update(verified=True)


def log_in(client, user: User) -> None:
    with acting_as(AUTHENTICATION):
        client.force_login(user)


@pytest.mark.parametrize(
    ("role", "page"), [("merchant", "dashboard"), ("influencer", "dashboard"), ("staff", "admin:index")]
)
def test_each_role_lands_on_its_first_page(post, role, page):
    if role == "staff":
        with acting_as(SYSTEM):
            user = User.objects.create_user("x@exemple.ma", PASSWORD, role="staff", is_staff=True, is_superuser=True)
            EmailAddress.objects.create(user=user, email=user.email, primary=True)
    elif role == "merchant":
        register_merchant(email="x@exemple.ma", password=PASSWORD, company_name="X", phone="+212612345678")
    else:
        register_influencer(email="x@exemple.ma", password=PASSWORD, display_name="X", phone="+212612345678")
    _verify()

    response = post(LOGIN, login="X@Exemple.ma", password=PASSWORD)

    assert (response.status_code, response.url) == (302, reverse(page))


def test_unknown_address_and_wrong_password_look_the_same(client, post, merchant_user):
    known = post(LOGIN, login="atlas@exemple.ma", password="faux-mot-de-passe").content.decode()
    unknown = post(LOGIN, login="inconnu@exemple.ma", password="faux-mot-de-passe").content.decode()

    without_token = r'csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"'
    assert re.sub(without_token, "", known).replace("atlas@", "inconnu@") == re.sub(without_token, "", unknown)
    assert 'role="alert"' in known
    assert "_auth_user_id" not in client.session


def test_flood_of_attempts_gets_a_page_in_the_visitors_language(client, post, merchant_user):
    for _ in range(30):
        response = post(LOGIN, login="pas-une-adresse", password="x")
    assert response.status_code == 200

    response = post(LOGIN, login="atlas@exemple.ma", password=PASSWORD)

    assert response.status_code == 429
    with translation.override("fr"):
        assert gettext("Too many attempts") in response.content.decode()
    assert client.get(LOGIN).status_code == 200


def test_reset_sends_a_link_in_the_recipients_language_that_works_once(client, post, outbox, merchant_user):
    response = post(RESET, email="Atlas@exemple.ma")
    assert response.url == reverse("account_reset_password_done")
    [message] = outbox
    with translation.override("ar"):
        assert message.subject == gettext("Choose a new password")
    assert '<html lang="ar" dir="rtl">' in message.alternatives[0][0]
    link = re.search(r"http://testserver(\S+/password/reset/key/\S+/)", message.body).group(1)

    form_url = client.get(link).url
    wrong = post(form_url, password1=NEW_PASSWORD, password2="autre-chose-9")
    assert 'id="id_password2_error"' in wrong.content.decode()
    response = post(form_url, password1=NEW_PASSWORD, password2=NEW_PASSWORD)

    assert response.url == reverse("dashboard")
    with acting_as(SYSTEM):
        assert User.objects.get().check_password(NEW_PASSWORD)
    client.logout()
    assert reverse("account_reset_password") in client.get(link, follow=True).content.decode()  # "ask for a new link"


def test_reset_for_an_unknown_address_answers_alike_and_changes_nothing(post, outbox, merchant_user):
    response = post(RESET, email="inconnu@exemple.ma")

    assert response.url == reverse("account_reset_password_done")
    [message] = outbox
    assert message.to == ["inconnu@exemple.ma"]
    with translation.override("fr"):
        assert message.subject == gettext("No account with this address")


def test_changing_the_password_keeps_the_session_and_tells_by_mail(client, post, outbox, merchant_user):
    log_in(client, merchant_user)

    response = post("/accounts/password/change/", oldpassword=PASSWORD, password1=NEW_PASSWORD, password2=NEW_PASSWORD)

    assert response.url == reverse("accounts:security")
    assert client.get("/settings/").status_code == 200
    with translation.override("ar"):
        assert [message.subject for message in outbox] == [gettext("Your password was changed")]


def test_logging_out_needs_a_post(client, post, merchant_user):
    log_in(client, merchant_user)
    assert client.get("/accounts/logout/").status_code == 200
    assert "_auth_user_id" in client.session

    response = post("/accounts/logout/")

    assert response.url == reverse("landing")
    assert "_auth_user_id" not in client.session


def test_the_admin_has_no_log_in_of_its_own(client, post, personas, client_of):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith(f"{LOGIN}?next=")
    assert post("/admin/login/", username=personas.staff.email, password="demo-leads-2026").url.startswith(LOGIN)
    assert "_auth_user_id" not in client.session
    assert client_of(personas.owner).get("/admin/login/").status_code == 403
