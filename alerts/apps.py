from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    name = "alerts"
    verbose_name = _("Alerts")

    def ready(self) -> None:
        from alerts import payout_receivers, privacy_receivers, receivers, tasks  # noqa: F401 - connects the signals of the apps below, and of alerts itself
        from leads.selectors.privacy import register_messages

        register_messages(privacy_receivers.messages_about)
