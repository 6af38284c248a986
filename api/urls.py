"""Every address of the API; each area has its own `urls.py`."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from api import views

app_name = "api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("api.auth.urls")),
    path("", include("api.leads.urls")),
    path("", include("api.deposits.urls")),
    path("", include("api.payments.urls")),
    path("", include("api.campaigns.urls")),
    path("", include("api.agreements.urls")),
    path("", include("api.notifications.urls")),
    path("", include("api.payouts.urls")),
    path("", include("api.stats.urls")),
    path("schema", views.schema, name="schema"),
    path("docs", views.docs, name="docs"),
    # A line break too, which "." leaves out.
    re_path(r"^(?P<path>[\s\S]*)\Z", views.unknown, name="unknown"),
]
