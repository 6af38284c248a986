"""Pages of deposits."""

from django.urls import path

from deposits import views

app_name = "deposits"
urlpatterns = [
    path("", views.deposit_list, name="list"),
    path("<uuid:deposit_id>/", views.detail, name="detail"),
    path("<uuid:deposit_id>/export.<slug:file_format>", views.export, name="export"),
    path("<uuid:deposit_id>/gauge/", views.gauge, name="gauge"),
]
