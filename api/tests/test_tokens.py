"""Log-ins by token: what is taken, what is refused, and what a used refresh token means."""

import base64
import json
from datetime import timedelta
from unittest import mock

import jwt
import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import timezone

from accounts.models import Merchant, User
from api.models import TokenSession
from api.tests.conftest import Caller, caller_of
from api.tokens import AccessToken, RefreshToken, _backend
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as
from leadsmarket.lib.identifiers import new_id
from tests.personas import PASSWORD


@pytest.fixture
def salma(personas):
    """Salma's log-in: her address is confirmed."""
    with acting_as(SYSTEM):
        EmailAddress.objects.create(user=personas.influencer_user, email="salma@exemple.ma", verified=True, primary=True)
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
