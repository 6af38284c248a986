"""Pages of leads, campaigns, agreements and earnings."""

from django.urls import URLPattern

app_name = "leads"
urlpatterns: list[URLPattern] = []
