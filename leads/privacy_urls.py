"""The public pages about personal data, at /privacy/."""

from django.urls import path

from leads.views import privacy

urlpatterns = [
    path("", privacy.privacy, name="privacy"),
    path("confirm/<str:token>/", privacy.confirm, name="privacy_confirm"),
]
