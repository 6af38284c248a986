from django.urls import path

from api.campaigns import views
from api.operations import by_method

urlpatterns = [
    path("campaigns", by_method(GET=views.ListCampaigns, POST=views.CreateCampaign), name="campaigns"),
    path("campaigns/<uuid:campaign_id>", views.ChangeCampaign.as_view(), name="change_campaign"),
]
