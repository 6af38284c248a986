from django.urls import path

from api.agreements import views
from api.operations import by_method

urlpatterns = [
    path("agreements", by_method(GET=views.ListAgreements, POST=views.AskForAgreement), name="agreements"),
    path("agreements/<uuid:agreement_id>", views.ChangeAgreement.as_view(), name="change_agreement"),
]
