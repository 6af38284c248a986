from django.urls import path

from api.auth import views

urlpatterns = [
    path("auth/token", views.CreateToken.as_view(), name="create_token"),
    path("auth/token/refresh", views.RefreshTokens.as_view(), name="refresh_tokens"),
    path("auth/token/revoke", views.RevokeToken.as_view(), name="revoke_token"),
    path("auth/me", views.Me.as_view(), name="me"),
    path("auth/register", views.Register.as_view(), name="register"),
]
