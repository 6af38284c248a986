"""A worker of Celery on the database of the tests: `python -m tests.own_worker DATABASE`; Redis is that of the environment."""

import os
import sys

os.environ["LEADSMARKET_ENV"] = "test"


def main(database: str) -> None:
    """Work until killed."""
    import django
    from django.conf import settings

    django.setup()
    settings.DATABASES["default"]["NAME"] = database

    from leadsmarket.celery import app

    app.worker_main(["worker", "--pool=solo", "--loglevel=ERROR", "--without-gossip", "--without-mingle"])


if __name__ == "__main__":
    main(sys.argv[1])
