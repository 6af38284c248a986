from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeadsConfig(AppConfig):
    name = "leads"
    verbose_name = _("Leads")

    def ready(self) -> None:
        from deposits.campaign_names import register_campaign_names
        from leads import receivers  # noqa: F401 - connects the signals of deposits
        from leads.selectors.campaign_names import campaign_names

        register_campaign_names(campaign_names)
