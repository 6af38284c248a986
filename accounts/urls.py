"""Addresses of sign-up and settings. Those of log-in and the like are django-allauth's, under /accounts/."""

from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("accounts/signup/merchant/", views.signup_merchant, name="signup_merchant"),
    path("accounts/signup/influencer/", views.signup_influencer, name="signup_influencer"),
    path("settings/", views.settings_page, name="settings"),
    path("settings/profile/", views.change_profile, name="change_profile"),
    path("settings/language/", views.change_language, name="change_language"),
    path("settings/security/", views.security_page, name="security"),
    path("settings/security/sessions/end/", views.end_sessions, name="end_sessions"),
    path("settings/security/sessions/<uuid:session_id>/end/", views.end_one_session, name="end_session"),
    path("accounts/email/confirm-email/<str:token>/", views.confirm_email_change, name="confirm_email_change"),
]
