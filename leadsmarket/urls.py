"""Every address of the site; each app has its own `urls.py`."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from accounts.views import change_email, choose_side, switch_language
from api.views import to_docs
from leadsmarket import health, metrics, views

# Staff log in like everybody else: throttled, with a verified address.
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", views.landing, name="landing"),
    path("terms/", views.terms, name="terms"),
    path("i18n/setlang/", switch_language, name="set_language"),
    path("accounts/signup/", choose_side, name="account_signup"),
    path("", include("analytics.urls")),
    path("", include("accounts.urls")),
    path("settings/api/", include("api.pages.urls")),
    path("accounts/email/", change_email, name="account_email"),
    path("accounts/", include("allauth.account.urls")),
    # allauth's overview is a part of our Security page.
    path("accounts/two-factor/", RedirectView.as_view(pattern_name="accounts:security"), name="mfa_index"),
    path("accounts/two-factor/", include("allauth.mfa.urls")),
    path("leads/", include("leads.urls")),
    path("privacy/", include("leads.privacy_urls")),
    path("deposits/", include("deposits.urls")),
    path("payments/", include("payments.urls")),
    path("notifications/", include("alerts.urls")),
    path("webhooks/", include("payments.webhook_urls")),
    path("webhooks/", include("alerts.webhook_urls")),
    path("api/webhooks/", include("payments.webhook_urls")),
    path("api/", include("api.urls")),
    path("docs", to_docs, name="docs"),
    path("admin/", admin.site.urls),
]
