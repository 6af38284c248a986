from django.urls import path

from api.auth import views

urlpatterns = [
    path("token", views.CreateToken.as_view(), name="create_token"),
    path("token/refresh", views.RefreshTokens.as_view(), name="refresh_tokens"),
    path("token/revoke", views.RevokeToken.as_view(), name="revoke_token"),
    path("me", views.Me.as_view(), name="me"),
    path("register", views.Register.as_view(), name="register"),
]
