"""Pages of payments, under /payments/."""

from django.urls import path

from payments.views import return_page, sandbox

app_name = "payments"

urlpatterns = [
    path("sandbox/<uuid:payment_id>/", sandbox.sandbox, name="sandbox"),
    path("<uuid:payment_id>/return/", return_page.return_page, name="return"),
]
