"""Pages of notifications and of how people want to be told."""

from django.urls import path

from alerts.views import browsers, notifications, preferences, unsubscribe

app_name = "alerts"

urlpatterns = [
    path("", notifications.notifications, name="notifications"),
    path("bell/", notifications.bell, name="bell"),
    path("latest/", notifications.latest, name="latest"),
    path("read/", notifications.read_all, name="read_all"),
    path("<uuid:notification_id>/", notifications.open_notification, name="open"),
    path("<uuid:notification_id>/read/", notifications.read_one, name="read"),
    path("preferences/", preferences.preferences_page, name="preferences"),
    path("preferences/channels/", preferences.change_channels, name="change_channels"),
    path("preferences/hours/", preferences.change_hours, name="change_hours"),
    path("preferences/report/", preferences.change_report, name="change_report"),
    path("preferences/phone/", preferences.change_phone, name="change_phone"),
    path("preferences/phone/code/", preferences.enter_code, name="enter_code"),
    path("preferences/phone/forget/", preferences.forget_number, name="forget_phone"),
    path("preferences/whatsapp/", preferences.change_whatsapp, name="change_whatsapp"),
    path("preferences/addresses/<uuid:problem_id>/", preferences.try_address_again, name="try_address_again"),
    path("browsers/<uuid:subscription_id>/forget/", preferences.forget_browser, name="forget_browser"),
    path("browsers/subscribe/", browsers.subscribe, name="subscribe_browser"),
    path("browsers/unsubscribe/", browsers.unsubscribe, name="unsubscribe_browser"),
    path("service-worker.js", browsers.service_worker, name="service_worker"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe_page, name="unsubscribe"),
]
