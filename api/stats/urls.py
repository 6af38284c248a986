from django.urls import path

from api.stats import views

urlpatterns = [
    path("leads/stats/overview", views.ReadOverview.as_view(), name="read_overview"),
    path("leads/stats/campaign/<uuid:campaign_id>", views.ReadCampaignFigures.as_view(), name="read_campaign_figures"),
    path(
        "leads/stats/influencer/<uuid:influencer_id>",
        views.ReadInfluencerFigures.as_view(),
        name="read_influencer_figures",
    ),
    path("leads/stats/platform", views.ReadPlatformFigures.as_view(), name="read_platform_figures"),
]
