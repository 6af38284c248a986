"""Forms of sign-up and settings. The services hold the rules; forms read what people type."""

from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.errors import EmailTaken
from accounts.models import Influencer, Merchant, User
from accounts.sessions import limit_staff_session
from leadsmarket.lib.forms import PhoneField


class IceField(forms.CharField):
    """Identifiant Commun de l'Entreprise: 15 digits, typed with or without spaces."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("ICE"))
        kwargs.setdefault("help_text", _("The company's common identifier, 15 digits. It is printed on receipts."))
        kwargs["widget"] = forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"})
        kwargs["validators"] = [RegexValidator(r"^\d{15}$", _("An ICE has exactly 15 digits."))]
        super().__init__(max_length=30, **kwargs)

    def to_python(self, value: Any) -> str:
        return "".join(super().to_python(value).split())


def _terms_label() -> SafeString:
    return format_html(
        str(_('I accept the <a href="{}" target="_blank" rel="noopener">terms of use and the protection of data</a>.')),
        reverse_lazy("terms"),
    )


class SiteLoginForm(LoginForm):
    """allauth's log-in; what somebody of staff ticked does not make their session longer."""

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Log in; a second factor may come first."""
        response = super().login(request, redirect_url)
        limit_staff_session(request)
        return response


class SiteSignupForm(SignupForm):
    """What both sign-ups share: address, password, agreement to the terms (never ticked in advance)."""

    terms = forms.BooleanField(
        label=lazy(_terms_label, SafeString)(),
        error_messages={"required": _("You can sign up only if you accept the terms.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = _("We send a link there to confirm the address.")
        self.order_fields([*self.declared_order, "email", "password1", "terms"])

    declared_order: tuple[str, ...] = ()

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Create the account; an address taken in the same moment gets the same answer as one taken before.

        A taken address also takes as long: the password is hashed for nothing.
        """
        try:
            if self.account_already_exists:
                make_password(self.cleaned_data["password1"])
            return super().try_save(request)
        except EmailTaken:
            self.account_already_exists = True
            return super().try_save(request)

    def account_data(self) -> dict[str, str]:
        """What both registrations take."""
        return {
            "email": self.cleaned_data["email"],
            "password": self.cleaned_data["password1"],
            "phone": self.cleaned_data["phone"],
            "language": (get_language() or settings.LANGUAGE_CODE)[:2],
        }


class MerchantSignupForm(SiteSignupForm):
    """A company signs up with its first user, the owner."""

    declared_order = ("company_name", "ice", "phone")

    company_name = forms.CharField(
        label=_("Company name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    ice = IceField(required=False, help_text=_("15 digits, optional now: it is printed on your receipts."))
    phone = PhoneField(label=_("Phone"))

    def save(self, request: HttpRequest) -> User:
        return services.register_merchant(
            company_name=self.cleaned_data["company_name"], ice=self.cleaned_data["ice"], **self.account_data()
        )


class InfluencerSignupForm(SiteSignupForm):
    """A person signs up to submit leads."""

    declared_order = ("display_name", "phone")

    display_name = forms.CharField(
        label=_("Display name"),
        help_text=_("Merchants see this name."),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    phone = PhoneField(label=_("Phone"))

    def save(self, request: HttpRequest) -> User:
        return services.register_influencer(display_name=self.cleaned_data["display_name"], **self.account_data())


class CompanyForm(forms.Form):
    """The company's data, as receipts bear them."""

    company_name = forms.CharField(label=_("Company name"), max_length=120)
    ice = IceField(required=False)
    phone = PhoneField(label=_("Phone"))
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    city = forms.CharField(label=_("City"), max_length=80, required=False)

    @staticmethod
    def values_of(merchant: Merchant) -> dict[str, str]:
        """The initial values for a merchant."""
        return {
            "company_name": merchant.name,
            "ice": merchant.ice,
            "phone": str(merchant.phone),
            "address": merchant.address,
            "city": merchant.city,
        }


class InfluencerForm(forms.Form):
    """How merchants see an influencer."""

    display_name = forms.CharField(label=_("Display name"), help_text=_("Merchants see this name."), max_length=80)
    phone = PhoneField(label=_("Phone"))

    @staticmethod
    def values_of(influencer: Influencer) -> dict[str, str]:
        """The initial values for an influencer."""
        return {"display_name": influencer.display_name, "phone": str(influencer.phone)}


class NewEmailForm(forms.Form):
    """Another log-in address; it is used once it is confirmed at both."""

    email = forms.EmailField(label=_("New e-mail address"), max_length=254)

    def __init__(self, *args: Any, present: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.present = present
        self.fields["email"].widget.attrs["autocomplete"] = "email"

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if email == self.present:
            raise forms.ValidationError(_("This is your present address."))
        return email


class LanguageForm(forms.Form):
    """The language of a person's pages and e-mails."""

    LANGUAGES = (("fr", "Français"), ("en", "English"), ("ar", "العربية"))

    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
