"""Sign-up: which side of the market, then its form; what follows is django-allauth's."""

from allauth.account.views import SignupView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.forms import InfluencerSignupForm, MerchantSignupForm

signup_merchant = SignupView.as_view(form_class=MerchantSignupForm, template_name="account/signup_merchant.html")
signup_influencer = SignupView.as_view(form_class=InfluencerSignupForm, template_name="account/signup_influencer.html")


@require_GET
def choose_side(request: HttpRequest) -> HttpResponse:
    """Ask whether somebody signs up as merchant or as influencer."""
    if request.user.is_authenticated:
        return redirect("dashboard")
    return render(request, "account/signup.html")
