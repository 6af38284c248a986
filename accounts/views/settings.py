"""Settings: company or profile, team, language."""

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language as set_language_cookie

from accounts import services
from accounts.access import role_required
from accounts.errors import OnlyTheOwner
from accounts.forms import CompanyForm, InfluencerForm, LanguageForm
from accounts.models import Influencer, Membership, User
from accounts.selectors import team_members

everybody_required = role_required("merchant", "influencer", "staff")


@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """The language switcher of every page: keeps the choice in a cookie, and with the person when logged in."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(LanguageForm.LANGUAGES) and check_for_language(language):
        services.set_language(user=request.user, language=language)
    return set_language_cookie(request)


@everybody_required
@require_GET
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show the first section of a person's settings: company or profile, language, team."""
    return _render_settings(request)


@everybody_required
def change_profile(request: HttpRequest) -> HttpResponse:
    """Save the company's or the influencer's data."""
    if request.method != "POST":  # a page with errors was reloaded
        return redirect("accounts:settings")
    is_merchant = request.user.role == User.Role.MERCHANT
    form = CompanyForm(request.POST) if is_merchant else InfluencerForm(request.POST)
    if not form.is_valid():
        return _render_settings(request, profile_form=form, status=422)
    try:
        if is_merchant:
            services.update_company(user=request.user, **form.cleaned_data)
        else:
            services.update_influencer(user=request.user, **form.cleaned_data)
    except OnlyTheOwner as refusal:
        messages.error(request, str(refusal))
        return redirect("accounts:settings")
    messages.success(request, _("Your changes are saved."))
    return redirect("accounts:settings")


@everybody_required
def change_language(request: HttpRequest) -> HttpResponse:
    """Save the language of a person's pages and e-mails."""
    if request.method != "POST":  # a page with errors was reloaded
        return redirect("accounts:settings")
    form = LanguageForm(request.POST)
    if not form.is_valid():
        return _render_settings(request, language_form=form, status=422)
    services.set_language(user=request.user, language=form.cleaned_data["language"])
    with translation.override(request.user.language):
        messages.success(request, _("Your changes are saved."))
    return redirect("accounts:settings")


def _render_settings(
    request: HttpRequest, *, profile_form: Form | None = None, language_form: Form | None = None, status: int = 200
) -> HttpResponse:
    user = request.user
    context: dict[str, object] = {
        "language_form": language_form or LanguageForm(initial={"language": user.language}),
        "profile_form": profile_form,
    }
    if user.role == User.Role.MERCHANT:
        membership = Membership.objects.select_related("merchant").get(user=user)
        context["membership"] = membership
        context["can_change_profile"] = membership.role == Membership.Role.OWNER
        context["profile_form"] = profile_form or CompanyForm(initial=CompanyForm.values_of(membership.merchant))
        context["team"] = team_members(membership.merchant_id)
    elif user.role == User.Role.INFLUENCER:
        influencer = Influencer.objects.get(user=user)
        context["can_change_profile"] = True
        context["profile_form"] = profile_form or InfluencerForm(initial=InfluencerForm.values_of(influencer))
    return render(request, "accounts/settings.html", context, status=status)
