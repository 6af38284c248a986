"""Log-ins by token, who somebody is, sign-up."""

from typing import ClassVar

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import EmailTaken
from accounts.forms import InfluencerSignupForm, MerchantSignupForm, SiteSignupForm
from accounts.models import User
from api.auth.serializers import LogInBody, MeAnswer, RefreshBody, RegisterAnswer, RegisterBody, TokenPairAnswer
from api.auth.services import EmailNotVerified, SwitchedOff, TokenPair, WrongCredentials, log_in, refresh_tokens, revoke
from api.errors import NotAuthenticated
from api.operations import Operation
from api.schema import Success
from api.throttling import LOG_IN, OTHERS, SIGN_UP
from leadsmarket.lib.errors import InvalidInput

SIGN_UP_FORMS: dict[str, type[SiteSignupForm]] = {"merchant": MerchantSignupForm, "influencer": InfluencerSignupForm}


class PublicOperation(Operation):
    """For everybody. Whatever token or session a stranger's request carries is not looked at."""

    is_public = True
    authentication_classes: ClassVar = []
    tag = "auth"


class CreateToken(PublicOperation):
    """Log in.

    Answers with an access token (15 minutes) and a refresh token (7 days, for one exchange). An account with an authenticator
    app also needs its `code`. At most 10 a minute by network address and by e-mail address.
    """

    own_transactions = True
    limits = LOG_IN
    body = LogInBody
    answer = TokenPairAnswer
    refusals = (WrongCredentials, EmailNotVerified, SwitchedOff)
    examples: ClassVar = [
        OpenApiExample(
            "log-in", value={"email": "salma@exemple.ma", "password": "…"}, request_only=True, summary="Log in"
        )
    ]

    def post(self, request: Request) -> Response:
        return _pair(log_in(request=request._request, **self.read()))


class RefreshTokens(PublicOperation):
    """Exchange a refresh token.

    The old refresh token is used up. Showing it again ends the whole log-in: somebody else may have a copy.
    """

    own_transactions = True
    limits = OTHERS
    body = RefreshBody
    answer = TokenPairAnswer
    refusals = (NotAuthenticated,)

    def post(self, request: Request) -> Response:
        return _pair(refresh_tokens(refresh=self.read()["refresh"]))


class RevokeToken(PublicOperation):
    """Log out.

    Ends the log-in of a refresh token; the access token expires by itself. A token that has ended already is no error.
    """

    own_transactions = True
    limits = OTHERS
    body = RefreshBody
    answer = Success

    def post(self, request: Request) -> Response:
        revoke(refresh=self.read()["refresh"])
        return Response({"success": True})


class Register(PublicOperation):
    """Sign up as merchant or influencer.

    The account can be used once its e-mail address is confirmed, by the link that is sent there. The answer is the same for an
    address that has an account. Calling it says that the person accepts the terms of use.
    """

    limits = SIGN_UP
    body = RegisterBody
    answer = RegisterAnswer
    success_status = 201

    def post(self, request: Request) -> Response:
        body = self.read()
        form = SIGN_UP_FORMS[body["role"]]({**body, "password1": body["password"], "terms": True})
        if not form.is_valid():
            raise InvalidInput(fields=_first_errors(form))
        _register(request._request, form)
        email = form.cleaned_data["email"]
        message = _("Please confirm your e-mail address, by the link that we sent to %(email)s.") % {"email": email}
        return Response({"success": True, "email": email, "message": message}, status=self.success_status)


class Me(Operation):
    """Who am I."""

    tag = "auth"
    answer = MeAnswer

    def get(self, request: Request) -> Response:
        actor = self.actor
        user = User.objects.filter(pk=actor.user_id).only("email", "role", "language", "is_active").first()
        if user is None or not user.is_active:
            raise NotAuthenticated
        return Response(
            {
                "id": user.pk,
                "email": user.email,
                "role": actor.role,
                "merchant_id": actor.merchant_id,
                "influencer_id": actor.influencer_id,
                "language": user.language,
            }
        )


def _pair(pair: TokenPair) -> Response:
    return Response({"access": pair.access, "refresh": pair.refresh}, headers={"Cache-Control": "no-store"})


def _register(request: HttpRequest, form: SiteSignupForm) -> None:
    """Create the account and send its link; the owner of a taken address is told by e-mail that somebody tried."""
    email = form.cleaned_data["email"]
    if not form.account_already_exists:
        try:
            user = form.save(request)
        except EmailTaken:
            pass
        else:
            EmailAddress.objects.get(user=user).send_confirmation(request, signup=True)
            return
    get_adapter().send_account_already_exists_mail(email)


def _first_errors(form: forms.Form) -> dict[str, str]:
    names = {"password1": "password"}
    return {names.get(name, name): " ".join(errors) for name, errors in form.errors.items()}
