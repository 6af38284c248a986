"""Addresses of the settings' section "API access", under /settings/api/."""

from django.urls import path

from api.pages import keys, messages, webhooks

app_name = "partner"

urlpatterns = [
    path("", keys.access, name="access"),
    path("keys/new/", keys.create, name="key_create"),
    path("keys/<uuid:key_id>/revoke/", keys.revoke, name="key_revoke"),
    path("webhooks/new/", webhooks.create, name="webhook_create"),
    path("webhooks/<uuid:endpoint_id>/", messages.log, name="webhook"),
    path("webhooks/<uuid:endpoint_id>/edit/", webhooks.edit, name="webhook_edit"),
    path("webhooks/<uuid:endpoint_id>/secret/", webhooks.roll, name="webhook_secret"),
    path("webhooks/<uuid:endpoint_id>/on/", webhooks.switch_on, name="webhook_on"),
    path("webhooks/<uuid:endpoint_id>/off/", webhooks.switch_off, name="webhook_off"),
    path("webhooks/<uuid:endpoint_id>/remove/", webhooks.remove, name="webhook_remove"),
    path("webhooks/<uuid:endpoint_id>/test/", messages.test, name="webhook_test"),
    path("messages/<uuid:message_id>/", messages.message, name="message"),
    path("messages/<uuid:message_id>/resend/", messages.resend, name="message_resend"),
]
