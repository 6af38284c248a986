"""Pages of notifications and of how people want to be told."""

from django.urls import path

from alerts.views import browsers, notifications, unsubscribe

app_name = "alerts"

urlpatterns = [
    path("", notifications.notifications, name="notifications"),
    path("bell/", notifications.bell, name="bell"),
    path("read/", notifications.read_all, name="read_all"),
    path("<uuid:notification_id>/", notifications.open_notification, name="open"),
    path("browsers/subscribe/", browsers.subscribe, name="subscribe_browser"),
    path("browsers/unsubscribe/", browsers.unsubscribe, name="unsubscribe_browser"),
    path("service-worker.js", browsers.service_worker, name="service_worker"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe_page, name="unsubscribe"),
]
