from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    name = "api"
    verbose_name = _("Partner access")

    def ready(self) -> None:
        from api import receivers, tasks  # noqa: F401 - connects the signals of the apps below, and of the API itself
        from api.auth import receivers as auth_receivers  # noqa: F401
