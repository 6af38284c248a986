from django.urls import path

from api.notifications import views

urlpatterns = [
    path("notifications", views.ListNotifications.as_view(), name="list_notifications"),
    path("notifications/<uuid:notification_id>/read", views.ReadNotification.as_view(), name="read_notification"),
]
