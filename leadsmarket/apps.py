from django.apps import AppConfig


class LeadsmarketConfig(AppConfig):
    name = "leadsmarket"

    def ready(self) -> None:
        from leadsmarket import checks  # noqa: F401 - registers the system checks
