"""Log-ins by token: what is taken, what is refused, and what a used refresh token means."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Merchant, User
from accounts.sessions import _noted as note_log_in_of_each_request
from accounts.sessions import end_other_sessions
from api.models import TokenSession
from api.tests.conftest import Caller, caller_of
from api.tokens import AccessToken, RefreshToken, _backend
from leadsmarket.lib.actor import AUTHENTICATION, SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id
from tests.crowd import crowd
from tests.personas import PASSWORD


@pytest.fixture
def salma(personas):
    """Salma's log-in: her address is confirmed."""
    with acting_as(SYSTEM):
        EmailAddress.objects.create(
            user=personas.influencer_user, email="salma@exemple.ma", verified=True, primary=True
        )
    return {"email": "salma@exemple.ma", "password": PASSWORD}


def sessions() -> list[TokenSession]:
    with acting_as(SYSTEM):
        return list(TokenSession.objects.order_by("id"))


def test_a_password_gives_a_pair_of_tokens_that_opens_the_api(personas, stranger, salma):
    answer = stranger.post("auth/token", salma)

    assert answer.status == 200
    assert set(answer.body) == {"access", "refresh"}
    assert answer.headers["Cache-Control"] == "no-store"
    me = Caller({"authorization": f"Bearer {answer.body['access']}"}).get("auth/me")
    assert me.status == 200
    assert me.body == {
        "id": str(personas.influencer_user.pk),
        "email": "salma@exemple.ma",
        "role": "influencer",
        "merchant_id": None,
        "influencer_id": str(personas.influencer.pk),
        "language": "fr",
    }


@pytest.mark.parametrize(
    "wrong",
    [{"password": "wrong"}, {"email": "nobody@exemple.ma"}, {"email": "SALMA@exemple.ma ", "password": PASSWORD + " "}],
)
def test_a_wrong_password_and_an_unknown_address_are_told_alike(stranger, salma, wrong):
    answer = stranger.post("auth/token", salma | wrong)

    assert answer.error == (401, "not_authenticated")
    assert answer.body["error"]["message"] == "The e-mail address or the password is wrong."
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert sessions() == []


def test_an_address_must_be_confirmed_first(personas, stranger):
    answer = stranger.post("auth/token", {"email": "atlas@exemple.ma", "password": PASSWORD})
    assert answer.error == (403, "permission_denied")
    assert "confirm" in answer.body["error"]["message"]


def test_a_user_switched_off_cannot_log_in(personas, stranger, salma):
    with acting_as(SYSTEM):
        User.objects.filter(pk=personas.influencer_user.pk).update(is_active=False)
    assert stranger.post("auth/token", salma).error == (401, "not_authenticated")


def test_an_influencer_switched_off_cannot_log_in(personas, stranger, salma):
    with acting_as(SYSTEM):
        personas.influencer.is_active = False
        personas.influencer.save(update_fields=["is_active"])
    assert stranger.post("auth/token", salma).error == (403, "permission_denied")


def test_an_authenticator_app_is_asked_for_its_code(personas, stranger, salma):
    secret = generate_totp_secret()
    with acting_as(SYSTEM):
        TOTP.activate(personas.influencer_user, secret)
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))

    without = stranger.post("auth/token", salma)
    wrong = stranger.post("auth/token", salma | {"code": "000000" if code != "000000" else "000001"})

    for answer in (without, wrong):
        assert answer.error == (401, "not_authenticated")
        assert answer.fields == {"code"}
    assert stranger.post("auth/token", salma | {"code": code}).status == 200
    assert stranger.post("auth/token", salma | {"code": code}).error == (401, "not_authenticated"), (
        "one code, one log-in"
    )


def test_staff_who_must_have_a_second_factor_set_it_up_first(personas, stranger, settings):
    settings.STAFF_SECOND_FACTOR_REQUIRED = True
    with acting_as(SYSTEM):
        EmailAddress.objects.create(user=personas.staff, email="staff@exemple.ma", verified=True, primary=True)
    answer = stranger.post("auth/token", {"email": "staff@exemple.ma", "password": PASSWORD})
    assert answer.error == (403, "permission_denied")
    assert "second factor" in answer.body["error"]["message"]
    assert sessions() == []


def test_logging_out_everywhere_ends_tokens_too(personas, stranger, salma):
    refresh = stranger.post("auth/token", salma).body["refresh"]
    with acting_as(personas.as_influencer):
        end_other_sessions(user=personas.influencer_user, kept_key=None)

    assert [session.end for session in sessions()] == ["revoked"]
    assert stranger.post("auth/token/refresh", {"refresh": refresh}).error == (401, "not_authenticated")


def test_a_refresh_token_gives_the_next_pair_once(stranger, salma):
    first = stranger.post("auth/token", salma).body
    second = stranger.post("auth/token/refresh", {"refresh": first["refresh"]})

    assert second.status == 200
    assert second.body["refresh"] != first["refresh"]
    assert Caller({"authorization": f"Bearer {second.body['access']}"}).get("auth/me").status == 200
    assert stranger.post("auth/token/refresh", {"refresh": second.body["refresh"]}).status == 200


def test_a_used_refresh_token_ends_the_whole_log_in(stranger, salma):
    stolen = stranger.post("auth/token", salma).body["refresh"]
    other = stranger.post("auth/token", salma).body["refresh"]
    current = stranger.post("auth/token/refresh", {"refresh": stolen}).body["refresh"]

    assert stranger.post("auth/token/refresh", {"refresh": stolen}).error == (401, "not_authenticated")

    assert stranger.post("auth/token/refresh", {"refresh": current}).error == (401, "not_authenticated")
    assert [session.end for session in sessions()] == ["reused", ""]
    assert stranger.post("auth/token/refresh", {"refresh": other}).status == 200


def test_a_revoked_log_in_is_over(stranger, salma):
    refresh = stranger.post("auth/token", salma).body["refresh"]

    for _again in range(2):
        assert stranger.post("auth/token/revoke", {"refresh": refresh}).body == {"success": True}

    assert stranger.post("auth/token/refresh", {"refresh": refresh}).error == (401, "not_authenticated")
    assert [session.end for session in sessions()] == ["revoked"]
    assert stranger.post("auth/token/revoke", {"refresh": "no token"}).status == 200


def switch_off_the_user(personas):
    User.objects.filter(pk=personas.influencer_user.pk).update(is_active=False)


def switch_off_the_influencer(personas):
    personas.influencer.is_active = False
    personas.influencer.save(update_fields=["is_active"])


def change_the_password(personas):
    personas.influencer_user.set_password("another-password-2026")
    personas.influencer_user.save(update_fields=["password"])


@pytest.mark.parametrize("change", [switch_off_the_user, switch_off_the_influencer, change_the_password])
def test_refresh_looks_again_at_the_person(personas, stranger, salma, change):
    refresh = stranger.post("auth/token", salma).body["refresh"]
    with acting_as(SYSTEM):
        change(personas)

    assert stranger.post("auth/token/refresh", {"refresh": refresh}).error == (401, "not_authenticated")
    assert [session.end for session in sessions()] == ["refused"]


def test_a_company_switched_off_gets_no_new_token(personas, stranger):
    with acting_as(SYSTEM):
        EmailAddress.objects.create(user=personas.owner, email="atlas@exemple.ma", verified=True, primary=True)
    refresh = stranger.post("auth/token", {"email": "atlas@exemple.ma", "password": PASSWORD}).body["refresh"]
    with acting_as(SYSTEM):
        Merchant.objects.filter(pk=personas.merchant.pk).update(is_active=False)
    assert stranger.post("auth/token/refresh", {"refresh": refresh}).error == (401, "not_authenticated")


def test_refresh_tokens_expire_after_seven_days(stranger, salma):
    refresh = stranger.post("auth/token", salma).body["refresh"]
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        assert stranger.post("auth/token/refresh", {"refresh": refresh}).error == (401, "not_authenticated")


def test_access_tokens_expire_after_a_quarter_of_an_hour(personas, influencer):
    with time_machine.travel(timezone.now() + timedelta(minutes=14, seconds=50)):
        assert influencer.get("auth/me").status == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1)):
        assert influencer.get("auth/me").error == (401, "not_authenticated")


def me_with(token: object) -> tuple[int, str]:
    return Caller({"authorization": f"Bearer {token}"}).get("auth/me").error


REFUSED = (401, "not_authenticated")


def claims(personas) -> dict:
    return AccessToken.of(personas.as_influencer, new_id()).payload


def key() -> str:
    return _backend().signing_key


def test_the_right_key_and_claims_are_taken_so_the_attacks_below_fail_for_their_reason(personas):
    token = jwt.encode(claims(personas), key(), "HS256")
    assert Caller({"authorization": f"Bearer {token}"}).get("auth/me").status == 200


def test_an_unsigned_token_is_refused(personas):
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(json.dumps(claims(personas)).encode()).decode().rstrip("=")
    for signature in ("", "x"):
        assert me_with(f"{header}.{body}.{signature}") == REFUSED
    assert me_with(jwt.encode(claims(personas), None, "none")) == REFUSED


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused_even_with_our_key(personas, algorithm):
    assert me_with(jwt.encode(claims(personas), key(), algorithm)) == REFUSED


def test_other_keys_are_refused_those_of_django_too(personas):
    for other in ("secret", settings.SECRET_KEY, settings.SECRET_KEY * 2):
        assert me_with(jwt.encode(claims(personas), other.ljust(32, "x"), "HS256")) == REFUSED
    assert me_with(jwt.encode(claims(personas), settings.SECRET_KEY, "HS256")) == REFUSED


def test_changed_claims_are_refused(personas):
    head, body, signature = str(AccessToken.of(personas.as_influencer, new_id())).split(".")
    payload = json.loads(base64.urlsafe_b64decode(body + "=="))
    for change in (
        {"role": "staff"},
        {"influencer_id": str(personas.other_influencer.pk)},
        {"exp": payload["exp"] + 900},
    ):
        changed = base64.urlsafe_b64encode(json.dumps(payload | change).encode()).decode().rstrip("=")
        assert me_with(f"{head}.{changed}.{signature}") == REFUSED


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 1},
        {"exp": "soon"},
        {"exp": None},
        {"iss": "somebody"},
        {"iss": None},
        {"jti": None},
        {"token_type": "refresh"},
        {"token_type": None},
        {"role": "system"},
        {"role": "authentication"},
        {"role": ["staff"]},
        {"role": None},
        {"role": "staff"},
        {"role": "merchant"},
        {"influencer_id": None},
        {"influencer_id": "no id"},
        {"influencer_id": 5},
        {"merchant_id": "01a1f765-867e-7383-9f32-15cb5a8157c1"},
        {"sub": None},
        {"sub": "no id"},
    ],
)
def test_signed_claims_that_make_no_sense_are_refused(personas, change):
    payload = {name: value for name, value in (claims(personas) | change).items() if value is not None}
    if not isinstance(payload.get("sub", ""), str) or not isinstance(payload.get("iss", ""), str):
        pytest.skip("the library won't sign it")
    assert me_with(jwt.encode(payload, key(), "HS256")) == REFUSED


def test_each_kind_of_token_has_its_own_door(personas, stranger, salma):
    pair = stranger.post("auth/token", salma).body
    assert me_with(pair["refresh"]) == REFUSED
    assert stranger.post("auth/token/refresh", {"refresh": pair["access"]}).error == REFUSED


@pytest.mark.parametrize("text", ["x", "a.b.c", "é", "two words", "", "lm_nobodys_key", "." * 5000])
def test_what_is_no_token_is_refused(db, text):
    assert me_with(text) == REFUSED


def test_a_token_of_nobody_we_issued_is_refused_at_refresh(personas, stranger):
    assert stranger.post("auth/token/refresh", {"refresh": str(RefreshToken.of(new_id(), new_id()))}).error == REFUSED
    assert stranger.post("auth/token/refresh", {}).error == (400, "validation_error")


def test_a_deactivated_user_is_told_so_by_me(personas, influencer):
    with acting_as(SYSTEM):
        switch_off_the_user(personas)
    assert influencer.get("auth/me").error == REFUSED


def test_a_token_that_is_shown_beside_a_session_counts_alone(personas, client_of):
    browser = client_of(personas.owner)
    assert Caller({}, browser).get("auth/me").body["role"] == "merchant"

    both = Caller(caller_of(personas.as_influencer).headers, browser)
    note_log_in_of_each_request.clear()
    assert both.get("auth/me").body["role"] == "influencer"
    assert both.get("auth/me").headers["Cache-Control"] == "private, no-store"
    assert Caller({"authorization": "Bearer x"}, browser).get("auth/me").error == REFUSED
    assert Caller({"authorization": "Bearer lm_unknown"}, browser).get("auth/me").error == REFUSED


def test_a_session_writes_with_its_csrf_token_alone(personas):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    with acting_as(AUTHENTICATION):
        browser.force_login(personas.owner)
    body = {"estimated_value": 600}

    assert Caller({"accept-language": "en"}, browser).post("leads/preview-commission", body).error == (
        403,
        "permission_denied",
    )
    token = browser.get("/api/docs").context["csrf_token"]
    with_token = Caller({"x-csrftoken": str(token)}, browser)
    assert with_token.post("leads/preview-commission", body).status == 200


def test_a_session_of_a_company_switched_off_is_nobody(personas, client_of):
    browser = client_of(personas.owner)
    with acting_as(SYSTEM):
        Merchant.objects.filter(pk=personas.merchant.pk).update(is_active=False)
    assert Caller({}, browser).get("auth/me").error == REFUSED


def test_of_two_refreshes_at_once_one_is_taken(committed_personas):
    with acting_as(SYSTEM):
        EmailAddress.objects.create(
            user=committed_personas.influencer_user, email="salma@exemple.ma", verified=True, primary=True
        )
    refresh = Caller().post("auth/token", {"email": "salma@exemple.ma", "password": PASSWORD}).body["refresh"]

    with crowd(4) as threads:
        answers = threads.at_once(*[lambda: Caller().post("auth/token/refresh", {"refresh": refresh}).status] * 4)

    assert sorted(answers) == [200, 401, 401, 401]
