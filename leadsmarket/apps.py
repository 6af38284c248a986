from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class LeadsmarketConfig(AppConfig):
    name = "leadsmarket"

    def ready(self) -> None:
        from leadsmarket import checks  # noqa: F401 - registers the system checks

        # Each app registers which refusal a SQLSTATE or constraint of the database is.
        autodiscover_modules("errors")

        post_migrate.connect(
            add_schedules, sender=apps.get_app_config("django_celery_beat"), dispatch_uid="leadsmarket.add_schedules"
        )


def add_schedules(*, using: str, **_signal: object) -> None:
    """After each deploy's migrations: give every new job its default schedule."""
    from django.db import connections

    from leadsmarket.schedules import add_missing_schedules

    # The table is absent after migrating backwards.
    if "django_celery_beat_periodictask" in connections[using].introspection.table_names():
        add_missing_schedules(using)
