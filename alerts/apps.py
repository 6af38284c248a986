from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    name = "alerts"
    verbose_name = _("Alerts")

    def ready(self) -> None:
        # Connects the signals of the apps below, those of alerts itself, and what each kind of event says.
        from alerts import receivers, tasks  # noqa: F401
        from alerts.channels.email import tracking  # noqa: F401 - its signal is a library's
        from alerts.receivers.privacy import messages_about
        from alerts.tellers import agreements, campaigns, deposits, leads, monthly, platform, reports  # noqa: F401
        from leads.selectors.privacy import register_messages

        register_messages(messages_about)
